"""Reading one offer of a policy file, with the publishing rules that can be checked before anybody is called (CN-13, CN-14, CN-20)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.events.envelope import Json
from engine.offers.offer import Authority, Disclosure, FeeBasis, Kind, Offer, Rung
from engine.offers.policy import Entry
from engine.offers.rule import BadRule, FactType, Rule, compile_rule
from engine.yaml_fields import Fields, did_you_mean

_KEYS = (
    *("rung", "kind", "name", "publication_no", "published", "fee", "fee_basis", "cost", "term_months", "contract", "early_exit_fee"),
    *("upsell", "authority", "reasons", "exclusive_group", "remaining", "contains", "term", "why", "conditions", "disclosures", "en"),
)
_ALWAYS = (Disclosure.price, Disclosure.scenario, Disclosure.validity, Disclosure.restriction)


def read_entry(code: str, offers: Fields, types: Mapping[str, FactType], limits: Mapping[Authority, Decimal]) -> Entry:
    """The offer under a code, compiled. Raises BadFile."""
    fields = offers.under(code)
    fields.only(_KEYS)
    rules = tuple(_rule(each, types) for each in fields.each("conditions"))
    offer = _offer(code, fields, limits)
    return Entry.of(offer, rules)


def _offer(code: str, fields: Fields, limits: Mapping[Authority, Decimal]) -> Offer:
    published = fields.under("published")
    published.only(["from", "until"])
    since, until = published.date("from"), published.date("until")
    if until < since:
        raise published.refuse("until", "截止日期早于开始日期 / it ends before it starts")
    contract = "contract" in fields and fields.boolean("contract")
    kinds = _disclosures(fields, contract)
    return Offer(
        code=code,
        rung=fields.member("rung", Rung),
        kind=fields.member("kind", Kind),
        name=fields.text("name"),
        publication_no=fields.text("publication_no"),
        since=since,
        until=until,
        fee=fields.decimal("fee"),
        fee_basis=fields.member("fee_basis", FeeBasis),
        cost=fields.decimal("cost"),
        term_months=fields.integer("term_months") if "term_months" in fields else None,
        contract=contract,
        upsell="upsell" in fields and fields.boolean("upsell"),
        authority=_authority(fields, limits),
        reasons=fields.words("reasons"),
        exclusive_group=fields.text("exclusive_group") if "exclusive_group" in fields else None,
        remaining=fields.integer("remaining") if "remaining" in fields else None,
        why=_label(fields.under("why")),
        disclosures=tuple(kind.value for kind in kinds),
        facts=_facts(code, fields, kinds, contract),
    )


def _authority(fields: Fields, limits: Mapping[Authority, Decimal]) -> Authority:
    """The level that is written, or the first whose monthly limit covers the cost, whichever is higher."""
    cost = fields.decimal("cost")
    able = [level for level in sorted(limits, key=lambda level: level.rank) if limits[level] >= cost]
    if not able:
        problem = f"每月让利 {cost} 元超过所有权限的上限 / no authority may give {cost} a month"
        raise fields.refuse("cost", problem, "调低让利，或提高上限 / lower the cost or raise a limit")
    written = fields.member("authority", Authority) if "authority" in fields else able[0]
    return max(written, able[0], key=lambda level: level.rank)


def _disclosures(fields: Fields, contract: bool) -> tuple[Disclosure, ...]:
    """The four disclosures of every offer, and the early exit fee of a contract, which also needs its term (CN-20)."""
    said = fields.under("disclosures")
    said.only(member.value for member in Disclosure)
    if contract:
        fields.integer("term_months")
        fields.decimal("early_exit_fee")
        said.text(Disclosure.early_exit_fee)
        _names_its_fee(fields)
        return (*_ALWAYS, Disclosure.early_exit_fee)
    if "early_exit_fee" in fields or Disclosure.early_exit_fee in said:
        problem = "有提前退订费就是合约，要写 contract: true / an early exit fee means a contract"
        raise fields.refuse(None, problem, "加上 contract: true / add contract: true")
    return _ALWAYS


def _names_its_fee(fields: Fields) -> None:
    """The confirmation message repeats the restriction, so the restriction itself must name the early exit fee, in both languages."""
    fee = f"{float(fields.decimal('early_exit_fee')):g}"
    for texts in (fields.under("disclosures"), fields.under("en")):
        if fee not in texts.text(Disclosure.restriction):
            problem = f"restriction 里要写明提前退订费 {fee} / the restriction must name the early exit fee of {fee}"
            raise texts.refuse(Disclosure.restriction, problem, f"… {fee} …")


def _facts(code: str, fields: Fields, kinds: tuple[Disclosure, ...], contract: bool) -> dict[str, Json]:
    said, english = fields.under("disclosures"), fields.under("en")
    texts = ("name", "contains", "term")
    english.only((*texts, *kinds))
    facts: dict[str, Any] = {
        "code": code,
        "rung": fields.text("rung"),
        "publication_no": fields.text("publication_no"),
        "fee": f"{fields.decimal('fee'):.2f}",
        "fee_basis": fields.text("fee_basis"),
        "contract": contract,
        "published_until": fields.under("published").text("until"),
    }
    if contract:
        facts["early_exit_monthly"] = f"{fields.decimal('early_exit_fee'):.2f}"
    facts |= {name: fields.text(name) for name in texts} | {kind.value: said.text(kind) for kind in kinds}
    facts["en"] = {name: english.text(name) for name in (*texts, *(kind.value for kind in kinds))}
    return facts


def _label(fields: Fields) -> dict[str, str]:
    fields.only(["zh", "en"])
    return {"zh": fields.text("zh"), "en": fields.text("en")}


def _rule(fields: Fields, types: Mapping[str, FactType]) -> Rule:
    fields.only(["code", "when", "zh", "en"])
    label = {"zh": fields.text("zh"), "en": fields.text("en")}
    source = fields.text("when")
    try:
        return compile_rule(fields.text("code"), source, label, types)
    except BadRule as error:
        unknown = error.problem.removeprefix("unknown fact ")
        suggestion = did_you_mean(unknown, types) if unknown != error.problem else ""
        raise fields.refuse("when", f"条件写得不对 / bad condition: {error.problem}", suggestion, shift=error.column - 1) from None
