"""How long the server's event loop is held while flows are checked, proved and published: a task that ticks every millisecond notes the
longest gap. `python -m tests.bench.event_loop`

The real application is asked over ASGI on the loop that is measured; the workshop beside it is the real one; the flow has 1,000 steps.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from engine.clock import SetClock
from engine.ids import RandomIds
from engine.phone_number import TrunkKind
from engine.ports.carrier import Trunk
from engine.services.accounts import add_first_people, add_person
from engine.services.checking_drafts import forget_reports
from engine.services.content import LIBRARY
from engine.services.drafts import begin_flow
from engine.services.house import Line
from engine.services.live import LiveBus
from engine.storage.content import publish_content
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from integrations.other_process import OtherProcess
from integrations.recordings_on_disk import RecordingsOnDisk
from integrations.settings import Settings
from integrations.wiring import company_of
from tests.bench.flows import SHELF, generated
from tests.fakes.carrier import ScriptedCarrier
from tests.services.world import ScriptedRecords, ScriptedSender
from tests.web.conftest import FROM_OUR_PAGE, ORIGIN, Shell, person_named, session_for
from web.app import create_app
from web.signed_in import cookie_name

TICK = 0.001
TARGET = 0.020
STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """The longest gap between two ticks while something was done, how much of one the loop's own thread was busy, and how long it all took.

    Seconds. On a machine that does other things too, a gap is also their doing; what the thread was busy is ours alone.
    """

    name: str
    longest: float
    busy: float
    took: float

    def __str__(self) -> str:
        goal = f"goal {TARGET * 1000:.0f} ms"
        gap, busy = f"{self.longest * 1000:.1f} ms", f"{self.busy * 1000:.1f} ms"
        return f"{self.name}: the loop was held {gap} at most ({busy} by its own work), {goal}; done after {self.took * 1000:.0f} ms"


async def held(name: str, work: Callable[[], Awaitable[Any]]) -> Held:
    """Do the work while a task ticks on the same loop."""
    longest, busy, going = 0.0, 0.0, True

    async def ticking() -> None:
        nonlocal longest, busy
        last, spent = time.perf_counter(), time.thread_time()
        while going:
            await asyncio.sleep(TICK)
            now, used = time.perf_counter(), time.thread_time()
            longest, busy = max(longest, now - last - TICK), max(busy, used - spent)
            last, spent = now, used

    gc.collect()
    task = asyncio.create_task(ticking())
    await asyncio.sleep(0.05)
    longest, busy, began = 0.0, 0.0, time.perf_counter()
    await work()
    took = time.perf_counter() - began
    going = False
    await task
    return Held(name, longest, busy, took)


@contextmanager
def house(folder: Path) -> Iterator[Shell]:
    """An installation with the bench's library, its people and a real workshop."""
    settings = Settings(data_directory=folder, public_url=ORIGIN, _env_file=None)  # pyright: ignore[reportCallIssue]
    clock = SetClock(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))
    database = Database(f"sqlite:///{folder}/stayline.db")
    upgrade(database)
    shell = Shell(
        settings=settings,
        database=database,
        clock=clock,
        ids=RandomIds(clock),
        live=LiveBus(),
        company=company_of(settings),
        demo=False,
        lines={"simulated": Line(Trunk("simulated", TrunkKind.simulated, "10050"), ScriptedCarrier(clock))},
        recordings=RecordingsOnDisk(folder / "recordings"),
        messages=ScriptedSender(),
        records=ScriptedRecords(),
        workshop=OtherProcess(),
        counting=OtherProcess(),
    )
    add_first_people(shell.door, demo=True)
    with database.transaction() as tx:
        for path, text in SHELF.items():
            publish_content(tx, LIBRARY, path, path, text, at=clock.now(), by="system", message="bench")
    try:
        yield shell
    finally:
        shell.workshop.close()
        shell.counting.close()
        database.close()


async def measure(folder: Path, steps: int = STEPS) -> list[Held]:
    """Every figure: checking what is typed, the panel, the studio's page, submitting and approving."""
    with house(folder) as shell:
        forget_reports()
        text = generated(steps)
        draft = begin_flow(shell, person_named(shell, "trainer").user_id, "generated", "生成的流程", "bench", text)
        add_person(shell.door, "approver", "审批人", "supervisor", team=None, agent_number=None, made_by="bench")
        app = create_app(shell)
        async with browser(shell, app, "trainer") as trainer, browser(shell, app, "approver") as approver:
            path = f"/studio/drafts/{draft.id}"
            await trainer.post(f"{path}/check", json={"text": generated(20)})  # the workshop starts, the library is read
            await trainer.get("/help/checks")

            async def check() -> None:
                told = await trainer.post(f"{path}/check", json={"text": text + "# 又写了一句\n"})
                assert told.status_code == 200, told.text[:300]
                assert told.json()["counts"]["errors"] == 0, told.json()["findings"][:3]

            async def panel() -> None:
                assert (await trainer.get(f"{path}/report", headers={"HX-Request-Type": "partial"})).status_code == 200

            async def page() -> None:
                assert (await trainer.get(path)).status_code == 200

            async def submit() -> None:
                told = await trainer.post(f"{path}/submit", data={"seen": str(draft.version), "message": "第一版"})
                assert told.status_code in (200, 303), told.text[:300]

            async def approve() -> None:
                told = await approver.post(f"{path}/approve", data={"seen": str(draft.version + 1)})
                assert told.status_code in (200, 303), told.text[:300]
                with shell.database.reading() as tx:
                    assert tx.row("SELECT 1 FROM content_version WHERE name = 'generated' AND live") is not None

            what = f"a flow of {steps:,} steps"
            return [
                await held(f"checking and proving {what}", check),
                await held(f"the panel of {what}", panel),
                await held(f"the studio's page of {what}", page),
                await held(f"submitting {what}", submit),
                await held(f"publishing {what}", approve),
            ]


def browser(shell: Shell, app: Any, name: str) -> httpx2.AsyncClient:
    """Somebody signed in, from our own pages, on this very loop."""
    cookies = {cookie_name(shell.settings): session_for(shell, person_named(shell, name))}
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers=FROM_OUR_PAGE, cookies=cookies, timeout=60)


def run(steps: int = STEPS) -> list[Held]:
    """Every figure, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="stayline-loop-") as folder:
        return asyncio.run(measure(Path(folder), steps))


if __name__ == "__main__":
    print(*run(), sep="\n")
