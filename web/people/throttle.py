"""How often signing in may be tried: by name and address, by address, by name from everywhere, and in all.

The first is what stops guessing; the third is wide, so that nobody can lock a colleague out; the last keeps hashing from eating
the machine.
Counted in this process: with several, each allows as many.
"""

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MINUTES = 15


class SignInThrottle:
    """`allows` counts a try and says whether it may go on; `forgive` clears a name at an address after a success."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._pair = RateLimitItemPerMinute(10, MINUTES)
        self._address = RateLimitItemPerMinute(60, MINUTES)
        self._name = RateLimitItemPerHour(200)
        self._all = RateLimitItemPerMinute(240)

    def allows(self, name: str, address: str) -> bool:
        told = name.strip().lower()[:64]
        return (
            self._window.hit(self._pair, "pair", told, address)
            and self._window.hit(self._address, "address", address)
            and self._window.hit(self._name, "name", told)
            and self._window.hit(self._all, "all")
        )

    def forgive(self, name: str, address: str) -> None:
        self._window.clear(self._pair, "pair", name.strip().lower()[:64], address)
