"""The answers of real calls given once more, on a draft: which calls go the same way, which part from it and where.

Pure functions on plain data, made to run in the workshop. A call is its log; nothing is written to it. The customer's answers are taken
as they were given; what the draft would have offered is the stored decision where it asks the very same question of the same facts, and
the live policy as of that moment otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.clock import from_millis
from engine.events.catalogue import read_event
from engine.events.envelope import Json
from engine.flow import snapshot
from engine.flow.definition import Flow
from engine.flow.recorded_calls import Happened, recorded
from engine.flow.replayed_walk import Divergence, Untold, Walked, walk_again
from engine.offers.decision import Decision, OfferRequest, offered_from, refused_from
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from engine.offers.reading import read_policy

EventRow = tuple[str, int, bool, str]
"""type, milliseconds, whether it begins a person's action, data as JSON"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as it is stored: its log, the decisions made on it as (step, request JSON, decision JSON), and the version it ran on."""

    id: str
    version: str
    events: tuple[EventRow, ...]
    decisions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one call. `verdict`: same, parts (another way), untold (the call holds no answer to what the draft asks).

    `step` and `reason` tell where and why it parted, or could not be told: answer_gone, condition, leads_elsewhere, step_gone, must_say,
    offer_gone, other_offer, end_changed, other_start, stopped; asks_new, unknown_fact, erased, not_recorded. `detail` names the answer,
    the fact or the lines.
    `end` is None when the call was not walked to an end. `new_end`: of the draft; "" when it cannot be told, None when it has none.
    `stored` and `asked_anew` count the offer decisions taken from the call and made by today's policy.
    """

    id: str
    verdict: str
    step: str
    reason: str
    detail: str
    leads: str
    end: str | None
    new_end: str | None
    offers: tuple[str, ...]
    new_offers: tuple[str, ...]
    stored: int
    asked_anew: int


def replay_calls(draft: str, versions: Mapping[str, str], policy: str, calls: Sequence[CallRow]) -> list[Replayed]:
    """Replay some calls on a draft's snapshot. `versions`: the snapshots the calls ran on, by hash; `policy`: the live offer rules."""
    flow = snapshot.load(draft)
    rules = _policy(policy)
    return [_replayed(flow, versions, rules, call) for call in calls]


def _replayed(flow: Flow, versions: Mapping[str, str], policy: Policy, call: CallRow) -> Replayed:
    events = _events(call)
    erased = len(events) < len(call.events)
    found = recorded(events, flow, erased=erased)
    if found is None:
        return Replayed(call.id, "untold", "", "erased" if erased else "not_recorded", "", "", None, "", (), (), 0, 0)
    old = snapshot.load(versions[call.version]) if call.version in versions else None
    offering = _Offering(policy, call)
    walked = walk_again(flow, old, found, offering)
    before = found.run
    same = (before.step, before.ended, before.shown)
    parted, told = walked.parted, walked.run
    if isinstance(parted, Untold):
        verdict, new_end, new_offers = "untold", "", told.shown if told else ()
    elif parted is None:
        verdict, new_end, new_offers = "same", before.ended, told.shown if told else ()
    else:
        verdict, new_end, new_offers = "parts", _end_of(walked), told.shown if told else ()
    return Replayed(
        call.id,
        verdict,
        parted.step if parted else "",
        parted.reason if parted else "",
        parted.detail if parted else "",
        parted.leads if isinstance(parted, Divergence) else "",
        same[1],
        new_end,
        same[2],
        new_offers,
        offering.stored,
        offering.asked_anew,
    )


def _end_of(walked: Walked) -> str | None:
    """The end it came to; "" where an answer was wanting."""
    if walked.run is not None and walked.run.ended is not None:
        return walked.run.ended
    return None if walked.complete else ""


def _events(call: CallRow) -> list[Happened]:
    """The log; an event whose personal fields were erased with their customer is left out."""
    events: list[Happened] = []
    for kind, at, begins, data in call.events:
        try:
            events.append((read_event(kind, json.loads(data)), from_millis(at), begins))
        except TypeError:
            continue
    return events


class _Offering:
    """Decides offers for one call: what was decided then, if the same was asked then, else today's rules as of then."""

    def __init__(self, policy: Policy, call: CallRow) -> None:
        self._policy = policy
        self._kept = [(step, _question(json.loads(request)), decision) for step, request, decision in call.decisions]
        self._used: set[int] = set()
        self.stored = self.asked_anew = 0

    def at(self, moment: datetime) -> Any:
        """The `decide` of a moment."""

        def ask(request: OfferRequest) -> Decision:
            wanted = _question(
                {
                    "rungs": list(request.rungs),
                    "codes": list(request.codes),
                    "facts": dict(request.facts),
                    "declined": list(request.declined),
                    "presented": list(request.presented),
                }
            )
            for number, (step, question, decision) in enumerate(self._kept):
                if number not in self._used and step == request.step and question == wanted:
                    self._used.add(number)
                    self.stored += 1
                    return _decision(json.loads(decision))
            self.asked_anew += 1
            return decide(self._policy, request, now=moment, decision_id="replay")

        return ask


def _question(request: Mapping[str, Json]) -> tuple[Any, ...]:
    facts = json.dumps(request["facts"], sort_keys=True)
    return tuple(request["rungs"]), tuple(request["codes"]), facts, tuple(request["declined"]), tuple(request["presented"])


def _decision(data: Mapping[str, Any]) -> Decision:
    return Decision(
        data["decision_id"],
        data["policy_version"],
        tuple(offered_from(one) for one in data["offered"]),
        tuple(refused_from(one) for one in data["refused"]),
    )


@lru_cache(maxsize=4)
def _policy(text: str) -> Policy:
    return read_policy(text, "offers")
