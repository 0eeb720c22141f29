"""The callee's day as the agent sees it before dialling: when it is open, when it is better, how long it stays so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.campaigns.calling_hours import Schedule, open_until, spans_between
from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance_policy import ClearancePolicy, next_open

Hours = tuple[datetime, datetime]
"""From (inclusive) and to (exclusive), in the callee's zone."""


@dataclass(frozen=True, slots=True)
class TodaysHours:
    """Today at the callee, all moments in the zone shown. By the clock only: do-not-call, caps and the rest are clearance's."""

    zone: str
    local_time: datetime
    always_open: bool
    hours: tuple[Hours, ...]
    """When a call may be made today."""
    preferred: tuple[Hours, ...]
    """The better part of those hours (S04)."""
    open_now: bool
    """As clearance sees it: open, and far enough from the end."""
    preferred_now: bool
    open_until: datetime | None
    """The end of the present opening; None when closed or always open."""
    minutes_left: int | None
    next_open: datetime | None
    """When the next call may be made, if not now."""


def today_windows(
    policy: ClearancePolicy, zones: tuple[str, ...], now: datetime, purpose: CallPurpose = CallPurpose.retention
) -> TodaysHours | None:
    """The view for a callee in any of `zones` (callee_zone.callee_zones; the first is shown). None when no zone is known: closed."""
    if not zones:
        return None
    info = ZoneInfo(zones[0])
    local = now.astimezone(info)
    schedule = policy.schedule(zones, purpose)
    better = tuple((policy.preferred, zone) for zone in zones)
    until = None if policy.always_open else open_until(schedule, now)
    opens = next_open(policy, zones, now, purpose)
    return TodaysHours(
        zone=zones[0],
        local_time=local,
        always_open=policy.always_open,
        hours=_today(schedule, local, info),
        preferred=_today((*schedule, *better), local, info),
        open_now=opens == now,
        preferred_now=open_until((*schedule, *better), now) is not None,
        open_until=until and until.astimezone(info),
        minutes_left=None if until is None else (until - now) // timedelta(minutes=1),
        next_open=None if opens is None or opens == now else opens.astimezone(info),
    )


def _today(schedule: Schedule, local: datetime, info: ZoneInfo) -> tuple[Hours, ...]:
    """The open hours between the two midnights around a local moment."""
    midnight = datetime(local.year, local.month, local.day, tzinfo=info)
    tomorrow = midnight + timedelta(days=1)  # on the wall clock: the day may have 23 or 25 hours
    return tuple((start.astimezone(info), end.astimezone(info)) for start, end in spans_between(schedule, midnight, tomorrow))
