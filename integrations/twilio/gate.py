"""Our own pace: Twilio queues what comes faster than the account may dial, for up to 24 hours, so that we must not be faster."""

import threading
import time
from collections.abc import Callable

LONGEST_WAIT = 4.0
"""Seconds an order may wait for its turn; after that it is refused and may be given again."""


class Gate:
    """Lets `per_second` orders through each second, per trunk; two processes with the same trunk share out what they may."""

    def __init__(
        self, per_second: float, monotonic: Callable[[], float] = time.monotonic, pause: Callable[[float], object] = time.sleep
    ) -> None:
        self._gap, self._monotonic, self._pause = 1.0 / per_second, monotonic, pause
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def enter(self, trunk: str) -> bool:
        """Wait for the trunk's next turn; False, at once, when that is too far away."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._free_at.get(trunk, now))
            if turn - now > LONGEST_WAIT:
                return False
            self._free_at[trunk] = turn + self._gap
        if turn > now:
            self._pause(turn - now)
        return True
