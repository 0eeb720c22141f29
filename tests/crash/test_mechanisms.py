"""Each mechanism that keeps a call once and whole is taken away, and the check that rests on it must fail.

| Mechanism | Taken away by | The check that fails |
|---|---|---|
| commit before the reply | a server that saves half a second later | test_killed_after_the_reply |
| unique action id in the log | dropping the index | an_action_is_logged_once |
| looking the action up first | pretending it was never done | a_press_repeated_is_done_once |
| compare-and-set on the call | an UPDATE without the expected sequence | a_stale_state_is_not_written |
| one open attempt per number | dropping the index | a_number_is_open_once |
| clearance again when the request leaves | a second look that never refuses | a_refusal_in_between_stops_the_request |
| intent before the request | a start that sends what was only intended | a_start_never_dials |
| at most one post per attempt | an attempt that may be posted again | a_send_run_twice_orders_once |
| the carrier's inbox | storing every message as new | a_message_told_twice_is_one |
| the outbox's claim | sending what is already being sent | a_sending_cut_off_is_not_repeated |

Not shown by killing a process: `synchronous=FULL` (only a power cut loses pages the kernel holds).
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from engine.clock import SetClock
from engine.errors import Conflict, StaleState
from engine.events.outcome_events import NoteSaved
from engine.flow.actions import Answer
from engine.ids import RandomIds
from engine.ports.message_sender import OutgoingMessage
from engine.services import call_desk, call_progress, outbox, reconciling, sending
from engine.services.background import recover_jobs
from engine.storage import call_log
from engine.storage.attempts import add_attempt
from engine.storage.call_log import load_call, log_events, numbered, save_call
from engine.storage.database import Database
from engine.storage.do_not_call import refuse_number
from engine.storage.tables.calls import AttemptRow
from tests.databases import clock, database, ids
from tests.services.world import NUMBER, World, make_world

__all__ = ["clock", "database", "ids"]
pytestmark = [pytest.mark.crash, pytest.mark.safety]


IntegrityErrors = (sqlite3.IntegrityError, psycopg.errors.UniqueViolation)


@pytest.fixture
def world(database: Database, clock: SetClock, ids: RandomIds) -> World:
    return make_world(database, clock, ids)


# ------------------------------------------------------------ the checks


def an_action_is_logged_once(world: World) -> None:
    """Two presses that both looked before either wrote: the second must not get in."""
    call_id = world.answered_call()
    call, press = world.call(call_id), world.press()
    with world.database.transaction() as tx:
        log_events(tx, numbered(call.id, 100, [NoteSaved("a")], at=world.clock.now(), actor=press.actor, action=press), press)
    try:
        with world.database.transaction() as tx:
            log_events(tx, numbered(call.id, 200, [NoteSaved("a")], at=world.clock.now(), actor=press.actor, action=press), press)
    except IntegrityErrors:
        pass
    assert len(world.rows("SELECT 1 FROM call_event WHERE action_id = :id", id=press.id)) == 1


def a_press_repeated_is_done_once(world: World) -> None:
    call_id = world.answered_call()
    press = world.press()
    call_desk.save_note(world.house, world.agent, call_id, "a", press)
    call_desk.save_note(world.house, world.agent, call_id, "b", world.press())
    try:
        call_desk.save_note(world.house, world.agent, call_id, "a", press)
    except Exception as surprised:
        raise AssertionError("a retry must get the reply of the first press") from surprised
    assert world.call(call_id).line.note == "b"


def a_stale_state_is_not_written(world: World) -> None:
    call_id = world.answered_call()
    before = world.call(call_id)
    world.act(call_id, Answer("self"))
    try:
        with world.database.transaction() as tx:
            save_call(tx, before, before.line, before.run, [], None)
    except StaleState:
        pass
    assert world.shown(call_id).step == "verify"


def a_number_is_open_once(world: World) -> None:
    world.dial(world.lead_before())
    first = world.one("SELECT receipt_id, customer_id FROM attempt")
    row = AttemptRow(
        id=world.ids.new(), call_id="another", number=NUMBER, space="test", carrier="scripted", trunk="simulated",
        trunk_kind="simulated", state="intent", made_at=world.clock.now(), changed_at=world.clock.now(), **first,
    )  # fmt: skip
    try:
        with world.database.transaction() as tx:
            add_attempt(tx, row)
    except Conflict:
        pass
    assert len(world.rows("SELECT 1 FROM attempt")) == 1


def a_refusal_in_between_stops_the_request(world: World) -> None:
    waiting: list[Callable[[], None]] = []
    world.house.later = waiting.append
    world.dial(world.lead_before())
    with world.database.transaction() as tx:
        refuse_number(tx, world.ids.new(), NUMBER, reason="customer_asked", source="test", at=world.clock.now(), call_id=None)
    waiting[0]()
    assert world.carrier.orders == []


def a_start_never_dials(world: World) -> None:
    world.house.later = lambda work: None
    world.dial(world.lead_before())
    reconciling.recover(world.house)
    assert world.carrier.orders == []


def a_send_run_twice_orders_once(world: World) -> None:
    call_id = world.dial(world.lead_before())
    sending.send(world.house, world.attempt(call_id).id)
    assert len(world.carrier.orders) == 1


def a_message_told_twice_is_one(world: World) -> None:
    call_id = world.dial(world.lead_before())
    event = world.carrier.event(world.call(call_id).attempt_id, "ringing")
    call_progress.hear(world.house, "scripted", event)
    call_progress.hear(world.house, "scripted", event)
    assert len(world.rows("SELECT 1 FROM carrier_inbox")) == 1


def a_sending_cut_off_is_not_repeated(world: World) -> None:
    world.close(world.ended_call("self"), "not_kept", reason="price")

    def dies(message: OutgoingMessage) -> str:
        world.sender.sent.append(message)
        raise KeyboardInterrupt

    whole = world.sender.send
    world.sender.send = dies
    with pytest.raises(KeyboardInterrupt):
        world.run_jobs()
    world.sender.send = whole
    recover_jobs(world.house)
    world.run_jobs()
    assert len(world.sender.sent) == 1


# ------------------------------------------------------------ the mechanisms, taken away


def drop(index: str) -> Callable[[World, pytest.MonkeyPatch], None]:
    def without(world: World, _: pytest.MonkeyPatch) -> None:
        with world.database.transaction() as tx:
            tx.run(f"DROP INDEX {index}")

    return without


def never_done(_: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(call_desk, "load_call", lambda tx, call_id, action=None: load_call(tx, call_id))


def no_compare_and_set(_: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(call_log, "_SAVE", call_log._SAVE.replace(" AND sequence = :expected", ""))


def no_second_look(_: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sending, "_refused_now", lambda *_: None)


def a_start_that_sends(_: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconciling, "_never_sent", lambda house, attempt: sending.send(house, attempt.id))


def posted_again(_: World, patch: pytest.MonkeyPatch) -> None:
    start_post = sending._start_post

    def forgets(house: object, attempt_id: str) -> object:
        with house.database.transaction() as tx:  # type: ignore[attr-defined]
            tx.run("UPDATE attempt SET state = 'intent' WHERE id = :id", id=attempt_id)
            tx.run("UPDATE call SET state = 'queued' WHERE attempt_id = :id", id=attempt_id)
        return start_post(house, attempt_id)  # type: ignore[arg-type]

    patch.setattr(sending, "_start_post", forgets)


def every_message_new(_: World, patch: pytest.MonkeyPatch) -> None:
    store, told = call_progress.store_event, iter(range(100))
    patch.setattr(call_progress, "store_event", lambda *a, **k: store(*a, **k | {"fingerprint": f"{k['fingerprint']}-{next(told)}"}))


def no_claim(world: World, patch: pytest.MonkeyPatch) -> None:
    send = outbox.send_message

    def forgets(house: object, message_id: str) -> None:
        with house.database.transaction() as tx:  # type: ignore[attr-defined]
            tx.run("UPDATE message SET state = 'waiting' WHERE id = :id", id=message_id)
        send(house, message_id)  # type: ignore[arg-type]

    patch.setattr("tests.services.world.JOBS", {"send_message": forgets})


@dataclass(frozen=True)
class Mechanism:
    """What is checked, and how the thing it rests on is taken away."""

    check: Callable[[World], None]
    without: Callable[[World, pytest.MonkeyPatch], None]


MECHANISMS = [
    Mechanism(an_action_is_logged_once, drop("uq_call_event_action")),
    Mechanism(a_press_repeated_is_done_once, never_done),
    Mechanism(a_stale_state_is_not_written, no_compare_and_set),
    Mechanism(a_number_is_open_once, drop("uq_attempt_open_number")),
    Mechanism(a_refusal_in_between_stops_the_request, no_second_look),
    Mechanism(a_start_never_dials, a_start_that_sends),
    Mechanism(a_send_run_twice_orders_once, posted_again),
    Mechanism(a_message_told_twice_is_one, every_message_new),
    Mechanism(a_sending_cut_off_is_not_repeated, no_claim),
]


def name_of(mechanism: Mechanism) -> str:
    return mechanism.check.__name__


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=name_of)
def test_it_holds(world: World, mechanism: Mechanism) -> None:
    mechanism.check(world)


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=name_of)
def test_it_fails_without_its_mechanism(world: World, monkeypatch: pytest.MonkeyPatch, mechanism: Mechanism) -> None:
    mechanism.without(world, monkeypatch)
    with pytest.raises(AssertionError):
        mechanism.check(world)
