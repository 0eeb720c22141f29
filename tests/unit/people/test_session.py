"""How long a session lasts."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.people.session import ABSOLUTE, GRACE_ON_A_CALL, IDLE, has_ended, wants_touch

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)


def test_half_an_hour_without_use_ends_it_but_not_on_a_live_call() -> None:
    assert not has_ended(START + IDLE - MOMENT, START, START + ABSOLUTE, on_live_call=False)
    assert has_ended(START + IDLE, START, START + ABSOLUTE, on_live_call=False)
    assert not has_ended(START + IDLE, START, START + ABSOLUTE, on_live_call=True)


def test_twelve_hours_end_it_and_a_live_call_an_hour_later() -> None:
    end = START + ABSOLUTE
    assert has_ended(end, end, end, on_live_call=False)
    assert not has_ended(end, end, end, on_live_call=True)
    assert not has_ended(end + GRACE_ON_A_CALL - MOMENT, end, end, on_live_call=True)
    assert has_ended(end + GRACE_ON_A_CALL, end, end, on_live_call=True)


def test_use_is_written_down_at_most_once_a_minute() -> None:
    assert not wants_touch(START + timedelta(seconds=59), START)
    assert wants_touch(START + timedelta(seconds=60), START)
