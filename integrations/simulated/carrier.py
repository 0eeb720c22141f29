"""The adapter: Stayline's carrier port, spoken to the simulated carrier's process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.calls.leg import Ear
from engine.calls.sounds import Sound
from engine.errors import CarrierError, NotAllowed
from engine.ids import CallId, LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import Capabilities, CarrierEvent, Cue, JoinRoom, PlaceCall, PlaceResult, Trunk
from integrations.simulated.callbacks import read_callback
from integrations.simulated.cue_sender import CueSender
from integrations.simulated.orders import is_test_number
from integrations.simulated.wire import Wire, path_part

__all__ = ["SimulatedCarrier", "read_callback"]


class SimulatedCarrier:
    """Places calls with the simulated carrier at `base_url`. Timeouts in seconds are arguments only so that tests need not wait.

    With `phones` an agent is heard only through a phone of the carrier's (engine.ports.phone); without, the agent wears a simulated
    headset and is always there.
    """

    name = "simulated"

    def __init__(
        self,
        base_url: str,
        secret: str,
        trunks: Sequence[Trunk],
        *,
        phones: bool = False,
        connect_seconds: float = 3.0,
        read_seconds: float = 10.0,
    ) -> None:
        if not secret or not secret.isascii():
            raise ValueError("the secret shared with the simulated carrier is missing or no plain text")
        self.trunks = tuple(trunks)
        self.capabilities = Capabilities(
            phones=phones,
            holds=True,
            mutes=True,
            sends_digits=True,
            plays=True,
            supervises=True,
            detects_machines=True,
            pauses_recording=True,
            speaks_cues=True,
        )
        self._secret = secret
        self._wire = Wire(base_url, secret, connect_seconds=connect_seconds, read_seconds=read_seconds)
        self._cues = CueSender(base_url, secret)

    def close(self) -> None:
        """Say the remaining cues, at most for a second, and let go of the connections."""
        self._cues.close()
        self._wire.close()

    # ------------------------------------------------------------ legs come and go

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """Ring once, see the port. Raises NotAllowed for anything but a test number on one of our simulated trunks."""
        return self._wire.order("/calls", self._dial_request(order))

    def join_room(self, order: JoinRoom) -> PlaceResult:
        return self._wire.order("/legs", asdict(order))

    def hang_up(self, leg_id: LegId) -> None:
        self._wire.ask("POST", f"/legs/{path_part(leg_id)}/hangup")

    def close_room(self, room_id: CallId) -> None:
        self._wire.ask("POST", f"/rooms/{path_part(room_id)}/close")

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        return self._wire.events(f"/legs/{path_part(leg_id)}")

    # ------------------------------------------------------------ what is done to a leg

    def hold(self, leg_id: LegId, on: bool) -> None:
        self._command(leg_id, "hold", on=on)

    def mute(self, leg_id: LegId, on: bool) -> None:
        self._command(leg_id, "mute", on=on)

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        self._command(leg_id, "digits", digits=digits)

    def play(self, leg_id: LegId, sound: str) -> None:
        if sound not in set(Sound):
            raise CarrierError("sound.unknown", retryable=False, sound=sound)
        self._command(leg_id, "play", sound=sound)

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        self._command(leg_id, "listen", ear=ear, beside=beside)

    # ------------------------------------------------------------ recordings

    def start_recording(self, leg_id: LegId) -> None:
        self._command(leg_id, "record")

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        self._command(leg_id, "pause", on=on)

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        return self._wire.stream(f"/recordings/{path_part(recording_ref)}")

    def delete_recording(self, recording_ref: str) -> None:
        self._wire.ask("DELETE", f"/recordings/{path_part(recording_ref)}")

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        """Returns at once; sent in order by a thread of its own."""
        self._cues.send(leg_id, cue)

    # ------------------------------------------------------------ what is told to us

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierEvent:
        """The event a callback to us carries; see `callbacks.read_callback`."""
        return read_callback(headers, body, self._secret, now)

    def _command(self, leg_id: LegId, command: str, **told: Any) -> None:
        self._wire.ask("POST", f"/legs/{path_part(leg_id)}/{command}", told)

    def _dial_request(self, order: PlaceCall) -> dict[str, Any]:
        """What is asked of the carrier. The third guard: whatever the clearance and the transaction said, only test numbers leave here."""
        if not is_test_number(order.number):
            raise NotAllowed("number.not_a_test_number")
        if order.trunk.kind is not TrunkKind.simulated or order.trunk not in self.trunks:
            raise NotAllowed("trunk.not_simulated", trunk=order.trunk.name)
        return {
            "attempt_id": order.attempt_id,
            "number": order.number,
            "trunk": order.trunk.name,
            "trunk_kind": order.trunk.kind.value,
            "caller_number": order.trunk.caller_number,
            "room_id": order.room_id,
            "max_ring_seconds": order.max_ring_seconds,
            "record": order.record,
            "detect_machine": order.detect_machine,
            "headset": not self.capabilities.phones,
        }
