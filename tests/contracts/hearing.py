"""What sounds in a recording: two channels, and when a tone is heard in one."""

import io
import wave
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.ports.carrier import Carrier

Samples = NDArray[np.int16]
RATE = 8000
_WINDOW = RATE // 10
_AUDIBLE = 250.0
"""Amplitude of a tone in a window of 100 ms, of 32,768."""


def fetch(carrier: Carrier, recording_ref: str | None) -> tuple[Samples, Samples]:
    """A recording's (left, right), which must be in the form every carrier gives."""
    return channels(b"".join(carrier.recording(str(recording_ref))))


def channels(wav: bytes) -> tuple[Samples, Samples]:
    with wave.open(io.BytesIO(wav)) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, RATE)
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def loudness(samples: NDArray[Any]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0


def stretches(samples: Samples, hz: int) -> list[tuple[float, float]]:
    """When a tone is heard: [(from, to)] in seconds. Gaps and bits of up to 0.3 s are overlooked."""
    return _stretches(_amplitudes(samples, hz) > _AUDIBLE)


def loud_stretches(samples: Samples) -> list[tuple[float, float]]:
    """When anything louder than a line's noise is heard: [(from, to)] in seconds."""
    whole = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float64)
    return _stretches(np.sqrt(np.mean(whole**2, axis=1)) > _AUDIBLE / 2)


def _amplitudes(samples: Samples, hz: int) -> NDArray[np.float64]:
    whole = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float64)
    wave_of = np.exp(-2j * np.pi * hz * np.arange(_WINDOW) / RATE)
    return np.abs(whole @ wave_of) * 2 / _WINDOW


def _stretches(heard: NDArray[np.bool_]) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], heard.astype(np.int8), [0]])))
    found: list[tuple[float, float]] = []
    for start, end in zip(edges[::2] / 10, edges[1::2] / 10, strict=True):
        if found and start - found[-1][1] <= 0.3:
            found[-1] = (found[-1][0], float(end))
        else:
            found.append((float(start), float(end)))
    return [(start, end) for start, end in found if end - start > 0.3]
