"""Tasks that run beside the requests: kept alive, their failures logged, cancelled together at the end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger("integrations.simulated")


class Background:
    """The running tasks of the simulated carrier."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def stop(self) -> None:
        """Cancel what still runs and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.error("a task of the simulated carrier failed", exc_info=problem)
