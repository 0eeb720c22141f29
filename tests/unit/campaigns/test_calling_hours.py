"""Hours on the days that have 23, 24½ or 25 of them."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.campaigns.calling_hours import ALL_WEEK, DAY, WeeklyHours, next_open_at, open_until, spans_between

pytestmark = pytest.mark.unit

HOUR = DAY // 24


def hours(*spans: tuple[float, float], days: range = range(7)) -> WeeklyHours:
    return WeeklyHours.of([(days, [(int(a * HOUR), int(b * HOUR)) for a, b in spans])])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "opens", "length"),
    [
        ("America/New_York", "2026-03-07", "2026-03-07T14:00", 3),
        ("America/New_York", "2026-03-08", "2026-03-08T13:00", 3),
        ("America/New_York", "2027-11-07", "2027-11-07T14:00", 3),
        ("Europe/London", "2026-03-29", "2026-03-29T08:00", 3),
        ("Europe/London", "2026-10-25", "2026-10-25T09:00", 3),
        ("Australia/Lord_Howe", "2027-04-04", "2027-04-03T22:30", 3),
        ("America/Havana", "2027-03-14", "2027-03-14T13:00", 3),
        ("Africa/Casablanca", "2027-02-07", "2027-02-07T09:00", 3),
        ("Asia/Kathmandu", "2026-03-29", "2026-03-29T03:15", 3),
        ("America/Phoenix", "2026-03-08", "2026-03-08T16:00", 3),
        ("Asia/Shanghai", "2026-03-29", "2026-03-29T01:00", 3),
    ],
)
def test_nine_in_the_morning_is_nine_on_the_wall_on_the_day_the_clocks_change(zone: str, day: str, opens: str, length: int) -> None:
    schedule = ((hours((9, 12)), zone),)
    assert next_open_at(schedule, utc(opens) - timedelta(hours=8)) == utc(opens)
    assert open_until(schedule, utc(opens)) == utc(opens) + timedelta(hours=length)


def test_an_hour_that_is_skipped_is_never_open_and_one_that_is_repeated_is_open_twice() -> None:
    half_past_one_to_three = ((hours((1.5, 3)), "Europe/London"),)
    skipped = spans_between(half_past_one_to_three, utc("2026-03-29T00:00"), utc("2026-03-29T12:00"))
    assert skipped == [(utc("2026-03-29T01:00"), utc("2026-03-29T02:00"))]  # 02:00–03:00 BST
    one_to_two = ((hours((1, 2)), "Europe/London"),)
    repeated = spans_between(one_to_two, utc("2026-10-25T00:00"), utc("2026-10-25T12:00"))
    assert repeated == [(utc("2026-10-25T00:00"), utc("2026-10-25T02:00"))]
    quarter = ((hours((1, 1.25)), "Europe/London"),)
    twice = spans_between(quarter, utc("2026-10-25T00:00"), utc("2026-10-25T12:00"))
    assert twice == [(utc("2026-10-25T00:00"), utc("2026-10-25T00:15")), (utc("2026-10-25T01:00"), utc("2026-10-25T01:15"))]


def test_a_weekly_window_lost_to_the_change_of_clocks_comes_a_week_later() -> None:
    sunday_two_to_three = ((hours((2, 3), days=range(6, 7)), "America/New_York"),)
    assert next_open_at(sunday_two_to_three, utc("2026-03-02T12:00")) == utc("2026-03-15T06:00")


def test_openings_join_across_midnight() -> None:
    schedule = ((hours((0, 1), (23, 24)), "Asia/Shanghai"),)
    assert open_until(schedule, utc("2026-11-25T15:30")) == utc("2026-11-25T17:00")
    assert next_open_at(schedule, utc("2026-11-25T15:30"), timedelta(minutes=90)) == utc("2026-11-25T15:30")
    assert next_open_at(schedule, utc("2026-11-25T15:31"), timedelta(minutes=90)) == utc("2026-11-26T15:00")


def test_no_zone_is_never_open_and_hours_that_never_meet_are_never_open() -> None:
    assert next_open_at((), utc("2026-11-25T00:00")) is None
    assert open_until((), utc("2026-11-25T00:00")) is None
    nine_to_ten = hours((9, 10))
    assert next_open_at(((nine_to_ten, "Asia/Shanghai"), (nine_to_ten, "Europe/London")), utc("2026-11-25T00:00")) is None


def test_a_window_shorter_than_the_guard_never_opens() -> None:
    assert next_open_at(((hours((9, 9.5)), "Asia/Shanghai"),), utc("2026-11-25T00:00"), timedelta(minutes=31)) is None


def test_all_week_is_open_whatever_the_clocks_do() -> None:
    assert next_open_at(((ALL_WEEK, "America/Havana"),), utc("2027-03-14T05:00"), timedelta(hours=1)) == utc("2027-03-14T05:00")
    assert ALL_WEEK.without(hours((9, 12))) == hours((0, 9), (12, 24))
    assert hours((9, 12)).within(hours((11, 14))) == hours((11, 12))
