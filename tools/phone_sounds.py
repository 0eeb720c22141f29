"""Makes the sounds a page's phone plays itself: web/static/sounds/*.wav, committed, plain tones. `python -m tools.phone_sounds`

A test compares them with what this makes, so nobody has to trust a file nobody can read.
"""

import io
import math
import struct
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "web" / "static" / "sounds"
RATE = 8000
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
_PAD = ("123", "456", "789", "s0h")
"""The keys of a telephone; s and h are * and #, which a file cannot be called."""

Part = tuple[Sequence[float], float]
"""Frequencies in Hz sounding together, for so many seconds; none: silence."""


def sounds() -> Mapping[str, bytes]:
    """Name of the file → WAV, 8 kHz, 16 bit, one channel."""
    keys = {
        f"dtmf{key}.wav": _wav([((row, column), 0.12), ((), 0.03)])
        for row, line in zip(_ROWS, _PAD, strict=True)
        for column, key in zip(_COLUMNS, line, strict=True)
    }
    ring: list[Part] = [((450, 480), 1.0), ((), 2.0)]
    return {**keys, "ring.wav": _wav(ring), "tone.wav": _wav([((440,), 1.0)]), "silence.wav": _wav([((), 0.1)])}


def _wav(parts: Sequence[Part]) -> bytes:
    samples = [sample for part in parts for sample in _samples(*part)]
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return held.getvalue()


def _samples(frequencies: Sequence[float], seconds: float) -> list[int]:
    """With 5 ms of rise and fall, so that nothing clicks."""
    count, edge = round(seconds * RATE), RATE * 5 // 1000
    if not frequencies:
        return [0] * count
    loud = 8000 / len(frequencies)
    return [
        round(min(1, at / edge, (count - at) / edge) * loud * sum(math.sin(2 * math.pi * hertz * at / RATE) for hertz in frequencies))
        for at in range(count)
    ]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in sounds().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
