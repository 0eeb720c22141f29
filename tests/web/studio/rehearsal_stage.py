"""A rehearsal as its page sends it."""

from typing import Any

FLOW = "broadband_cancellation"
FACTS: dict[str, Any] = {
    "salutation": "王女士", "plan_name": "融合199", "monthly_fee": "199.00", "spend_3m": "199.00", "tenure_months": "30",
    "contract_months_left": "13", "star": "4", "port_state": "none", "vulnerable": "false", "complaint_open": "false", "tier": "gold",
    "data_used_gb": "12", "data_plan_gb": "60",
}  # fmt: skip
TO_ACCEPTANCE = ("self", "match", "agree", "seldom", "price", "waste", "willing", "accept", "correct")


def a_run(presses: list[list[Any]] | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "persona": "price_sensitive",
        "seed": 1,
        "language": "zh",
        "as_of": "2026-11-25T10:00:00+08:00",
        "facts": FACTS,
        "presses": presses or [],
        **changed,
    }


def to_the_end(**changed: Any) -> dict[str, Any]:
    """A run in which somebody asks not to be called again at once."""
    return a_run([["say", "disclosures.recording_notice"], ["answer", "refuse"]], **changed)
