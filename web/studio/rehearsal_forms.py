"""What the rehearsal's page sends, as plain values. The whole run travels with every press; the server keeps none of it."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from engine.errors import BadInput
from engine.events.envelope import Json
from engine.flow.rehearsing import MOST_PRESSES, Asked

Code = Annotated[str, Field(max_length=64)]
Value = Annotated[str, Field(max_length=400)] | int | float | bool | None
LONGEST_PHASE_MS = 24 * 3600 * 1000


class RunSent(BaseModel):
    """A run so far. `version`: the hash of what it began on, empty at the beginning. `taken`: phase → ms by the stopwatch."""

    model_config = ConfigDict(extra="forbid")
    version: Code = ""
    persona: Code
    seed: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    language: Annotated[str, Field(pattern="^(zh|en)$")] = "zh"
    as_of: Annotated[str, Field(max_length=40)] = ""
    facts: dict[Code, Value] = Field(default_factory=dict[str, Value], max_length=100)
    presses: Annotated[list[tuple[Code, Value]], Field(max_length=MOST_PRESSES)] = Field(default_factory=list[tuple[str, Value]])
    taken: dict[Code, Annotated[int, Field(ge=0, le=LONGEST_PHASE_MS)]] = Field(default_factory=dict[str, int], max_length=10)
    again: bool = False
    """Start again from here: walk what was pressed on the flow as it is now, as far as it goes."""

    def moment(self, zone: str, now: datetime) -> str:
        """When the call is, with its offset; a time without one is the installation's. Raises BadInput("rehearsal.moment")."""
        if not self.as_of:
            return now.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
        try:
            at = datetime.fromisoformat(self.as_of)
        except ValueError:
            raise BadInput("rehearsal.moment", as_of=self.as_of) from None
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).isoformat(timespec="seconds")

    def asked(self, as_of: str, session: dict[str, Json]) -> Asked:
        """The run as the engine walks it."""
        presses = tuple((kind, value) for kind, value in self.presses)
        return Asked(self.persona, self.seed, self.language, as_of, dict(self.facts), session, presses)


class TestSent(RunSent):
    """A run to be kept as a test of the draft, whose page shows the version `seen`."""

    __test__ = False
    seen: int
    name: Annotated[str, Field(min_length=1, max_length=80)]


class SearchSent(BaseModel):
    """A customer looked for; posted, so that it stands in no address, history or log."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=60)]


class FactsSent(BaseModel):
    """Which flow's facts are wanted of a customer, and as of when."""

    model_config = ConfigDict(extra="forbid")
    draft: Code | None = None
    flow: Code | None = None
    as_of: Annotated[str, Field(max_length=40)] = ""
