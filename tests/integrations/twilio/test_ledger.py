"""What is remembered of legs: across restarts, processes and midnights, and not for ever."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from engine.calls.lifecycle import EndReason
from engine.clock import SetClock
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio.ledger import Ledger, read_event, write_event
from tests.integrations.twilio.bench import START

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


def event(kind: CarrierEventKind = CarrierEventKind.ended, fingerprint: str = "CA1:ended") -> CarrierEvent:
    return CarrierEvent(
        fingerprint,
        LegId("leg-1"),
        kind,
        START,
        "CA1",
        answered_by="machine",
        ended_by="customer",
        reason=EndReason.busy,
        recording_ref="RE1",
        detail={"sip": 486},
    )


def test_an_event_is_read_as_it_was_written() -> None:
    assert read_event(write_event(event())) == event()


def test_what_was_written_is_known_after_a_restart_and_to_other_processes(tmp_path: Path) -> None:
    clock = SetClock(START)
    ours, theirs = Ledger(tmp_path, clock), Ledger(tmp_path, clock)
    ours.write_leg("leg-1", room="room-1", to="+99913800001234", asked_at=1)
    theirs.write_leg("leg-1", sid="CA1")
    ours.write_room("room-1", customer="leg-1", conference="CF1")
    kept = theirs.keep(event(), ended=True)
    again = Ledger(tmp_path, clock)
    for ledger in (ours, theirs, again):
        leg = ledger.leg("leg-1")
        assert leg is not None
        assert (leg.sid, leg.room, leg.ended) == ("CA1", "room-1", True)
        assert ledger.leg_of_call("CA1") is leg
        assert ledger.legs_in("room-1") == [leg]
        assert leg.events() == [kept]
        assert ledger.keep(event()) is not kept, "it was told before"
        ledger.close()


def test_of_many_who_decide_at_once_one_is_first(tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path, SetClock(START)) for _ in range(4)]
    first: list[int] = []

    def decide(number: int) -> None:
        with ledgers[number].changing():
            if ledgers[number].leg("leg-1") is None:
                ledgers[number].write_leg("leg-1", asked_at=number + 1)
                first.append(number)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(first) == 1
    for ledger in ledgers:
        assert ledger.leg("leg-1").asked_at == first[0] + 1  # pyright: ignore[reportOptionalMemberAccess]
        ledger.close()


def test_a_call_goes_on_over_midnight_and_is_forgotten_days_later(tmp_path: Path) -> None:
    clock = SetClock(START)
    ledger = Ledger(tmp_path, clock)
    ledger.write_leg("leg-1", room="room-1", sid="CA1", asked_at=int(START.timestamp() * 1000))
    clock.advance(timedelta(days=1))
    ledger.keep(event(), ended=True)
    assert ledger.leg("leg-1").room == "room-1"  # pyright: ignore[reportOptionalMemberAccess]
    again = Ledger(tmp_path, clock)
    assert again.leg("leg-1").ended  # pyright: ignore[reportOptionalMemberAccess]
    again.close()
    clock.advance(timedelta(days=3))
    ledger.write_leg("leg-2", asked_at=1)
    assert ledger.leg("leg-1") is None
    assert ledger.leg_of_call("CA1") is None
    ledger.close()


def test_files_older_than_a_month_are_removed(tmp_path: Path) -> None:
    clock = SetClock(START)
    ledger = Ledger(tmp_path, clock)
    ledger.write_leg("leg-1", asked_at=1)
    oldest = {path.name for path in tmp_path.iterdir()}
    clock.advance(timedelta(days=40))
    ledger.write_leg("leg-2", asked_at=1)
    left = {path.name for path in tmp_path.iterdir()}
    assert not oldest & left
    ledger.close()


def test_numbers_in_it_are_read_by_its_owner_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, SetClock(START))
    ledger.write_leg("leg-1", to="+8613800001234")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    ledger.close()


def test_what_a_newer_version_wrote_is_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, SetClock(START))
    ledger.write_leg("leg-1", invented_later=True, sid="CA1")
    assert ledger.leg("leg-1").sid == "CA1"  # pyright: ignore[reportOptionalMemberAccess]
    ledger.close()
