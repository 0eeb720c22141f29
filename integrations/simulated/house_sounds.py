"""The sounds the simulated carrier lets a customer hear: music while held, announcements, keys."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from engine.calls.sounds import Sound
from integrations.simulated.tone_codes import RATE, Samples, key_tone
from integrations.simulated.voices import beep

_CHORD = (262.0, 330.0, 392.0, 523.0)
_NOTE_MS = 500
_LOUDNESS = 1200

SPOKEN: dict[Sound, tuple[str, str]] = {
    Sound.one_moment: ("请稍等，马上有人继续为您服务。", "One moment please. Somebody will be with you."),
    Sound.will_call_back: ("很抱歉，我们稍后会再给您打电话。", "We are sorry. We will call you again."),
    Sound.voicemail: ("您好，我们稍后会再给您打电话。", "Hello. We will call you again later."),
}
"""What is said in Chinese and in English; the other sounds are music and a tone."""

Say = Callable[[str, str], Samples]
"""say(text, language)"""


def music(start: int, length: int) -> Samples:
    """The music of a hold from sample `start` on: four notes over and over, softly."""
    moment = np.arange(start, start + length)
    note = np.array(_CHORD)[(moment // (_NOTE_MS * RATE // 1000)) % len(_CHORD)]
    return (np.sin(2 * np.pi * note * moment / RATE) * _LOUDNESS).astype(np.int16)


def tone(hz: int, start: int, length: int) -> Samples:
    """A tone from sample `start` on, as loud as somebody who speaks."""
    return (np.sin(2 * np.pi * hz * np.arange(start, start + length) / RATE) * 3000).astype(np.int16)


def keys(digits: str) -> Samples:
    """Keys pressed one after the other: 100 ms each, 100 ms between."""
    gap = np.zeros(RATE // 10, np.int16)
    return np.concatenate([part for digit in digits for part in (key_tone(digit, RATE // 10), gap)])


def announced(sound: str, language: str, say: Say) -> Samples:
    """A sound of the installation by its name."""
    if sound in SPOKEN:
        spoken = SPOKEN[Sound(sound)][language.lower().startswith("en")]
        return say(spoken, language)
    return _long_music() if sound == Sound.hold_music else beep(3.0)


@lru_cache(maxsize=1)
def _long_music() -> Samples:
    return music(0, 10 * RATE)
