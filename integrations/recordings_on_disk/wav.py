"""Reads the head of a WAV file and refuses whatever is not a whole 16-bit PCM recording of two channels."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from engine.errors import BadInput

_PCM = 1
_LOWEST_RATE, _HIGHEST_RATE = 8000, 48_000
_LONGEST_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class WavHead:
    """Where the samples lie: from byte `start`, `frames` of two 16-bit samples each, `rate` of them a second."""

    start: int
    frames: int
    rate: int

    @property
    def duration_ms(self) -> int:
        return round(self.frames * 1000 / self.rate)


def read_head(file: BinaryIO) -> WavHead:
    """Parse and check. Raises BadInput recording.broken (problem) when the file is cut off, is no WAV, or has another format."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    riff, riff_size, wave = struct.unpack("<4sI4s", _exactly(file, 12))
    if riff != b"RIFF" or wave != b"WAVE":
        raise _broken("not_a_wav")
    if riff_size + 8 != size:
        raise _broken("length_does_not_match")
    rate = None
    while file.tell() + 8 <= size:
        name, length = struct.unpack("<4sI", _exactly(file, 8))
        start = file.tell()
        if start + length > size or start > _LONGEST_HEAD:
            raise _broken("length_does_not_match")
        if name == b"fmt ":
            rate = _read_format(_exactly(file, length))
        elif name == b"data":
            return _head(start, length, rate)
        file.seek(start + length + (length & 1))
    raise _broken("no_samples")


def _read_format(body: bytes) -> int:
    if len(body) < 16:
        raise _broken("format_unreadable")
    kind, channels, rate, bytes_a_second, bytes_a_frame, bits = struct.unpack("<HHIIHH", body[:16])
    if kind != _PCM or bits != 16 or channels != 2 or bytes_a_frame != 4:
        raise _broken("not_16_bit_two_channels")
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE or bytes_a_second != rate * 4:
        raise _broken("rate_out_of_range")
    return rate


def _head(start: int, length: int, rate: int | None) -> WavHead:
    if rate is None:
        raise _broken("format_unreadable")
    if length % 4:
        raise _broken("length_does_not_match")
    return WavHead(start, length // 4, rate)


def _exactly(file: BinaryIO, count: int) -> bytes:
    if count > _LONGEST_HEAD:
        raise _broken("format_unreadable")
    read = file.read(count)
    if len(read) != count:
        raise _broken("cut_off")
    return read


def _broken(problem: str) -> BadInput:
    return BadInput("recording.broken", problem=problem)
