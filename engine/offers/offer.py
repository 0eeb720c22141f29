"""An offer as the operator published it: rung, kind, price, term, who may give it, and what must be said with it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from engine.events.envelope import Json


class Rung(StrEnum):
    """The ladder, the least costly help first."""

    r0 = "r0"  # fix the fault, explain the bill
    r1 = "r1"  # the plan that fits, downgrades included
    r2 = "r2"  # value already paid for and not used
    r3 = "r3"  # something other than money: speed, data, minutes
    r4 = "r4"  # pause, flexible term
    r5 = "r5"  # a discount for a limited time
    r6 = "r6"  # a device or contract subsidy
    r7 = "r7"  # a supervisor's exception
    r8 = "r8"  # let go, and do it well


class Kind(StrEnum):
    """The trade's kinds of offers and bundles."""

    fault_repair = "fault_repair"
    bill_check = "bill_check"
    move = "move"
    right_plan = "right_plan"
    benefit = "benefit"
    points = "points"
    speed = "speed"
    data_pack = "data_pack"
    voice_pack = "voice_pack"
    family_plan = "family_plan"
    pause = "pause"
    discount = "discount"
    prepay_credit = "prepay_credit"
    prepay_gift = "prepay_gift"
    device_one_yuan = "device_one_yuan"
    device_sixty = "device_sixty"
    manager_exception = "manager_exception"
    exit = "exit"


class Authority(StrEnum):
    """Who may give an offer; each may give what those before may."""

    agent = "agent"
    senior = "senior"
    manager = "manager"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return _RANKS[self]


_RANKS = {Authority.agent: 0, Authority.senior: 1, Authority.manager: 2}


class FeeBasis(StrEnum):
    """What the fee is: the whole monthly bill, an addition to it, a reduction of it, or a single payment."""

    monthly_total = "monthly_total"
    monthly_extra = "monthly_extra"
    monthly_off = "monthly_off"
    once = "once"


class Disclosure(StrEnum):
    """What must be said before a yes counts (CN-14); the early exit fee wherever the customer is bound for a term."""

    price = "price"
    scenario = "scenario"
    validity = "validity"
    restriction = "restriction"
    early_exit_fee = "early_exit_fee"


@dataclass(frozen=True, slots=True)
class Offer:
    """One published offer. Amounts are in the policy's currency, major units; `cost` is what it costs us a month.

    `facts` are the texts and figures a sentence may use, English ones under `en`; `reasons` the leave reasons it answers, none meaning any;
    `authority` already includes the monthly limit of each level; `until` is the last day of publication, inclusive.
    """

    code: str
    rung: Rung
    kind: Kind
    name: str
    publication_no: str
    since: date
    until: date
    fee: Decimal
    fee_basis: FeeBasis
    cost: Decimal
    term_months: int | None
    contract: bool
    upsell: bool
    authority: Authority
    reasons: tuple[str, ...]
    exclusive_group: str | None
    remaining: int | None
    why: dict[str, str]
    disclosures: tuple[str, ...]
    facts: dict[str, Json]

    @property
    def names(self) -> dict[str, str]:
        """The name in the languages the texts are translated to."""
        translated: dict[str, Json] = self.facts.get("en") or {}
        return {"en": str(translated["name"])} if "name" in translated else {}
