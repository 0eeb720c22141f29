"""A short code before each step's sentence, by which a program finds the step in a recording.

Four symbols of 60 ms with 40 ms of silence after each; a symbol is two sine waves, one of four low and one of four high
frequencies (the pairs of a telephone keypad). The symbols are the first 16 bits of the SHA-256 of the step's id, 4 bits each.
A step on screen for less than 400 ms is cut off by the next one and cannot be read.
"""

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second of every recording the simulated carrier makes."""
SYMBOLS = "123A456B789C*0#D"
SYMBOL_MS, GAP_MS = 60, 40
CODE_MS = 4 * (SYMBOL_MS + GAP_MS)

Samples = NDArray[np.int16]

_LOW = np.array([697.0, 770.0, 852.0, 941.0])
_HIGH = np.array([1209.0, 1336.0, 1477.0, 1633.0])
_AMPLITUDE = 3000
_WINDOW, _HOP = 256, 40
_FRAMES_AT_ONCE = 8192
_MIN_RMS = 400.0


def step_code(step: str) -> str:
    """The four symbols of a step.

    >>> step_code("greeting")
    '27D6'
    """
    digest = hashlib.sha256(step.encode()).digest()
    return "".join(SYMBOLS[nibble] for byte in digest[:2] for nibble in (byte >> 4, byte & 15))


def code_tones(code: str) -> Samples:
    """The sound of a code: CODE_MS long, at RATE."""
    gap = np.zeros(GAP_MS * RATE // 1000, np.int16)
    return np.concatenate([part for character in code for part in (key_tone(character, SYMBOL_MS * RATE // 1000), gap)])


def key_tone(symbol: str, samples: int) -> Samples:
    """The two sine waves of one symbol, a key of a telephone."""
    place, time = SYMBOLS.index(symbol), np.arange(samples) / RATE
    edge = np.minimum(1.0, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / 24)  # 3 ms fade: no clicks
    tone = np.sin(2 * np.pi * _LOW[place // 4] * time) + np.sin(2 * np.pi * _HIGH[place % 4] * time)
    return (tone * edge * _AMPLITUDE).astype(np.int16)


def read_codes(samples: NDArray[Any], rate: int = RATE) -> list[tuple[int, str]]:
    """Find every code in one channel: [(offset in ms, four symbols)], by time. `samples` is 16-bit audio at RATE."""
    if rate != RATE:
        raise ValueError(f"codes are read at {RATE} samples a second, not {rate}")
    runs = list(_runs(_symbols(samples)))
    found: list[tuple[int, str]] = []
    taken_until = -1
    for index in range(len(runs) - 3):
        four = runs[index : index + 4]
        starts = [start for start, _ in four]
        if starts[0] >= taken_until and all(abs(later - earlier - 800) <= 80 for earlier, later in pairwise(starts)):
            found.append((max(0, round(starts[0] / 8)), "".join(symbol for _, symbol in four)))
            taken_until = starts[3] + 1
    return found


def _symbols(samples: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """Per hop of 5 ms the symbol heard, or -1: two keypad tones of like strength that make up most of the sound."""
    padded = np.concatenate([np.zeros(_WINDOW // 2, np.int16), samples.astype(np.int16, copy=False), np.zeros(_WINDOW, np.int16)])
    time = np.arange(_WINDOW) / RATE
    frequencies = np.concatenate([_LOW, _HIGH])
    waves = np.exp(-2j * np.pi * np.outer(time, frequencies))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        block = frames[start : start + _FRAMES_AT_ONCE].astype(np.float64)
        energy = np.sum(block * block, axis=1)
        power = np.abs(block @ waves) ** 2 * 2 / _WINDOW
        low, high = power[:, :4], power[:, 4:]
        best_low, best_high = low.max(axis=1), high.max(axis=1)
        pure = (best_low + best_high) >= 0.5 * np.maximum(energy, 1.0)
        balanced = (best_low < 4 * best_high) & (best_high < 4 * best_low)
        loud = energy >= _WINDOW * _MIN_RMS**2
        symbol = low.argmax(axis=1) * 4 + high.argmax(axis=1)
        yield np.where(pure & balanced & loud, symbol, -1)


def _runs(blocks: Iterator[NDArray[np.int64]]) -> Iterator[tuple[int, str]]:
    """Stretches of one symbol of about 60 ms: (first sample, symbol)."""
    heard = np.concatenate([*blocks, np.array([-1])])
    edges = np.flatnonzero(np.diff(np.concatenate([[-1], heard])))
    for start, end in pairwise(edges):
        if heard[start] >= 0 and 6 <= end - start <= 16:
            yield int(start) * _HOP, SYMBOLS[int(heard[start])]
