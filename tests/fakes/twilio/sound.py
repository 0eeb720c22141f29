"""A recording's bytes: the tones that were said and heard, one channel each, as a WAV of 8 kHz and 16 bit."""

import io
import wave
from collections.abc import Sequence

import numpy as np

from tests.fakes.twilio.records import Recording

RATE = 8000
AMPLITUDE = 6000.0
Tones = Sequence[tuple[float, tuple[float, ...]]]


def render(recording: Recording, channels: int, now: float) -> bytes:
    """Channel 1 is what Twilio received on the call, channel 2 what it sent; one channel has both."""
    end = recording.ended if recording.ended is not None else now
    received = _track(recording.call.said, recording.began, end)
    sent = _track(recording.call.heard, recording.began, end)
    if recording.track == "inbound":
        sent[:] = 0
    elif recording.track == "outbound":
        received[:] = 0
    kept = np.ones(len(received), dtype=bool)
    for since, until, how in recording.pauses:
        part = _slice(since - recording.began, (until if until is not None else end) - recording.began)
        received[part] = sent[part] = 0
        kept[part] = how == "silence"
    received, sent = received[kept], sent[kept]
    columns = [received, sent] if channels == 2 and recording.channels == 2 else [received + sent]
    return _wav(np.stack(columns, axis=1).clip(-32767, 32767).astype("<i2"))


def _slice(since: float, until: float) -> slice:
    return slice(max(0, round(since * RATE)), max(0, round(until * RATE)))


def _track(changes: Tones, began: float, end: float) -> "np.ndarray":
    samples = np.zeros(max(0, round((end - began) * RATE)))
    time = np.arange(len(samples)) / RATE
    for index, (since, tones) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        part = _slice(since - began, until - began)
        for hz in tones:
            samples[part] += AMPLITUDE * np.sin(2 * np.pi * hz * time[part])
    return samples


def _wav(frames: "np.ndarray") -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(frames.tobytes())
    return out.getvalue()
