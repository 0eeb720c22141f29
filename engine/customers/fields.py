"""The closed list of what is kept about a customer: its type, its names, who sees it, whether it is personal, how it is erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.customers.customer import PortState, Tier
from engine.phone_number import masked

ROLES = ("agent", "trainer", "reviewer", "supervisor", "administrator")
"""The names of engine.people.role, which stands beside this package; a test compares them."""


class FieldType(StrEnum):
    """The kind of value a customer field holds."""

    text = "text"
    integer = "integer"
    decimal = "decimal"
    money = "money"
    date = "date"
    moment = "moment"
    boolean = "boolean"
    choice = "choice"
    zone = "zone"
    words = "words"
    records = "records"
    """A list of small records; mapped in a section of its own."""


class Sight(StrEnum):
    """How much of a field a role sees."""

    full = "full"
    masked = "masked"
    hidden = "hidden"


class Erasure(StrEnum):
    """What becomes of a field when the customer is erased."""

    cleared = "cleared"
    """Set to its empty value."""
    shredded = "shredded"
    """Its rows are deleted, and its copies in events and recordings are shredded."""
    kept_hashed = "kept_hashed"
    """Kept as a keyed hash, so that a refusal outlives the record."""
    kept = "kept"
    """Not personal once the rest is gone; kept for counting."""


@dataclass(frozen=True, slots=True)
class CustomerField:
    """One field. `sight` names what agent, trainer, reviewer, supervisor and administrator see."""

    name: str
    type: FieldType
    zh: str
    en: str
    personal: bool
    erasure: Erasure
    sight: Mapping[str, Sight]
    options: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0

    def label(self, locale: str) -> str:
        """The field's name in a language of the screens."""
        return self.en if locale.startswith("en") else self.zh


def _sight(letters: str) -> Mapping[str, Sight]:
    """One letter per role in the order agent, trainer, reviewer, supervisor, administrator: f full, m masked, - hidden."""
    sights = {"f": Sight.full, "m": Sight.masked, "-": Sight.hidden}
    return {role: sights[letter] for role, letter in zip(ROLES, letters, strict=True)}


_T, _C, _S, _H, _K = FieldType, Erasure.cleared, Erasure.shredded, Erasure.kept_hashed, Erasure.kept
_OPEN = _sight("fffff")
_TIERS, _PORTS = tuple(Tier), tuple(PortState)

_LISTED = (
    CustomerField("source", _T.text, "来源系统", "Source", False, _K, _sight("f-fff")),
    CustomerField("external_id", _T.text, "客户编号", "External id", True, _H, _sight("m-mff")),
    CustomerField("name", _T.text, "姓名", "Name", True, _C, _sight("f-mff")),
    CustomerField("salutation", _T.text, "称呼", "Salutation", True, _C, _sight("fmfff")),
    CustomerField("numbers", _T.records, "号码", "Numbers", True, _H, _sight("m-mmf")),
    CustomerField("country", _T.text, "国家", "Country", False, _K, _OPEN),
    CustomerField("province", _T.text, "省份", "Province", False, _K, _OPEN),
    CustomerField("city", _T.text, "城市", "City", True, _C, _sight("f-fff")),
    CustomerField("zone", _T.zone, "时区", "Time zone", False, _K, _OPEN),
    CustomerField("language", _T.text, "话术语言", "Script language", False, _K, _OPEN),
    CustomerField("birthday", _T.date, "生日", "Birthday", True, _C, _sight("m--mf")),
    CustomerField("tier", _T.choice, "级别", "Tier", False, _K, _OPEN, options=_TIERS),
    CustomerField("star", _T.integer, "星级", "Stars", False, _K, _OPEN, lowest=0, highest=7),
    CustomerField("tenure_start", _T.date, "入网日期", "Customer since", False, _K, _sight("f-fff")),
    CustomerField("plan_name", _T.text, "套餐", "Plan", False, _K, _OPEN),
    CustomerField("contract_start", _T.date, "合约开始", "Contract start", False, _K, _sight("f-fff")),
    CustomerField("contract_end", _T.date, "合约到期", "Contract end", False, _K, _sight("f-fff")),
    CustomerField("currency", _T.text, "币种", "Currency", False, _K, _OPEN),
    CustomerField("monthly_charge", _T.money, "月费", "Monthly charge", True, _C, _sight("f-fff")),
    CustomerField("history", _T.records, "近 12 个月消费与用量", "Spend and use, 12 months", True, _C, _sight("f-fff")),
    CustomerField("owner", _T.text, "客户经理", "Owner", False, _C, _sight("f-fff")),
    CustomerField("team", _T.text, "班组", "Team", False, _C, _sight("f-fff")),
    CustomerField("consents", _T.records, "同意", "Consents", True, _H, _sight("f-fff")),
    CustomerField("complaint_open", _T.boolean, "有未结投诉", "Complaint open", True, _C, _sight("f-fff")),
    CustomerField("port_state", _T.choice, "携转状态", "Moving the number", True, _C, _sight("f-fff"), options=_PORTS),
    CustomerField("port_changed_at", _T.moment, "携转状态时间", "Moving since", True, _C, _sight("f-fff")),
    CustomerField("vulnerable_needs", _T.words, "特别照顾", "Needs special care", True, _C, _sight("f-fff")),
    CustomerField("contacts", _T.records, "联系记录", "Contacts", True, _S, _sight("f-fff")),
    CustomerField("churn_reasons", _T.words, "离网原因", "Reasons to leave", True, _C, _sight("f-fff")),
    CustomerField("churn_score", _T.integer, "离网评分", "Churn score", True, _C, _sight("f-fff"), lowest=0, highest=100),
    CustomerField("extra", _T.records, "其他列", "Other columns", True, _C, _sight("f--ff")),
)

FIELDS: Mapping[str, CustomerField] = {field.name: field for field in _LISTED}
"""Field name → field: everything that is kept about a customer."""

SIMPLE_FIELDS: Mapping[str, CustomerField] = {
    name: field
    for name, field in FIELDS.items()
    if field.type not in (FieldType.records, FieldType.words) and name not in ("source", "currency")
}
"""The fields a mapping file gives one by one; the others have sections of their own."""


def masked_for(role: str, field: str, value: Any) -> Any:
    """What a role sees of a value: the value, a masked text, or None when it is hidden. KeyError for a field that is not listed.

    >>> masked_for("agent", "numbers", "+8613800001234")
    '138****1234'
    >>> masked_for("trainer", "name", "王芳") is None
    True
    """
    sight = FIELDS[field].sight[role]
    if sight is Sight.full or value in (None, ""):
        return value
    if sight is Sight.hidden:
        return None
    return _masked(field, value)


def masked_name(name: str) -> str:
    """A name of which only the first character is told: 王** ."""
    return f"{name[:1]}**" if name else ""


def _masked(field: str, value: Any) -> str:
    match field:
        case "numbers":
            return masked(str(value))
        case "birthday":
            return f"****-{value:%m-%d}" if hasattr(value, "strftime") else f"****{str(value)[4:10]}"
        case "external_id":
            return f"****{str(value)[-4:]}" if len(str(value)) > 6 else "****"
        case _:
            return masked_name(str(value))
