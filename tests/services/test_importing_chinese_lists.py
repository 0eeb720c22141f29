"""The shipped Chinese mapping with a list as operators send it: GB18030 or UTF-8, CSV or XLSX."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from engine.clock import SetClock
from engine.customers.facts import flow_facts
from engine.customers.import_report import ImportReport
from engine.ids import RandomIds
from engine.services.importing_customers import import_customers
from engine.storage.customers import find_customers, load_customer, recent_contacts
from engine.storage.database import Database
from integrations.customer_files.opening import open_customer_file, open_mapping

pytestmark = [pytest.mark.service, pytest.mark.importing]

MAPPING = Path("scripts_library/mappings/monthly_list_cn.yaml")
WANG = {
    "客户编号": "CD000123",
    "姓名": "王芳",
    "称呼": "王女士",
    "省份": "四川",
    "城市": "成都",
    "生日": "1958/05/06",
    "级别": "金卡",
    "星级": "5",
    "入网日期": "2024/05/25",
    "套餐": "融合 199",
    "合约开始": "2024/12/31",
    "合约到期": "2026/12/31",
    "月费": "199.00",
    "未结投诉": "",
    "携转": "无",
    "离网评分": "86",
    "手机号": "138 0000 1234",
    "固定电话": "028-86000042",
    "同意日期": "2024/05/25",
    "同意挽留": "是",
    "同意营销": "否",
    "离网原因": "太贵",
    "上次联系时间": "2026/11/20 10:05",
    "上次联系内容": "营业厅问停用手续，未办理",
    "备注": "不导入",
    "渠道": "自营厅",
    **{f"消费2026{month:02d}": "199" for month in range(5, 11)},
    **{f"流量2026{month:02d}": "12.5" for month in range(5, 11)},
}
Desk = tuple[Database, SetClock, RandomIds]


@pytest.fixture
def desk(database: Database, clock: SetClock, ids: RandomIds) -> Desk:
    return database, clock, ids


def as_csv(path: Path, encoding: str, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(WANG))
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_xlsx(path: Path, *rows: dict[str, str]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(WANG))
    for row in rows:
        sheet.append([float(value) if name in ("月费", "星级", "离网评分") else value for name, value in row.items()])
    book.save(path)
    return path


def run(desk: Desk, path: Path) -> ImportReport:
    mapping = open_mapping(MAPPING)
    table = open_customer_file(path, mapping)
    return import_customers(*desk, table.rows(), table.columns, mapping, actor="system", file=path.name, encoding=table.encoding)


def test_a_list_in_gb18030_comes_in_with_everything_it_tells(desk: Desk, tmp_path: Path) -> None:
    report = run(desk, as_csv(tmp_path / "list.csv", "gb18030", WANG))
    assert (report.encoding, report.new, report.problems) == ("gb18030", 1, ())
    with desk[0].reading() as tx:
        customer = load_customer(tx, find_customers(tx, text="CD000123")[0].id)
        [contact] = recent_contacts(tx, customer.id)
    assert (customer.birthday, customer.tier, customer.star) == (date(1958, 5, 6), "gold", 5)
    assert [(number.number, number.kind) for number in customer.numbers] == [("+8613800001234", "mobile"), ("+862886000042", "landline")]
    assert [consent.purpose for consent in customer.consents] == ["retention"]
    given = customer.consents[0].valid_from.astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{given:%Y-%m-%d %H:%M}" == "2024-05-25 00:00"
    assert (customer.churn_reasons, customer.vulnerable_needs, customer.extra) == (("too_high",), ("older_customer",), {"渠道": "自营厅"})
    assert contact.summary == "营业厅问停用手续，未办理"
    assert f"{contact.at.astimezone(ZoneInfo('Asia/Shanghai')):%m-%d %H:%M}" == "11-20 10:05"
    facts = flow_facts(customer, desk[1].now())
    assert (facts["spend_3m"], facts["data_used_gb"], facts["contract_months_left"]) == ("199.00", 12.5, 1)


def test_the_same_list_in_another_encoding_or_as_a_sheet_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    run(desk, as_csv(tmp_path / "list.csv", "gb18030", WANG))
    assert run(desk, as_csv(tmp_path / "utf8.csv", "utf-8-sig", WANG)).unchanged == 1
    assert run(desk, as_xlsx(tmp_path / "list.xlsx", WANG | {"月费": "199"})).unchanged == 1


def test_a_newer_list_adds_the_contact_ends_the_consent_and_says_so(desk: Desk, tmp_path: Path) -> None:
    run(desk, as_csv(tmp_path / "october.csv", "gb18030", WANG))
    desk[1].advance(timedelta(days=1))
    newer = WANG | {"同意挽留": "否", "上次联系时间": "2026/11/25 15:00", "上次联系内容": "来电投诉网速", "未结投诉": "是"}
    report = run(desk, as_csv(tmp_path / "november.csv", "gb18030", newer))
    assert (report.changed, report.rejected) == (1, 0)
    with desk[0].reading() as tx:
        customer = load_customer(tx, find_customers(tx, text="CD000123")[0].id)
        contacts = recent_contacts(tx, customer.id)
        [change] = tx.rows("SELECT changes FROM customer_change")
    assert customer.complaint_open
    assert [consent.valid_until for consent in customer.consents] == [desk[1].now()]
    assert [contact.summary for contact in contacts] == ["来电投诉网速", "营业厅问停用手续，未办理"]
    assert set(json.loads(change["changes"])) == {"complaint_open", "consents", "contacts"}


def test_what_is_wrong_in_a_list_is_told_by_line_and_field_in_chinese(desk: Desk, tmp_path: Path) -> None:
    bad = WANG | {"客户编号": "CD000124", "级别": "白金", "合约到期": "2026/13/01", "手机号": "12345", "星级": "9"}
    report = run(desk, as_csv(tmp_path / "list.csv", "gb18030", WANG, bad, WANG))
    told = [f"{problem.line} {problem.field_label('zh-CN')} {problem.value}: {problem.sentence('zh-CN')}" for problem in report.problems]
    assert told == [
        "3 级别 白金: 不在对照表里；可用：钻卡、金卡、银卡、会员",
        "3 星级 9: 应该在 0 到 7 之间",
        "3 合约到期 2026/13/01: 应该是日期，格式 %Y/%m/%d",
        "3 号码 12345: 号码无效",
        "4 客户编号 CD000123: 编号与第 2 行相同",
    ]
    assert report.by_reason()["customer.same_id_twice"] == 1
    assert "读取 3 行：新增 1，更新 0，无变化 0，退回 2" in report.lines("zh-CN")
