"""The life of a call on the line.

Carrier events may come twice, late, out of order or never, so the table lets a call skip what was not told (queued → connected)
and never go back (a late "ringing" after the answer is no move).
"""

from enum import StrEnum

from engine.state_table import StateTable


class CallState(StrEnum):
    """Where a call is."""

    queued = "queued"
    dialing = "dialing"
    ringing = "ringing"
    connected = "connected"
    on_hold = "on_hold"
    unknown = "unknown"
    wrap_up = "wrap_up"
    closed = "closed"


class EndReason(StrEnum):
    """Why a call ended, or never began; our own words, each carrier has a table into them."""

    completed = "completed"
    busy = "busy"
    no_answer = "no_answer"
    rejected = "rejected"
    invalid_number = "invalid_number"
    machine = "machine"
    cancelled = "cancelled"
    congestion = "congestion"
    carrier_failure = "carrier_failure"
    trunk_down = "trunk_down"
    """The line out does not answer: nobody was rung, and nobody else will be over it."""
    media_lost = "media_lost"
    """The phone fell silent: a browser tab that died, a network that is gone."""
    not_placed = "not_placed"


_BEFORE = [CallState.queued, CallState.dialing, CallState.ringing, CallState.unknown]
_UP = [CallState.connected, CallState.on_hold]

CALL = StateTable(
    "call",
    CallState,
    [
        ("post", [CallState.queued], CallState.dialing),
        ("ring", [CallState.queued, CallState.dialing, CallState.unknown], CallState.ringing),
        ("answer", _BEFORE, CallState.connected),
        ("hold", [CallState.connected], CallState.on_hold),
        ("resume", [CallState.on_hold], CallState.connected),
        ("lose", [*_BEFORE, *_UP], CallState.unknown),
        ("place", [CallState.unknown], CallState.dialing),
        ("fail", _BEFORE, CallState.wrap_up),
        ("end", [*_UP, CallState.unknown], CallState.wrap_up),
        ("close", [CallState.wrap_up], CallState.closed),
    ],
)
