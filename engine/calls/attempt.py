"""An attempt: one request to a carrier to ring one number, sent at most once.

`intent` is committed before the network is touched and `post_started` right before the request leaves: after a crash an intent
was provably never sent, while a post_started may have rung somebody and becomes `unknown`. Unknown is never redialled by itself.
"""

from enum import StrEnum

from engine.state_table import StateTable


class AttemptState(StrEnum):
    """Where an attempt stands."""

    intent = "intent"
    post_started = "post_started"
    placed = "placed"
    ringing = "ringing"
    live = "live"
    ended = "ended"
    not_placed = "not_placed"
    unknown = "unknown"
    operator = "operator"


OPEN_STATES = frozenset(
    {AttemptState.intent, AttemptState.post_started, AttemptState.placed, AttemptState.ringing, AttemptState.live, AttemptState.unknown}
)
"""States in which the number may be ringing: no second attempt may start. `operator` is closed by a person's word."""

_SENT = [AttemptState.post_started, AttemptState.unknown, AttemptState.placed]
_UP = [*_SENT, AttemptState.ringing]

ATTEMPT = StateTable(
    "attempt",
    AttemptState,
    [
        ("post", [AttemptState.intent], AttemptState.post_started),
        ("drop", [AttemptState.intent], AttemptState.not_placed),
        ("accept", [AttemptState.post_started, AttemptState.unknown], AttemptState.placed),
        ("refuse", [AttemptState.post_started, AttemptState.unknown], AttemptState.not_placed),
        ("lose", [AttemptState.post_started, AttemptState.placed, AttemptState.ringing, AttemptState.live], AttemptState.unknown),
        ("ring", _SENT, AttemptState.ringing),
        ("answer", _UP, AttemptState.live),
        ("end", [*_UP, AttemptState.live], AttemptState.ended),
        ("give_up", [AttemptState.unknown], AttemptState.operator),
    ],
)
