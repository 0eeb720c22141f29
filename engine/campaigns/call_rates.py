"""What a minute of talk is taken to cost, by how the number begins. An estimate for a cap, not a bill."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class CallRates:
    """Rates in minor units of a currency per minute begun, by prefix (E.164). The longest prefix wins.

    A number that no prefix fits costs the highest rate of all: what nobody priced is taken to be dear.

    >>> rates = CallRates("CNY", {"+86": 15, "+8610": 10, "+881": 2000})
    >>> [rates.per_minute(number) for number in ("+8613800001234", "+861082345678", "+18765551234")]
    [15, 10, 2000]
    """

    currency: str
    by_prefix: Mapping[str, int]
    lengths: tuple[int, ...] = field(init=False)
    highest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lengths", tuple(sorted({len(prefix) for prefix in self.by_prefix}, reverse=True)))
        object.__setattr__(self, "highest", max(self.by_prefix.values()))

    def per_minute(self, number: str) -> int:
        """Minor units per minute begun."""
        for length in self.lengths:
            rate = self.by_prefix.get(number[:length])
            if rate is not None:
                return rate
        return self.highest


@dataclass(frozen=True, slots=True)
class SpendCap:
    """What an installation's calls of any 24 hours may cost together, in minor units of the rates' currency."""

    at_most: int
    rates: CallRates
