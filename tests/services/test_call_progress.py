"""What the carrier tells: twice, late, out of order, before our own reply or never, a call ends up the same."""

import itertools
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from engine.ports.carrier import CarrierEvent
from engine.services import call_desk, call_progress, call_record
from engine.services.call_progress import fold_attempt, hear, refold
from engine.services.reconciling import reconcile
from engine.services.recordings import ASK_AFTER
from engine.storage.database import Transaction
from tests.services.world import World

pytestmark = pytest.mark.service

SEED = 20261125
_ANSWERED = (("placed", {}), ("ringing", {}), ("answered", {"answered_by": "human"}), ("ended", {"ended_by": "customer"}))
SCENARIOS: dict[str, tuple[tuple[str, dict], ...]] = {
    "answered": (*_ANSWERED, ("recording_ready", {"recording_ref": "rec-1"})),
    "busy": (("placed", {}), ("ringing", {}), ("ended", {"reason": "busy"})),
    "no_answer": (("placed", {}), ("ringing", {}), ("ended", {"reason": "no_answer"})),
    "rejected": (("placed", {}), ("ringing", {}), ("ended", {"reason": "rejected"})),
    "invalid": (("placed", {}), ("ended", {"reason": "invalid_number"})),
    "machine": (*_ANSWERED[:2], ("answered", {"answered_by": "machine"}), ("ended", {"ended_by": "carrier"})),
}
ROW = "state, answered_at, ended_at, closed_at, ended_by, end_reason, disposition, run"


def told(world: World, call_id: str, scenario: str) -> list[CarrierEvent]:
    """The carrier's messages about a call, each a second after the other; afterwards the clock stands a minute later."""
    attempt, began = world.call(call_id).attempt_id, world.clock.now()
    events = [
        world.carrier.event(attempt, kind, began + timedelta(seconds=1 + place), **more)
        for place, (kind, more) in enumerate(SCENARIOS[scenario])
    ]
    world.clock.set(began + timedelta(minutes=1))
    world.carrier.knows[attempt] = events
    return events


def deliveries(count: int) -> list[tuple[int, ...]]:
    """Every order of the messages, as they are, with each told twice somewhere, and with each lost."""
    found: list[tuple[int, ...]] = []
    for order in itertools.permutations(range(count)):
        found.append(order)
        for twice in range(count):
            found += [(*order[: place + 1], twice, *order[place + 1 :]) for place in range(count)]
        found += [tuple(one for one in order if one != lost) for lost in range(count)]
    return found


def standing(world: World, call_id: str) -> tuple[object, ...]:
    """The call's row, its attempt and its recording, without what counts the messages."""
    row = world.one(f"SELECT {ROW} FROM call WHERE id = :id", id=call_id)
    recordings = len(world.rows("SELECT 1 FROM recording WHERE call_id = :id", id=call_id))
    return (tuple(row.values()), world.attempt(call_id).state, world.attempt(call_id).carrier_call_id, recordings)


class Clones:
    """Copies of one call that was just placed, each with a number of its own: what a case starts from, without the way there."""

    def __init__(self, world: World) -> None:
        self.world, self.start = world, world.clock.now()
        call_id = world.dial(world.lead_before(number="+99910000000000"))
        self._call, self._attempt = world.one("SELECT * FROM call"), world.one("SELECT * FROM attempt")
        self._events = world.rows("SELECT * FROM call_event")
        world.hears(call_id, "ended", reason="busy")

    def make(self, serial: int) -> str:
        """Another call to a number that ends in 0000 like all of them, placed at the same moment."""
        world, call_id, attempt_id = self.world, self.world.ids.new(), self.world.ids.new()
        world.clock.set(self.start)
        attempt = self._attempt | {"id": attempt_id, "call_id": call_id, "number": f"+9991{serial + 1:06d}0000"}
        with world.database.transaction() as tx:
            _insert(tx, "attempt", [attempt])
            _insert(tx, "call", [self._call | {"id": call_id, "attempt_id": attempt_id}])
            _insert(tx, "call_event", [event | {"call_id": call_id, "action_id": None} for event in self._events])
        return call_id


def _insert(tx: Transaction, table: str, rows: list[dict]) -> None:
    columns = list(rows[0])
    tx.run_many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})", rows)


def deliver(world: World, events: Sequence[CarrierEvent], order: Sequence[int]) -> None:
    for place in order:
        hear(world.house, world.carrier.name, events[place])


def all_cases() -> list[tuple[str, tuple[int, ...]]]:
    return [(name, order) for name, kinds in SCENARIOS.items() for order in deliveries(len(kinds))]


def plain_cases() -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(range(len(kinds)))) for name, kinds in SCENARIOS.items()]


def check_convergence(world: World, cases: Sequence[tuple[str, tuple[int, ...]]]) -> None:
    """Every case ends as its scenario's plain order does; with a message lost, after asking the carrier."""
    clones, expected = Clones(world), {}
    world.carrier.recordings["rec-1"] = b"RIFF"
    for serial, (scenario, order) in enumerate([*plain_cases(), *cases]):
        call_id = clones.make(serial)
        events = told(world, call_id, scenario)
        deliver(world, events, order)
        if set(order) != set(range(len(events))):
            reconcile(world.house, silent_after=timedelta(0))
            world.clock.advance(ASK_AFTER)
            while world.run_jobs():
                pass
        if serial % 20 == 0:
            state = call_record.replay(world.flow(call_id), world.log(call_id))
            assert (state.line, state.run) == (world.call(call_id).line, world.call(call_id).run)
        found = standing(world, call_id)
        assert found == expected.setdefault(scenario, found), f"seed {SEED}: {scenario} told in the order {order}"


def test_every_order_of_a_sample_converges(world: World) -> None:
    """2,000 cases on the two databases together, drawn with a fixed seed."""
    cases = random.Random(f"{SEED}-{world.database.dialect}").sample(all_cases(), 1_500 if world.database.inline else 500)
    check_convergence(world, cases)


@pytest.mark.long
def test_every_order_of_every_scenario_converges(world: World) -> None:
    check_convergence(world, all_cases())


# ------------------------------------------------------------ one by one


def test_a_message_told_twice_is_stored_once_and_changes_nothing_again(world: World) -> None:
    call_id = world.dial(world.lead_before())
    event = world.carrier.event(world.call(call_id).attempt_id, "answered", answered_by="human")
    assert hear(world.house, "scripted", event) is True
    before = world.log(call_id)
    assert hear(world.house, "scripted", event) is False
    assert world.log(call_id) == before
    assert len(world.rows("SELECT 1 FROM carrier_inbox")) == 1


def test_the_same_moment_and_kind_from_another_attempt_is_another_message(world: World) -> None:
    first = world.dial(world.lead_before())
    second = world.dial(world.lead_before(world.colleague, "+99913800005678"), caller=world.colleague)
    assert world.hears(first, "ringing")
    assert world.hears(second, "ringing")
    assert world.call(first).line.state == world.call(second).line.state == "ringing"


def test_the_first_step_is_on_the_desk_the_moment_the_customer_answers(world: World) -> None:
    call_id = world.answered_call()
    assert (world.call(call_id).line.state, world.attempt(call_id).state) == ("connected", "live")
    assert world.shown(call_id).step == "greet"
    assert world.types(call_id)[-3:] == ["call.answered", "flow.started", "step.entered"]


def test_a_late_ringing_does_not_take_an_answer_back(world: World) -> None:
    call_id = world.answered_call()
    before = world.call(call_id)
    world.hears(call_id, "ringing")
    assert world.call(call_id) == before


@pytest.mark.parametrize("who", ["customer", "agent", "carrier"])
def test_whoever_hangs_up_wrap_up_follows(world: World, who: str) -> None:
    call_id = world.answered_call()
    if who == "agent":
        call_desk.hang_up(world.house, world.agent, call_id, world.press())
        assert world.carrier.hung_up == [world.call(call_id).attempt_id]
        assert world.call(call_id).line.state == "connected"  # the line is up until the carrier says otherwise
    world.clock.advance(timedelta(seconds=1))
    world.hears(call_id, "ended", ended_by=who)
    line = world.call(call_id).line
    assert (line.state, line.ended_by, line.end_reason) == ("wrap_up", who, "completed")
    assert world.desk()["state"] == "on_call"


@pytest.mark.parametrize("reason", ["busy", "no_answer", "rejected", "invalid_number", "congestion", "carrier_failure"])
def test_a_call_nobody_took_leads_to_wrap_up_with_its_reason(world: World, reason: str) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason=reason)
    line = world.call(call_id).line
    assert (line.state, line.end_reason, line.answered_at) == ("wrap_up", reason, None)
    assert world.call(call_id).run is None


def test_a_recording_is_expected_once_and_fetched_checked_and_let_go(world: World) -> None:
    call_id = world.ended_call("self")
    world.carrier.recordings["rec-1"] = b"RIFF"
    for _ in range(2):
        world.clock.advance(timedelta(seconds=1))
        world.hears(call_id, "recording_ready", recording_ref="rec-1")
    world.run_jobs()
    assert world.one("SELECT state FROM recording") == {"state": "stored"}
    assert world.carrier.deleted == ["rec-1"]
    assert world.types(call_id).count("recording.stored") == 1


def test_a_recording_that_is_not_ready_is_asked_for_again(world: World) -> None:
    call_id = world.ended_call("self")
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    world.run_jobs()
    assert world.one("SELECT state FROM recording") == {"state": "outstanding"}
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.clock.advance(timedelta(minutes=1))
    world.run_jobs()
    assert world.one("SELECT state FROM recording") == {"state": "stored"}


def test_a_recording_nobody_told_of_is_asked_for(world: World) -> None:
    call_id = world.ended_call("self")
    attempt = world.call(call_id).attempt_id
    world.carrier.knows[attempt] = [world.carrier.event(attempt, "recording_ready", recording_ref="rec-1")]
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.clock.advance(ASK_AFTER)
    world.run_jobs()
    assert world.one("SELECT state FROM recording") == {"state": "stored"}


def test_a_recording_that_never_came_is_left_to_a_person_after_a_day(world: World) -> None:
    world.ended_call("self")
    for _ in range(40):
        world.clock.advance(timedelta(hours=1))
        world.run_jobs()
    assert world.one("SELECT state FROM job WHERE kind = 'ask_for_recording'") == {"state": "failed"}


def test_what_is_told_of_a_foreign_attempt_is_kept_and_never_acted_on(world: World) -> None:
    assert hear(world.house, "scripted", world.carrier.event("somebody-elses", "answered"))
    assert len(world.rows("SELECT 1 FROM carrier_inbox WHERE folded_at IS NOT NULL")) == 1


# ------------------------------------------------------------ folding that failed


@pytest.fixture
def unfolded(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, str, CarrierEvent]:
    """An answer that was stored, but whose folding failed."""
    call_id = world.dial(world.lead_before())
    event = world.carrier.event(world.call(call_id).attempt_id, "answered", answered_by="human")

    def fails(*_: object) -> None:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patched:
        patched.setattr(call_progress, "fold_attempt", fails)
        with pytest.raises(RuntimeError):
            hear(world.house, "scripted", event)
    assert world.call(call_id).line.state == "dialing"
    return world, call_id, event


def test_a_repeat_takes_up_what_was_stored_but_not_folded(unfolded: tuple[World, str, CarrierEvent]) -> None:
    world, call_id, event = unfolded
    assert hear(world.house, "scripted", event) is False
    assert world.call(call_id).line.state == "connected"


def test_the_sweep_takes_up_what_was_stored_but_not_folded(unfolded: tuple[World, str, CarrierEvent]) -> None:
    world, call_id, _ = unfolded
    refold(world.house)
    assert world.call(call_id).line.state == "connected"
    assert world.rows("SELECT 1 FROM carrier_inbox WHERE folded_at IS NULL") == []


def test_folding_again_changes_nothing(world: World) -> None:
    call_id = world.ended_call("self")
    before = world.call(call_id), world.log(call_id)
    fold_attempt(world.house, world.call(call_id).attempt_id)
    assert (world.call(call_id), world.log(call_id)) == before


def test_a_message_with_what_no_database_takes_is_kept_and_holds_nobody_up(world: World) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ringing", detail={"name": "bad \ud800 surrogate \x00 and nul"}, carrier_call_id="\udfff")
    assert world.types(call_id)[-1] == "call.ringing"
    assert world.rows("SELECT 1 FROM carrier_inbox WHERE folded_at IS NULL") == []
