"""Turns what was said in a call into a two-channel recording: left the customer, right the agent, t = 0 the answer.

Right: at each cue's offset the step's code, 50 ms later the agent's line, cut off 40 ms before the next cue.
Left: the customer's words, ending 200 ms before the cue they led to (cut off there when there was no time for all of them).
What the room did meanwhile (`SoundTrack`) decides the rest: the agent is heard only while they reach the customer, during a hold the
right channel has the music, and where nothing was recorded both channels are silent; the timeline goes on.
Under both lies a soft noise: a line is never digital silence.
"""

import os
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from integrations.simulated.house_sounds import music, tone
from integrations.simulated.sound_track import Sounding, SoundTrack
from integrations.simulated.tone_codes import CODE_MS, RATE, Samples, code_tones, step_code

_MS = RATE // 1000
_PAUSE_BEFORE_CODE_MS, _PAUSE_AFTER_CODE_MS, _PAUSE_BEFORE_CUE_MS = 40, 50, 200
_BLOCK = 10 * RATE
_NOISE = 9


Stretch = tuple[int, int, Sounding]


@dataclass(frozen=True, slots=True)
class Said:
    """One cue with its sounds on disk: raw 16-bit mono at RATE; None where nothing is said."""

    offset_ms: int
    step: str
    agent: Path | None = None
    customer: Path | None = None


@dataclass(frozen=True, slots=True)
class _Clip:
    """A sound from sample `start` up to `end` of one channel."""

    start: int
    end: int
    load: Callable[[], Samples]


def write_recording(
    path: Path,
    duration_ms: int,
    said: Sequence[Said],
    opening: Path | None,
    seed: int,
    track: SoundTrack | None = None,
    sounds: Sequence[tuple[int, Samples]] = (),
) -> None:
    """Write a WAV of exactly `duration_ms` (16 bit, RATE, two channels) at `path`, whole or not at all.

    `opening` is what the customer says on picking up, `track` what else the line carried, `sounds` what was played to the customer
    (ms since the answer, samples). Written in blocks of ten seconds: memory does not grow with the call.
    """
    ordered = sorted(said, key=lambda one: one.offset_ms)
    length = duration_ms * _MS
    left, agent = _customer_clips(ordered, opening, length), _agent_clips(ordered, length)
    played = [_Clip(at * _MS, at * _MS + len(sound), _as_it_is(sound)) for at, sound in sounds]
    stretches = (track or SoundTrack()).stretches(duration_ms)
    noise = np.random.default_rng(seed)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        with wave.open(file, "wb") as wav:
            wav.setnchannels(2)
            wav.setsampwidth(2)
            wav.setframerate(RATE)
            wav.setnframes(length)
            for start in range(0, length, _BLOCK):
                end = min(length, start + _BLOCK)
                both = noise.integers(-_NOISE, _NOISE + 1, size=(end - start, 2), dtype=np.int32)
                _add(both[:, 0], left, start, end)
                voice = np.zeros(end - start, np.int32)
                _add(voice, agent, start, end)
                _mix(both, voice, stretches, start, end)
                _add(both[:, 1], played, start, end)
                _silence(both, stretches, start, end)
                wav.writeframesraw(np.clip(both, -32768, 32767).astype("<i2").tobytes())
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def _agent_clips(said: Sequence[Said], length: int) -> list[_Clip]:
    clips: list[_Clip] = []
    for place, cue in enumerate(said):
        start = cue.offset_ms * _MS
        until = said[place + 1].offset_ms * _MS if place + 1 < len(said) else length
        code_end = min(until, start + CODE_MS * _MS)
        clips.append(_Clip(start, code_end, _code(cue.step)))
        if cue.agent is not None:
            line_start = start + (CODE_MS + _PAUSE_AFTER_CODE_MS) * _MS
            line_end = min(until - _PAUSE_BEFORE_CODE_MS * _MS, line_start + _samples_in(cue.agent))
            clips.append(_Clip(line_start, line_end, _raw(cue.agent)))
    return clips


def _customer_clips(said: Sequence[Said], opening: Path | None, length: int) -> list[_Clip]:
    clips: list[_Clip] = []
    free_from = 0
    if opening is not None:
        start = min(length, 300 * _MS)
        free_from = min(length, start + _samples_in(opening))
        clips.append(_Clip(start, free_from, _raw(opening)))
    for cue in said:
        if cue.customer is None:
            continue
        end = min(length, max(0, cue.offset_ms - _PAUSE_BEFORE_CUE_MS) * _MS)
        start = max(free_from, end - _samples_in(cue.customer))
        clips.append(_Clip(start, end, _raw(cue.customer)))
        free_from = max(free_from, end)
    return clips


def _add(channel: np.ndarray, clips: Sequence[_Clip], start: int, end: int) -> None:
    """Add to the block [start, end) whatever sounds in it."""
    for clip in clips:
        first, last = max(start, clip.start), min(end, clip.end)
        if first < last:
            sound = clip.load()[first - clip.start : last - clip.start]
            channel[first - start : first - start + len(sound)] += sound


def _within(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[tuple[int, int, Sounding]]:
    """The stretches that sound in the block [start, end), in samples of the call."""
    for first_ms, last_ms, sounding in stretches:
        first, last = max(start, first_ms * _MS), min(end, last_ms * _MS)
        if first < last:
            yield first, last, sounding


def _mix(both: np.ndarray, voice: np.ndarray, stretches: Sequence[Stretch], start: int, end: int) -> None:
    """Add the agent's voice where it reaches the customer, music and tones."""
    for first, last, sounding in _within(stretches, start, end):
        block, length = slice(first - start, last - start), last - first
        if sounding.agent:
            both[block, 1] += voice[block]
        if sounding.music:
            both[block, 1] += music(first, length)
        for hz in sounding.right_hz:
            both[block, 1] += tone(hz, first, length)
        if sounding.left_hz:
            both[block, 0] += tone(sounding.left_hz, first, length)


def _silence(both: np.ndarray, stretches: Sequence[Stretch], start: int, end: int) -> None:
    """Take out what was not recorded."""
    for first, last, sounding in _within(stretches, start, end):
        if not sounding.recorded:
            both[first - start : last - start] = 0


def _as_it_is(sound: Samples) -> Callable[[], Samples]:
    return lambda: sound


def _code(step: str) -> Callable[[], Samples]:
    return lambda: code_tones(step_code(step))


def _raw(path: Path) -> Callable[[], Samples]:
    return lambda: np.fromfile(path, "<i2")


def _samples_in(path: Path) -> int:
    return path.stat().st_size // 2
