"""How a carrier's own machines are, for carriers that hold a connection to them: what a page for the operator shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable


class HostState(Protocol):
    """One machine of a carrier's. `up` since `since` (or down since then); `calls` of customers go over it; `problem` keeps it down.

    `draining`: it is given no new calls. `last_event_at` is when it last told anything.
    """

    @property
    def host(self) -> str: ...
    @property
    def up(self) -> bool: ...
    @property
    def since(self) -> datetime: ...
    @property
    def calls(self) -> int: ...
    @property
    def draining(self) -> bool: ...
    @property
    def last_event_at(self) -> datetime | None: ...
    @property
    def problem(self) -> str: ...


@runtime_checkable
class TellsHealth(Protocol):
    """A carrier that knows how its machines are. Answers from memory, at once."""

    def health(self) -> Sequence[HostState]: ...
