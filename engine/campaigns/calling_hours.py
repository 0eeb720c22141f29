"""When a weekly timetable is open, as instants: exact through every change of clocks.

Whether an instant is open depends only on what the wall clock of a zone shows at that instant. An hour that clocks skip is therefore
never open, an hour they repeat is open both times, and nobody has to ask what "02:30" meant on such a day.
Spans are half-open [start, end) in milliseconds since 1970 UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.clock import from_millis, to_millis

DAY = 86_400_000
_HOUR = 3_600_000
_FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""
LOOK_AHEAD_DAYS = 16
"""Two weeks and the days cut at both ends: a weekly window lost to a change of clocks is found a week later."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Open hours by weekday, Monday first: spans in milliseconds since local midnight (24:00 is 86,400,000), sorted and apart."""

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def of(cls, parts: Iterable[tuple[Iterable[int], Iterable[Span]]]) -> "WeeklyHours":
        """From (weekdays, spans) pairs, which may overlap."""
        by_day: list[list[Span]] = [[] for _ in range(7)]
        for weekdays, spans in parts:
            listed = tuple(spans)
            for weekday in weekdays:
                by_day[weekday].extend(listed)
        return cls(tuple(merged(spans) for spans in by_day))

    def without(self, other: "WeeklyHours") -> "WeeklyHours":
        """These hours where the other's are closed."""
        gaps = tuple(_gaps(spans) for spans in other.days)
        return self.within(WeeklyHours(gaps))

    def within(self, other: "WeeklyHours") -> "WeeklyHours":
        """The hours that both are open."""
        return WeeklyHours(tuple(common(ours, theirs) for ours, theirs in zip(self.days, other.days, strict=True)))


Schedule = tuple[tuple[WeeklyHours, str], ...]
"""Open when each of the hours is open on the wall clock of its IANA zone. No pair at all: never open."""


def next_open_at(schedule: Schedule, now: datetime, guard: timedelta = timedelta(0)) -> datetime | None:
    """The first moment from `now` on at which the schedule is open and stays so for `guard`; None when not within two weeks."""
    at, needed = to_millis(now), max(1, guard // timedelta(milliseconds=1))
    for start, end in _spans_from(schedule, at // DAY, LOOK_AHEAD_DAYS):
        start = max(start, at)
        if end - start >= needed:
            return from_millis(start)
    return None


def open_until(schedule: Schedule, now: datetime) -> datetime | None:
    """When the present opening ends (looked for two days ahead at most); None when closed."""
    at = to_millis(now)
    for start, end in _spans_from(schedule, at // DAY, 3):
        if start > at:
            return None
        if at < end:
            return from_millis(end)
    return None


def spans_between(schedule: Schedule, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The open spans between two moments, cut at both."""
    low, high = to_millis(start), to_millis(end)
    days = (high - 1) // DAY - low // DAY + 1
    cut = ((max(low, a), min(high, b)) for a, b in _spans_from(schedule, low // DAY, days))
    return [(from_millis(a), from_millis(b)) for a, b in cut if a < b]


def _spans_from(schedule: Schedule, first_day: int, days: int) -> Iterator[Span]:
    """Open spans from the start of a UTC day on, those that meet at midnight joined."""
    waiting: Span | None = None
    for day in range(first_day, first_day + days):
        for span in _spans_of_day(schedule, day):
            if waiting is not None and waiting[1] == span[0]:
                waiting = (waiting[0], span[1])
                continue
            if waiting is not None:
                yield waiting
            waiting = span
    if waiting is not None:
        yield waiting


@lru_cache(maxsize=4096)
def _spans_of_day(schedule: Schedule, day: int) -> tuple[Span, ...]:
    if not schedule:
        return ()
    found: tuple[Span, ...] = ((day * DAY, (day + 1) * DAY),)
    for hours, zone in schedule:
        found = common(found, _spans_in_zone(hours, zone, day))
    return found


@lru_cache(maxsize=4096)
def _spans_in_zone(hours: WeeklyHours, zone: str, day: int) -> tuple[Span, ...]:
    """The open spans of one UTC day on one zone's wall clock."""
    found: list[Span] = []
    for start, end, offset in _steady_stretches(zone, day):
        for local_day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = local_day * DAY - offset
            opened = hours.days[(local_day + _FIRST_WEEKDAY) % 7]
            found.extend(common([(start, end)], [(midnight + a, midnight + b) for a, b in opened]))
    return merged(found)


@lru_cache(maxsize=4096)
def _steady_stretches(zone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """The stretches (start, end, offset) of a UTC day between changes of clocks; looked at hourly, found to the millisecond."""
    info = ZoneInfo(zone)
    start, last = day * DAY, (day + 1) * DAY
    stretches: list[tuple[int, int, int]] = []
    offset = _offset(info, start)
    for hour in range(start + _HOUR, last + 1, _HOUR):
        after = _offset(info, hour)
        if after != offset:
            changed = _change_between(info, hour - _HOUR, hour, offset)
            stretches.append((start, changed, offset))
            start, offset = changed, after
    if start < last:
        stretches.append((start, last, offset))
    return tuple(stretches)


def _change_between(info: ZoneInfo, low: int, high: int, before: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return high


def _offset(info: ZoneInfo, at: int) -> int:
    return (from_millis(at).astimezone(info).utcoffset() or timedelta(0)) // timedelta(milliseconds=1)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted, with spans that overlap or touch joined."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def common(ours: Iterable[Span], theirs: Iterable[Span]) -> tuple[Span, ...]:
    """What two sets of spans share."""
    listed = tuple(theirs)
    pairs = ((max(a, c), min(b, d)) for a, b in ours for c, d in listed)
    return tuple(sorted((start, end) for start, end in pairs if start < end))


def _gaps(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    at = 0
    for start, end in merged(spans):
        found.append((at, start))
        at = end
    return tuple((start, end) for start, end in [*found, (at, DAY)] if start < end)


ALL_WEEK = WeeklyHours.of([(range(7), [(0, DAY)])])
