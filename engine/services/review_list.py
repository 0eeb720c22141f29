"""The reviewer's list of calls, with what it can be narrowed by."""

from dataclasses import dataclass

from engine.errors import NotFound
from engine.services import content
from engine.services.house import House
from engine.storage.database import Transaction
from engine.storage.finding_calls import FoundPage, Reach, Wanted, agents_within, find_calls, flows_called

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReviewList:
    """A page of calls, and (value, label) of everything they can be filtered by."""

    found: FoundPage
    agents: list[Choice]
    outcomes: list[Choice]
    flows: list[Choice]


def list_calls(house: House, wanted: Wanted | None, reach: Reach, after: str | None, language: str) -> ReviewList:
    """The calls wanted within reach, labels in "zh" or "en"; no calls at all when nothing is asked for (None). Raises BadInput."""
    with house.database.reading() as tx:
        found = find_calls(tx, wanted, reach, after) if wanted is not None else FoundPage((), None)
        flows = [(flow, _flow_title(tx, flow, language)) for flow in flows_called(tx)]
        return ReviewList(found, agents_within(tx, reach), _outcomes(tx, language), flows)


def _outcomes(tx: Transaction, language: str) -> list[Choice]:
    try:
        return [(code, one.label[language]) for code, one in content.dispositions(tx).items()]
    except NotFound:
        return []  # nothing is published yet, so no call can have an outcome


def _flow_title(tx: Transaction, flow: str, language: str) -> str:
    try:
        found = content.flow_version(tx, flow, content.live_flow_version(tx, flow))
    except NotFound:
        return flow  # withdrawn since: its calls are still found by its name
    return found.title.get(language) or found.title.get("zh") or flow
