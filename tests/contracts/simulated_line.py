"""The simulated carrier under the conformance suite: the real process on a free port, the real adapter, a place for its callbacks."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.clock import SystemClock
from engine.ids import AttemptId, CallId, LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import PlaceCall, PlaceResult, Trunk
from integrations.simulated.carrier import SimulatedCarrier
from integrations.simulated.controls import Controls
from integrations.simulated.process import RunningProcess, ensure_secret, find_process, start_process, stop_process
from tests.contracts.callback_receiver import CallbackReceiver

TRUNK = Trunk("simulated-1", TrunkKind.simulated, "+99910000000000")
SPEED = 60.0

AT_ONCE: dict[str, Any] = {"rings_after": 0.0, "decides_after": 0.5, "recording_after": 0.0}
BEHAVIOURS: dict[str, Any] = {
    "answers": {"name": "answered", **AT_ONCE},
    "busy": {"name": "busy", **AT_ONCE},
    "no_answer": {"name": "answered", "rings_after": 0.0, "decides_after": 600},
    "rejected": {"name": "rejected", **AT_ONCE},
    "invalid_number": {"name": "invalid_number", **AT_ONCE},
    "machine": {"name": "machine", **AT_ONCE},
    "rings_long": {"name": "answered", "rings_after": 0.0, "decides_after": 600},
    "customer_hangs_up": {"name": "hangs_up_after_20s", **AT_ONCE, "hangs_up_after": 12},
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


class SimulatedLine:
    """One carrier with everything around it."""

    def __init__(self, directory: Path, speed: float = SPEED) -> None:
        self.directory, self.speed = directory / "carrier", speed
        self.secret_file = directory / "carrier-secret"
        self.secret = ensure_secret(self.secret_file)
        self.receiver = CallbackReceiver()
        self.receiver.read = lambda headers, body: self.carrier.read_callback(headers, body, SystemClock().now())
        self.trunk = TRUNK
        self._numbers = 0
        self._start()

    def _start(self) -> None:
        self.process: RunningProcess = start_process(
            self.directory, callback_url=self.receiver.url, secret_file=self.secret_file, speed=self.speed
        )
        self.carrier = SimulatedCarrier(self.process.base_url, self.secret, [TRUNK])
        self.hurried = SimulatedCarrier(self.process.base_url, self.secret, [TRUNK], read_seconds=0.1)
        self.controls = Controls(self.process.base_url, self.secret)

    def _let_go(self) -> None:
        for one in (self.carrier, self.hurried, self.controls):
            one.close()

    def number_that(self, behaviour: str) -> str:
        """A number nobody else uses, whose next call goes as wanted."""
        self._numbers += 1
        number = f"+9997{self._numbers:010d}"
        self.controls.force(number, BEHAVIOURS[behaviour])
        return number

    def place(self, attempt_id: str, number: str, *, hurried: bool = False, **order: Any) -> PlaceResult:
        carrier = self.hurried if hurried else self.carrier
        return carrier.place_call(PlaceCall(AttemptId(LegId(attempt_id)), number, TRUNK, CallId(f"room-of-{attempt_id}"), **order))

    def rings(self, number: str) -> list[str]:
        """The attempts for which the carrier really rang a number, by its own journal."""
        return self.controls.rings(number)

    def kill(self) -> None:
        """The carrier dies on the spot."""
        self._let_go()
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        pause = threading.Event()
        while find_process(self.directory) is not None:
            pause.wait(0.01)

    def restart(self) -> None:
        self._start()

    def close(self) -> None:
        self._let_go()
        stop_process(self.directory)
        self.receiver.close()
