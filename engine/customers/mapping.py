"""A mapping: how the columns of one kind of file become customers. Read from mapping/1 files by mapping_reading.

A worked example, executed by the tests:

    format: mapping/1
    id: monthly_list
    title: 月度名单
    en: {title: Monthly list}
    source: billing
    encoding: auto            # auto, utf-8 or gb18030
    currency: CNY
    region: CN                # how national numbers are read
    reference_date: 2026-11-01
    fields:
      external_id: {column: 客户编号}
      name: {column: 姓名}
      salutation: {concat: [姓名, 称谓]}
      tier: {column: 级别, values: {钻: diamond, 金: gold, 银: silver}, default: member}
      tenure_start: {months_before: 在网月数}
      monthly_charge: {column: 月费}
      zone: {constant: Asia/Shanghai}
    numbers:
      - {kind: mobile, column: 手机号}
    consents:
      - {purpose: retention, source: 入网协议, from: 2026-01-01, column: 同意, is: [是]}
    ignore: [备注]
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field as made
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from engine.customers.customer import NumberKind
from engine.customers.fields import FieldType
from engine.errors import BadFile
from engine.yaml_fields import did_you_mean


class Encoding(StrEnum):
    """How a CSV file's bytes are to be read."""

    auto = "auto"
    utf_8 = "utf_8"
    gb18030 = "gb18030"


class Take(StrEnum):
    """Where a value comes from: the closed set of ways."""

    column = "column"
    """The cell."""
    constant = "constant"
    """The same text for every row."""
    concat = "concat"
    """Cells one after the other, with `between` between them."""
    first_of = "first_of"
    """The first cell that is not blank."""
    months_before = "months_before"
    """The day so many months before the reference date."""
    term_start = "term_start"
    """When the running contract began: {term_start: months on net, term: column, months: {One year: 12}}."""
    term_end = "term_end"
    """When it ends."""
    test_number = "test_number"
    """A test number (+999…) that is always the same for the same cell."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the mapping file a column is named."""

    column: str
    line: int
    character: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one value is made. `field` names it in problems; `known` for a choice; `lowest`/`highest` for an integer."""

    field: str
    type: FieldType
    take: Take
    columns: tuple[str, ...] = ()
    constant: str = ""
    between: str = ""
    values: Mapping[str, str] | None = None
    default: str = ""
    required: bool = False
    date_format: str = "%Y-%m-%d"
    term_column: str = ""
    term_months: Mapping[str, int] = made(default_factory=dict[str, int])
    known: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0


@dataclass(frozen=True, slots=True)
class NumberRule:
    """One of the customer's numbers."""

    kind: NumberKind
    rule: Rule


@dataclass(frozen=True, slots=True)
class Sign:
    """A condition on a cell: its text is one of `among`, or the age at the reference date is at least `age`."""

    column: str
    among: frozenset[str]
    age: int | None = None
    date_format: str = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class WordRule:
    """A word (a need, a reason to leave) the customer has when the sign is there."""

    code: str
    sign: Sign


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """A consent every row gives, or those whose sign is there. `from_rule` and `until_rule` give a moment."""

    purpose: str
    source: str
    valid_from: datetime | None
    valid_until: datetime | None
    sign: Sign | None
    from_column: Rule | None
    until_column: Rule | None


@dataclass(frozen=True, slots=True)
class ContactRule:
    """A contact the operator's systems tell of: there when both its moment and its summary are."""

    channel: str
    direction: str
    at: Rule
    summary_column: str


@dataclass(frozen=True, slots=True)
class MonthRule:
    """The columns of one month; a column that is not there is left unknown."""

    month: str
    columns: Mapping[str, str]
    """spend, data_gb, voice_min or plan_data_gb → column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMapping:
    """A whole mapping. `version` is the sha256 of its file."""

    path: str
    id: str
    version: str
    title: Mapping[str, str]
    source: str
    encoding: Encoding
    delimiter: str
    currency: str | None
    region: str
    zone: ZoneInfo
    """Where a moment without an offset was written down."""
    reference_date: date | None
    rules: tuple[Rule, ...]
    numbers: tuple[NumberRule, ...]
    consents: tuple[ConsentRule, ...]
    needs: tuple[WordRule, ...]
    churn_reasons: tuple[WordRule, ...]
    months: tuple[MonthRule, ...]
    contacts: tuple[ContactRule, ...]
    extra: tuple[Rule, ...]
    ignored: frozenset[str]
    places: tuple[Place, ...]

    @property
    def used_columns(self) -> frozenset[str]:
        """Every column a rule reads."""
        return frozenset(place.column for place in self.places)

    def constants(self) -> dict[str, str]:
        """Field → text the mapping sets for every row, because the file does not tell it."""
        told = {rule.field: rule.constant for rule in self.rules if rule.take is Take.constant and rule.constant}
        if self.currency is not None:
            told["currency"] = self.currency
        for consent in self.consents:
            if consent.sign is None:
                told[f"consents.{consent.purpose}"] = consent.source
        return told

    def told_fields(self) -> tuple[str, ...]:
        """The fields this mapping tells of: a re-import changes these and no others."""
        sections = {
            "currency": self.currency,
            "numbers": self.numbers,
            "consents": self.consents,
            "vulnerable_needs": self.needs,
            "churn_reasons": self.churn_reasons,
            "history": self.months,
            "contacts": self.contacts,
        }
        simple = tuple(rule.field for rule in self.rules if rule.field != "external_id")
        return (*simple, *(name for name, section in sections.items() if section), "extra")

    def sets_test_numbers(self) -> bool:
        """Whether numbers are made, not read."""
        return any(number.rule.take is Take.test_number for number in self.numbers)

    def check_columns(self, columns: Iterable[str]) -> None:
        """Refuse a mapping that names a column the file does not have. Raises BadFile at the column's place in the mapping."""
        found = tuple(columns)
        for place in self.places:
            if place.column not in found:
                problem = f"文件里没有“{place.column}”这一列 / the file has no column “{place.column}”"
                raise BadFile(self.path, place.line, place.character, problem, did_you_mean(place.column, found))

    def kept_columns(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The columns no rule reads and nobody ignores: kept as text."""
        taken = self.used_columns | self.ignored
        return tuple(column for column in columns if column not in taken)
