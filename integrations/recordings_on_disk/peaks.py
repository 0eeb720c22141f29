"""The two waveform lanes of a recording: the loudest sample of each twentieth of a second."""

from typing import BinaryIO

import numpy as np

from engine.errors import BadInput
from integrations.recordings_on_disk.wav import WavHead

PEAKS_PER_SECOND = 20
_SECONDS_AT_ONCE = 30


def lanes(file: BinaryIO, head: WavHead) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(left, right), PEAKS_PER_SECOND values a second, 0 to 127. Reads 30 seconds at a time. Raises BadInput when samples are missing."""
    span = head.rate // PEAKS_PER_SECOND
    left: list[int] = []
    right: list[int] = []
    file.seek(head.start)
    remaining = head.frames
    while remaining > 0:
        wanted = min(remaining, span * PEAKS_PER_SECOND * _SECONDS_AT_ONCE)
        samples = np.frombuffer(file.read(wanted * 4), "<i2")
        if len(samples) != wanted * 2:
            raise BadInput("recording.broken", problem="cut_off")
        loudness = np.abs(samples.reshape(-1, 2).astype(np.int32))
        loudest = np.maximum.reduceat(loudness, np.arange(0, wanted, span), axis=0)
        scaled = np.minimum(127, loudest * 127 // 32767)
        left += scaled[:, 0].tolist()
        right += scaled[:, 1].tolist()
        remaining -= wanted
    return tuple(left), tuple(right)
