"""Which step of the old version is which of the new one: renamed ones found by what they say, moved ones by the order of the others."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from engine.flow.step_changes import mapped

ALIKE = 0.75
"""How alike the wording of a step that went and one that came must be for them to be one step with a new name."""
MOST_COMPARED = 40
LONGEST_COMPARED = 2000


def renamed_steps(old: Mapping[str, tuple[str, dict[str, Any]]], new: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """Old id → new id of steps that went in one place and came again, alike, in the same phase."""
    gone, came = [step for step in old if step not in new][:MOST_COMPARED], [step for step in new if step not in old][:MOST_COMPARED]
    pairs = [(_likeness(old[was], new[now]), was, now) for was in gone for now in came if old[was][0] == new[now][0]]
    found: dict[str, str] = {}
    for likeness, was, now in sorted(pairs, key=lambda one: -one[0]):
        if likeness >= ALIKE and was not in found and now not in found.values():
            found[was] = now
    return found


def _likeness(old: tuple[str, dict[str, Any]], new: tuple[str, dict[str, Any]]) -> float:
    """1.0 for the same step; else how alike the wording is, if the answers are mostly the same."""
    if old[1] == new[1]:
        return 1.0
    was, now = set(mapped(old[1].get("hear"))), set(mapped(new[1].get("hear")))
    if was | now and len(was & now) * 2 < len(was | now):
        return 0.0
    said, says = (str(one.get("say") or "")[:LONGEST_COMPARED] for one in (old[1], new[1]))
    return SequenceMatcher(None, said, says, autojunk=False).ratio() if said and says else 0.0


def longest_in_order(places: Sequence[int], names: Sequence[str]) -> list[str]:
    """The longest run of names whose places rise: those that did not move."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        size = bisect_left(tails, place)
        before.append(ends[size - 1] if size else -1)
        tails[size : size + 1] = [place]
        ends[size : size + 1] = [at]
    kept, at = list[str](), ends[-1] if ends else -1
    while at >= 0:
        kept.append(names[at])
        at = before[at]
    return kept
