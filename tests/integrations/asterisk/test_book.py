"""What is known of legs is what stands in the journal: read again after a death, it is the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.calls.lifecycle import EndReason
from engine.clock import SetClock
from engine.ids import CallId, LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.book import KEPT, Book
from integrations.asterisk.legs import Leg, read_event, write_event

pytestmark = pytest.mark.telephony

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Shelf:
    """A book on disk that can be opened again."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "legs.jsonl"
        self.clock = SetClock(NOON)
        self.out: list[CarrierEvent] = []
        self.book = Book(self.path, self.clock, self.out.append)

    def reopen(self) -> Book:
        self.book.close()
        self.book = Book(self.path, self.clock, self.out.append)
        return self.book

    def order(self, leg: str, room: str = "room", **more: object) -> Leg:
        made = self.book.order({"leg": leg, "room": room, "host": "host1", "role": "customer", "channel": leg, **more})
        assert made is not None
        return made

    def hear(self, leg: str, kind: str, **more: object) -> bool:
        event = CarrierEvent(f"{leg}:{kind}", LegId(leg), CarrierEventKind(kind), self.clock.now(), **more)  # pyright: ignore[reportArgumentType]
        return self.book.hear(event)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_leg_read_again_is_the_same(shelf: Shelf) -> None:
    leg = shelf.order("a", record=True, detect_machine=True, trunk="lab")
    for kind in ("placed", "ringing", "answered"):
        shelf.hear("a", kind)
    shelf.book.note(leg, "recorder", number=1, at=1000)
    shelf.book.note(leg, "recorder_side", number=1, side="left", came="started", at=1001)
    shelf.book.note(leg, "pause_wanted", on=True)
    shelf.book.note(leg, "mute_asked", side="left")
    shelf.book.note(leg, "hang_up")
    shelf.hear("a", "ended", reason=EndReason.busy, ended_by="customer", detail={"sip": 486, "cause": 17})
    again = shelf.reopen().leg("a")
    assert again == leg
    assert again is not leg


def test_an_event_is_read_as_it_was_written() -> None:
    event = CarrierEvent(
        "f", LegId("l"), CarrierEventKind.quality, NOON, "c", "machine", "agent", EndReason.media_lost, "ref", {"loss": 0.5, "é": "\n"}
    )
    assert read_event(write_event(event)) == event


def test_a_leg_is_ordered_once_for_ever(shelf: Shelf) -> None:
    shelf.order("a")
    assert shelf.book.order({"leg": "a", "room": "other", "host": "host2", "role": "agent"}) is None
    assert shelf.reopen().order({"leg": "a", "room": "other", "host": "host2", "role": "agent"}) is None


def test_an_order_that_was_refused_is_as_if_it_had_never_been(shelf: Shelf) -> None:
    leg = shelf.order("a")
    shelf.book.forget(leg)
    for book in (shelf.book, shelf.reopen()):
        assert (book.leg("a"), book.leg_on("a"), book.host_of_room(CallId("room")), book.living()) == (None, None, None, [])
    shelf.order("a")


def test_a_line_torn_by_a_crash_never_was(shelf: Shelf) -> None:
    shelf.order("a")
    with shelf.path.open("ab") as file:
        file.write(b'{"what":"heard","leg":"a","ev')
    assert shelf.reopen().leg("a") is not None
    shelf.hear("a", "ringing")
    found = shelf.reopen().leg("a")
    assert found is not None
    assert [event.kind.value for event in found.events] == ["ringing"]


def test_nothing_follows_the_end_but_what_concerns_the_recording(shelf: Shelf) -> None:
    shelf.order("a")
    assert shelf.hear("a", "ended")
    assert not shelf.hear("a", "answered")
    assert not shelf.hear("a", "ended")
    assert shelf.hear("a", "recording_ready")
    assert [event.kind.value for event in shelf.out] == ["ended", "recording_ready"]


def test_what_was_not_delivered_is_told_after_the_next_start(shelf: Shelf) -> None:
    shelf.order("a")
    shelf.hear("a", "placed")
    shelf.hear("a", "ringing")
    shelf.book.delivered(shelf.out[0])
    assert [event.kind.value for event in shelf.reopen().undelivered()] == ["ringing"]


def test_a_leg_that_is_long_over_is_forgotten_and_a_living_one_never(shelf: Shelf) -> None:
    shelf.order("over", "room-1")
    shelf.hear("over", "ended")
    shelf.order("living", "room-2")
    shelf.book.close_room(CallId("room-1"))
    shelf.clock.advance(KEPT + timedelta(minutes=1))
    book = shelf.reopen()
    assert (book.leg("over"), book.is_closed(CallId("room-1")), book.host_of_room(CallId("room-1"))) == (None, False, None)
    assert [leg.leg_id for leg in book.living()] == ["living"]
    assert "over" not in shelf.path.read_text()


def test_who_lives_is_known_by_host_and_room(shelf: Shelf) -> None:
    for number in range(4):
        shelf.order(f"leg-{number}", f"room-{number % 2}")
    shelf.hear("leg-0", "ended")
    assert [leg.leg_id for leg in shelf.book.living(room="room-0")] == ["leg-2"]
    assert [leg.leg_id for leg in shelf.book.living(host="host1")] == ["leg-1", "leg-2", "leg-3"]
    assert shelf.book.living(host="host2") == []
