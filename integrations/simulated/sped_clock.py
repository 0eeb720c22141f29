"""Time inside the simulated carrier: it may run faster than the wall's, so that a test plays a minute's call in no time."""

import asyncio
import time
from typing import Protocol


class CarrierClock(Protocol):
    """Time for the simulated carrier. `monotonic` and `sleep` are in played seconds; `wall_ms` is the machine's time since 1970."""

    def monotonic(self) -> float: ...
    def wall_ms(self) -> int: ...
    async def sleep(self, seconds: float) -> None: ...
    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool: ...


class SpedClock:
    """The machine's clock, `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        if not 0.1 <= speed <= 10_000:
            raise ValueError("speed is a factor from 0.1 to 10,000")
        self.speed = speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for an event at most so long (None: for ever). Whether it came."""
        try:
            async with asyncio.timeout(None if seconds is None else max(0.0, seconds) / self.speed):
                await event.wait()
        except TimeoutError:
            return False
        return True
