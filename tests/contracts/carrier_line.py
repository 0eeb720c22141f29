"""What the conformance suite needs of a carrier under test. Each carrier has one line: simulated_line, asterisk_line, twilio_line.

A line says in `can` what it can be brought to. A test names what it needs (`@needs(...)`, `@each(...)` in tests.contracts.needs) and is not
collected for a line without it. Everything else every line does: place, answer, busy, no answer, rejected, invalid number, cancel,
a customer who hangs up, phones that call in and hang up, hold, mute, digits, play, listen, recording, look up.
"""

from pathlib import Path
from typing import ClassVar, Literal, Protocol

from engine.ids import LegId
from engine.ports.carrier import Carrier, CarrierEvent, PlaceCall, PlaceResult, Trunk

PATIENCE = 15.0
"""Seconds on the wall for anything to come about."""

Behaviour = Literal[
    "answers",  # picks up within a few seconds and stays; with the ability "sound" says a tone of `customer_hz` all the time
    "busy",
    "no_answer",  # rings for as long as it is let
    "rejected",
    "invalid_number",
    "rings_long",  # as no_answer
    "customer_hangs_up",  # answers, and hangs up at least `customer_stays` seconds later
    # what needs a word in `can`
    "congestion",  # the network is full; nobody rings
    "trunk_down",  # the line out does not answer; nobody rings
    "machine",  # a machine answers, and stays; with detect_machine told so
    "presses_keys",  # answers and presses three keys
    "loses_recorder",  # answers; the recorder stops in mid-call, the call goes on
    "told_twice",  # every event is told twice; answers and hangs up soon
    "told_out_of_order",  # answered is told before ringing
    "told_late",  # ringing is told after all else; answers and hangs up soon
    "tells_nothing",  # no event is told; answers and hangs up soon
    "tells_before_it_replies",  # events up to answered are told before the reply to the order
    "silent_but_rings",  # no reply to the order (placed with `hurried`), but it rings and is answered
    "silent",  # no reply, and nobody rings
    "cuts_but_rings",  # the connection is cut after the order, but it rings and is answered
    "cuts",  # the connection is cut, and nobody rings
    "overloaded",  # an answer that proves nothing (503), and nobody rings
    "throttled",  # an answer that says later (429), and nobody rings
    "replies_without_id",  # an answer that names no call, but it rings and is answered
    "hangs_up_at_second_step",  # these two need "cues"
    "hangs_up_20s_after_third_step",
]

Ability = Literal[
    "sound",  # phones and customers sound and hear; recordings hold what sounded
    "keys_heard",  # what keys a phone heard can be asked (Phone.keys)
    "kill",  # kill() makes the carrier unreachable on the spot, restart() brings it back
    "dies",  # … its calls die with it, and are told to have ended (carrier_failure) once it is back
    "remembers",  # … and it knows after its death what it was ordered and what it rang
    "tells_again",  # an event that the receiver refused is told again
    "refuses_repeats",  # an attempt ordered twice rings once; the second answer is Unknown
    "cues",  # its recordings are made from cues
    "desk_phones",  # phones that the carrier rings
]


class Receiver(Protocol):
    """Where the line's carrier tells its events."""

    def of(self, leg_id: str) -> list[CarrierEvent]:
        """What was told of a leg, in the order it came."""
        ...

    def wait_for(self, leg_id: str, kind: str, count: int = 1) -> CarrierEvent:
        """The `count`-th event of a kind, once it is told; fails the test after PATIENCE."""
        ...

    def refuse(self, times: int) -> None:
        """Refuse the next so many tellings, and none after them."""
        ...

    @property
    def refusals_left(self) -> int: ...


class Phone(Protocol):
    """A phone of ours, registered with the carrier."""

    address: str

    def call_in(self, leg_id: LegId) -> bool:
        """Call the room that expects this leg; whether it was let in. The carrier's `joined` may come a little later."""
        ...

    def hang_up(self) -> None:
        """End what this phone is in."""
        ...

    def press(self, digits: str) -> None:
        """Press keys in the call."""
        ...

    def keys(self) -> str:
        """The keys it heard so far ("keys_heard")."""
        ...

    def speaks(self, hz: int) -> None:
        """Say a tone from now on; 0 is silence ("sound")."""
        ...

    def hears(self, hz: int) -> None:
        """Return when it hears this tone; fails the test after PATIENCE ("sound")."""
        ...

    def hears_not(self, hz: int) -> None:
        """Return when it hears this tone no more; fails the test after PATIENCE ("sound")."""
        ...


class CarrierLine(Protocol):
    """One carrier with everything around it, made with a directory of its own: `SomeLine(tmp_path)`."""

    name: ClassVar[str]
    can: ClassVar[frozenset[Behaviour | Ability]]
    in_short_form: ClassVar[frozenset[str] | None]
    """The tests (by function name) that run in `make test` too; the others are marked long. None: all of them."""

    customer_hz: int
    """The tone a customer that answers says. Tests give phones 620, 850 and 1150."""
    customer_stays: float
    tolerance: float
    """Seconds of call time by which a moment may be off."""

    def __init__(self, directory: Path) -> None: ...
    @property
    def trunk(self) -> Trunk: ...
    @property
    def carrier(self) -> Carrier: ...
    @property
    def receiver(self) -> Receiver: ...

    def number_that(self, behaviour: Behaviour) -> str:
        """A number nobody else uses, whose next call goes as wanted."""
        ...

    def place(self, order: PlaceCall, *, hurried: bool = False) -> PlaceResult:
        """Place with this line's carrier; `hurried` by an adapter that waits for a reply only very shortly."""
        ...

    def rings(self, number: str) -> list[str]:
        """The attempts for which a number was really rung (or asked to be), as the far side has it, whatever the adapter believes."""
        ...

    def phone(self) -> Phone:
        """A phone that calls in by itself, registered."""
        ...

    def desk_phone(self, *, answers: bool = True, registered: bool = True) -> Phone:
        """A phone that the carrier rings; it picks up after a moment, or never ("desk_phones")."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let at least so many seconds of call time go by, for sound to be heard and recorded."""
        ...

    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def close(self) -> None:
        """End everything this line started."""
        ...
