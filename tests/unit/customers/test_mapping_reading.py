"""Mapping files: read whole, or refused with line, column, what is wrong and a suggestion."""

import textwrap
from pathlib import Path

import pytest

from engine.customers import mapping as mapping_module
from engine.customers.customer import CustomerContent
from engine.customers.mapping import Take
from engine.customers.mapping_reading import read_mapping
from engine.customers.row import FileRow, RowReader
from engine.errors import BadFile
from tests.unit.customers.mappings import TODAY, WHOLE, edited

pytestmark = pytest.mark.unit


def test_the_worked_example_of_the_module_reads_and_makes_a_customer() -> None:
    doc = mapping_module.__doc__ or ""
    mapping = read_mapping(textwrap.dedent(doc[doc.index("    format:") :]), "example.yaml")
    columns = ("客户编号", "姓名", "称谓", "级别", "在网月数", "月费", "手机号", "同意", "备注")
    row = FileRow(2, dict(zip(columns, ("A1", "王芳", "女士", "金", "30", "199", "13800001234", "是", "x"), strict=True)))
    customer = RowReader(mapping, mapping.kept_columns(columns), TODAY).read(row)
    assert isinstance(customer, CustomerContent)
    assert (customer.salutation, customer.tier, str(customer.tenure_start)) == ("王芳女士", "gold", "2024-05-01")
    assert [number.number for number in customer.numbers] == ["+8613800001234"]
    assert [consent.purpose for consent in customer.consents] == ["retention"]
    assert customer.extra == {}


@pytest.mark.parametrize("path", sorted(Path("scripts_library/mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mapping_that_ships_reads(path: Path) -> None:
    mapping = read_mapping(path.read_text(encoding="utf-8"), str(path))
    assert mapping.id == path.stem
    assert any(rule.take is Take.column and rule.required for rule in mapping.rules if rule.field == "external_id")


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "problem", "suggestion"),
    [
        ("format: mapping/1", "format: mapping/2", 1, 9, "must be mapping/1", ""),
        ("currency: CNY", "currancy: CNY", 5, 1, "unknown key “currancy”", "currency"),
        ("currency: CNY", "currency: Yuan", 5, 11, "cannot be “Yuan”", ""),
        ("currency: CNY\n", "", 10, 19, "an amount needs a currency", "add currency"),
        ("tier: {", "teir: {", 9, 3, "unknown key “teir”", "tier"),
        ("values: {金: gold}", "values: {金: golden}", 9, 34, "no value “golden”", "gold"),
        ("name: {column: 姓名}", "name: {column: 姓名, constant: x}", 8, 9, "exactly one source", ""),
        ("name: {column: 姓名}", "name: {required: true}", 8, 9, "exactly one source", ""),
        ("name: {column: 姓名}", "name: {colum: 姓名}", 8, 10, "unknown key “colum”", "column"),
        ("external_id: {column: 编号}", "salutation: {column: 编号}", 7, 3, "external_id is missing", ""),
        ("reference_date: 2026-11-01\n", "", 10, 33, "reference_date is needed", "reference_date"),
        ("zone: {constant: Asia/Shanghai}", "zone: {constant: Asia/Shanghia}", 12, 20, "no such time zone", ""),
        ("zone: {constant: Asia/Shanghai}", "star: {constant: '9'}", 12, 20, "must be between 0 and 7", ""),
        ("zone: {constant: Asia/Shanghai}", "birthday: {column: 生日, default: 未知}", 12, 35, "must be a date", ""),
        ("zone: {constant: Asia/Shanghai}", "star: {column: 星, values: {高: many}}", 12, 33, "must be a whole number", ""),
        ("kind: mobile", "kind: mobil", 14, 12, "“mobil” is not a kind", "mobile"),
        ("encoding: auto", "encoding: big5", 4, 11, "cannot be “big5”", ""),
        ("purpose: retention", "purpose: saving", 16, 15, "cannot be “saving”", ""),
        ("from: 2026-01-01", "from: soon", 16, 44, "cannot be “soon”", ""),
        ("title: 名单", "title: 名单\ntitle: 又一个", 4, 1, "the key “title” stands twice", ""),
        ("title: 名单", "title: &a 名单", 3, 8, "anchors and aliases", ""),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(
    old: str, new: str, line: int, column: int, problem: str, suggestion: str
) -> None:
    with pytest.raises(BadFile) as caught:
        read_mapping(edited(old, new), "list.yaml")
    error = caught.value
    assert problem in error.problem
    assert suggestion in error.suggestion
    assert error.path == "list.yaml"
    assert (error.line, error.column) == (line, column)


def test_a_column_the_file_lacks_is_told_at_its_place_in_the_mapping() -> None:
    mapping = read_mapping(WHOLE, "list.yaml")
    with pytest.raises(BadFile) as caught:
        mapping.check_columns(["编号", "姓名", "级别", "月数", "月费", "手机", "是否同意"])
    assert caught.value.suggestion == "是不是 手机？ / did you mean 手机?"
    assert (caught.value.line, "手机号" in caught.value.problem) == (14, True)


def test_columns_nobody_reads_are_kept_unless_ignored() -> None:
    mapping = read_mapping(WHOLE, "list.yaml")
    assert mapping.kept_columns(["编号", "姓名", "备注", "颜色"]) == ("颜色",)
