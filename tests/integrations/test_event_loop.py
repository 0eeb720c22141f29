"""The event loop belongs to live calls: whatever checks, proves or publishes a flow works in another process, and only waits here.

How long the loop is held is measured in the bench (`tests.bench.event_loop`); here it is shown where the work is done.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from engine.services.checking_drafts import forget_reports, report_of_files
from engine.services.drafts import begin_flow
from integrations.other_process import OtherProcess
from tests.bench.event_loop import browser, held, house
from tests.bench.flows import generated
from tests.fakes.workshop import Bench
from tests.web.conftest import person_named
from web.app import create_app

pytestmark = pytest.mark.service

P = ParamSpec("P")
T = TypeVar("T")


class Watched(OtherProcess):
    """The real workshop; notes from which thread it was asked, and that what it was asked is done elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, int]] = []

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.asked.append((work.__name__, threading.get_ident()))
        return super().run(work, *args, **kwargs)


async def test_checking_proving_and_publishing_are_done_in_another_process_and_awaited_off_the_loop(tmp_path: Path) -> None:
    forget_reports()
    with house(tmp_path) as shell:
        shell.workshop.close()
        shell.workshop = watched = Watched()
        trainer = person_named(shell, "trainer").user_id
        text = generated(30)
        draft = begin_flow(shell, trainer, "generated", "生成的流程", "bench", text)
        path = f"/studio/drafts/{draft.id}"
        app = create_app(shell)
        async with browser(shell, app, "trainer") as writer, browser(shell, app, "supervisor") as approver:
            checked = await writer.post(f"{path}/check", json={"text": text + "# 写\n"})
            panel = await writer.get(f"{path}/report")
            sent = await writer.post(f"{path}/submit", data={"seen": str(draft.version), "message": "第一版"})
            approved = await approver.post(f"{path}/approve", data={"seen": str(draft.version + 1)})
        assert [one.status_code for one in (checked, panel)] == [200, 200]
        assert max(sent.status_code, approved.status_code) < 400
        with shell.database.reading() as tx:
            assert tx.row("SELECT 1 FROM content_version WHERE name = 'generated' AND live") is not None
        report = report_of_files(shell, draft.files, draft.path)
        process = watched.run(os.getpid)
    names = [name for name, _ in watched.asked]
    assert names.count("check_files") >= 3
    assert all(thread != threading.get_ident() for name, thread in watched.asked if name != "getpid")
    assert report.process == process
    assert report.process != os.getpid()


async def test_the_loop_goes_on_while_a_flow_is_checked(tmp_path: Path) -> None:
    """The workshop is made to wait until the loop has done other things: were the work done on the loop, neither would end."""
    went_on = threading.Event()

    class Waiting(OtherProcess):
        def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            assert went_on.wait(20), "the loop stood still while a flow was checked"
            return super().run(work, *args, **kwargs)

    forget_reports()
    with house(tmp_path) as shell:
        shell.workshop.close()
        shell.workshop = Waiting()
        draft = begin_flow(shell, person_named(shell, "trainer").user_id, "generated", "生成的流程", "bench", generated(20))
        app = create_app(shell)
        async with browser(shell, app, "trainer") as writer, browser(shell, app, "agent") as agent:
            checking = asyncio.create_task(writer.post(f"/studio/drafts/{draft.id}/check", json={"text": draft.text + "# 写\n"}))
            await asyncio.sleep(0)
            assert (await agent.get("/help")).status_code == 200
            went_on.set()
            assert (await checking).status_code == 200


async def test_the_measure_sees_a_loop_that_is_held() -> None:
    def hold() -> None:
        sum(range(3_000_000))

    async def work() -> None:
        hold()
        await asyncio.sleep(0)

    found = await held("a sum on the loop", work)
    assert found.busy > 0.005
    assert found.longest >= found.busy * 0.9


def test_without_the_workshop_a_report_would_be_made_here(tmp_path: Path) -> None:
    """What the process number in a report is good for: with work done in place it is this process's own."""
    forget_reports()
    with house(tmp_path) as shell:
        shell.workshop.close()
        shell.workshop = Bench()
        draft = begin_flow(shell, person_named(shell, "trainer").user_id, "generated", "生成的流程", "bench", generated(20))
        assert report_of_files(shell, draft.files, draft.path).process == os.getpid()
