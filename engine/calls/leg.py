"""A leg: one party's way into a call. Carriers skip what they do not tell, so the table lets a leg skip too, and never go back."""

from enum import StrEnum

from engine.state_table import StateTable


class LegRole(StrEnum):
    """Whose leg it is. The agent's is the one the call belongs to; a colleague was called in; a supervisor listens or helps."""

    customer = "customer"
    agent = "agent"
    colleague = "colleague"
    supervisor = "supervisor"


class Ear(StrEnum):
    """How a supervisor takes part: hears both, is heard by the agent alone, or is heard by both."""

    listen = "listen"
    whisper = "whisper"
    barge = "barge"


class LegState(StrEnum):
    """Where a leg is."""

    expected = "expected"
    ringing = "ringing"
    joined = "joined"
    ended = "ended"


LEG = StateTable(
    "leg",
    LegState,
    [
        ("ring", [LegState.expected], LegState.ringing),
        ("join", [LegState.expected, LegState.ringing], LegState.joined),
        ("end", [LegState.expected, LegState.ringing, LegState.joined], LegState.ended),
    ],
)
