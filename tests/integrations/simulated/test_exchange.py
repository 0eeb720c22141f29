"""Whatever is ordered in whatever sequence: a leg ends once, a room ends with its customer, and the journal makes the same again."""

import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings, strategies as st

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.errors import StaylineError
from integrations.journal import Journal
from integrations.simulated.book import Book
from integrations.simulated.exchange import Exchange
from integrations.simulated.phone_call import Order, PhoneCall
from integrations.simulated.phone_leg import JoinOrder
from integrations.simulated.scenarios import Scenario
from integrations.simulated.sped_clock import SpedClock
from integrations.simulated.switchboard import Switchboard

pytestmark = pytest.mark.property

LEGS = ("customer", "agent", "colleague", "supervisor")


class NobodyToTell:
    """Takes events and tells nobody."""

    def tell(self, leg: object, event: object) -> None: ...
    def queue(self, key: str, events: list[Any]) -> None: ...


class NothingBeside:
    """Runs nothing: the test itself says what customers do."""

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        work.close()


class Walk:
    """One room and every order that can be given in it."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.jsonl")
        none: Any = None
        self.exchange = Exchange(self.journal, cast("Any", NobodyToTell()), none, SpedClock(), cast("Any", NothingBeside()))
        self.board = Switchboard(self.exchange)
        for leg in LEGS[1:]:
            self.board.register(f"p{leg}", False, 4_102_444_800_000)

    def do(self, act: str, leg: str, on: bool) -> None:
        with suppress(StaylineError):
            self._do(act, leg, on)

    def _do(self, act: str, leg: str, on: bool) -> None:
        match act:
            case "come":
                self._come(leg)
            case "answer":
                self.exchange.happen(self.exchange.book.leg("customer"), "answered", answered_by="human")
            case "customer leaves":
                self.exchange.happen(self.exchange.book.leg("customer"), "ended", reason=EndReason.completed, ended_by="customer")
            case "call in":
                self.board.call_in(f"p{leg}", leg)
            case "leave":
                self.board.leave(f"p{leg}", leg)
            case "lose":
                self.board.lose(f"p{leg}", leg)
            case "hang up":
                self.exchange.hang_up(leg)
            case "close":
                self.exchange.close_room("room")
            case _:
                self._order(act, leg, on)

    def _order(self, act: str, leg: str, on: bool) -> None:
        match act:
            case "hold":
                self.board.hold(leg, on)
            case "mute":
                self.board.mute(leg, on)
            case "keys":
                self.board.send_digits(leg, "42")
            case "play":
                self.board.play(leg, "one_moment")
            case "listen":
                self.board.listen(leg, Ear.barge if on else Ear.whisper, None)
            case "record":
                self.board.start_recording(leg)
            case "pause":
                self.board.pause_recording(leg, on)
            case _:
                raise AssertionError(act)

    def _come(self, leg: str) -> None:
        if leg == "customer":
            order = Order("customer", "+99913800001234", "t", "c", 30, record=False, room_id="room", headset=False)
            self.exchange.refuse_repeat(order)
            self.exchange.take(order, Scenario())
        else:
            self.exchange.join(
                JoinOrder(leg, "room", LegRole(leg), f"p{leg}", False, 20, Ear.listen if leg == "supervisor" else None, None)
            )

    def check(self) -> None:
        book = self.exchange.book
        for leg in book.legs.values():
            kinds = [event["kind"] for event in leg.events]
            assert kinds[0] == "placed"
            assert kinds.count("ended") <= 1
            assert kinds.count("joined") <= 1
            assert not leg.is_over or kinds[-1] == "ended", "nothing happens to a leg that is over"
            assert len({event["fingerprint"] for event in leg.events}) == len(kinds)
            moments = [event["at"] for event in leg.events]
            assert moments == sorted(moments)
        customer = book.legs.get("customer")
        if customer is not None and customer.is_over:
            assert all(leg.is_over for leg in book.legs.values()), "the room ends with the customer"
            assert book.rooms["room"].closed

    def check_journal(self) -> None:
        """What another process makes of it is what this one knows."""
        again = Book(SpedClock())
        again.read_back(Journal(self.journal.path).read_new())
        for leg_id, leg in self.exchange.book.legs.items():
            other = again.legs[leg_id]
            assert (other.events, other.muted, other.held, other.keys_heard) == (leg.events, leg.muted, leg.held, leg.keys_heard)
            if isinstance(leg, PhoneCall):
                assert isinstance(other, PhoneCall)
                assert (other.recorder, other.track) == (leg.recorder, leg.track)
        assert {room_id: room.closed for room_id, room in again.rooms.items()} == {
            room_id: room.closed for room_id, room in self.exchange.book.rooms.items()
        }


ACTS = ["come", "call in", "answer", "hold", "mute", "keys", "play", "listen", "record", "pause", "leave", "lose", "hang up"]
steps = st.tuples(st.sampled_from(ACTS), st.sampled_from(LEGS), st.booleans())
rare = st.tuples(st.sampled_from(["close", "customer leaves"]), st.just("customer"), st.booleans())


@given(st.lists(st.one_of(steps, steps, steps, steps, rare), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_sequence_of_orders_leaves_a_room_in_order(walked: list[tuple[str, str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        walk = Walk(Path(name))
        for act, leg, on in [("come", "customer", True), ("come", "agent", True), *walked]:
            walk.do(act, leg, on)
            walk.check()
        walk.check_journal()
        walk.journal.close()


def test_after_a_death_everybody_is_out_and_nobody_is_let_in(tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    for act, leg in [("come", "agent"), ("call in", "agent"), ("come", "customer"), ("answer", "customer"), ("come", "colleague")]:
        walk.do(act, leg, True)
    reborn = Walk.__new__(Walk)
    reborn.journal = Journal(walk.journal.path)
    none: Any = None
    reborn.exchange = Exchange(reborn.journal, cast("Any", NobodyToTell()), none, SpedClock(), cast("Any", NothingBeside()))
    reborn.board = Switchboard(reborn.exchange)
    reborn.exchange.come_back()
    reborn.check()
    legs = reborn.exchange.book.legs
    assert [legs[one].events[-1]["reason"] for one in ("customer", "agent", "colleague")] == ["carrier_failure"] * 3
    with pytest.raises(StaylineError):
        reborn.board.call_in("pcolleague", "colleague")
