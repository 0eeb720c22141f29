"""What a simulated customer does when the phone rings, as data.

A number's last four digits choose the scenario, so that a customer behaves the same every time:

99NN  one named scenario each, see `BY_ENDING` (…9901 busy, …9902 no answer, …9903 invalid number …)
else the last two digits: 94 hangs up after 75 s, 95 hangs up at the fourth step, 96 busy, 97 no answer, 98 machine, 99 rejected
else answered after 2 to 6 seconds (fixed for the number), and the customer stays until the agent hangs up

Tests and demos force the next call's scenario by name or field by field (`Scenario.read`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.errors import BadInput
from engine.ports.carrier import CarrierEventKind


class Reply(StrEnum):
    """How the carrier answers the request to ring."""

    at_once = "at_once"
    never = "never"
    """Reads the request and stays silent for 15 s: longer than anybody waits."""
    reset = "reset"
    """Reads the request and cuts the connection."""
    overloaded = "overloaded"
    """503: no telling whether it rang."""
    throttled = "throttled"
    """429: it did not ring."""
    without_id = "without_id"
    """201 with a body that names no call."""


SECONDS_OF_SILENCE = 15.0
KINDS = frozenset(kind.value for kind in CarrierEventKind)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A timeline. Times are seconds: `rings_after` from the order, `decides_after` from the first ring, the rest from the answer."""

    name: str = "answered"
    reply: Reply = Reply.at_once
    reply_after: float = 0.0
    rings: bool = True
    rings_after: float = 0.4
    decides_after: float = 3.0
    outcome: EndReason = EndReason.completed
    """`completed` is answered; any other reason ends the call instead of an answer."""
    answered_by: str = "human"
    hangs_up_after: float | None = None
    hangs_up_at_step: int | None = None
    hangs_up_delay: float = 2.0
    """Seconds the customer still listens after the step at which they hang up was begun."""
    tells_machine_after: float = 2.0
    """Seconds after the answer at which it is told what answered, where that was asked for."""
    hums: int = 0
    """A tone in Hz that the customer says all the time; 0 is none."""
    presses: str = ""
    """Keys the customer presses …"""
    presses_after: float = 5.0
    recorder_stops_after: float | None = None
    recording_after: float = 1.0
    recording_lost: bool = False
    lost: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    late: Mapping[str, float] | None = None
    """Kind of event → seconds by which it is told too late, after others that were told in time."""
    swapped: frozenset[str] = frozenset()
    """Kinds of event told only after the next one that is not of these; an end is never held back."""

    @property
    def is_answered(self) -> bool:
        """Whether somebody, or a machine, picks up."""
        return self.outcome is EndReason.completed

    @property
    def is_machine(self) -> bool:
        """Whether it is a machine that picks up, or that the carrier hears and gives up on."""
        return self.answered_by == "machine"

    @classmethod
    def read(cls, data: object) -> "Scenario":
        """A scenario by name ("busy") or as fields over a named one ({"name": "busy", "decides_after": 0.1}).

        Raises BadInput scenario.unknown (name), scenario.unknown_field or scenario.bad_value (field).
        """
        if isinstance(data, str):
            data = {"name": data}
        if not isinstance(data, dict):
            raise BadInput("scenario.bad_value", field="scenario")
        given: dict[str, Any] = {str(key): value for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        base = NAMED.get(str(given.pop("name", "answered")))
        if base is None:
            raise BadInput("scenario.unknown")
        return replace(base, **{name: _read_field(name, value) for name, value in given.items()})

    def written(self) -> dict[str, Any]:
        """As JSON values, for the journal; `read` gives the same scenario back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


_SECONDS = frozenset(
    {"reply_after", "rings_after", "decides_after", "hangs_up_delay", "tells_machine_after", "presses_after", "recording_after"}
)
_SECONDS_OR_NEVER = frozenset({"hangs_up_after", "recorder_stops_after"})
_FLAGS = frozenset({"rings", "recording_lost"})
_CHECKED = frozenset({"answered_by", "presses"})
_KEYS = re.compile(r"[0-9*#]{0,20}")
_KIND_SETS = frozenset({"lost", "twice", "swapped"})


def _read_field(name: str, value: Any) -> Any:
    try:
        if name in _SECONDS:
            return _seconds(value)
        if name in _SECONDS_OR_NEVER:
            return None if value is None else _seconds(value)
        if name in _FLAGS and isinstance(value, bool):
            return value
        if name in _KIND_SETS:
            return frozenset(_kind(kind) for kind in value)
        match name:
            case "reply":
                return Reply(value)
            case "outcome":
                return EndReason(value)
            case "answered_by" if value in {"human", "machine"}:
                return value
            case "hums":
                return _hertz(value)
            case "presses" if _KEYS.fullmatch(value):
                return value
            case "hangs_up_at_step":
                return None if value is None else max(1, int(value))
            case "late":
                return None if value is None else {_kind(kind): _seconds(delay) for kind, delay in value.items()}
            case _:
                pass
    except (ValueError, TypeError, AttributeError):
        raise BadInput("scenario.bad_value", field=name) from None
    raise BadInput("scenario.bad_value" if name in _FLAGS | _CHECKED else "scenario.unknown_field", field=name)


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds <= 86_400:
        raise ValueError
    return seconds


def _hertz(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3400:
        raise ValueError
    return value


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError
    return str(value)


BY_ENDING: Mapping[str, Scenario] = {
    "9900": Scenario("answered_at_once", rings_after=0.1, decides_after=0.1),
    "9901": Scenario("busy", decides_after=1.0, outcome=EndReason.busy),
    "9902": Scenario("no_answer", decides_after=25.0, outcome=EndReason.no_answer),
    "9903": Scenario("invalid_number", rings=False, outcome=EndReason.invalid_number),
    "9904": Scenario("machine", decides_after=6.0, outcome=EndReason.machine, answered_by="machine"),
    "9905": Scenario("voicemail", decides_after=8.0, answered_by="machine"),
    "9906": Scenario("rejected", decides_after=2.0, outcome=EndReason.rejected),
    "9907": Scenario("hangs_up_at_step_3", hangs_up_at_step=3),
    "9908": Scenario("hangs_up_after_20s", hangs_up_after=20.0),
    "9909": Scenario("congestion", rings=False, outcome=EndReason.congestion),
    "9910": Scenario("trunk_down", rings=False, outcome=EndReason.trunk_down),
    "9911": Scenario("timeout_rings", reply=Reply.never),
    "9912": Scenario("timeout_silent", reply=Reply.never, rings=False),
    "9913": Scenario("reset_rings", reply=Reply.reset),
    "9914": Scenario("reset_silent", reply=Reply.reset, rings=False),
    "9915": Scenario("events_lost", lost=KINDS),
    "9916": Scenario("events_twice", twice=KINDS),
    "9917": Scenario("events_late", late=dict.fromkeys(sorted(KINDS), 20.0)),
    "9918": Scenario("events_out_of_order", swapped=frozenset({"placed", "ringing"})),
    "9919": Scenario("event_before_reply", reply_after=2.0, rings_after=0.1, decides_after=1.0),
    "9920": Scenario("end_lost", lost=frozenset({"ended"}), hangs_up_after=15.0),
    "9921": Scenario("recording_lost", recording_lost=True),
    "9922": Scenario("overloaded", reply=Reply.overloaded, rings=False),
    "9923": Scenario("throttled", reply=Reply.throttled, rings=False),
    "9924": Scenario("reply_without_id", reply=Reply.without_id),
    "9925": Scenario("answer_told_after_end", swapped=frozenset({"answered"}), hangs_up_after=15.0),
    "9926": Scenario("recorder_stops", recorder_stops_after=20.0),
    "9927": Scenario("presses_keys", presses="123"),
}
"""The last four digits of a test number → what happens."""

_BY_LAST_TWO: Mapping[str, Scenario] = {
    "94": Scenario("hangs_up_after_75s", hangs_up_after=75.0),
    "95": Scenario("hangs_up_at_step_4", hangs_up_at_step=4),
    "96": BY_ENDING["9901"],
    "97": BY_ENDING["9902"],
    "98": BY_ENDING["9904"],
    "99": BY_ENDING["9906"],
}

NAMED: Mapping[str, Scenario] = {
    scenario.name: scenario for scenario in (Scenario(), *BY_ENDING.values(), _BY_LAST_TWO["94"], _BY_LAST_TWO["95"])
}
"""Every scenario that can be forced by name."""


def scenario_of(number: str) -> Scenario:
    """What the customer at a number does, always the same.

    >>> scenario_of("+99900000009901").name
    'busy'
    """
    special = BY_ENDING.get(number[-4:]) or _BY_LAST_TWO.get(number[-2:])
    if special is not None:
        return special
    spread = hashlib.sha256(number.encode()).digest()[0] / 255
    return Scenario(decides_after=round(2.0 + 4.0 * spread, 2))
