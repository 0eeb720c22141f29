"""What the replay of many calls adds up to: how many go another way, where and why, which ends and which offers change."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.flow.replaying import Replayed

NOT_TOLD = ""
"""Stands for an end that cannot be told."""


@dataclass(frozen=True, slots=True)
class Parting:
    """A place where calls part from their recording, or cannot be told, and why; `calls` are their ids, in the order given."""

    step: str
    reason: str
    details: tuple[tuple[str, int], ...]
    leads: tuple[tuple[str, int], ...]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """The whole picture. `ends`: (old end, new end) → calls, only where they differ; None is "not walked to an end", "" cannot be told.

    `offers`: code → how often presented, then and on the draft, where that differs; calls that cannot be told are left out of both.
    """

    calls: int
    same: int
    partings: tuple[Parting, ...]
    untold: tuple[Parting, ...]
    ends: tuple[tuple[str | None, str | None, int], ...]
    offers: tuple[tuple[str, int, int], ...]
    stored_decisions: int
    new_decisions: int

    @property
    def other_way(self) -> int:
        """How many calls would have gone another way."""
        return sum(len(one.calls) for one in self.partings)

    @property
    def not_told(self) -> int:
        """How many calls hold no answer to what the draft asks."""
        return sum(len(one.calls) for one in self.untold)


def impact_of(replayed: Sequence[Replayed]) -> Impact:
    """Add the calls up, the biggest first."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    ends: Counter[tuple[str | None, str | None]] = Counter()
    for one in replayed:
        if one.verdict == "untold":
            continue
        if not (one.verdict == "parts" and one.new_end == NOT_TOLD):
            before.update(one.offers)
            after.update(one.new_offers)
        if one.verdict == "parts" and one.end != one.new_end:
            ends[one.end, one.new_end] += 1
    return Impact(
        len(replayed),
        sum(one.verdict == "same" for one in replayed),
        _partings([one for one in replayed if one.verdict == "parts"]),
        _partings([one for one in replayed if one.verdict == "untold"]),
        tuple((old, new, count) for (old, new), count in sorted(ends.items(), key=lambda item: (-item[1], str(item[0])))),
        tuple(_changed(before, after)),
        sum(one.stored for one in replayed),
        sum(one.asked_anew for one in replayed),
    )


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> list[tuple[str, int, int]]:
    codes = sorted({*before, *after}, key=lambda code: -abs(after.get(code, 0) - before.get(code, 0)))
    return [(code, before.get(code, 0), after.get(code, 0)) for code in codes if before.get(code, 0) != after.get(code, 0)]


def _partings(replayed: Sequence[Replayed]) -> tuple[Parting, ...]:
    places: defaultdict[tuple[str, str], list[Replayed]] = defaultdict(list)
    for one in replayed:
        places[one.step, one.reason].append(one)
    found = [
        Parting(
            step,
            reason,
            tuple(Counter(one.detail for one in calls if one.detail).most_common()),
            tuple(Counter(one.leads for one in calls if one.leads).most_common()),
            tuple(one.id for one in calls),
        )
        for (step, reason), calls in places.items()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.calls), one.step, one.reason)))
