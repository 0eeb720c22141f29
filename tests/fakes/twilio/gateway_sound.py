"""Real sound of the gateway: tones towards the browser, and what the browser's microphone sends."""

import asyncio
import fractions
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

RATE = 48000
SAMPLES = RATE // 50
AMPLITUDE = 8000.0
QUIET = 60.0
"""Below this root mean square (of 16-bit samples) a microphone is taken to be off."""
WINDOW = RATE // 5
SAME = 10.0


class ToneTrack(MediaStreamTrack):
    """What a call hears now, as sound: the tones `hears()` names, in Hz."""

    kind = "audio"

    def __init__(self, hears: Callable[[], tuple[float, ...]]) -> None:
        super().__init__()
        self._hears, self._sent, self._began = hears, 0, 0.0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        if self._sent == 0:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._sent / RATE - time.monotonic()))
        moments = (np.arange(SAMPLES) + self._sent) / RATE
        samples = np.zeros(SAMPLES)
        for hz in self._hears():
            samples += AMPLITUDE * np.sin(2 * np.pi * hz * moments)
        frame = AudioFrame.from_ndarray(samples.clip(-32767, 32767).astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, fractions.Fraction(1, RATE)
        self._sent += SAMPLES
        return frame


class Ear:
    """Listens to a browser, 200 ms at a time: `heard(level, hz)` is told the root mean square and the strongest tone (0: silence).

    Two windows must agree.
    """

    def __init__(self, heard: Callable[[float, float], None]) -> None:
        self.level, self.hz, self.frames = 0.0, 0.0, 0
        self._heard, self._kept, self._before = heard, np.zeros(0), 0.0

    async def listen(self, track: Any) -> None:
        """Until the track ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.take(frame)

    def take(self, frame: Any) -> None:
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).mean(axis=1)
        self.frames += 1
        self._kept = np.concatenate([self._kept, samples])
        if len(self._kept) < frame.sample_rate * WINDOW // RATE:
            return
        window, self._kept = self._kept, np.zeros(0)
        self.level = float(np.sqrt(np.mean(window**2)))
        power = np.abs(np.fft.rfft(window * np.hanning(len(window))))
        strongest = float(np.argmax(power) * frame.sample_rate / len(window)) if self.level > QUIET else 0.0
        if abs(strongest - self._before) <= SAME:  # a window with the edge of a tone in it says nothing
            self.hz = strongest
            self._heard(self.level, self.hz)
        self._before = strongest
