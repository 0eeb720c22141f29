"""The way to the simulated carrier's process: one HTTP client, what its answers mean, and ids that cannot bend a path."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2

from engine.errors import BadInput, CarrierError
from engine.ports.carrier import CarrierEvent, NotPlaced, Placed, PlaceResult, Unknown
from integrations.simulated.callbacks import read_event

_CHUNK = 64 * 1024
_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def path_part(value: str) -> str:
    """An id as one part of a path. Raises CarrierError for anything that would bend it: that never leaves."""
    if not value or not all(character.isascii() and (character.isalnum() or character in "-_") for character in value):
        raise CarrierError("attempt.bad_id", retryable=False)
    return value


class Wire:
    """Speaks to the process at `base_url`. Nothing is ever sent twice by itself."""

    def __init__(self, base_url: str, secret: str, *, connect_seconds: float, read_seconds: float) -> None:
        self._client = httpx2.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx2.Timeout(read_seconds, connect=connect_seconds),
            limits=httpx2.Limits(max_keepalive_connections=0),  # a kept connection may be dead: that would look like a lost order
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._client.close()

    def order(self, path: str, body: dict[str, Any]) -> PlaceResult:
        """Ask for something that must happen once. Never raises for what a network can do."""
        try:
            answer = self._client.post(path, json=body)
        except _NEVER_LEFT as problem:
            return NotPlaced(type(problem).__name__, retryable=True)
        except httpx2.HTTPError as problem:
            return Unknown(type(problem).__name__)
        return outcome_of(answer.status_code, answer.content)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask for something that may be repeated: the answer's JSON object. Raises CarrierError."""
        return _json_object(self._answered(method, path, body).content)

    def events(self, path: str) -> list[CarrierEvent] | None:
        """The events of a leg; None when the carrier says it never heard of it. Raises CarrierError when that cannot be told."""
        try:
            told = self.ask("GET", path).get("events")
        except CarrierError as problem:
            if problem.reason == "leg.unknown":
                return None
            raise
        if not isinstance(told, list):
            raise CarrierError("carrier.unreadable", retryable=True)
        try:
            return [read_event(event) for event in told]  # pyright: ignore[reportUnknownVariableType]
        except BadInput:
            raise CarrierError("carrier.unreadable", retryable=True) from None

    def stream(self, path: str) -> Iterator[bytes]:
        """A file, in pieces. Raises CarrierError."""
        try:
            with self._client.stream("GET", path) as answer:
                if answer.status_code != 200:
                    answer.read()
                    _raise_for(answer)
                yield from answer.iter_bytes(_CHUNK)
        except httpx2.HTTPError as problem:
            raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem

    def _answered(self, method: str, path: str, body: dict[str, Any] | None) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, json=body)
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
