"""Every dial of the last day, whoever made it: what caps of an agent, dials abroad and the day's spend are counted from.

An installation dials tens of thousands of numbers a day, so the dials come in spans of a few minutes. A span never changes, and keeps
what it was once asked for: counting a day is then adding up some hundred numbers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.campaigns.call_rates import CallRates
from engine.campaigns.destinations import Places, destination_of
from engine.phone_number import NumberSpace, space_of

A_DAY = timedelta(days=1)
"""How far back dials are known; no cap on them may look further."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """One dial that left, or may have left."""

    id: str
    """The attempt's."""
    at: datetime
    number: str
    agent_id: str | None
    minutes: int
    """Minutes of talk begun; 0 when nobody answered, at least 1 while the outcome is open."""


class DialSpan:
    """Dials that lie close together. Its dials never change; answers are kept per question."""

    __slots__ = ("_abroad", "_by_agent", "_cost", "dials", "first")

    def __init__(self, dials: Iterable[Dialled]) -> None:
        self.dials = tuple(sorted(dials, key=lambda dialled: dialled.at))
        self.first = self.dials[0].at
        self._by_agent: dict[str | None, tuple[datetime, ...]] | None = None
        self._abroad: dict[Places, tuple[datetime, ...]] = {}
        self._cost: dict[CallRates, int] = {}

    def by_agent(self, agent_id: str) -> tuple[datetime, ...]:
        """When the agent dialled."""
        if self._by_agent is None:
            found: dict[str | None, list[datetime]] = {}
            for dialled in self.dials:
                found.setdefault(dialled.agent_id, []).append(dialled.at)
            self._by_agent = {agent: tuple(instants) for agent, instants in found.items()}
        return self._by_agent.get(agent_id, ())

    def abroad(self, home: Places) -> tuple[datetime, ...]:
        """When somebody dialled a number outside the home countries."""
        if home not in self._abroad:
            self._abroad[home] = tuple(dialled.at for dialled in self.dials if is_abroad(dialled.number, home))
        return self._abroad[home]

    def cost(self, rates: CallRates) -> int:
        """What all of it cost, in minor units."""
        if rates not in self._cost:
            self._cost[rates] = sum(dialled.minutes * rates.per_minute(dialled.number) for dialled in self.dials if dialled.minutes)
        return self._cost[rates]


@dataclass(frozen=True, slots=True)
class DaysDials:
    """The dials of at least the last 24 hours. Every question names since when; a dial exactly then counts no more."""

    spans: tuple[DialSpan, ...]

    @classmethod
    def of(cls, dials: Iterable[Dialled]) -> "DaysDials":
        """All in one span: for few dials."""
        listed = tuple(dials)
        return cls((DialSpan(listed),) if listed else ())

    def by_agent(self, agent_id: str, since: datetime) -> tuple[datetime, ...]:
        """When an agent dialled, in no order."""
        return tuple(at for span in self.spans for at in span.by_agent(agent_id) if at > since)

    def abroad(self, home: Places, since: datetime) -> tuple[datetime, ...]:
        """When anybody dialled a number outside the home countries, in no order."""
        return tuple(at for span in self.spans for at in span.abroad(home) if at > since)

    def cost(self, rates: CallRates, since: datetime) -> int:
        """What the talk of these dials cost together, in minor units."""
        whole = sum(span.cost(rates) for span in self.spans if span.first > since)
        return whole + sum(cost for span in self.spans if span.first <= since for _, cost in _charges(span, rates, since))

    def charges(self, rates: CallRates, since: datetime) -> list[tuple[datetime, int]]:
        """When each dial that cost something was made, and what it cost, oldest first."""
        return sorted(charge for span in self.spans for charge in _charges(span, rates, since))


def _charges(span: DialSpan, rates: CallRates, since: datetime) -> Iterator[tuple[datetime, int]]:
    for dialled in span.dials:
        cost = dialled.minutes * rates.per_minute(dialled.number)
        if cost and dialled.at > since:
            yield dialled.at, cost


def is_abroad(number: str, home: Places) -> bool:
    """Whether a number lies outside the home countries. Test numbers lie nowhere; what is no number is taken to lie abroad."""
    if space_of(number) is NumberSpace.test:
        return False
    try:
        return destination_of(number) not in home
    except ValueError:
        return True
