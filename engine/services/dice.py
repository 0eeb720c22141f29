"""Chance that repeats: the same seed throws the same dice, on every machine. For sample data only, never for secrets."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Dice:
    """A splitmix64 generator."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % bound

    def between(self, lowest: int, highest: int) -> int:
        """A whole number from lowest to highest, both included."""
        return lowest + self.below(highest - lowest + 1)

    def chance(self, per_thousand: int) -> bool:
        """True so many times in a thousand."""
        return self.below(1000) < per_thousand

    def pick(self, among: Sequence[T]) -> T:
        return among[self.below(len(among))]

    def weighted(self, among: Sequence[tuple[T, int]]) -> T:
        """One of the values, by its weight."""
        drawn = self.below(sum(weight for _, weight in among))
        for value, weight in among:
            drawn -= weight
            if drawn < 0:
                return value
        raise ValueError(among)

    def shuffled(self, values: Sequence[T]) -> list[T]:
        mixed = list(values)
        for index in range(len(mixed) - 1, 0, -1):
            other = self.below(index + 1)
            mixed[index], mixed[other] = mixed[other], mixed[index]
        return mixed
