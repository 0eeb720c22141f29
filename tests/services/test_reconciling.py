"""What nobody knows is cleared up with the carrier, or left to a person; nothing here ever dials."""

from datetime import timedelta

import pytest

from engine.ports.carrier import Unknown
from engine.services.reconciling import GIVE_UP_AFTER, NEVER_HEARD_AFTER, SILENT_AFTER, reconcile, recover
from engine.storage.attempts import load_attempt, move_attempt
from tests.services.world import World

pytestmark = [pytest.mark.service, pytest.mark.safety]


@pytest.fixture
def unknown(world: World) -> tuple[World, str]:
    """A call whose order timed out."""
    world.carrier.results = [Unknown("ReadTimeout")]
    return world, world.dial(world.lead_before())


def cut_off(world: World, state: str) -> str:
    """A call whose process died in this state of its attempt."""
    waiting: list = []
    world.house.later = waiting.append
    call_id = world.dial(world.lead_before())
    world.house.later = lambda work: work()
    if state == "post_started":

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        place = world.carrier.place_call
        world.carrier.place_call = dies  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(KeyboardInterrupt):
            waiting[0]()
        world.carrier.place_call = place
    assert world.attempt(call_id).state == state
    return call_id


def test_an_intent_was_provably_never_sent_and_is_shown_not_redialled(world: World) -> None:
    call_id = cut_off(world, "intent")
    recover(world.house)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("not_placed", "wrap_up")
    assert world.carrier.orders == []
    world.close(call_id, "no_answer")
    assert world.desk()["state"] == "available"


def test_an_order_that_was_leaving_is_unknown_until_the_carrier_has_told(world: World) -> None:
    call_id = cut_off(world, "post_started")
    recover(world.house)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("unknown", "unknown")
    assert world.carrier.orders == []


def test_recovering_twice_is_recovering_once(world: World) -> None:
    call_id = cut_off(world, "post_started")
    recover(world.house)
    before = world.log(call_id)
    recover(world.house)
    assert world.log(call_id) == before


def test_what_the_carrier_knows_is_adopted(unknown: tuple[World, str]) -> None:
    world, call_id = unknown
    attempt = world.call(call_id).attempt_id
    world.carrier.knows[attempt] = [world.carrier.event(attempt, "ringing"), world.carrier.event(attempt, "answered", answered_by="human")]
    reconcile(world.house)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("live", "connected")
    assert world.shown(call_id).step == "greet"
    assert world.types(call_id)[2:4] == ["call.unknown", "call.reconciled"]


def test_a_late_message_settles_an_unknown_call_by_itself(unknown: tuple[World, str]) -> None:
    world, call_id = unknown
    world.hears(call_id, "ended", reason="busy")
    assert (world.attempt(call_id).state, world.call(call_id).line.end_reason) == ("ended", "busy")


def test_a_carrier_that_knows_of_nothing_did_not_place_it_but_is_given_time(unknown: tuple[World, str]) -> None:
    world, call_id = unknown
    world.clock.advance(NEVER_HEARD_AFTER - timedelta(seconds=1))
    reconcile(world.house)
    assert world.attempt(call_id).state == "unknown"
    world.clock.advance(timedelta(seconds=1))
    reconcile(world.house)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("not_placed", "wrap_up")


def test_a_carrier_that_cannot_be_asked_leaves_the_call_to_a_person_in_the_end(unknown: tuple[World, str]) -> None:
    world, call_id = unknown
    world.carrier.reachable = False
    world.clock.advance(GIVE_UP_AFTER - timedelta(seconds=1))
    reconcile(world.house)
    assert world.attempt(call_id).state == "unknown"
    world.clock.advance(timedelta(seconds=1))
    reconcile(world.house)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("operator", "wrap_up")
    world.close(call_id, "no_answer")
    assert world.desk()["state"] == "available"


def test_an_end_that_was_lost_is_asked_for(world: World) -> None:
    call_id = world.answered_call()
    attempt = world.call(call_id).attempt_id
    world.carrier.knows[attempt] = [world.carrier.event(attempt, "ended", ended_by="customer")]
    reconcile(world.house)
    assert world.call(call_id).line.state == "connected"  # it moved a moment ago
    world.clock.advance(SILENT_AFTER)
    reconcile(world.house)
    assert world.call(call_id).line.state == "wrap_up"


def test_a_message_stored_before_the_crash_is_folded_at_the_next_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = world.dial(world.lead_before())

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.services.call_progress.fold_attempt", dies)
        with pytest.raises(KeyboardInterrupt):
            world.hears(call_id, "answered", answered_by="human")
    recover(world.house)
    assert world.call(call_id).line.state == "connected"


def test_an_unknown_call_whose_messages_all_came_before_is_settled_from_them(world: World) -> None:
    """Told, then lost: the carrier has nothing new to say, and what it says again still settles the call."""
    world.carrier.results = [Unknown("ReadTimeout")]
    call_id = world.dial(world.lead_before())
    attempt = world.call(call_id).attempt_id
    world.carrier.knows[attempt] = [world.carrier.event(attempt, "placed")]
    reconcile(world.house)
    assert world.attempt(call_id).state == "placed"
    with world.database.transaction() as tx:
        move_attempt(tx, load_attempt(tx, attempt), "lose", at=world.clock.now(), reason="test")
    reconcile(world.house)
    assert world.attempt(call_id).state == "placed"


def test_nothing_that_clears_up_ever_dials(unknown: tuple[World, str]) -> None:
    world, _ = unknown
    for _ in range(5):
        recover(world.house)
        reconcile(world.house, silent_after=timedelta(0))
        world.clock.advance(timedelta(minutes=10))
    assert len(world.carrier.orders) == 1
