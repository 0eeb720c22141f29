"""A finished recording: two files of one channel each on a host, laid side by side as they are fetched. t = 0 is the answer."""

import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import numpy as np

from engine.errors import CarrierError
from integrations.asterisk.ari import part
from integrations.asterisk.fleet import Host

RATE = 8000
_CHUNK = 32 * 1024
_REF = re.compile(r"([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9_-]{1,64}):([0-9]{1,4}):([0-9]{1,9}):([0-9]{1,9})")
_UNFINISHED = (0, 0xFFFFFFFF)
"""Lengths in a WAV head that was not finished: the writer died."""


@dataclass(frozen=True, slots=True)
class RecordingRef:
    """Which files on which host, and how many milliseconds after the answer each begins."""

    host: str
    leg_id: str
    number: int
    left_late: int
    right_late: int

    @property
    def text(self) -> str:
        return f"{self.host}:{self.leg_id}:{self.number}:{self.left_late}:{self.right_late}"

    @classmethod
    def read(cls, text: str) -> "RecordingRef":
        """Raises CarrierError recording.unknown for anything `text` did not write."""
        found = _REF.fullmatch(text)
        if found is None:
            raise CarrierError("recording.unknown", retryable=False)
        host, leg_id, *numbers = found.groups()
        return cls(host, leg_id, *map(int, numbers))

    def name(self, side: str) -> str:
        return f"stayline-{self.leg_id}-{self.number}-{side}"


class _Side:
    """One file as it comes: its samples after the silence that stands for the time before it began."""

    def __init__(self, answer: httpx2.Response | None, late: int) -> None:
        self._silence = late * RATE // 1000 * 2
        self._chunks = answer.iter_bytes(_CHUNK) if answer is not None else iter(())
        self._rest = b""
        self._left = 0
        if answer is not None:
            self._left = self._read_head(int(answer.headers.get("content-length") or 0))
        self.length = self._silence + self._left
        """In bytes."""

    def _read_head(self, size: int) -> int:
        """Go to the first sample. Returns how many bytes of samples there are."""
        while len(self._rest) < 4096 and (more := next(self._chunks, None)) is not None:
            self._rest += more
        head, place = self._rest, 12
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            raise CarrierError("recording.broken", retryable=False)
        while place + 8 <= len(head):
            name, length = struct.unpack("<4sI", head[place : place + 8])
            place += 8
            if name == b"fmt " and struct.unpack("<HHI", head[place : place + 8]) != (1, 1, RATE):
                raise CarrierError("recording.wrong_format", retryable=False)
            if name == b"data":
                self._rest = head[place:]
                there = max(0, size - place) & ~1
                return there if length in _UNFINISHED else min(length & ~1, there)
            place += length + (length & 1)
        raise CarrierError("recording.broken", retryable=False)

    def take(self, count: int) -> bytes:
        """The next `count` bytes, silence where there is nothing."""
        silent = min(count, self._silence)
        self._silence -= silent
        wanted = min(count - silent, self._left)
        while len(self._rest) < wanted and (more := next(self._chunks, None)) is not None:
            self._rest += more
        sound, self._rest = self._rest[:wanted], self._rest[wanted:]
        self._left -= wanted
        if len(sound) < wanted:
            raise CarrierError("recording.cut_off", retryable=True)
        return bytes(silent) + sound + bytes(count - silent - wanted)


def fetch(host: Host, ref: RecordingRef) -> Iterator[bytes]:
    """The WAV, 8 kHz, 16 bit, left the customer, right all the customer heard; as long as the longer side.

    Raises CarrierError: recording.gone when neither file is there.
    """
    try:
        with ExitStack() as stack:
            left, right = (_open(stack, host, ref.name(side)) for side in ("left", "right"))
            if left is None and right is None:
                raise CarrierError("recording.gone", retryable=False)
            yield from _side_by_side(_Side(left, ref.left_late), _Side(right, ref.right_late))
    except httpx2.HTTPError as problem:
        raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem


def _open(stack: ExitStack, host: Host, name: str) -> httpx2.Response | None:
    answer = stack.enter_context(host.ari.download(f"recordings/stored/{part(name)}/file"))
    if answer.status_code == 404:
        return None
    if not answer.is_success:
        raise CarrierError("recording.not_ready", retryable=True, status=answer.status_code)
    return answer


def _side_by_side(left: _Side, right: _Side) -> Iterator[bytes]:
    length = max(left.length, right.length)
    yield wav_head(length // 2)
    while length > 0:
        count = min(length, _CHUNK)
        both = np.stack([np.frombuffer(side.take(count), "<i2") for side in (left, right)], axis=1)
        yield both.tobytes()
        length -= count


def wav_head(frames: int) -> bytes:
    """The head of a WAV of so many frames of two channels."""
    data = frames * 4
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 2, RATE, RATE * 4, 4, 16, b"data", data)


def delete(host: Host, ref: RecordingRef) -> None:
    """Remove both files; what is gone is gone. Raises CarrierError."""
    for side in ("left", "right"):
        reply = host.ask("DELETE", f"recordings/stored/{part(ref.name(side))}")
        if not reply.ok and reply.status != 404:
            raise CarrierError("recording.not_deleted", retryable=True, problem=reply.problem)
