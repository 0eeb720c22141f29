"""Importing customers: every row stored or listed, the same again changes nothing, and nothing is half done."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import SetClock, to_millis
from engine.customers.import_report import ImportReport
from engine.customers.mapping import CustomerMapping
from engine.customers.mapping_reading import read_mapping
from engine.customers.row import FileRow
from engine.errors import BadFile, BadInput, NotFound
from engine.ids import RandomIds
from engine.services.importing_customers import import_customers
from engine.storage.customers import find_customers, load_customer
from engine.storage.database import Database
from integrations.customer_files.rejects import write_rejects
from tests.import_corpus.telecom_sample import check_the_sample, counts, import_file
from tests.import_corpus.twin import write_twin

pytestmark = [pytest.mark.service, pytest.mark.importing]

MAPPING = read_mapping(
    """\
format: mapping/1
id: list
title: 名单
source: billing
currency: CNY
fields:
  external_id: {column: 编号}
  name: {column: 姓名}
  monthly_charge: {column: 月费}
  contract_end: {column: 到期}
  team: {column: 班组}
  zone: {constant: Asia/Shanghai}
numbers:
  - {column: 手机}
consents:
  - {purpose: retention, source: 协议, from: 2026-01-01, column: 同意, is: [是]}
""",
    "list.yaml",
)
Desk = tuple[Database, SetClock, RandomIds]
COLUMNS = ("编号", "姓名", "月费", "到期", "班组", "手机", "同意")


@pytest.fixture
def desk(database: Database, clock: SetClock, ids: RandomIds) -> Desk:
    return database, clock, ids


def row(line: int, *cells: str) -> FileRow:
    return FileRow(line, dict(zip(COLUMNS, cells, strict=True)))


WANG = row(2, "A1", "王芳", "199", "2026-12-31", "", "13800001234", "是")
LI = row(3, "A2", "李强", "59", "", "", "13800001234", "是")


def run(desk: Desk, rows: Sequence[FileRow] | Iterator[FileRow], mapping: CustomerMapping = MAPPING, **how: object) -> ImportReport:
    return import_customers(*desk, rows, COLUMNS, mapping, actor="system", file="list.csv", **how)  # type: ignore[arg-type]


def everything(database: Database) -> list[list[tuple[object, ...]]]:
    """All that an import can write, the audit aside."""
    tables = ("customer", "customer_number", "consent", "customer_change", "lead")
    with database.reading() as tx:
        return [sorted(tuple(dict(found).values()) for found in tx.rows(f"SELECT * FROM {table}")) for table in tables]


def test_a_household_shares_a_number_and_both_are_stored(desk: Desk) -> None:
    assert counts(run(desk, [WANG, LI])) == (2, 0, 0, 0)
    with desk[0].reading() as tx:
        assert [found.name for found in find_customers(tx, number="+8613800001234")] == ["李强", "王芳"]


def test_the_same_again_changes_nothing_even_on_another_day(desk: Desk) -> None:
    run(desk, [WANG, LI])
    before = everything(desk[0])
    desk[1].advance(timedelta(days=40))
    assert counts(run(desk, [LI, WANG])) == (0, 0, 2, 0)
    assert everything(desk[0]) == before


def test_changed_content_is_a_recorded_update_of_what_changed(desk: Desk) -> None:
    run(desk, [WANG, LI])
    desk[1].advance(timedelta(days=1))
    dearer = row(2, "A1", "王芳", "299", "2026-12-31", "", "13900001234", "是")
    assert counts(run(desk, [dearer, LI])) == (0, 1, 1, 0)
    with desk[0].reading() as tx:
        [found] = find_customers(tx, text="A1")
        customer = load_customer(tx, found.id)
        [change] = tx.rows("SELECT * FROM customer_change")
    assert (str(customer.monthly_charge.amount if customer.monthly_charge else ""), customer.numbers[0].number) == (
        "299.00",
        "+8613900001234",
    )
    assert change["customer_id"] == customer.id
    assert change["origin"] == "import:list"
    assert change["at"] == to_millis(desk[1].now())
    assert set(json.loads(change["changes"])) == {"monthly_charge", "numbers"}


def test_the_same_id_twice_in_one_file_is_rejected_naming_the_first_line(desk: Desk) -> None:
    report = run(desk, [WANG, LI, replace(WANG, line=4), replace(LI, line=9)])
    assert counts(report) == (2, 0, 0, 2)
    told = [(problem.line, problem.field, problem.value, problem.sentence("zh-CN")) for problem in report.problems]
    assert told == [(4, "external_id", "A1", "编号与第 2 行相同"), (9, "external_id", "A2", "编号与第 3 行相同")]


def test_a_bad_row_is_listed_and_does_not_stop_the_others(desk: Desk) -> None:
    bad = row(4, "A3", "张三", "一百", "", "", "12", "是")
    report = run(desk, [WANG, bad, LI])
    assert counts(report) == (2, 0, 0, 1)
    assert [(problem.line, problem.field, problem.code) for problem in report.problems] == [
        (4, "monthly_charge", "money.not_a_number"),
        (4, "numbers", "number.invalid"),
    ]


def test_a_team_that_is_not_there_is_the_rows_problem(desk: Desk) -> None:
    report = run(desk, [row(2, "A1", "王芳", "199", "", "三组", "13800001234", "是")])
    assert [(problem.field, problem.value, problem.code) for problem in report.problems] == [("team", "三组", "team.unknown")]


def test_a_dry_run_tells_the_same_and_writes_nothing(desk: Desk) -> None:
    run(desk, [WANG])
    before = everything(desk[0])
    changed = row(2, "A1", "王方", "199", "2026-12-31", "", "13800001234", "是")
    rows = [changed, LI, replace(LI, line=8)]
    dry = run(desk, rows, dry_run=True)
    assert everything(desk[0]) == before
    real = run(desk, rows)
    assert counts(dry) == counts(real) == (1, 1, 0, 1)
    assert dry.problems == real.problems
    assert dry.lines("en")[0].startswith("Dry run, nothing written: list.csv")


def test_an_interrupted_import_leaves_nothing_and_can_be_repeated(desk: Desk) -> None:
    def broken() -> Iterator[FileRow]:
        yield from (row(line, f"B{line}", "某某", "1", "", "", "13800001234", "") for line in range(2, 1300))
        raise BadInput("customer_file.open_quote")

    before = everything(desk[0])
    with pytest.raises(BadInput):
        run(desk, broken())
    assert everything(desk[0]) == before
    assert counts(run(desk, [WANG])) == (1, 0, 0, 0)


def test_a_mapping_for_another_file_is_refused_before_anything_is_read(desk: Desk) -> None:
    with pytest.raises(BadFile) as caught:
        import_customers(*desk, iter([WANG]), ("编号", "姓名"), MAPPING, actor="system")
    assert "月费" in str(caught.value)


def test_a_withdrawn_consent_and_an_owner_changed_here_survive_the_next_file(desk: Desk) -> None:
    run(desk, [WANG])
    withdrawn = to_millis(desk[1].now())
    with desk[0].transaction() as tx:
        tx.run("UPDATE consent SET valid_until = :at", at=withdrawn)
        tx.run("INSERT INTO team (id, name) VALUES ('t1', '一组')")
        tx.run("UPDATE customer SET team_id = 't1'")
    desk[1].advance(timedelta(days=1))
    without_team = replace(MAPPING, rules=tuple(rule for rule in MAPPING.rules if rule.field != "team"))
    run(desk, [row(2, "A1", "王芳", "299", "2026-12-31", "", "13800001234", "是")], without_team)
    with desk[0].reading() as tx:
        customer = load_customer(tx, find_customers(tx, text="A1")[0].id)
    assert [to_millis(consent.valid_until) for consent in customer.consents if consent.valid_until] == [withdrawn]
    assert customer.team == "一组"


def test_an_erased_customer_does_not_come_back(desk: Desk) -> None:
    run(desk, [WANG])
    with desk[0].transaction() as tx:
        tx.run("UPDATE customer SET erased_at = :at, name = ''", at=to_millis(desk[1].now()))
    report = run(desk, [WANG, LI])
    assert counts(report) == (1, 0, 0, 1)
    assert report.problems[0].code == "customer.erased"


def test_a_refused_number_stays_refused_after_an_import(desk: Desk) -> None:
    with desk[0].transaction() as tx:
        tx.run(
            "INSERT INTO do_not_call (id, number, reason, source, at) VALUES ('d1', '+8613800001234', 'customer_asked', 'call', :at)",
            at=to_millis(desk[1].now()),
        )
    run(desk, [WANG])
    with desk[0].reading() as tx:
        assert [found["number"] for found in tx.rows("SELECT number FROM do_not_call WHERE lifted_at IS NULL")] == ["+8613800001234"]


def test_customers_are_put_on_a_list_once_with_their_reasons(desk: Desk) -> None:
    with desk[0].transaction() as tx:
        tx.run("INSERT INTO team (id, name) VALUES ('t1', '一组')")
        tx.run(
            "INSERT INTO campaign (id, name, title, purpose, flow_id, trunk, trunk_kind, window_policy, goal, open, created_at)"
            " VALUES ('g1', 'ending', '{}', 'retention', 'contract_ending', 'simulated', 'simulated', 'cn_telecom', '{}', :open, 0)",
            open=True,
        )
    report = run(desk, [WANG, LI], campaign="ending", team="一组")
    again = run(desk, [WANG, LI], campaign="ending", team="一组")
    assert (report.enrolled, again.enrolled) == (2, 0)
    with desk[0].reading() as tx:
        leads = tx.rows("SELECT l.*, c.name FROM lead l JOIN customer c ON c.id = l.customer_id ORDER BY l.priority DESC")
    assert [(lead["name"], lead["state"], lead["team_id"]) for lead in leads] == [("王芳", "waiting", "t1"), ("李强", "waiting", "t1")]
    assert [lead["reasons"] for lead in leads] == [
        '[{"code":"contract_ending","fields":{"days":36,"on":"2026-12-31"}}]',
        '[{"code":"campaign","fields":{}}]',
    ]


def test_a_list_or_team_nobody_knows_is_refused_with_those_there_are(desk: Desk) -> None:
    with pytest.raises(NotFound, match=r"campaign\.unknown"):
        run(desk, [WANG], campaign="nothing")
    with pytest.raises(NotFound, match=r"team\.unknown"):
        run(desk, [WANG], team="nobody")
    assert everything(desk[0])[0] == []


def test_who_imported_what_is_in_the_audit(desk: Desk) -> None:
    run(desk, [WANG])
    with desk[0].reading() as tx:
        [entry] = tx.rows("SELECT actor, action, subject, data FROM audit_entry")
    assert (entry["actor"], entry["action"], entry["subject"]) == ("system", "customers.imported", "billing")
    assert "王芳" not in entry["data"]
    assert "13800001234" not in entry["data"]


# ---------------------------------------------------------------- the telecom sample


def test_the_twin_of_the_telecom_sample_comes_in_whole_and_in_under_five_seconds(desk: Desk, tmp_path: Path) -> None:
    check_the_sample(desk, write_twin(tmp_path / "twin.csv"))


def test_rows_rejected_from_the_twin_are_written_to_a_file_with_their_reasons(desk: Desk, tmp_path: Path) -> None:
    lines = write_twin(tmp_path / "twin.csv").read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace(lines[5].split(",")[18], "=2+3", 1)
    lines[9] = lines[8]
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines[:50]), encoding="utf-8")
    report = import_file(desk, broken)
    assert counts(report) == (47, 0, 0, 2)
    rejects = tmp_path / "rejects.csv"
    assert write_rejects(rejects, report.problems, "en") == 2
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.reader(file))
    assert listed[0] == ["line", "field", "value", "reason", "code"]
    assert listed[1] == ["6", "Monthly charge", "'=2+3", "must be an amount", "money.not_a_number"]
    assert listed[2][:1] + listed[2][3:] == ["10", "the same id as in line 9", "customer.same_id_twice"]
