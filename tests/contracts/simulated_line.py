"""The simulated carrier under the conformance suite: the real process on a free port, the real adapter, a place for its callbacks."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, get_args

from engine.clock import SystemClock
from engine.errors import CarrierError
from engine.ids import LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import PlaceCall, PlaceResult, Trunk
from integrations.simulated.carrier import SimulatedCarrier
from integrations.simulated.controls import Controls
from integrations.simulated.phones import SimulatedPhones
from integrations.simulated.process import RunningProcess, ensure_secret, find_process, start_process, stop_process
from tests.contracts.callback_receiver import CallbackReceiver
from tests.contracts.carrier_line import Ability, Behaviour
from tests.contracts.waiting import eventually

TRUNK = Trunk("simulated-1", TrunkKind.simulated, "+99910000000000")
SPEED = 60.0
CUSTOMER_HZ = 440

AT_ONCE: dict[str, Any] = {"rings_after": 0.0, "decides_after": 0.5, "recording_after": 0.0}
TALKS: dict[str, Any] = {"name": "answered", **AT_ONCE, "hums": CUSTOMER_HZ}
BEHAVIOURS: dict[Behaviour, Any] = {
    "answers": TALKS,
    "busy": {"name": "busy", **AT_ONCE},
    "no_answer": {"name": "answered", "rings_after": 0.0, "decides_after": 600},
    "rejected": {"name": "rejected", **AT_ONCE},
    "invalid_number": {"name": "invalid_number", **AT_ONCE},
    "congestion": {"name": "congestion", **AT_ONCE},
    "trunk_down": {"name": "trunk_down", **AT_ONCE},
    "machine": {"name": "machine", **AT_ONCE},
    "rings_long": {"name": "answered", "rings_after": 0.0, "decides_after": 600},
    "customer_hangs_up": {**TALKS, "hangs_up_after": 12},
    "presses_keys": {**TALKS, "presses": "123", "presses_after": 1},
    "loses_recorder": {**TALKS, "recorder_stops_after": 2},
    "hangs_up_at_second_step": {"name": "answered", **AT_ONCE, "hangs_up_at_step": 2},
    "hangs_up_20s_after_third_step": {"name": "answered", **AT_ONCE, "hangs_up_at_step": 3, "hangs_up_delay": 20},
    "told_out_of_order": {"name": "events_out_of_order", **AT_ONCE},
    "told_twice": {"name": "events_twice", **AT_ONCE, "hangs_up_after": 5},
    "told_late": {"name": "answered", **AT_ONCE, "late": {"ringing": 30}, "hangs_up_after": 5},
    "tells_nothing": {"name": "events_lost", **AT_ONCE, "hangs_up_after": 5},
    "tells_before_it_replies": {"name": "event_before_reply", "reply_after": 60, **AT_ONCE},
    "silent_but_rings": {"name": "timeout_rings", **AT_ONCE},
    "silent": {"name": "timeout_silent"},
    "cuts_but_rings": {"name": "reset_rings", **AT_ONCE},
    "cuts": {"name": "reset_silent"},
    "overloaded": {"name": "overloaded"},
    "throttled": {"name": "throttled"},
    "replies_without_id": {"name": "reply_without_id", **AT_ONCE},
}
"""What the suite asks of a customer or a carrier → how the simulated one is brought to it."""


class SimulatedPhone:
    """A phone of the simulated carrier, as the page's program would be: it acts through the process."""

    def __init__(self, line: "SimulatedLine", address: str) -> None:
        self.address, self._line, self._leg, self._hz = address, line, "", 0

    def call_in(self, leg_id: LegId) -> bool:
        try:
            self._line.phones.call_in(self.address, leg_id)
        except CarrierError as refused:
            if refused.retryable:
                raise
            return False
        self._leg = leg_id
        if self._hz:
            self.speaks(self._hz)
        return True

    def hang_up(self) -> None:
        self._line.phones.leave(self.address, LegId(self._leg))

    def press(self, digits: str) -> None:
        self._line.controls.press(self.address, self._leg, digits)

    def speaks(self, hz: int) -> None:
        self._hz = hz
        if self._leg:
            self._line.controls.speak(self.address, self._leg, hz)

    def keys(self) -> str:
        return str(self._line.controls.phone(self.address)["keys"])

    def hears(self, hz: int) -> None:
        eventually(lambda: hz in self._line.controls.phone(self.address)["hears"] or None)

    def hears_not(self, hz: int) -> None:
        eventually(lambda: hz not in self._line.controls.phone(self.address)["hears"] or None)


class SimulatedLine:
    """One carrier with everything around it."""

    name: ClassVar[str] = "simulated"
    can: ClassVar[frozenset[Behaviour | Ability]] = frozenset(BEHAVIOURS) | frozenset(get_args(Ability))
    in_short_form: ClassVar[frozenset[str] | None] = None

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "carrier"
        self.secret_file = directory / "carrier-secret"
        self.secret = ensure_secret(self.secret_file)
        self.receiver = CallbackReceiver()
        self.receiver.read = lambda headers, body: self.carrier.read_callback(headers, body, SystemClock().now())
        self.trunk, self.customer_hz, self.customer_stays, self.tolerance = TRUNK, CUSTOMER_HZ, 12.0, SPEED * 0.5
        self._numbers = self.phones_made = 0
        self.process = self._start()
        url = self.process.base_url
        self.carrier = SimulatedCarrier(url, self.secret, [TRUNK], phones=True)
        self.hurried = SimulatedCarrier(url, self.secret, [TRUNK], phones=True, read_seconds=0.1)
        self.controls = Controls(url, self.secret)
        self.phones = SimulatedPhones(url, self.secret, SystemClock())

    def _start(self) -> RunningProcess:
        return start_process(self.directory, callback_url=self.receiver.url, secret_file=self.secret_file, speed=SPEED, speech=False)

    def number_that(self, behaviour: Behaviour) -> str:
        self._numbers += 1
        number = f"+9997{self._numbers:010d}"
        self.controls.force(number, BEHAVIOURS[behaviour])
        return number

    def place(self, order: PlaceCall, *, hurried: bool = False) -> PlaceResult:
        return (self.hurried if hurried else self.carrier).place_call(order)

    def rings(self, number: str) -> list[str]:
        """By the carrier's own journal."""
        return self.controls.rings(number)

    def phone(self) -> SimulatedPhone:
        self.phones_made += 1
        return SimulatedPhone(self, self.phones.ticket("somebody", f"phone{self.phones_made:08d}").address)

    def desk_phone(self, *, answers: bool = True, registered: bool = True) -> SimulatedPhone:
        self.phones_made += 1
        address = f"desk{self.phones_made}"
        if registered:
            self.controls.desk_phone(address, answers=answers)
        return SimulatedPhone(self, address)

    def pass_time(self, seconds: float) -> None:
        threading.Event().wait(seconds / SPEED)

    def kill(self) -> None:
        """The carrier dies on the spot."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        eventually(lambda: find_process(self.directory) is None or None)

    def restart(self) -> None:
        """It comes back at the place it had: the adapters that lived through its death find it again."""
        place = self.process.base_url
        self.process = self._start()
        assert self.process.base_url == place

    def close(self) -> None:
        for one in (self.carrier, self.hurried, self.controls, self.phones):
            one.close()
        stop_process(self.directory)
        self.receiver.close()
