"""A small policy to play with, and the shipped one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from engine.offers.reading import read_policy

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
ALL_RUNGS = tuple(f"r{number}" for number in range(9))
SHIPPED = Path("scripts_library/offers/retention.yaml")

HEAD = """\
format: offers/1
id: small
title: 小例
en: {title: Small example}
currency: CNY
zone: Asia/Shanghai
authority:
  agent: {monthly_limit: 30.00}
  manager: {monthly_limit: 100.00}
cooldown: {from_rung: r5, months: 12}
decline_first: {rungs: [r5, r6, r7], reason_fact: leave_reason}
port: {states: [code_issued, in_progress], allowed_rungs: [r0, r8]}
facts:
  monthly_fee: {type: money}
  tenure_months: {type: integer, monthly: 1}
  contract_months_left: {type: integer, monthly: -1}
  data_used_gb: {type: number}
  tier: {type: choice}
  complaint_open: {type: boolean}
  leave_reason: {type: choice}
offers:
"""

OFFER: dict[str, str] = {
    "rung": "r1",
    "kind": "right_plan",
    "name": "方案",
    "publication_no": "川公示2026-0001",
    "published": "{from: 2026-01-01, until: 2026-12-31}",
    "fee": "79.00",
    "fee_basis": "monthly_total",
    "cost": "5.00",
    "contains": "内容",
    "term": "12个月",
    "why": "{zh: 合适, en: It fits}",
}


def offer_text(code: str, conditions: tuple[str, ...] = (), contract: bool = False, **fields: str) -> str:
    """One offer of a policy file, with every required text."""
    lines = [f"  {code}:", *(f"    {name}: {value}" for name, value in (OFFER | fields).items())]
    if contract:
        lines += ["    contract: true", "    term_months: 12", "    early_exit_fee: 10.00"]
    if conditions:
        lines.append("    conditions:")
        lines += [f"      - {{code: c{n}, when: '{when}', zh: 条件{n}, en: Condition {n}}}" for n, when in enumerate(conditions)]
    kinds = ["price", "scenario", "validity", "restriction", *(["early_exit_fee"] if contract else [])]
    fee = "10" if contract else ""
    lines += ["    disclosures:", *(f"      {kind}: 说明{kind}{fee}" for kind in kinds)]
    english = {"name": "Plan", "contains": "contents", "term": "12 months"} | {kind: f"about {kind}{fee}" for kind in kinds}
    return "\n".join([*lines, "    en:", *(f"      {name}: {text}" for name, text in english.items())]) + "\n"


def policy_of(*offers: str) -> Policy:
    """The small policy with these offers."""
    return read_policy(HEAD + "".join(offers), "small.yaml")


def shipped() -> Policy:
    """The policy Stayline ships."""
    return read_policy(SHIPPED.read_text(encoding="utf-8"), str(SHIPPED))


FACTS: dict[str, Any] = {
    "monthly_fee": "199.00",
    "spend_3m": "205.00",
    "tenure_months": 30,
    "contract_months_left": 1,
    "data_used_gb": 12.4,
    "data_plan_gb": 60,
    "tier": "gold",
    "star": 4,
    "churn_score": 70,
    "arpu_band": "100_up",
    "complaint_open": False,
    "port_state": "none",
    "vulnerable": False,
    "leave_reason": "price",
}


def ask(
    policy: Policy,
    *,
    rungs: tuple[str, ...] = ALL_RUNGS,
    codes: tuple[str, ...] = (),
    declined: tuple[str, ...] = (),
    presented: tuple[str, ...] = (),
    now: datetime = NOW,
    **changed: Any,
) -> Decision:
    """Ask with the usual customer, some facts changed; a fact set to None is not known."""
    facts = {name: value for name, value in (FACTS | changed).items() if value is not None}
    return decide(policy, OfferRequest("step", rungs, codes, facts, declined, presented), now=now, decision_id="decision")


def offered_codes(decision: Decision) -> list[str]:
    """The codes offered, in order."""
    return [one.code for one in decision.offered]


def refusals(decision: Decision) -> dict[str, str]:
    """Code → reason of refusal."""
    return {one.code: one.reason for one in decision.refused}
