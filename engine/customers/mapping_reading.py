"""Reads mapping/1 files. Every refusal names line, column, what is wrong and what was likely meant."""

import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from engine.customers.customer import MOST_MONTHS, MOST_NUMBERS, NumberKind
from engine.customers.dates import month_names
from engine.customers.fields import SIMPLE_FIELDS, CustomerField, FieldType
from engine.customers.mapping import (
    ConsentRule,
    ContactRule,
    CustomerMapping,
    Encoding,
    MonthRule,
    NumberRule,
    Place,
    Rule,
    Sign,
    Take,
    WordRule,
)
from engine.customers.mapping_words import (
    read_between,
    read_code,
    read_currency,
    read_date_format,
    read_delimiter,
    read_direction,
    read_encoding,
    read_month,
    read_purpose,
    read_region,
    read_zone,
)
from engine.customers.problems import SENTENCES
from engine.customers.values import typed
from engine.errors import BadInput
from engine.yaml_fields import Fields, did_you_mean
from engine.yaml_text import read_yaml

_KEYS = (
    *("format", "id", "title", "en", "source", "encoding", "delimiter", "currency", "region", "reference_date", "zone"),
    *("fields", "numbers", "consents", "needs", "churn_reasons", "history", "contacts", "extra", "ignore"),
)
_RULE_KEYS = (*Take, "between", "values", "default", "required", "format", "term", "months")
_MONTH_COLUMNS = ("spend", "data_gb", "voice_min", "plan_data_gb")
_EXTRA_TYPES = (FieldType.text, FieldType.integer, FieldType.decimal, FieldType.date)


def read_mapping(text: str, path: str) -> CustomerMapping:
    """Read a mapping file. Raises BadFile."""
    return _Reader(Fields.of(read_yaml(text, path)), text, path).read()


class _Reader:
    """One file being read; collects the places where columns are named."""

    def __init__(self, top: Fields, text: str, path: str) -> None:
        self._top, self._text, self._path = top, text, path
        self._places: list[Place] = []
        self._zone = ZoneInfo("UTC")
        self._reference: date | None = None

    def read(self) -> CustomerMapping:
        top = self._top
        top.only(_KEYS)
        if top.text("format") != "mapping/1":
            raise top.refuse("format", "应该是 mapping/1 / must be mapping/1")
        self._zone = top.read("zone", read_zone, "时区，例如 Asia/Shanghai") if "zone" in top else ZoneInfo("Asia/Shanghai")
        self._reference = top.date("reference_date") if "reference_date" in top else None
        fields = top.under("fields")
        fields.only(SIMPLE_FIELDS)
        if "external_id" not in fields:
            raise top.refuse("fields", "缺少 external_id：靠它认出同一位客户 / external_id is missing: customers are known by it")
        return CustomerMapping(
            path=self._path,
            id=top.text("id"),
            version=hashlib.sha256(self._text.encode()).hexdigest(),
            title={"zh-CN": top.text("title"), "en": top.under("en").text("title") if "en" in top else top.text("title")},
            source=top.read("source", read_code, "小写英文、数字、下划线"),
            encoding=top.read("encoding", read_encoding, "auto、utf-8 或 gb18030") if "encoding" in top else Encoding.auto,
            delimiter=top.read("delimiter", read_delimiter, "“, ; |”之一或 tab") if "delimiter" in top else ",",
            currency=top.read("currency", read_currency, "CNY、USD 这样的币种") if "currency" in top else None,
            region=top.read("region", read_region, "CN、US 这样的国家代码") if "region" in top else "CN",
            zone=self._zone,
            reference_date=self._reference,
            rules=tuple(self._rule(fields, name, SIMPLE_FIELDS[name]) for name in fields),
            numbers=self._numbers(),
            consents=tuple(self._consent(part) for part in top.each("consents")),
            needs=tuple(self._word(part) for part in top.each("needs")),
            churn_reasons=tuple(self._word(part) for part in top.each("churn_reasons")),
            months=self._months(),
            contacts=tuple(self._contact(part) for part in top.each("contacts")),
            extra=self._extra(),
            ignored=frozenset(top.words("ignore")),
            places=tuple(self._places),
        )

    # ------------------------------------------------------------ values

    def _rule(self, around: Fields, name: str, field: CustomerField) -> Rule:
        part = around.under(name)
        part.only(_RULE_KEYS)
        if field.type is FieldType.money and "currency" not in self._top:
            raise around.refuse(name, "金额要有币种 / an amount needs a currency", "加上 currency: CNY / add currency: CNY")
        return self._value(part, name, field.type, known=field.options, lowest=field.lowest, highest=field.highest)

    def _value(
        self, part: Fields, name: str, kind: FieldType, known: tuple[str, ...] = (), lowest: int = 0, highest: int = 0, wanted: bool = False
    ) -> Rule:
        ways = [way for way in Take if way.value in part]
        if len(ways) != 1:
            raise part.refuse(None, f"“{name}”要有且只有一个来源 / “{name}” needs exactly one source", did_you_mean("", Take))
        take = ways[0]
        values = self._values(part, known) if "values" in part else None
        rule = Rule(
            field=name,
            type=kind,
            take=take,
            columns=self._columns(part, take),
            constant=self._constant(part, known) if take is Take.constant else "",
            between=part.read("between", read_between, "space 或几个字符") if "between" in part else "",
            values=values,
            default=self._default(part, known),
            required=part.boolean("required") if "required" in part else wanted or name == "external_id",
            date_format=part.read("format", read_date_format, "日期格式，例如 %Y/%m/%d") if "format" in part else "%Y-%m-%d",
            term_column=self._column(part, "term") if take in (Take.term_start, Take.term_end) else "",
            term_months=self._term_months(part) if take in (Take.term_start, Take.term_end) else {},
            known=known,
            lowest=lowest,
            highest=highest,
        )
        self._check_given(part, rule)
        return rule

    def _check_given(self, part: Fields, rule: Rule) -> None:
        """What the mapping itself gives must be a value of the field: otherwise every row would be rejected for it."""
        currency = self._top.text("currency") if "currency" in self._top else None
        table = part.under("values") if rule.values is not None else part
        given = [(part, "constant", rule.constant), (part, "default", rule.default)]
        given += [(table, written, text) for written, text in (rule.values or {}).items()]
        for where, key, text in given:
            try:
                if text:
                    typed(rule, text, self._zone, currency)
            except BadInput as error:
                raise where.refuse(key, " / ".join(sentence.format_map(error.fields) for sentence in SENTENCES[error.reason])) from None

    def _columns(self, part: Fields, take: Take) -> tuple[str, ...]:
        if take is Take.constant:
            return ()
        if take in (Take.months_before, Take.term_start, Take.term_end) and self._reference is None:
            raise part.refuse(take, "要先写 reference_date / reference_date is needed", "加上 reference_date: 2026-11-01")
        if take not in (Take.concat, Take.first_of):
            return (self._column(part, take),)
        names = part.words(take)
        if not names:
            raise part.refuse(take, "要列出列名 / columns are needed", "[a, b]")
        error = part.refuse(take, "")
        self._places += [Place(name, error.line, error.column) for name in names]
        return names

    def _column(self, part: Fields, key: str) -> str:
        name = part.text(key)
        error = part.refuse(key, "")
        self._places.append(Place(name, error.line, error.column))
        return name

    def _values(self, part: Fields, known: tuple[str, ...]) -> dict[str, str]:
        table = part.under("values")
        found: dict[str, str] = {}
        for written in table:
            found[written] = table.text(written)
            if known and found[written] not in known:
                raise table.refuse(
                    written, f"没有“{found[written]}”这个值 / no value “{found[written]}”", did_you_mean(found[written], known)
                )
        return found

    def _constant(self, part: Fields, known: tuple[str, ...]) -> str:
        value = part.text("constant")
        if known and value not in known:
            raise part.refuse("constant", f"没有“{value}”这个值 / no value “{value}”", did_you_mean(value, known))
        return value

    def _default(self, part: Fields, known: tuple[str, ...]) -> str:
        if "default" not in part:
            return ""
        value = part.text("default")
        if known and value not in known:
            raise part.refuse("default", f"没有“{value}”这个值 / no value “{value}”", did_you_mean(value, known))
        return value

    def _term_months(self, part: Fields) -> dict[str, int]:
        table = part.under("months")
        return {written: table.integer(written) for written in table}

    # ------------------------------------------------------------ sections

    def _numbers(self) -> tuple[NumberRule, ...]:
        parts = self._top.each("numbers")
        if not 1 <= len(parts) <= MOST_NUMBERS:
            key = "numbers" if "numbers" in self._top else None
            raise self._top.refuse(
                key, f"号码要有一到 {MOST_NUMBERS} 个 / one to {MOST_NUMBERS} numbers are needed", "numbers: [{column: …}]"
            )
        found: list[NumberRule] = []
        for number, part in enumerate(parts):
            part.only(("kind", Take.column, Take.first_of, Take.concat, Take.test_number, "required"))
            kind = part.member("kind", NumberKind) if "kind" in part else NumberKind.mobile
            found.append(NumberRule(kind, self._value(part, "numbers", FieldType.text, wanted=number == 0)))
        return tuple(found)

    def _sign(self, part: Fields) -> Sign:
        column = self._column(part, "column")
        if "age_from" not in part:
            return Sign(column, frozenset(part.words("is")) or frozenset({"是", "1", "Y", "Yes", "yes", "true"}))
        if self._reference is None:
            raise part.refuse("age_from", "要先写 reference_date / reference_date is needed", "reference_date: 2026-11-01")
        form = part.read("format", read_date_format, "日期格式，例如 %Y/%m/%d") if "format" in part else "%Y-%m-%d"
        return Sign(column, frozenset(), part.integer("age_from"), form)

    def _word(self, part: Fields) -> WordRule:
        part.only(("code", "column", "is", "age_from", "format"))
        return WordRule(part.read("code", read_code, "小写英文、数字、下划线"), self._sign(part))

    def _consent(self, part: Fields) -> ConsentRule:
        part.only(("purpose", "source", "from", "until", "from_column", "until_column", "column", "is", "format"))
        dated = [self._moment_rule(part, key) if key in part else None for key in ("from_column", "until_column")]
        if "from" not in part and dated[0] is None:
            raise part.refuse(None, "缺少 from 或 from_column / from or from_column is missing")
        return ConsentRule(
            purpose=part.read("purpose", read_purpose, "retention、marketing、care、survey 或 service"),
            source=part.text("source"),
            valid_from=self._midnight(part, "from"),
            valid_until=self._midnight(part, "until"),
            sign=self._sign(part) if "column" in part else None,
            from_column=dated[0],
            until_column=dated[1],
        )

    def _contact(self, part: Fields) -> ContactRule:
        part.only(("at_column", "summary_column", "channel", "direction", "format"))
        return ContactRule(
            channel=part.read("channel", read_code, "call、sms、shop、visit 或 app"),
            direction=part.read("direction", read_direction, "in 或 out") if "direction" in part else "in",
            at=self._moment_rule(part, "at_column", "contacts"),
            summary_column=self._column(part, "summary_column"),
        )

    def _moment_rule(self, part: Fields, key: str, field: str = "consents") -> Rule:
        form = part.read("format", read_date_format, "日期格式，例如 %Y/%m/%d") if "format" in part else "%Y-%m-%d"
        return Rule(field=field, type=FieldType.moment, take=Take.column, columns=(self._column(part, key),), date_format=form)

    def _midnight(self, part: Fields, key: str) -> datetime | None:
        if key not in part:
            return None
        day = part.date(key)
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def _months(self) -> tuple[MonthRule, ...]:
        if "history" not in self._top:
            return ()
        part = self._top.under("history")
        part.only(("first", "last", "month_format", *_MONTH_COLUMNS))
        first, last = (part.read(key, read_month, "月份，例如 2026-10") for key in ("first", "last"))
        months = month_names(first, last)
        if not 1 <= len(months) <= MOST_MONTHS:
            raise part.refuse("last", f"要有一到 {MOST_MONTHS} 个月 / one to {MOST_MONTHS} months are needed")
        form = part.text("month_format") if "month_format" in part else "%Y-%m"
        given = [key for key in _MONTH_COLUMNS if key in part]
        if "spend" in given and "currency" not in self._top:
            raise part.refuse("spend", "金额要有币种 / an amount needs a currency", "加上 currency: CNY / add currency: CNY")
        return tuple(MonthRule(month, {key: self._month_column(part, key, month, form) for key in given}) for month in months)

    def _month_column(self, part: Fields, key: str, month: str, form: str) -> str:
        pattern = part.text(key)
        error = part.refuse(key, "")
        if "{month}" not in pattern:
            raise part.refuse(key, "列名里要有 {month} / the column needs {month}", "消费{month}")
        column = pattern.replace("{month}", date.fromisoformat(f"{month}-01").strftime(form))
        self._places.append(Place(column, error.line, error.column))
        return column

    def _extra(self) -> tuple[Rule, ...]:
        if "extra" not in self._top:
            return ()
        around = self._top.under("extra")
        found: list[Rule] = []
        for name in around:
            part = around.under(name)
            part.only(("type", *_RULE_KEYS))
            kind = part.member("type", FieldType) if "type" in part else FieldType.text
            if kind not in _EXTRA_TYPES:
                raise part.refuse("type", f"这里不能用 {kind} / {kind} is not possible here", did_you_mean(kind, _EXTRA_TYPES))
            found.append(self._value(part, name, kind, lowest=-(10**15), highest=10**15))
        return tuple(found)
