"""A recording's bytes: fetched by its id from Twilio alone, checked, and begun at the answer."""

import re
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx2

from engine.errors import CarrierError

_RECORDING = re.compile(r"RE[0-9a-fA-F]{32}")
RATE, FRAME = 8000, 4
_LONGEST_HEADER = 65536
_CHUNK = 64 * 1024
_MOST_SECONDS_OFF = 2.0
"""Twilio tells a recording's length in whole seconds."""
_LONGEST_PAD = 30_000

Open = Callable[[str], AbstractContextManager[httpx2.Response]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a recording before it is fetched. `begins_after`: milliseconds from the answer to its first sample."""

    seconds: int | None = None
    begins_after: int = 0


def recording_id(ref: str) -> str:
    """Raises CarrierError recording.unknown for what is no recording's id: nothing is asked for."""
    if not _RECORDING.fullmatch(ref):
        raise CarrierError("recording.unknown", retryable=False)
    return ref


def read_recording(open_media: Open, address: str, expected: Expected) -> Iterator[bytes]:
    """The WAV in pieces: two channels, 16 bit, 8 kHz, customer left, silence before it so that it begins at the answer.

    Raises CarrierError: not_ready while it is not there yet; not_stereo, wrong_form and elsewhere need a person; short is tried again.
    """
    try:
        with open_media(address) as answer:
            _check_answer(answer)
            chunks = answer.iter_bytes(_CHUNK)
            size, first = _read_header(chunks)
            _check_length(size, expected)
            pad = b"\0" * (min(max(expected.begins_after, 0), _LONGEST_PAD) * RATE // 1000 * FRAME)
            yield _header(size + len(pad)) + pad
            yield from _exactly(size, first, chunks)
    except httpx2.HTTPError as problem:
        raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem


def _check_answer(answer: httpx2.Response) -> None:
    if answer.status_code == 200:
        return
    if answer.status_code == 404:  # also for a while after it was told to be complete
        raise CarrierError("recording.not_ready", retryable=True)
    if 300 <= answer.status_code < 400:  # we fetch from Twilio alone
        raise CarrierError("recording.elsewhere", retryable=False, status=answer.status_code)
    raise CarrierError("recording.not_given", retryable=answer.status_code in (408, 425, 429) or answer.status_code >= 500)


def _read_header(chunks: Iterator[bytes]) -> tuple[int, bytes]:
    """The size of the sound in bytes, and what of it came along with the header."""
    held = b""
    for chunk in chunks:
        held += chunk
        found = _find_data(held)
        if found is not None:
            size, at = found
            return size, held[at:]
        if len(held) > _LONGEST_HEADER:
            break
    raise CarrierError("recording.wrong_form", retryable=not held)


def _find_data(held: bytes) -> tuple[int, int] | None:
    """(size of the sound, where it begins), once the header is there. Raises CarrierError."""
    if len(held) >= 12 and (held[:4] != b"RIFF" or held[8:12] != b"WAVE"):
        raise CarrierError("recording.wrong_form", retryable=False)
    at, form = 12, False
    while len(held) >= at + 8:
        name, size = held[at : at + 4], struct.unpack("<I", held[at + 4 : at + 8])[0]
        if name == b"data":
            if not form:
                raise CarrierError("recording.wrong_form", retryable=False)
            return size, at + 8
        if name == b"fmt " and len(held) >= at + 24:
            _check_form(*struct.unpack("<HHIIHH", held[at + 8 : at + 24]))
            form = True
        at += 8 + size + size % 2
    return None


def _check_form(kind: int, channels: int, rate: int, _per_second: int, _frame: int, bits: int) -> None:
    if channels != 2:
        raise CarrierError("recording.not_stereo", retryable=False, channels=channels)
    if (kind, rate, bits) != (1, RATE, 16):
        raise CarrierError("recording.wrong_form", retryable=False, kind=kind, rate=rate, bits=bits)


def _check_length(size: int, expected: Expected) -> None:
    seconds = size / FRAME / RATE
    if expected.seconds is not None and abs(seconds - expected.seconds) > _MOST_SECONDS_OFF:
        raise CarrierError("recording.short", retryable=True, seconds=round(seconds, 1), told=expected.seconds)


def _exactly(size: int, first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """So many bytes of sound and no more. Raises CarrierError when there are fewer."""
    left = size
    for chunk in _after(first, chunks):
        piece = chunk[:left]
        left -= len(piece)
        if piece:
            yield piece
    if left:
        raise CarrierError("recording.short", retryable=True, missing_bytes=left)


def _after(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _header(size: int) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, RATE * FRAME, FRAME, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)
