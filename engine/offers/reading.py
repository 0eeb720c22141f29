"""Reading a policy file (`offers/1`): text in, compiled Policy out, every mistake with its line and column.

The smallest policy, which the tests read:

    format: offers/1
    id: small
    title: 小例
    en: {title: Small example}
    currency: CNY
    zone: Asia/Shanghai
    authority: {agent: {monthly_limit: 30.00}}
    cooldown: {from_rung: r5, months: 12}
    decline_first: {rungs: [r5, r6, r7], reason_fact: leave_reason}
    port: {states: [in_progress], allowed_rungs: [r0, r8]}
    facts:
      monthly_fee: {type: money}
    offers: {}
"""

import hashlib
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.offers.offer import Authority, Rung
from engine.offers.offer_reading import read_entry
from engine.offers.policy import PORT_FACT, Cooldown, DeclineFirst, Entry, FactSpec, Policy, PortRule, order_of_offering
from engine.offers.rule import FactType
from engine.yaml_fields import Fields
from engine.yaml_text import read_yaml

FORMAT = "offers/1"
_KEYS = (
    *("format", "id", "title", "en", "currency", "zone", "authority"),
    *("cooldown", "decline_first", "port", "facts", "offers"),
)


def read_policy(text: str, path: str) -> Policy:
    """Read and compile a policy. Raises BadFile with path, line, column, what is wrong and how to mend it."""
    file = read_yaml(text, path)
    top = Fields.of(file)
    if top.text("format") != FORMAT:
        raise top.refuse("format", f"这里应该是 {FORMAT} / the format must be {FORMAT}", f"format: {FORMAT}")
    top.only(_KEYS)
    limits, facts = _limits(top.under("authority")), _facts(top.under("facts"))
    decline_first = _decline_first(top.under("decline_first"))
    offers = top.under("offers")
    types = {name: spec.type for name, spec in facts.items()}
    entries: list[Entry] = [read_entry(code, offers, types, limits) for code in offers]
    return Policy(
        id=top.text("id"),
        version=hashlib.sha256(json.dumps(file.data, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
        title={"zh": top.text("title"), "en": top.under("en").text("title")},
        currency=top.text("currency"),
        zone=top.read("zone", lambda name: ZoneInfo(_zone_name(name)).key, "时区，例如 Asia/Shanghai"),
        limits=limits,
        cooldown=_cooldown(top.under("cooldown")),
        decline_first=decline_first,
        port=_port(top.under("port")),
        facts=facts,
        entries=tuple(sorted(entries, key=lambda entry: order_of_offering(entry.offer))),
    )


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError):
        raise ValueError(name) from None
    return name


def _limits(fields: Fields) -> dict[Authority, Decimal]:
    fields.only(member.value for member in Authority)
    limits: dict[Authority, Decimal] = {}
    for name in fields:
        level = fields.under(name)
        level.only(["monthly_limit"])
        limits[Authority(name)] = level.decimal("monthly_limit")
    if not limits:
        raise fields.refuse(None, "至少要有一级权限 / at least one authority is needed")
    return limits


def _facts(fields: Fields) -> dict[str, FactSpec]:
    facts: dict[str, FactSpec] = {}
    for name in fields:
        if name == PORT_FACT:
            raise fields.refuse(
                name,
                "携转状态不能用来判断给不给方案（CN-19） / no offer may depend on the wish to move the number",
                "删去这一行 / remove this line",
            )
        spec = fields.under(name)
        spec.only(["type", "monthly", "options"])
        monthly = spec.read("monthly", _step, "1 或 -1") if "monthly" in spec else 0
        facts[name] = FactSpec(spec.member("type", FactType), monthly)
    return facts


def _step(value: str) -> int:
    if value not in ("1", "-1"):
        raise ValueError(value)
    return int(value)


def _cooldown(fields: Fields) -> Cooldown:
    fields.only(["from_rung", "months"])
    return Cooldown(fields.member("from_rung", Rung), fields.integer("months"))


def _decline_first(fields: Fields) -> DeclineFirst:
    fields.only(["rungs", "reason_fact"])
    rungs = frozenset(fields.members("rungs", Rung))
    if Rung.r8 in rungs or Rung.r0 in rungs:
        problem = "r0 和 r8 不能设门槛：解决问题和停用都不许拦 / r0 and r8 may have no hurdle"
        raise fields.refuse("rungs", problem, "删去它们 / remove them")
    return DeclineFirst(rungs, fields.text("reason_fact"))


def _port(fields: Fields) -> PortRule:
    fields.only(["states", "allowed_rungs"])
    return PortRule(frozenset(fields.words("states")), frozenset(fields.members("allowed_rungs", Rung)))
