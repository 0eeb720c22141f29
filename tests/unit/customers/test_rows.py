"""A row becomes a customer, or the list of everything that is wrong with it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from engine.customers.customer import CustomerContent
from engine.customers.mapping_reading import read_mapping
from engine.customers.problems import SENTENCES, Problem
from engine.customers.row import FileRow, RowReader
from engine.customers.values import test_number as made_number
from engine.money import Money
from engine.phone_number import NumberSpace, space_of
from tests.unit.customers.mappings import TODAY, WHOLE

pytestmark = pytest.mark.unit

COLUMNS = ("编号", "姓名", "级别", "月数", "月费", "手机号", "是否同意")
GOOD = dict(zip(COLUMNS, ("A1", "王芳", "金", "30", "199.00", "138 0000 1234", "是"), strict=True))
FULL = WHOLE.replace("ignore: [备注]", "") + (
    "extra:\n  欠费: {column: 欠费, type: decimal}\nneeds:\n  - {code: older_customer, column: 生日, age_from: 65}\n"
    "history: {first: 2026-09, last: 2026-10, month_format: '%m月', spend: '{month}消费', data_gb: '{month}流量'}\n"
)


def read(mapping: str = WHOLE, **cells: str) -> CustomerContent | list[Problem]:
    return RowReader(read_mapping(mapping, "list.yaml"), (), TODAY).read(FileRow(7, GOOD | cells))


def problems(mapping: str = WHOLE, **cells: str) -> list[tuple[str, str, str]]:
    found = read(mapping, **cells)
    assert isinstance(found, list)
    assert all(problem.line == 7 for problem in found)
    return [(problem.field, problem.value, problem.code) for problem in found]


def customer(mapping: str = WHOLE, **cells: str) -> CustomerContent:
    found = read(mapping, **cells)
    assert isinstance(found, CustomerContent), found
    return found


def test_a_good_row_becomes_a_customer_of_typed_values() -> None:
    found = customer()
    assert (found.source, found.external_id, found.name, found.tier) == ("billing", "A1", "王芳", "gold")
    assert found.monthly_charge == Money("CNY", 19900)
    assert found.tenure_start == date(2024, 5, 1)
    assert [(number.number, number.position) for number in found.numbers] == [("+8613800001234", 1)]
    assert found.consents[0].valid_from == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)


def test_every_problem_of_a_row_is_told_at_once() -> None:
    assert problems(编号=" ", 级别="铂", 月数="多", 月费="一百", 手机号="1380000") == [
        ("external_id", " ", "value.missing"),
        ("tier", "铂", "value.unknown"),
        ("tenure_start", "多", "integer.not_a_number"),
        ("monthly_charge", "一百", "money.not_a_number"),
        ("numbers", "1380000", "number.invalid"),
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "value.missing"),
        ("110", "number.emergency"),
        ("１１０", "number.emergency"),
        ("abc", "number.not_a_number"),
        ("13800001234转8", "number.not_a_number"),
        ("10086", "number.invalid"),
        ("+999123", "number.invalid"),
        ("138000012345678", "number.invalid"),
        ("'; DROP TABLE customer", "number.not_a_number"),
        ("=1+1", "number.not_a_number"),
    ],
)
def test_what_is_not_a_number_is_listed_as_what_it_is(written: str, code: str) -> None:
    assert problems(手机号=written) == [("numbers", written, code)]


@pytest.mark.parametrize(
    "written", ["+86 138-0000-1234", "１３８００００１２３４", "86 13800001234", "(138) 0000 1234", "0086 13800001234"]
)
def test_numbers_as_people_write_them_become_one_number(written: str) -> None:
    assert customer(手机号=written).numbers[0].number == "+8613800001234"


@pytest.mark.parametrize(
    ("written", "minor"), [("199", 19900), ("１９９．５", 19950), ("1,299.00", 129900), ("¥199.00", 19900), ("199元", 19900), ("0", 0)]
)
def test_amounts_as_people_write_them(written: str, minor: int) -> None:
    assert customer(月费=written).monthly_charge == Money("CNY", minor)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("-1", "money.negative"),
        ("1.999", "money.too_fine"),
        ("1e3", "money.not_a_number"),
        ("NaN", "money.not_a_number"),
        ("1,9", "money.not_a_number"),
    ],
)
def test_amounts_that_are_none(written: str, code: str) -> None:
    assert problems(月费=written) == [("monthly_charge", written, code)]


def test_a_blank_takes_the_default_and_without_one_stays_unknown() -> None:
    found = customer(级别="", 月费="", 月数="")
    assert (found.tier, found.monthly_charge, found.tenure_start) == ("member", None, None)


def test_no_sign_of_consent_is_no_consent() -> None:
    assert [customer(是否同意=word).consents for word in ("", "否", "不是", "unknown")] == [(), (), (), ()]


def test_months_needs_and_typed_extra_columns() -> None:
    cells = {"欠费": "", "生日": "1950-01-01", "09月消费": "88", "09月流量": "3.5", "10月消费": "", "10月流量": "4"}
    found = customer(FULL, **cells)
    assert [(month.month, month.spend, month.data_gb) for month in found.history] == [("2026-09", 8800, 3.5), ("2026-10", None, 4.0)]
    assert found.vulnerable_needs == ("older_customer",)
    assert found.extra == {}
    assert problems(FULL, **(cells | {"欠费": "很多", "09月消费": "x", "生日": "不详"})) == [
        ("vulnerable_needs", "不详", "date.not_a_date"),
        ("history", "x", "money.not_a_number"),
        ("欠费", "很多", "decimal.not_a_number"),
    ]


def test_what_no_single_cell_can_tell_is_checked_over_the_row() -> None:
    dated = WHOLE.replace("  name:", "  birthday: {column: 生日}\n  contract_start: {column: 始}\n  contract_end: {column: 止}\n  name:")
    good = {"生日": "2026-11-25", "始": "2025-01-01", "止": "2025-01-01"}
    assert customer(dated, **good).birthday == TODAY
    assert problems(dated, **(good | {"生日": "2026-11-26"})) == [("birthday", "2026-11-26", "date.in_future")]
    assert problems(dated, **(good | {"止": "2024-12-31"})) == [("contract_end", "2024-12-31", "contract.ends_before_start")]
    assert problems(dated, **(good | {"生日": "1899-12-31"}))[0][2] == "date.out_of_range"


def test_text_with_control_characters_or_without_end_is_refused() -> None:
    assert problems(姓名="王\x07芳") == [("name", "王\x07芳", "text.control_character")]
    assert problems(姓名="\u202e王芳")[0][2] == "text.control_character"
    assert problems(姓名="王" * 501)[0][2] == "text.too_long"


def test_a_row_the_file_itself_got_wrong_is_listed_and_not_guessed_at() -> None:
    reader = RowReader(read_mapping(WHOLE, "list.yaml"), (), TODAY)
    found = reader.read(FileRow(9, {"编号": "A1"}, "row.too_few_cells", "姓名", {"found": 1, "wanted": 7}))
    assert isinstance(found, list)
    assert found[0].sentence("zh-CN") == "这一行只有 1 格，表头有 7 列"


def test_the_same_content_has_the_same_hash_and_any_change_another() -> None:
    assert customer().content_hash() == customer().content_hash()
    hashes = {customer().content_hash(), customer(姓名="王方").content_hash(), customer(手机号="13800001235").content_hash()}
    hashes |= {customer(月费="199.01").content_hash(), customer(是否同意="否").content_hash()}
    assert len(hashes) == 5


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in SENTENCES.values())


@given(st.text(max_size=30))
def test_a_made_number_is_always_a_valid_test_number_and_always_the_same(text: str) -> None:
    number = made_number(text)
    assert number == made_number(text)
    assert number == "" or (space_of(number) is NumberSpace.test and int(number[-4:]) < 9900)


@given(st.fixed_dictionaries({column: st.text(max_size=20) for column in COLUMNS}))
def test_any_row_is_a_customer_or_a_list_of_problems_with_sentences(cells: dict[str, str]) -> None:
    found = RowReader(read_mapping(WHOLE, "list.yaml"), (), TODAY).read(FileRow(2, cells))
    if isinstance(found, CustomerContent):
        assert found.numbers
        assert found.content_hash()
    else:
        assert found
        assert all(problem.sentence("zh-CN") and problem.sentence("en") for problem in found)
