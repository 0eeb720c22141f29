"""Whatever happens to calls, with crashes in between: the log replays to exactly what is stored, and nobody is dialled twice."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, lists, sampled_from

from engine.clock import SetClock
from engine.errors import Conflict, NotCleared, Refused, StaylineError
from engine.flow.actions import (
    Answer,
    Back,
    Cancel,
    CloseDrawer,
    DoNotCall,
    EnterFact,
    OpenDrawer,
    PresentOffer,
    SayLine,
    UnsayLine,
    UseDrawerLine,
)
from engine.ids import RandomIds
from engine.ports.carrier import NotPlaced, PlaceCall, Placed, PlaceResult, Unknown
from engine.services import call_desk, call_record
from engine.services.call_progress import hear
from engine.services.dialing import Caller
from engine.services.reconciling import reconcile, recover
from engine.services.taking_leads import put_off, resume, take, take_next
from engine.services.wrapping_up import WrapUpForm, close_call, proposed_disposition
from engine.storage.call_log import Action
from engine.storage.database import Database
from engine.storage.do_not_call import refuse_number, refused_since
from engine.storage.migrate import upgrade
from tests.services.world import TO_FIRST_OFFER, make_world

pytestmark = pytest.mark.property

NUMBERS = ("+99913800000001", *(f"+999138000000{number:02d}" for number in range(1, 10)))
"""The first two customers are a household."""
SEEN: Counter[str] = Counter()
"""How often each kind of event was met in all histories: a machine that never gets anywhere proves nothing."""
MOSTLY_FORWARD = sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 7])
"""Which answer is given: the first ones lead on, the last ones often end the call."""
MUST_BE_MET = {
    "call.posted", "call.placed", "call.answered", "call.ended", "call.not_connected", "call.closed",
    "answer.chosen", "line.said", "offer.decided", "offer.presented", "message.queued",
}  # fmt: skip
MADE: list[Callable[[], Database]] = []
OPEN = "('intent', 'post_started', 'placed', 'ringing', 'live', 'unknown')"


class Crashed(BaseException):
    """The process is gone at this point."""


class Calls(RuleBasedStateMachine):
    """Two agents, four customers, one carrier that says what it likes, and a process that dies at will."""

    @initialize(began=sampled_from(["at the desk", "dialled", "answered", "at an offer", "at an offer"]))
    def open_the_house(self, began: str = "at the desk") -> None:
        self.database = MADE[-1]()
        clock = SetClock(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))
        self.world = world = make_world(self.database, clock, RandomIds(clock))
        self.waiting: list[Callable[[], None]] = []
        self.ordered_when_refused: list[str] = []
        self.refused: set[str] = set()
        self.presses: list[tuple[str, object, Action, int]] = []
        world.house.later = self.waiting.append
        self._place = world.carrier.place_call
        world.carrier.place_call = self.place  # pyright: ignore[reportAttributeAccessIssue]
        for number in NUMBERS:
            world.lead(world.customer(number))
        if began != "at the desk":
            self.an_agent_dials(False, 0)
        if began in ("answered", "at an offer"):
            self.the_request_leaves("placed")
            self.the_carrier_tells("answered", 0, "completed", False)
        if began == "at an offer":
            self.world.walk(self.world.rows("SELECT id FROM call")[0]["id"], *TO_FIRST_OFFER)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            SEEN.update(row["type"] for row in self.world.rows("SELECT type FROM call_event"))
            self.database.close()

    # ------------------------------------------------------------ the carrier's side

    def place(self, order: PlaceCall) -> PlaceResult:
        """The carrier's ear: what it is asked after a refusal was acknowledged must never come."""
        if order.number in self.refused:
            self.ordered_when_refused.append(order.number)
        return self._place(order)

    @rule(kind=sampled_from(["placed", "placed", "unknown", "refused"]))
    @precondition(lambda self: self.waiting)
    def the_request_leaves(self, kind: str) -> None:
        replies: dict[str, PlaceResult] = {
            "placed": Placed("carrier-1"), "unknown": Unknown("ReadTimeout"), "refused": NotPlaced("busy", retryable=True),
        }  # fmt: skip
        self.world.carrier.results = [replies[kind]]
        self.waiting.pop(0)()
        self.world.carrier.results = []

    @rule(
        kind=sampled_from(["ringing", "answered", "answered", "ended", "ended", "recording_ready"]),
        back=integers(0, 3),
        reason=sampled_from(["completed", "completed", "busy", "no_answer"]),
        late=booleans(),
    )
    def the_carrier_tells(self, kind: str, back: int, reason: str, late: bool) -> None:
        """Of one of the last attempts it was asked for, now or as of a while ago; the same twice when time stands still."""
        orders = self.world.carrier.orders
        if not orders:
            return
        attempt = orders[-1 - min(back, len(orders) - 1)].attempt_id
        at = self.world.clock.now() - timedelta(seconds=7 if late else 0)
        more = {"ended": {"reason": reason, "ended_by": "customer"}, "recording_ready": {"recording_ref": f"rec-{attempt}"}}.get(kind, {})
        event = self.world.carrier.event(attempt, kind, at, **more)
        known = self.world.carrier.knows.setdefault(attempt, [])
        if event.fingerprint not in {one.fingerprint for one in known}:
            known.append(event)
        hear(self.world.house, "scripted", event)

    # ------------------------------------------------------------ the agents' side

    def caller(self, second: bool) -> Caller:
        return self.world.colleague if second else self.world.agent

    def calls_of(self, second: bool) -> str | None:
        """The call the agent is on."""
        found = self.world.rows("SELECT call_id FROM agent_desk WHERE user_id = :id", id=self.caller(second).user_id)
        return found[0]["call_id"] if found else None

    @rule(second=booleans(), number=integers(0, 3))
    def an_agent_dials(self, second: bool, number: int) -> None:
        """Whoever is before the agent, else the next customer, else anyone again: caps and lists are the house's business."""
        caller, world = self.caller(second), self.world
        with allowed():
            resume(world.house, caller)
            lead = take_next(world.house, caller)
            if lead is None:
                found = world.rows("SELECT id FROM lead WHERE state IN ('waiting', 'later', 'callback') ORDER BY id")
                if not found:
                    return
                lead = take(world.house, caller, found[number % len(found)]["id"])
            try:
                world.dial(lead, caller=caller)
            except NotCleared:
                put_off(world.house, caller, lead)

    @rule(second=booleans(), which=integers(0, 24), pick=MOSTLY_FORWARD, tick=sampled_from([True, True, True, False]))
    def an_agent_goes_on(self, second: bool, which: int, pick: int, tick: bool) -> None:
        """Whatever comes next at this desk: dial, wait for the line, one more step of the flow, wrap up."""
        call_id, world = self.calls_of(second), self.world
        if call_id is None:
            self.an_agent_dials(second, pick)
        elif self.waiting:
            self.the_request_leaves("placed")
        elif world.call(call_id).run is None:
            kind = {1: "ended", 2: "ringing"}.get(pick, "answered")
            self.the_carrier_tells(kind, pick % 2, "no_answer", late=False)
            self.an_agent_wraps_up(second, proposed=True, pause=False)
        elif world.call(call_id).line.ended_at is not None and pick != 1:
            self.an_agent_wraps_up(second, proposed=True, pause=pick > 6)
        else:
            self.a_step(call_id, second, which, pick, tick)

    @rule(second=booleans(), picks=lists(MOSTLY_FORWARD, min_size=4, max_size=16))
    def an_agent_goes_far(self, second: bool, picks: list[int]) -> None:
        for pick in picks:
            self.an_agent_goes_on(second, 24, pick, tick=True)

    def a_step(self, call_id: str, second: bool, which: int, pick: int, tick: bool) -> None:
        world = self.world
        shown = world.shown(call_id)
        if shown.ended is not None and pick != 1:
            self.the_end_of(call_id)
            return
        lines = [*shown.must_say, *shown.disclosures]
        if tick:
            for line in lines:
                if not line.said:
                    self.press(call_id, second, SayLine(line.key))
        wishes = [
            Back(), OpenDrawer(), CloseDrawer(), Cancel(), DoNotCall(), EnterFact("leave_reason", "price"),
            UseDrawerLine("price"), *[UnsayLine(line.key) for line in lines[:1]], *[PresentOffer(one.code) for one in shown.offers[:1]],
        ]  # fmt: skip
        answers = [Answer(one.key) for one in shown.answers] or [Back()]
        wish = answers[pick % len(answers)] if which > 10 else wishes[pick % len(wishes)]
        self.press(call_id, second, wish)

    def the_end_of(self, call_id: str) -> None:
        """The customer hangs up, and in time the carrier tells of the recording."""
        self.world.clock.advance(timedelta(seconds=20))
        self.world.carrier.recordings[f"rec-{call_id}"] = b"RIFF"
        self.world.hears(call_id, "ended", ended_by="customer")
        self.world.hears(call_id, "recording_ready", recording_ref=f"rec-{call_id}")

    def press(self, call_id: str, second: bool, wish: object) -> None:
        """Press once; remembered, so that it may be pressed again."""
        caller, seen = self.caller(second), self.world.call(call_id).sequence
        action = self.world.press(caller=caller, meaning=repr(wish))
        self.presses.append((call_id, wish, action, seen))
        with allowed():
            call_desk.act(self.world.house, caller, call_id, wish, action, seen)  # type: ignore[arg-type]

    @rule(back=integers(0, 5))
    @precondition(lambda self: self.presses)
    def an_earlier_press_comes_again(self, back: int) -> None:
        """A retry of the network: done before, nothing happens; refused before, it may be refused again."""
        call_id, wish, action, seen = self.presses[-1 - min(back, len(self.presses) - 1)]
        done = self.world.rows("SELECT 1 FROM call_event WHERE action_id = :id", id=action.id)
        before = self.world.call(call_id)
        owner = self.world.agent if action.actor == self.world.agent.actor else self.world.colleague
        with allowed():
            call_desk.act(self.world.house, owner, call_id, wish, action, seen)  # type: ignore[arg-type]
        if done:
            assert self.world.call(call_id) == before

    @rule(second=booleans())
    def an_agent_hangs_up(self, second: bool) -> None:
        call_id = self.calls_of(second)
        if call_id is not None:
            call_desk.hang_up(self.world.house, self.caller(second), call_id, self.world.press(caller=self.caller(second)))

    @rule(second=booleans(), proposed=booleans(), pause=booleans())
    def an_agent_wraps_up(self, second: bool, proposed: bool, pause: bool) -> None:
        call_id = self.calls_of(second)
        if call_id is None:
            return
        call = self.world.call(call_id)
        disposition = proposed_disposition(call.line, call.run) if proposed else "callback"
        form = WrapUpForm(disposition, "price", "备注", self.world.clock.now() + timedelta(hours=2), True, pause)
        with allowed():
            close_call(self.world.house, self.caller(second), call_id, form, self.world.press(caller=self.caller(second)))

    @rule(number=sampled_from(NUMBERS))
    def somebody_asks_for_peace(self, number: str) -> None:
        """By letter: the list is written from outside any call."""
        with self.database.transaction() as tx:
            refuse_number(
                tx, self.world.ids.new(), number, reason="customer_asked", source="letter", at=self.world.clock.now(), call_id=None
            )

    # ------------------------------------------------------------ time and accidents

    @rule(seconds=sampled_from([1, 5, 15, 61, 130, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    @rule()
    def the_house_tidies_up(self) -> None:
        self.world.run_jobs()
        reconcile(self.world.house)

    @rule(after_the_order=booleans())
    def the_process_dies_and_starts_again(self, after_the_order: bool) -> None:
        """What waited in memory is gone; an order may be on its way at that moment."""
        if self.waiting:
            whole = self.world.carrier.place_call

            def dies(order: PlaceCall) -> PlaceResult:
                if after_the_order:
                    whole(order)
                raise Crashed

            self.world.carrier.place_call = dies  # pyright: ignore[reportAttributeAccessIssue]
            try:
                self.waiting[0]()
            except Crashed:
                pass
            finally:
                self.world.carrier.place_call = whole
        self.waiting.clear()
        recover(self.world.house)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_log_replays_to_what_is_stored(self) -> None:
        if not hasattr(self, "world"):
            return
        for row in self.world.rows("SELECT id FROM call"):
            call, log = self.world.call(row["id"]), self.world.log(row["id"])
            state = call_record.replay(self.world.flow(row["id"]), log)
            assert (state.line, state.run) == (call.line, call.run)
            assert [one.sequence for one in log] == list(range(1, call.sequence + 1))

    @invariant()
    def a_number_rings_once_at_a_time_and_an_attempt_once_ever(self) -> None:
        if not hasattr(self, "world"):
            return
        counted = Counter(order.attempt_id for order in self.world.carrier.orders)
        assert not [attempt for attempt, times in counted.items() if times > 1]
        twice = self.world.rows(f"SELECT number FROM attempt WHERE state IN {OPEN} GROUP BY number HAVING COUNT(*) > 1")
        assert not twice

    @invariant()
    def nobody_is_dialled_after_a_refusal_was_acknowledged(self) -> None:
        if not hasattr(self, "world"):
            return
        assert self.ordered_when_refused == []
        with self.database.reading() as tx:
            self.refused = {number for number in set(NUMBERS) if refused_since(tx, number) is not None}

    @invariant()
    def an_agent_is_on_one_call_and_no_call_is_without_one(self) -> None:
        if not hasattr(self, "world"):
            return
        stuck = self.world.rows(
            "SELECT c.id FROM call c LEFT JOIN agent_desk d ON d.call_id = c.id AND d.user_id = c.agent_id"
            " WHERE c.state != 'closed' AND d.call_id IS NULL"
        )
        assert stuck == []


class allowed:  # noqa: N801 - reads as a word: with allowed(): …
    """What a person may be told no for; anything else is a bug."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, (Refused, Conflict, StaylineError))


def with_database(make: Callable[[], Database], examples: int, steps: int) -> None:
    MADE.append(make)
    try:
        run_state_machine_as_test(
            Calls,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
                derandomize=True,
            ),
        )
    finally:
        MADE.pop()


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "stayline.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def sqlite(empty_file: Path) -> Iterator[Callable[[], Database]]:
    """Makes an empty database at migration head, a new one each time."""
    with tempfile.TemporaryDirectory() as folder:
        made: list[Path] = []

        def make() -> Database:
            path = Path(folder) / f"{len(made)}.db"
            path.write_bytes(empty_file.read_bytes())
            made.append(path)
            return Database(f"sqlite:///{path}")

        yield make


@pytest.fixture
def postgresql(postgres_url: str) -> Callable[[], Database]:
    """The same on PostgreSQL, emptied each time."""

    def make() -> Database:
        database = Database(postgres_url)
        upgrade(database)
        with database.transaction() as tx:
            tables = ", ".join(
                row["name"]
                for row in tx.rows("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
                if row["name"] != "alembic_version"
            )
            tx.run(f"TRUNCATE {tables} CASCADE")
        return database

    return make


def test_every_history_replays_to_what_is_stored(sqlite: Callable[[], Database]) -> None:
    SEEN.clear()
    with_database(sqlite, examples=40, steps=40)
    assert not MUST_BE_MET - set(SEEN), SEEN


def test_histories_replay_on_postgresql(postgresql: Callable[[], Database]) -> None:
    with_database(postgresql, examples=6, steps=20)


@pytest.mark.long
def test_many_histories_replay_to_what_is_stored(sqlite: Callable[[], Database]) -> None:
    with_database(sqlite, examples=400, steps=80)
