"""The day's dials: what is kept from earlier questions is what a fresh look at the same attempts would find."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.calls.attempt import OPEN_STATES
from engine.campaigns.days_dials import DaysDials, Dialled
from engine.clock import SetClock, to_millis
from engine.ids import RandomIds
from engine.storage.database import Database, Transaction
from engine.storage.dial_counts import _Ledger
from engine.storage.migrate import upgrade
from tests.services.world import World, make_world

pytestmark = [pytest.mark.property, pytest.mark.safety]

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
DAY = 24 * 3600 * 1000
OPEN = {state.value for state in OPEN_STATES}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with one call in it, whose rows are the pattern of all others."""
    clock = SetClock(START)
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('dials')}/stayline.db")
    upgrade(database)
    made = make_world(database, clock, RandomIds(clock))
    made.dial(made.lead_before())
    yield made
    database.close()


@dataclass
class Day:
    """An installation's dials over some hours, within one transaction that is thrown away."""

    tx: Transaction
    pattern: dict[str, Any]
    call: dict[str, Any]
    agents: tuple[str, str]
    now: int = to_millis(START) + 2 * DAY
    made: int = 0

    def dial(self, agent: int) -> None:
        number = self.made
        attempt_id = f"attempt-{number}"
        self.made += 1
        changes = {"id": attempt_id, "call_id": f"call-{number}", "number": f"+99913{number:09}", "agent_id": self.agents[agent % 2]}
        times = {"made_at": self.now, "posted_at": self.now, "changed_at": self.now, "state": "intent"}
        self._add("attempt", self.pattern | changes | times)
        self._add("call", self.call | {"id": f"call-{number}", "attempt_id": attempt_id, "answered_at": None, "ended_at": None})

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.tx.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", **row)

    def happens(self, one: int, what: str) -> None:
        """Something becomes of one of the open attempts; what is over stays as it is."""
        row = self.tx.row("SELECT state FROM attempt WHERE id = :id", id=f"attempt-{one}")
        if row is None or row["state"] not in OPEN:
            return
        self.tx.run("UPDATE attempt SET state = :state, changed_at = :now WHERE id = :id", id=f"attempt-{one}", state=what, now=self.now)
        column = {"live": "answered_at", "ended": "ended_at", "operator": "ended_at"}.get(what)
        if column is not None:
            self.tx.run(f"UPDATE call SET {column} = COALESCE({column}, :now) WHERE id = :id", id=f"call-{one}", now=self.now)

    def asking(self) -> str | None:
        """An attempt that asks about itself: the newest, while it is still an intent."""
        row = self.tx.row("SELECT id FROM attempt WHERE state = 'intent' AND id LIKE 'attempt-%' ORDER BY made_at DESC, id DESC")
        return None if row is None else row["id"]

    def plainly(self, but: str | None) -> set[tuple[Any, ...]]:
        """The day told again, from all rows: who, when, which number, and how long the talk."""
        rows = self.tx.rows(
            "SELECT a.*, c.answered_at, c.ended_at FROM attempt a JOIN call c ON c.id = a.call_id WHERE a.state != 'not_placed'"
        )
        return {
            (row["id"], row["made_at"], row["number"], row["agent_id"], self._minutes(row))
            for row in rows
            if row["made_at"] > self.now - DAY and row["id"] != but
        }

    def _minutes(self, row: Any) -> int:
        begun, is_open = row["answered_at"], row["state"] in OPEN
        if begun is None and row["state"] in ("unknown", "operator"):
            begun = row["posted_at"]
        if begun is None:
            return 1 if is_open else 0
        until = row["ended_at"] if row["ended_at"] is not None else self.now
        whole, rest = divmod(until - begun, 60_000)
        return max(1, whole + (1 if rest else 0))


def told(dials: DaysDials, since: int) -> set[tuple[Any, ...]]:
    each: list[Dialled] = [dialled for span in dials.spans for dialled in span.dials if to_millis(dialled.at) > since]
    assert len({dialled.id for dialled in each}) == len(each), "a dial was counted twice"
    return {(d.id, to_millis(d.at), d.number, d.agent_id, d.minutes) for d in each}


BECOMES = ("placed", "live", "live", "ended", "ended", "ended", "unknown", "operator", "not_placed")
WAITS = (1, 999, 1000, 59_999, 60_000, 60_001, 119_999, 120_000, 120_001, 3_600_000, DAY - 1, DAY // 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("dial"), st.integers(0, 1)),
        st.tuples(st.sampled_from(BECOMES), st.integers(0, 12)),
        st.tuples(st.just("wait"), st.sampled_from(WAITS)),
        st.tuples(st.just("back"), st.sampled_from([1, 60_000, 3_600_000])),
    ),
    max_size=60,
)


def play(world: World, steps: list[tuple[str, int]]) -> int:
    """Ask after every step; how many dials the fullest day had."""
    ledger, fullest = _Ledger(), 0
    with world.database.reading() as tx:
        pattern, call = dict(tx.row("SELECT * FROM attempt") or {}), dict(tx.row("SELECT * FROM call") or {})
        day = Day(tx, pattern, call, (world.agent.user_id, world.colleague.user_id))
        for step, value in steps:
            if step == "dial":
                day.dial(value)
            elif step == "wait":
                day.now += value
            elif step == "back":
                day.now -= value
            else:
                day.happens(value, step)
            but = day.asking() if value % 2 else None
            found = told(ledger.look(tx, day.now, but), day.now - DAY)
            assert found == day.plainly(but), (step, value)
            fullest = max(fullest, len(found))
    return fullest


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_what_was_kept_is_what_a_fresh_look_finds(world: World, steps: list[tuple[str, int]]) -> None:
    play(world, steps)


def test_a_long_day_of_calls_is_told_right_at_every_step(world: World) -> None:
    """Every minute a dial, answered or not, over more than a day: settled, watched and passed out of the day again."""
    steps: list[tuple[str, int]] = []
    for number in range(40):
        steps += [("dial", number), ("wait", 20_000), ("live" if number % 3 else "ended", number), ("wait", 60_001)]
        steps += [("ended", number - 5), ("wait", 40 * 60_000)]
    assert play(world, steps) > 20


def test_an_attempt_that_is_committed_late_or_changed_by_a_late_event_is_seen(world: World) -> None:
    """A transaction may take its time from the moment an attempt is made, and a carrier may tell of the answer after the end."""
    ledger, minute = _Ledger(), 60_000
    with world.database.reading() as tx:
        pattern, call = dict(tx.row("SELECT * FROM attempt") or {}), dict(tx.row("SELECT * FROM call") or {})
        day = Day(tx, pattern, call, (world.agent.user_id, world.colleague.user_id))
        day.dial(0)
        day.happens(0, "ended")
        day.now += minute
        assert told(ledger.look(tx, day.now, None), day.now - DAY) == day.plainly(None)
        tx.run("UPDATE call SET answered_at = :at, ended_at = :end WHERE id = 'call-0'", at=day.now - minute, end=day.now + 1)
        day.now -= minute
        day.dial(1)
        day.now += minute
        found = told(ledger.look(tx, day.now, None), day.now - DAY)
        assert found == day.plainly(None)
        assert sorted(minutes for *_, minutes in found) == [1, 2]
