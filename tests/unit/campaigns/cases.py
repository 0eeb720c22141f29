"""A customer who may be called, and what to change about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance import ClearanceRequest, Receipt, RuleResult
from engine.campaigns.clearance_policy import ClearancePolicy, read_policy
from engine.campaigns.days_dials import DaysDials
from engine.campaigns.destinations import Places
from engine.campaigns.policy_parts import RuleKind
from engine.phone_number import NumberSpace, TrunkKind

LIBRARY = Path(__file__).resolve().parents[3] / "scripts_library" / "calling_policies"


def policy_text(name: str) -> str:
    return (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


CN: ClearancePolicy = read_policy(policy_text("cn_telecom"), "cn_telecom.yaml")
DEMO: ClearancePolicy = read_policy(policy_text("demo_always_open"), "demo_always_open.yaml")
AGENT = "agent-1"
TO_AMERICA: ClearancePolicy = replace(CN, destinations=replace(CN.destinations, countries=Places(frozenset({"CN", "US"}))))
"""The PRC policy of a company that calls the United States too."""
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def beijing(text: str) -> datetime:
    """A moment by the clock of Beijing, e.g. "2026-11-25 10:00" (a Wednesday)."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


TEN = beijing("2026-11-25 10:00")


def request(**changed: Any) -> ClearanceRequest:
    """A request that the PRC policy allows on a weekday at ten."""
    usual: dict[str, Any] = {
        "stage": "dial",
        "purpose": CallPurpose.retention,
        "number": "+8613800001234",
        "space": NumberSpace.public,
        "trunk_kind": TrunkKind.public,
        "zone": "Asia/Shanghai",
        "province": "广东",
        "consents": tuple((purpose, "contract", LONG_AGO, None) for purpose in ("retention", "marketing", "survey")),
        "complaint_open": False,
        "port_state": "none",
        "vulnerable": False,
        "erased": False,
        "do_not_call": False,
        "do_not_call_since": None,
        "attempts": (),
        "conversations": (),
        "open_attempt": False,
        "agent_id": AGENT,
        "days_dials": DaysDials(()),
    }
    return ClearanceRequest(**(usual | changed))


def on_a_test_number(**changed: Any) -> ClearanceRequest:
    """The same customer on a test number over the simulated trunk."""
    return request(**({"number": "+99912345678901", "space": NumberSpace.test, "trunk_kind": TrunkKind.simulated} | changed))


def rule(receipt: Receipt, kind: RuleKind) -> RuleResult:
    return next(result for result in receipt.rules if result.kind is kind)


def ago(now: datetime, **time: float) -> datetime:
    return now - timedelta(**time)
