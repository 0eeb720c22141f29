"""What the stored peaks of a recording tell: who spoke when, how long nobody did, and the shares of the talk."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONG_SILENCE_MS = 10_000
SKIPPABLE_MS = 1_500
QUIETEST_SPEECH = 4
"""Of 127: below it a lane is silent. A line's hiss lies at 1 to 3; a louder lane's own bar is a tenth of its loud parts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the recording in ms from its beginning."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Sound:
    """The two lanes, customer and agent, `per_second` values each 0 to 127, and what follows from them.

    `quiet`: both silent for more than 1.5 s; `agent_share`: the agent's part of all speech, 0 to 1, None when nobody spoke.
    """

    per_second: int
    customer: tuple[int, ...]
    agent: tuple[int, ...]
    quiet: tuple[Span, ...]
    agent_share: float | None

    @property
    def silences(self) -> tuple[Span, ...]:
        """Silences of more than ten seconds."""
        return tuple(span for span in self.quiet if span.length_ms > LONG_SILENCE_MS)

    @property
    def longest_silence_ms(self) -> int:
        return max((span.length_ms for span in self.quiet), default=0)


def read_sound(peaks: str | None, channel_map: dict[str, str]) -> Sound | None:
    """The sound of a recording's stored peaks; `channel_map` says which lane is whose. None when nothing was stored."""
    if peaks is None:
        return None
    stored = json.loads(peaks)
    lanes = {whose: tuple(stored[side]) for side, whose in channel_map.items()}
    return sound_of(lanes["customer"], lanes["agent"], stored["per_second"])


def sound_of(customer: Sequence[int], agent: Sequence[int], per_second: int) -> Sound:
    """What two lanes of peaks tell."""
    speaks_customer, speaks_agent = _speech(customer), _speech(agent)
    total = sum(speaks_customer) + sum(speaks_agent)
    silent = [not (one or other) for one, other in zip(speaks_customer, speaks_agent, strict=True)]
    quiet = tuple(span for span in _runs(silent, per_second) if span.length_ms > SKIPPABLE_MS)
    return Sound(per_second, tuple(customer), tuple(agent), quiet, sum(speaks_agent) / total if total else None)


def _speech(lane: Sequence[int]) -> list[bool]:
    if not lane:
        return []
    loud = sorted(lane)[int(len(lane) * 0.95)]
    bar = max(QUIETEST_SPEECH, loud // 10)
    return [value >= bar for value in lane]


def _runs(silent: Sequence[bool], per_second: int) -> Iterator[Span]:
    began: int | None = None
    for place, is_silent in enumerate([*silent, False]):
        if is_silent and began is None:
            began = place
        elif not is_silent and began is not None:
            yield Span(began * 1000 // per_second, place * 1000 // per_second)
            began = None
