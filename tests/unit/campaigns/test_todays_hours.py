"""The callee's day on the brief."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.campaigns.callee_zone import callee_zones
from engine.campaigns.calling_hours import WeeklyHours
from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance_policy import next_open
from engine.campaigns.todays_hours import Hours, today_windows
from tests.unit.campaigns.cases import CN, DEMO, TEN, beijing

pytestmark = pytest.mark.unit

HOUR = 3_600_000
SHANGHAI = ("Asia/Shanghai",)
WEST = ("Asia/Shanghai", "Asia/Urumqi")


def shown(hours: tuple[Hours, ...]) -> list[str]:
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in hours]


def test_a_wednesday_morning_shows_its_windows_its_better_hours_and_what_is_left() -> None:
    today = today_windows(CN, SHANGHAI, beijing("2026-11-25 10:20:30"))
    assert today is not None
    assert shown(today.hours) == ["09:00-12:00", "14:00-20:00"]
    assert shown(today.preferred) == ["10:00-11:00", "15:00-18:00"]
    assert (today.open_now, today.preferred_now, today.minutes_left, today.next_open) == (True, True, 99, None)
    assert today.open_until == beijing("2026-11-25 12:00")
    assert f"{today.open_until:%H:%M}" == "12:00"


def test_at_noon_it_shows_when_it_opens_again() -> None:
    today = today_windows(CN, SHANGHAI, beijing("2026-11-25 12:10"))
    assert today is not None
    assert (today.open_now, today.open_until, today.minutes_left) == (False, None, None)
    assert today.next_open == beijing("2026-11-25 14:00")


def test_monday_begins_after_noon_and_friday_has_no_better_hours() -> None:
    monday, friday = (today_windows(CN, SHANGHAI, beijing(f"2026-11-{day} 10:00")) for day in (23, 27))
    assert monday is not None
    assert friday is not None
    assert (shown(monday.hours), shown(monday.preferred), monday.open_now) == (["14:00-20:00"], [], False)
    assert (shown(friday.hours), shown(friday.preferred)) == (["09:00-12:00", "14:00-20:00"], [])
    service = today_windows(CN, SHANGHAI, beijing("2026-11-23 10:00"), CallPurpose.service)
    assert service is not None
    assert service.open_now


def test_a_western_customer_has_what_both_clocks_leave() -> None:
    today = today_windows(CN, WEST, TEN)
    assert today is not None
    assert shown(today.hours) == ["11:00-12:00", "16:00-20:00"]
    assert shown(today.preferred) == ["17:00-18:00"]
    assert next_open(CN, WEST, TEN) == beijing("2026-11-25 11:00")


def test_better_hours_are_shown_only_while_a_call_may_be_made() -> None:
    afternoons = replace(CN, windows=WeeklyHours.of([(range(7), [(16 * HOUR, 20 * HOUR)])]))
    today = today_windows(afternoons, SHANGHAI, beijing("2026-11-25 15:30"))
    assert today is not None
    assert (shown(today.preferred), today.preferred_now) == (["16:00-18:00"], False)


def test_in_the_last_minute_it_is_no_longer_open_for_a_dial() -> None:
    today = today_windows(CN, SHANGHAI, beijing("2026-11-25 11:59:30"))
    assert today is not None
    assert (today.open_now, today.minutes_left, today.next_open) == (False, 0, beijing("2026-11-25 14:00"))


def test_the_demonstration_is_open_all_day_and_never_counts_down() -> None:
    today = today_windows(DEMO, SHANGHAI, beijing("2026-11-25 03:00"))
    assert today is not None
    assert (today.always_open, today.open_now, today.open_until, today.minutes_left) == (True, True, None, None)
    assert today.hours == ((beijing("2026-11-25 00:00"), beijing("2026-11-26 00:00")),)


def test_a_day_whose_midnight_does_not_exist_begins_when_it_begins() -> None:
    today = today_windows(DEMO, ("America/Havana",), datetime(2027, 3, 14, 12, 0, tzinfo=UTC))
    assert today is not None
    [(start, end)] = today.hours
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (datetime(2027, 3, 14, 5, tzinfo=UTC), datetime(2027, 3, 15, 4, tzinfo=UTC))


def test_without_a_zone_there_is_no_day_to_show() -> None:
    assert today_windows(CN, (), TEN) is None
    assert next_open(CN, (), TEN) is None


@pytest.mark.parametrize(
    ("number", "zone", "province", "zones"),
    [
        ("+8613800001234", None, "广东", ("Asia/Shanghai",)),
        ("+8613800001234", "Asia/Shanghai", "新疆", ("Asia/Shanghai", "Asia/Urumqi")),
        ("+8613800001234", "Asia/Urumqi", "新疆", ("Asia/Urumqi", "Asia/Shanghai")),
        ("+8613800001234", None, "", ("Asia/Shanghai", "Asia/Urumqi")),
        ("+99912345678901", None, "广东", ()),
        ("+99912345678901", "Asia/Shanghai", "西藏", ("Asia/Shanghai", "Asia/Urumqi")),
        ("+99912345678901", "America/Chicago", "", ("America/Chicago",)),
        ("+19072345678", None, "", ("America/Adak", "America/Anchorage")),
        ("+19072345678", "America/Adak", "", ("America/Adak",)),
        ("not a number", None, "", ()),
        ("+8613800001234", "Mars/Olympus", "广东", ()),
        ("+8613800001234", "../../etc/passwd", "广东", ()),
        ("+8613800001234", "Asia", "广东", ()),
        ("+8613800001234", "", "广东", ()),
    ],
)
def test_every_zone_the_callee_may_be_in_counts(number: str, zone: str | None, province: str, zones: tuple[str, ...]) -> None:
    assert callee_zones(CN, number, zone, province) == zones
