"""Opening hours against an oracle that looks at the wall clock minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from engine.campaigns.calling_hours import WeeklyHours, next_open_at, open_until, spans_between

pytestmark = [pytest.mark.property, pytest.mark.safety]

MINUTE = timedelta(minutes=1)
Week = list[list[tuple[int, int]]]
"""For each weekday, Monday first, spans in minutes since midnight."""

ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Phoenix",
    "Asia/Shanghai",
]
CHANGES = [
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2027-03-14T07:00"),
    ("America/New_York", "2027-11-07T06:00"),
    ("Europe/London", "2026-03-29T01:00"),
    ("Europe/London", "2027-10-31T01:00"),
    ("Australia/Lord_Howe", "2027-04-03T15:00"),
    ("Australia/Lord_Howe", "2027-10-02T15:30"),
    ("America/Havana", "2027-03-14T05:00"),
    ("Africa/Casablanca", "2027-02-07T02:00"),
    ("Africa/Casablanca", "2027-03-14T02:00"),
    ("Asia/Urumqi", "2027-03-14T02:00"),
]
FRANCE: Week = [[(600, 780), (840, 1200)]] * 5 + [[], []]
NIGHT_OWL: Week = [[(0, 95), (121, 179), (1400, 1440)]] * 7
PRC: Week = [[(840, 1200)]] + [[(540, 720), (840, 1200)]] * 6


def hours(week: Week) -> WeeklyHours:
    return WeeklyHours.of(([day], [(a * 60_000, b * 60_000) for a, b in spans]) for day, spans in enumerate(week))


def wall_says_open(week: Week, zone: ZoneInfo, minute: datetime) -> bool:
    local = minute.astimezone(zone)
    shown = local.hour * 60 + local.minute
    return any(start <= shown < end for start, end in week[local.weekday()])


def disagreements(weeks: list[tuple[Week, str]], start: datetime, minutes: int) -> list[datetime]:
    """The minutes in which the spans and the wall clocks differ."""
    spans = spans_between(tuple((hours(week), zone) for week, zone in weeks), start, start + minutes * MINUTE)
    clocks = [(week, ZoneInfo(zone)) for week, zone in weeks]
    place, wrong = 0, []
    for number in range(minutes):
        minute = start + number * MINUTE
        while place < len(spans) and spans[place][1] <= minute:
            place += 1
        by_spans = place < len(spans) and spans[place][0] <= minute
        if by_spans != all(wall_says_open(week, clock, minute) for week, clock in clocks):
            wrong.append(minute)
    return wrong


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_around_every_kind_of_clock_change_no_minute_disagrees(zone: str, change: str) -> None:
    start = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=30)
    for week in (FRANCE, NIGHT_OWL, PRC):
        assert disagreements([(week, zone)], start, 60 * 60) == []
        assert disagreements([(week, zone), (PRC, "Asia/Shanghai")], start, 60 * 60) == []


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
def test_over_two_years_no_minute_disagrees(zone: str) -> None:
    two_years = 731 * 24 * 60
    for week in (NIGHT_OWL, FRANCE):
        assert disagreements([(week, zone)], datetime(2026, 1, 1, tzinfo=UTC), two_years) == []


SPANS = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 720)), max_size=3).map(
    lambda spans: [(a, min(1440, a + b)) for a, b in spans]
)
WEEKS = st.lists(SPANS, min_size=7, max_size=7)
NEAR_CHANGES = st.tuples(st.sampled_from(CHANGES), st.integers(-2000, 2000)).map(
    lambda pair: (pair[0][0], datetime.fromisoformat(pair[0][1]).replace(tzinfo=UTC) + pair[1] * MINUTE)
)


@settings(max_examples=60, deadline=None)
@given(week=WEEKS, near=NEAR_CHANGES, guard=st.integers(0, 90), other=st.sampled_from([*ZONES, ""]))
def test_the_next_opening_is_the_first_minute_at_which_the_wall_clocks_stay_open_long_enough(
    week: Week, near: tuple[str, datetime], guard: int, other: str
) -> None:
    zone, now = near
    weeks = [(week, zone), (NIGHT_OWL, other)] if other else [(week, zone)]
    clocks = [(listed, ZoneInfo(name)) for listed, name in weeks]
    schedule = tuple((hours(listed), name) for listed, name in weeks)
    found = next_open_at(schedule, now, guard * MINUTE)
    horizon = 3 * 24 * 60
    is_open = [all(wall_says_open(listed, clock, now + n * MINUTE) for listed, clock in clocks) for n in range(horizon + 91)]
    expected = next((now + n * MINUTE for n in range(horizon) if all(is_open[n : n + max(1, guard)])), None)
    if expected is None:
        assert found is None or found >= now + horizon * MINUTE
    else:
        assert found == expected
    closes = next((n for n, state in enumerate(is_open) if not state), None)
    until = open_until(schedule, now)
    assert until == (None if closes == 0 else until if closes is None or closes > 24 * 60 else now + closes * MINUTE)
