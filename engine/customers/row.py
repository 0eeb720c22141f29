"""One row of a file and a mapping → a customer, or the list of what is wrong with the row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from engine.customers.customer import Consent, Contact, CustomerContent, CustomerNumber, Month, PortState, Tier
from engine.customers.dates import whole_months
from engine.customers.fields import FieldType
from engine.customers.mapping import ConsentRule, ContactRule, CustomerMapping, MonthRule, NumberRule, Rule, Sign, Take, WordRule
from engine.customers.problems import Problem
from engine.customers.values import bad, clean_text, day, taken, typed
from engine.errors import BadInput
from engine.money import Money
from engine.phone_number import PhoneNumber

T = TypeVar("T")
_MONEY = Rule(field="history", type=FieldType.money, take=Take.column)
_DECIMAL = Rule(field="history", type=FieldType.decimal, take=Take.column)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row as the file has it: its line (the header's is 1) and column → text. `fault` is a code of `problems`, with its `column`."""

    line: int
    cells: Mapping[str, str]
    fault: str | None = None
    column: str = ""
    told: Mapping[str, object] | None = None


class RowReader:
    """Reads rows with one mapping. `kept` are the columns kept as text; `today` bounds birthdays."""

    def __init__(self, mapping: CustomerMapping, kept: Sequence[str], today: date) -> None:
        self._mapping, self._kept, self._today = mapping, tuple(kept), today
        self._problems: list[Problem] = []
        self._row = FileRow(0, {})

    def read(self, row: FileRow) -> CustomerContent | list[Problem]:
        """The customer, or every problem of the row."""
        self._row, self._problems = row, []
        if row.fault is not None:
            return [Problem(row.line, row.column, row.cells.get(row.column, ""), row.fault, row.told or {})]
        values = {rule.field: value for rule in self._mapping.rules if (value := self._value(rule)) is not None}
        values |= self._lists()
        self._check(values)
        if self._problems:
            return self._problems
        if "tier" in values:
            values["tier"] = Tier(values["tier"])
        if "port_state" in values:
            values["port_state"] = PortState(values["port_state"])
        return CustomerContent(source=self._mapping.source, currency=self._mapping.currency, **values)

    def _lists(self) -> dict[str, Any]:
        mapping = self._mapping
        return {
            "numbers": self._numbers(mapping.numbers),
            "consents": tuple(
                c for rule in mapping.consents if (c := self._tried("consents", rule.source, lambda r=rule: self._consent(r)))
            ),
            "vulnerable_needs": self._words("vulnerable_needs", mapping.needs),
            "churn_reasons": self._words("churn_reasons", mapping.churn_reasons),
            "history": tuple(self._month(rule) for rule in mapping.months),
            "contacts": tuple(
                c for rule in mapping.contacts if (c := self._tried("contacts", self._written(rule.at), lambda r=rule: self._contact(r)))
            ),
            "extra": self._extra(),
        }

    def _tried(self, field: str, written: str, what: Callable[[], T]) -> T | None:
        """What `what` gives; None, and a problem listed, when it raises BadInput."""
        try:
            return what()
        except BadInput as error:
            told = {name: value for name, value in error.fields.items() if name != "value"}
            self._problems.append(Problem(self._row.line, field, written, error.reason, told))
            return None

    def _written(self, rule: Rule) -> str:
        """What stood in the cells, for the list of rejects."""
        return " ".join(self._row.cells[column] for column in rule.columns) if rule.columns else rule.constant

    def _value(self, rule: Rule) -> Any:
        return self._tried(rule.field, self._written(rule), lambda: self._typed(rule))

    def _typed(self, rule: Rule) -> Any:
        return typed(rule, taken(rule, self._row.cells, self._mapping.reference_date), self._mapping.zone, self._mapping.currency)

    def _numbers(self, rules: Sequence[NumberRule]) -> tuple[CustomerNumber, ...]:
        found: dict[str, CustomerNumber] = {}
        for number in rules:
            e164 = self._tried("numbers", self._written(number.rule), lambda rule=number.rule: self._number(rule))
            if e164 is not None and e164 not in found:
                found[e164] = CustomerNumber(e164, number.kind, len(found) + 1)
        return tuple(found.values())

    def _number(self, rule: Rule) -> str | None:
        text = self._typed(rule)
        return None if text is None else PhoneNumber.parse(text, self._mapping.region).e164

    def _consent(self, rule: ConsentRule) -> Consent | None:
        if rule.sign is not None and not self._has(rule.sign):
            return None
        begins = (self._typed(rule.from_column) if rule.from_column else None) or rule.valid_from
        ends = (self._typed(rule.until_column) if rule.until_column else None) or rule.valid_until
        if begins is None:
            raise bad("value.missing")
        if ends is not None and ends < begins:
            raise bad("consent.ends_before_start")
        return Consent(rule.purpose, rule.source, begins, ends)

    def _contact(self, rule: ContactRule) -> Contact | None:
        at, summary = self._typed(rule.at), self._row.cells[rule.summary_column].strip()
        return Contact(at, rule.channel, rule.direction, clean_text(summary)) if at is not None and summary else None

    def _words(self, field: str, rules: Sequence[WordRule]) -> tuple[str, ...]:
        found = [
            rule.code for rule in rules if self._tried(field, self._row.cells[rule.sign.column], lambda sign=rule.sign: self._has(sign))
        ]
        return tuple(dict.fromkeys(found))

    def _has(self, sign: Sign) -> bool:
        text = self._row.cells[sign.column].strip()
        if sign.age is None:
            return text in sign.among
        reference = self._mapping.reference_date
        if not text or reference is None:
            return False
        return whole_months(day(text, sign.date_format), reference) >= 12 * sign.age

    def _month(self, rule: MonthRule) -> Month:
        read: dict[str, Any] = {}
        for name, column in rule.columns.items():
            text = self._row.cells[column].strip()
            rule_for = _MONEY if name == "spend" else _DECIMAL
            value = self._tried("history", text, lambda r=rule_for, t=text: typed(r, t, self._mapping.zone, self._mapping.currency))
            if value is not None:
                read[name] = value.minor if isinstance(value, Money) else int(value) if name == "voice_min" else float(value)
        return Month(rule.month, **read)

    def _extra(self) -> dict[str, str]:
        extra = {column: text for column in self._kept if (text := self._row.cells[column].strip())}
        for column, text in extra.items():
            self._tried(column, text, lambda t=text: clean_text(t))
        for rule in self._mapping.extra:
            value = self._value(rule)
            if value is not None:
                extra[rule.field] = str(value)
        return extra

    def _check(self, values: dict[str, Any]) -> None:
        """What no single field can tell."""
        birthday, start, end = values.get("birthday"), values.get("contract_start"), values.get("contract_end")
        if birthday is not None and birthday > self._today:
            self._problems.append(Problem(self._row.line, "birthday", birthday.isoformat(), "date.in_future"))
        if start is not None and end is not None and end < start:
            self._problems.append(Problem(self._row.line, "contract_end", end.isoformat(), "contract.ends_before_start"))
