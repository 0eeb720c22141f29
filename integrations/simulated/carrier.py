"""The adapter: Stayline's carrier port, spoken to the simulated carrier's process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx2

from engine.errors import BadInput, CarrierError, NotAllowed
from engine.ids import AttemptId
from engine.phone_number import TrunkKind
from engine.ports.carrier import Capabilities, CarrierEvent, Cue, NotPlaced, PlaceCall, Placed, PlaceResult, Trunk, Unknown
from integrations.simulated.callbacks import read_callback, read_event
from integrations.simulated.cue_sender import CueSender, path_part
from integrations.simulated.orders import is_test_number

__all__ = ["SimulatedCarrier", "read_callback"]

_CHUNK = 64 * 1024
_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class SimulatedCarrier:
    """Places calls with the simulated carrier at `base_url`. Timeouts in seconds are arguments only so that tests need not wait."""

    name = "simulated"
    capabilities = Capabilities(records=True, holds=False, speaks_cues=True)

    def __init__(
        self, base_url: str, secret: str, trunks: Sequence[Trunk], *, connect_seconds: float = 3.0, read_seconds: float = 10.0
    ) -> None:
        if not secret or not secret.isascii():
            raise ValueError("the secret shared with the simulated carrier is missing or no plain text")
        self.trunks = tuple(trunks)
        self._secret = secret
        self._client = httpx2.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx2.Timeout(read_seconds, connect=connect_seconds),
            limits=httpx2.Limits(max_keepalive_connections=0),  # a kept connection may be dead: that would look like a lost order
            trust_env=False,
            follow_redirects=False,
        )
        self._cues = CueSender(base_url, secret)

    def close(self) -> None:
        """Say the remaining cues, at most for a second, and let go of the connections."""
        self._cues.close()
        self._client.close()

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """Ring once, see the port. Raises NotAllowed for anything but a test number on one of our simulated trunks."""
        request = self._dial_request(order)
        try:
            answer = self._client.post("/calls", json=request)
        except _NEVER_LEFT as problem:
            return NotPlaced(type(problem).__name__, retryable=True)
        except httpx2.HTTPError as problem:
            return Unknown(type(problem).__name__)
        return outcome_of(answer.status_code, answer.content)

    def hang_up(self, attempt_id: AttemptId) -> None:
        self._ask("POST", f"/calls/{path_part(attempt_id)}/hangup")

    def look_up(self, attempt_id: AttemptId) -> list[CarrierEvent] | None:
        try:
            answer = self._ask("GET", f"/calls/{path_part(attempt_id)}")
        except CarrierError as problem:
            if problem.reason == "attempt.unknown":
                return None
            raise
        events = _json_object(answer.content).get("events")
        if not isinstance(events, list):
            raise CarrierError("carrier.unreadable", retryable=True)
        try:
            return [read_event(event) for event in events]  # pyright: ignore[reportUnknownVariableType]
        except BadInput:
            raise CarrierError("carrier.unreadable", retryable=True) from None

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        try:
            with self._client.stream("GET", f"/recordings/{path_part(recording_ref)}") as answer:
                if answer.status_code != 200:
                    answer.read()
                    _raise_for(answer)
                yield from answer.iter_bytes(_CHUNK)
        except httpx2.HTTPError as problem:
            raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem

    def delete_recording(self, recording_ref: str) -> None:
        self._ask("DELETE", f"/recordings/{path_part(recording_ref)}")

    def cue(self, attempt_id: AttemptId, cue: Cue) -> None:
        """Returns at once; sent in order by a thread of its own."""
        self._cues.send(attempt_id, cue)

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierEvent:
        """The event a callback to us carries; see `callbacks.read_callback`."""
        return read_callback(headers, body, self._secret, now)

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
            "max_ring_seconds": order.max_ring_seconds,
            "record": order.record,
        }

    def _ask(self, method: str, path: str) -> httpx2.Response:
        try:
            answer = self._client.request(method, path)
        except httpx2.HTTPError as problem:
            raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem
        if not answer.is_success:
            _raise_for(answer)
        return answer


def outcome_of(status: int, body: bytes) -> PlaceResult:
    """What an answer to an order means. Whatever is not proof, either way, is Unknown.

    >>> outcome_of(201, b'{"carrier_call_id": "sim-1"}')
    Placed(carrier_call_id='sim-1')
    >>> outcome_of(422, b'{"error": "number.not_a_test_number"}')
    NotPlaced(reason='number.not_a_test_number', retryable=False)
    >>> outcome_of(502, b"")
    Unknown(reason='status 502')
    """
    told = _json_object(body)
    if 200 <= status < 300:
        call_id = told.get("carrier_call_id")
        return Placed(call_id) if isinstance(call_id, str) and call_id else Unknown("no call id")
    error = told.get("error")
    if status == 429:
        return NotPlaced(str(error or "carrier.busy"), retryable=True)
    if 400 <= status < 500 and status not in (408, 409) and isinstance(error, str):
        return NotPlaced(error, retryable=False)
    return Unknown(f"status {status}")


def _raise_for(answer: httpx2.Response) -> None:
    error = _json_object(answer.content).get("error")
    told = error if isinstance(error, str) else "carrier.refused"
    retryable = answer.status_code in (408, 409, 425, 429) or answer.status_code >= 500
    raise CarrierError(told, retryable=retryable, status=answer.status_code)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}  # pyright: ignore[reportUnknownVariableType]
