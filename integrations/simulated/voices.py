"""The voices of a simulated call: espeak-ng where it is installed, else one hum per word. Both give 16-bit mono at RATE."""

import io
import shutil
import subprocess
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from integrations.simulated.tone_codes import RATE, Samples

_LONGEST_SPOKEN = 600
_SPEAKING_TIMEOUT = 5.0
_LOUDEST, _EVEN_LOUDNESS = 22_000, 3200.0
"""Highest sample, and root mean square of a spoken line: -20 dB below full scale, about as loud as the codes."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose voice: `pitch` 0-99 and `speed` in words a minute for espeak-ng, `hum` in Hz for the tones; `variant` is espeak's timbre."""

    name: str
    pitch: int
    speed: int
    hum: float
    variant: str = ""


AGENT = Voice("agent", pitch=50, speed=175, hum=180.0)
CUSTOMER = Voice("customer", pitch=70, speed=165, hum=290.0, variant="+f3")


class SpeechFailed(Exception):
    """The speech program failed, hung, or gave something that is no sound."""


class Espeak:
    """Speech by espeak-ng."""

    name = "espeak-ng"

    def __init__(self, program: str) -> None:
        self._program = program

    def say(self, text: str, language: str, voice: Voice) -> Samples:
        """The text spoken. Raises SpeechFailed."""
        spoken = " ".join(text.replace("[[", " ").split())[:_LONGEST_SPOKEN]
        if not spoken:
            return np.zeros(0, np.int16)
        language_voice = ("en-us" if language.lower().startswith("en") else "cmn") + voice.variant
        command = [
            self._program,
            "-b",
            "1",
            "-v",
            language_voice,
            "-p",
            str(voice.pitch),
            "-s",
            str(voice.speed),
            "-z",
            "--stdin",
            "--stdout",
            "--",
        ]
        said = spoken.encode(errors="replace")
        try:
            done = subprocess.run(command, input=said, capture_output=True, timeout=_SPEAKING_TIMEOUT, check=True)
            return _at_our_rate(done.stdout)
        except (OSError, subprocess.SubprocessError, wave.Error, EOFError, ValueError) as problem:
            raise SpeechFailed(type(problem).__name__) from problem


class Hum:
    """Where there is no speech program: a hum of a quarter of a second for each word or Chinese character, rising and falling."""

    name = "tones"

    def say(self, text: str, language: str, voice: Voice) -> Samples:
        """As many hums as the text has words, at most 80."""
        words = min(80, len(text.split()) if language.lower().startswith("en") else len("".join(text.split())))
        parts: Sequence[Samples] = [_hum(voice.hum * (1.0, 1.12, 0.94)[place % 3]) for place in range(words)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def best_speaker() -> Espeak | Hum:
    """espeak-ng when it is on the PATH, else hums. The recording's event names which."""
    program = shutil.which("espeak-ng")
    return Espeak(program) if program else Hum()


def beep(seconds: float = 0.5) -> Samples:
    """An answering machine's beep: 1,000 Hz."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * 1000 * time) * 8000).astype(np.int16)


@lru_cache(maxsize=16)
def _hum(frequency: float) -> Samples:
    time = np.arange(int(0.25 * RATE)) / RATE
    shape = np.clip(np.sin(np.pi * np.minimum(time / 0.2, 1.0)), 0.0, None)
    return (shape * (np.sin(2 * np.pi * frequency * time) + 0.4 * np.sin(4 * np.pi * frequency * time)) * 5000).astype(np.int16)


def _at_our_rate(wav: bytes) -> Samples:
    """espeak's WAV (22,050 Hz; its header states no length when written to a pipe) at RATE, cut off above 4 kHz by the transform."""
    with wave.open(io.BytesIO(wav)) as source:
        if source.getnchannels() != 1 or source.getsampwidth() != 2:
            raise ValueError("the speech program did not give 16-bit mono")
        rate = source.getframerate()
    start = wav.find(b"data") + 8
    body = wav[start : start + (len(wav) - start) // 2 * 2]
    sound = np.frombuffer(body, "<i2").astype(np.float64)
    if len(sound) == 0:
        return np.zeros(0, np.int16)
    wanted = max(1, round(len(sound) * RATE / rate))
    spectrum = np.fft.rfft(sound)[: wanted // 2 + 1]
    resampled = np.fft.irfft(spectrum, wanted) * (wanted / len(sound))
    peak, loudness = float(np.abs(resampled).max()), float(np.sqrt(np.mean(resampled**2)))
    if peak < 1.0:
        return np.zeros(wanted, np.int16)
    return (resampled * min(_EVEN_LOUDNESS / loudness, _LOUDEST / peak)).astype(np.int16)
