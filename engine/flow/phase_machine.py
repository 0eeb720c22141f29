"""The five phases of a call and which may follow which."""

from enum import StrEnum

from engine.state_table import StateTable


class Phase(StrEnum):
    """Where a conversation is."""

    opening = "opening"
    discovery = "discovery"
    offer = "offer"
    objections = "objections"
    close = "close"


PHASE_LABELS: dict[str, dict[str, str]] = {
    "opening": {"zh": "开场", "en": "Opening"},
    "discovery": {"zh": "需求挖掘", "en": "Needs"},
    "offer": {"zh": "方案介绍", "en": "Offer"},
    "objections": {"zh": "异议处理", "en": "Objections"},
    "close": {"zh": "结束", "en": "Close"},
}

# The trigger is named after the phase it leads to, so a step's target phase is its own trigger.
PHASES = StateTable(
    "phase",
    Phase,
    [
        ("discovery", [Phase.opening, Phase.offer], Phase.discovery),
        ("offer", [Phase.discovery, Phase.objections], Phase.offer),
        ("objections", [Phase.offer], Phase.objections),
        ("close", [Phase.opening, Phase.discovery, Phase.offer, Phase.objections], Phase.close),
    ],
)


def next_state(state: Phase, trigger: str) -> Phase:
    """The phase after a move. Raises IllegalMove when the table has no such edge."""
    return PHASES.next_state(state, trigger)


def allowed_triggers(state: Phase) -> tuple[str, ...]:
    """The phases that may follow."""
    return PHASES.allowed_triggers(state)


def may_follow(origin: Phase, target: Phase) -> bool:
    """Whether a step of `target` may follow a step of `origin`; staying in a phase is always fine."""
    return origin is target or PHASES.allows(origin, target)
