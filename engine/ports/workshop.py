"""Where heavy work on flows is done: checking, proving, drawing, replaying. Another process, so that live calls never wait for it."""

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 20.0
"""Seconds a piece of work may take before it is stopped."""


class Workshop(Protocol):
    """Runs a pure function on plain data elsewhere and waits for what comes of it."""

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(*args, **kwargs)`; its own errors are raised here. `work` is a module-level function, everything picklable.

        Blocks the calling thread: a route calls it through `web.running.in_workshop`.

        Raises Refused("workshop.too_slow") after PATIENCE, Busy("workshop.busy") when it could not begin in that time, and
        Refused("workshop.died") when the process died of the work (memory, a crash of the parser).
        """
        ...

    def close(self) -> None:
        """Stop the process."""
        ...
