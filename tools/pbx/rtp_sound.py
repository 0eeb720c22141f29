"""Sound as a telephone sends and receives it: RTP with G.711 µ-law every 20 ms, keys as events (RFC 4733)."""

import secrets
import socket
import struct
import threading
import time
from collections import deque

import numpy as np

from tools.pbx import sounds
from tools.pbx.sounds import RATE, Samples

PACKET = 160
"""Samples in 20 ms."""
KEEP = 500
"""Packets of heard sound that are kept: 10 s."""
KEYS = "0123456789*#"
SOUND, EVENT = 0, 101
"""Payload types: µ-law by its standard number, events by the one our SDP names."""


class RtpSound:
    """One end of a sound path. `speak` chooses the tone it sends; `tick` sends what is due; `take` reads what has come."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        self.port = int(self.socket.getsockname()[1])
        self.to: tuple[str, int] | None = None
        self._heard: deque[tuple[float, Samples]] = deque(maxlen=KEEP)
        self._changed = threading.Condition()
        self._source, self._number, self._stamp = secrets.randbelow(2**32), secrets.randbelow(2**16), secrets.randbelow(2**31)
        self._events: deque[bytes] = deque()
        self._keys, self._last_key = "", -1
        self._next = 0.0
        self._said = 0
        self.speak(None)

    def speak(self, hertz: float | None) -> None:
        """Send this tone from now on; None sends silence, which is sound as well."""
        one_second = sounds.silence(1) if hertz is None else sounds.tone(hertz, 1)
        self._speech = sounds.to_ulaw(one_second)

    def press(self, digits: str) -> None:
        """Send keys, 100 ms each with 60 ms between them, in place of the tone."""
        for digit in digits:
            key = KEYS.index(digit)
            pressed = [struct.pack("!BBH", key, 10, PACKET * count) for count in range(1, 6)]
            released = [struct.pack("!BBH", key, 0x80 | 10, PACKET * 5)] * 3
            self._events.extend([*pressed, *released, b"", b"", b""])

    def connect(self, to: tuple[str, int] | None) -> None:
        """Send to this place from now on; None stops sending and forgets what was heard."""
        if to is None or self.to is None:
            self._next = time.monotonic()
            with self._changed:
                self._heard.clear()
                self._keys, self._last_key = ("", -1) if to else (self._keys, self._last_key)
            self._events.clear()
        self.to = to

    @property
    def due(self) -> float:
        """Seconds until the next packet, at most 0.5."""
        return 0.5 if self.to is None else max(0.0, min(0.5, self._next - time.monotonic()))

    def tick(self) -> None:
        """Send every packet that is due; after a long delay it does not catch up."""
        to = self.to
        if to is None:
            return
        now = time.monotonic()
        if now - self._next > 0.5:
            self._next = now
        while self._next <= now:
            self._send(to)
            self._next += PACKET / RATE

    def _send(self, to: tuple[str, int]) -> None:
        event = self._events.popleft() if self._events else None
        at = self._said % RATE
        piece = self._speech[at : at + PACKET]
        self._said += PACKET
        if not event:
            self._stamp = (self._stamp + PACKET) % 2**32
        kind = EVENT if event else SOUND
        header = struct.pack("!BBHII", 0x80, kind, self._number, self._stamp, self._source)
        self._number = (self._number + 1) % 2**16
        self.socket.sendto(header + (event or piece), to)
        if event and not self._events_go_on():
            self._stamp = (self._stamp + PACKET * 8) % 2**32

    def _events_go_on(self) -> bool:
        return bool(self._events and self._events[0])

    def take(self) -> None:
        """Read every packet that has come."""
        while True:
            try:
                datagram, _ = self.socket.recvfrom(2048)
            except OSError:
                return
            if len(datagram) > 12 and self.to is not None:
                with self._changed:
                    self._understand(datagram[1] & 0x7F, int.from_bytes(datagram[4:8], "big"), datagram[12:])
                    self._changed.notify_all()

    def _understand(self, kind: int, stamp: int, payload: bytes) -> None:
        """Keep a piece of sound, or a key once: its packets all carry the moment it was pressed."""
        if kind == SOUND:
            self._heard.append((time.monotonic(), sounds.from_ulaw(payload)))
        elif kind == EVENT and payload[0] < len(KEYS) and stamp != self._last_key:
            self._last_key = stamp
            self._keys += KEYS[payload[0]]

    @property
    def keys(self) -> str:
        """The keys the other side pressed in this call."""
        with self._changed:
            return self._keys

    def wait_for_keys(self, keys: str, patience: float) -> bool:
        """Whether these keys, in this order and no others, came within `patience` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._keys == keys, patience)

    def heard(self, seconds: float) -> Samples:
        """What arrived in the last seconds."""
        with self._changed:
            return self._recent(seconds)

    def _recent(self, seconds: float) -> Samples:
        since = time.monotonic() - seconds
        pieces = [samples for at, samples in self._heard if at >= since]
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int16)

    def wait_to_hear(self, hertz: float, on: bool, patience: float) -> bool:
        """Whether, within `patience` seconds, the last 0.4 s came to have (or, with `on` False, to lack) this tone."""
        until = time.monotonic() + patience
        with self._changed:
            while (self._has(hertz)) is not on:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.1))
            return True

    def _has(self, hertz: float) -> bool:
        recent = self._recent(0.4)
        return len(recent) >= RATE * 0.25 and sounds.strength(recent, hertz) > sounds.AMPLITUDE / 6

    def close(self) -> None:
        self.socket.close()
