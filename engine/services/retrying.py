"""When somebody else moved a row first, look again: the work is decided anew from what is stored now."""

from collections.abc import Callable
from typing import TypeVar

from engine.errors import Conflict

T = TypeVar("T")


def on_conflict(work: Callable[[], T], tries: int = 5) -> T:
    """Run `work`, and again when it lost a race. The last conflict is raised. Only for work nobody's page waits on a place for."""
    for _ in range(tries - 1):
        try:
            return work()
        except Conflict:
            continue
    return work()
