"""How long a signed-in browser stays signed in."""

from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
LINK_LASTS = timedelta(hours=24)
TOUCH_EVERY = timedelta(minutes=1)
GRACE_ON_A_CALL = timedelta(hours=1)
"""A call that is up when the twelve hours end may be finished: a customer on the line is not dropped for a clock."""


def has_ended(now: datetime, seen_at: datetime, expires_at: datetime, *, on_live_call: bool) -> bool:
    """Whether the session is over: idle too long or too old. A live call keeps it, but not for ever."""
    if on_live_call:
        return now >= expires_at + GRACE_ON_A_CALL
    return now >= expires_at or now >= seen_at + IDLE


def wants_touch(now: datetime, seen_at: datetime) -> bool:
    """Whether "seen" is old enough to be written again: at most once a minute, since each write is an fsync."""
    return now >= seen_at + TOUCH_EVERY
