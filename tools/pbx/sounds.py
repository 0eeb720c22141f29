"""What the far ends say: tones, so that a recording can be checked by its spectrum, in G.711 µ-law as it travels."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
CUSTOMER_HZ = 1000
PHONE_HZ = 440
HOLD_HZ = 620
"""Music on hold is a tone as well."""
HOUSE_HZ = {"hold_music": HOLD_HZ, "one_moment": 300, "will_call_back": 350, "voicemail": 700, "test_tone": 1400}
"""The installation's own sounds (engine.calls.sounds), which Asterisk plays as sound:stayline/<name>: a tone each, 3 s."""
AMPLITUDE = 9000
"""About a quarter of full scale: loud enough to be found, quiet enough that several speak at once without clipping."""
Samples = NDArray[np.int16]


def tone(hertz: float, seconds: float) -> Samples:
    """A sine; whole periods when `hertz` × `seconds` is whole, so that it loops without a click."""
    at = np.arange(round(seconds * RATE)) / RATE
    return np.rint(AMPLITUDE * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def talk(hertz: int) -> bytes:
    """Somebody who speaks for two minutes, coded: long, since sipp is late by a packet whenever it begins a file again."""
    return to_ulaw(tone(hertz, 1)) * 120


def hello() -> Samples:
    """Somebody says one short word and waits for an answer: 0.5 s, then 4.5 s of nothing, then talks on."""
    return np.concatenate([tone(CUSTOMER_HZ, 0.5), silence(4.5), tone(CUSTOMER_HZ, 55)])


def machine_greeting() -> Samples:
    """Many words in a row, as a machine's greeting has them, then a beep of 1 s at 1400 Hz, then silence."""
    word = np.concatenate([tone(CUSTOMER_HZ, 0.35), silence(0.12)])
    return np.concatenate([np.tile(word, 20), silence(0.5), tone(1400, 1), silence(60)])


def to_ulaw(samples: Samples) -> bytes:
    """G.711 µ-law, one byte a sample (ITU-T G.711: bias 33 on 14 bits, which is 132 on 16)."""
    wide = samples.astype(np.int32)
    sign = np.where(wide < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(wide), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def from_ulaw(coded: bytes) -> Samples:
    inverted = (~np.frombuffer(coded, dtype=np.uint8)).astype(np.int32) & 0xFF
    exponent, mantissa = (inverted >> 4) & 0x07, inverted & 0x0F
    magnitude = (((mantissa << 3) + 132) << exponent) - 132
    return np.where(inverted & 0x80, -magnitude, magnitude).astype(np.int16)


def strength(samples: Samples, hertz: float) -> float:
    """How strong a tone is in a piece of sound: its amplitude, near AMPLITUDE for an undisturbed one (Hann window, ± 15 Hz)."""
    if len(samples) < RATE // 20:
        return 0.0
    window = np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * window)) * 2 / window.sum()
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    near = np.abs(frequencies - hertz) <= max(15.0, RATE / len(samples))
    return float(spectrum[near].max())


def write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
