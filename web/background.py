"""What the server does by itself while it runs: due jobs every second, silent attempts every five."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from anyio import to_thread
from fastapi import FastAPI

from integrations.wiring import Stayline

JOBS_EVERY = 1.0
RECONCILE_EVERY = 5.0
log = logging.getLogger(__name__)


@asynccontextmanager
async def working_in_the_background(app: FastAPI) -> AsyncIterator[None]:
    """The lifespan of the application: started when it serves, ended before the database closes."""
    stayline: Stayline = app.state.stayline
    tasks = [
        asyncio.create_task(_every(JOBS_EVERY, stayline.run_jobs)),
        asyncio.create_task(_every(RECONCILE_EVERY, stayline.reconcile)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _every(seconds: float, work: Callable[[], object]) -> None:
    """Do the work in a thread, again and again; one failure is told and does not end it."""
    while True:
        try:
            await to_thread.run_sync(work)
        except Exception:  # the next round takes up what this one left: everything is a row
            log.exception("background work failed")
        await asyncio.sleep(seconds)
