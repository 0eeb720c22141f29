"""The shape every event shares, and the envelope it is logged in."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from engine.ids import CallId

Json = Any  # str | int | float | bool | None | list | dict of the same; a recursive alias needs Python 3.12


class Event:
    """A fact about one call. Subclasses are frozen dataclasses whose fields are JSON values.

    `type` is the stable name stored in the log; `label` names it for people as (Chinese, English);
    `personal` lists the fields that are erased with the customer.
    """

    __slots__ = ()
    type: ClassVar[str]
    label: ClassVar[tuple[str, str]]
    personal: ClassVar[frozenset[str]] = frozenset()

    def data(self) -> dict[str, Json]:
        """The event's fields as JSON values; None is left out."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Logged:
    """An event in its place in a call's log: `sequence` counts from 1 without gaps within the call.

    `actor` is "agent:<user id>", "carrier:<name>" or "system". `action_id` is set on the first event of a person's action.
    """

    call_id: CallId
    sequence: int
    at: datetime
    actor: str
    event: Event
    action_id: str | None = None
