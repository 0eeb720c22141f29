"""How long counting the traffic of many calls takes, and how it leaves the event loop alone: `python -m tests.bench.traffic [calls]`.

The calls are walked at random through a shipped flow by the engine itself, and stored with their events as the desk would have.
"""

import asyncio
import random
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from engine.clock import to_millis
from engine.errors import StaylineError
from engine.events.envelope import Event
from engine.flow import snapshot
from engine.flow.actions import Answer, Back, Cancel
from engine.flow.advance import advance, start
from engine.flow.definition import Flow
from engine.flow.view import view
from engine.offers.decision import Decision, OfferRequest
from engine.services.flow_traffic import Asked, Ground, count
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from engine.storage.types import to_json
from integrations.other_process import OtherProcess
from tests.unit.library.cast import flow_of, overlay_of

SEED = 20261125
BEGAN = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
WALKS = 2_000
"""So many different calls are walked; more are these again, under other ids and at other times."""


def nothing_to_offer(request: OfferRequest) -> Decision:
    return Decision("bench", "none", (), ())


def walk(flow: Flow, chance: random.Random) -> list[Event]:
    """A call: answers by chance, sometimes gone back, sometimes cancelled, sometimes cut off."""
    turn = start(flow, {}, "zh", nothing_to_offer)
    events = list(turn.events)
    for _ in range(40):
        shown = view(flow, turn.run)
        keys = [one.key for one in (*(shown.question.options if shown.question else ()), *shown.answers)]
        luck = chance.random()
        if turn.run.ended or not keys or luck < 0.03:
            break
        action = (
            Back()
            if luck < 0.07 and turn.run.path
            else Cancel()
            if luck < 0.08
            else Answer(keys[min(int(chance.expovariate(0.9)), len(keys) - 1)])
        )
        with suppress(StaylineError):
            turn = advance(flow, turn.run, action, nothing_to_offer)
            events += turn.events
    return events


def stored(folder: Path, calls: int, flow_name: str = "bill_too_high") -> tuple[str, str]:
    """A database with so many calls of a flow: its URL and the version."""
    published = snapshot.publish(flow_of(flow_name), (overlay_of(flow_name),))
    url = f"sqlite:///{folder}/bench.db"
    database = Database(url)
    upgrade(database)
    database.close()
    chance = random.Random(SEED)
    flow = snapshot.load(published.text)
    walks = [[(one.type, to_json(one.data())) for one in walk(flow, chance)] for _ in range(min(calls, WALKS))]
    with closing(sqlite3.connect(folder / "bench.db")) as connection, connection:
        connection.execute(
            "INSERT INTO content_version (kind, name, sha256, body, live, published_at, published_by, message, number)"
            " VALUES ('flow', ?, ?, ?, 1, 0, 'bench', '', 1)",
            [flow_name, published.sha256, published.text],
        )
        for number in range(calls):
            call_id, at = f"{number:036d}", to_millis(BEGAN) + number * 9_000
            happened = walks[number % len(walks)]
            ended = at + 8_000 * len(happened)
            outcome = chance.choice(["accepted_pending", "offer_declined", "care_only"])
            connection.execute(
                "INSERT INTO call (id, attempt_id, lead_id, customer_id, campaign_id, agent_id, state, flow_id, flow_version, language,"
                " requested_at, answered_at, ended_at, closed_at, disposition, note, session_facts, sequence)"
                " VALUES (?, 'a', 'l', 'c', 'g', 'u', 'closed', ?, ?, 'zh-CN', ?, ?, ?, ?, ?, '', '{}', ?)",
                [call_id, flow_name, published.sha256, at, at, ended, ended, outcome, len(happened)],
            )
            connection.executemany(
                "INSERT INTO call_event (call_id, sequence, type, at, actor, data) VALUES (?, ?, ?, ?, 'agent:u', ?)",
                [(call_id, place, kind, at + 8_000 * place, data) for place, (kind, data) in enumerate(happened, 1)],
            )
    return url, published.sha256


def question(url: str, version: str, calls: int) -> tuple[Ground, Asked, None, str]:
    until = BEGAN + timedelta(seconds=9 * calls + 3_600)
    ground = Ground(url, until, "Asia/Shanghai", frozenset({"accepted_pending", "offer_declined"}), {})
    return ground, Asked("bill_too_high", version, True, BEGAN, until), None, "zh"


async def longest_pause(url: str, version: str, calls: int) -> tuple[float, float]:
    """(seconds the counting took in the workshop, longest time the event loop was away meanwhile)."""
    workshop, longest, done = OtherProcess(), 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not done:
            before = perf_counter()
            await asyncio.sleep(0.002)
            longest = max(longest, perf_counter() - before - 0.002)

    watching = asyncio.create_task(watch())
    await asyncio.to_thread(workshop.run, len, "")  # the process is up
    longest, began = 0.0, perf_counter()
    found = await asyncio.to_thread(workshop.run, count, *question(url, version, calls))
    took, done = perf_counter() - began, True
    await watching
    workshop.close()
    assert found.whole.traffic.calls == calls, found.whole.traffic.calls
    return took, longest


def measured(calls: int) -> tuple[float, float]:
    """(seconds of counting, longest time the event loop was away meanwhile) for so many calls."""
    with tempfile.TemporaryDirectory(prefix="stayline-traffic-") as name:
        url, version = stored(Path(name), calls)
        return asyncio.run(longest_pause(url, version, calls))


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    took, longest = measured(calls)
    print(f"traffic of {calls:,} calls: {took:.1f} s in the workshop, the event loop away for {longest * 1000:.0f} ms at most")


if __name__ == "__main__":
    main()
