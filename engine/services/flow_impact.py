"""What a draft would have changed in the last real calls of its flow. Calls are only read; the replay itself runs in the workshop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.clock import from_millis
from engine.flow.findings import Finding, errors
from engine.flow.replaying import CallRow, Replayed, replay_calls
from engine.flow.snapshot import load
from engine.flow.texts import pick
from engine.services import content
from engine.services.checking_drafts import report_of
from engine.services.drafts import Draft, load_draft
from engine.services.house import House
from engine.storage.content import content_body, live_version
from engine.storage.customers import listed
from engine.storage.database import Transaction

USUAL, MOST = 200, 2_000


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call that was made with the flow: whose it was, and the version it ran on."""

    id: str
    agent_id: str
    team_id: str | None
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft and the calls it is to be held against. `text` is None while errors keep the draft from being walked.

    `titles`: step → its title by language; `ends`: disposition → name by language.
    """

    draft: Draft
    text: str | None
    errors: tuple[Finding, ...]
    policy: str
    calls: tuple[PastCall, ...]
    ends: Mapping[str, Mapping[str, str]]
    versions: dict[str, str] = field(default_factory=dict[str, str])


def plan(house: House, draft_id: str, most: int = USUAL) -> Planned:
    """The last so many finished calls of the draft's flow, newest first. Raises NotFound("draft.not_found") and Refused.

    Blocks the calling thread while the draft is checked.
    """
    with house.database.reading() as tx:
        draft = load_draft(tx, draft_id)
        policy = content_body(tx, content.OFFERS, "retention", live_version(tx, content.OFFERS, "retention"))
        ends = {code: one.label for code, one in content.dispositions(tx).items()}
        calls = _last_calls(tx, draft.flow_id, min(max(1, most), MOST))
    report = report_of(house, draft)
    text = report.walkable.text if report.walkable else None
    return Planned(draft, text, tuple(errors(report.findings)), policy, calls, ends)


def replay(house: House, planned: Planned, calls: Sequence[PastCall]) -> list[Replayed]:
    """Replay some of the planned calls. Nothing is written. Blocks the calling thread."""
    if planned.text is None or not calls:
        return []
    with house.database.reading() as tx:
        rows = _rows(tx, calls)
        for version in {one.version for one in calls} - planned.versions.keys():
            planned.versions[version] = content_body(tx, content.FLOWS, planned.draft.flow_id, version)
    versions = {version: planned.versions[version] for version in {one.version for one in calls}}
    return house.workshop.run(replay_calls, planned.text, versions, planned.policy, rows)


def names_of(text: str, language: str) -> dict[str, str]:
    """For the workshop: step → title of a snapshot, in a language."""
    return {step.id: pick(step.title, language) if step.title else step.id for step in load(text).steps.values()}


def _last_calls(tx: Transaction, flow_id: str, most: int) -> tuple[PastCall, ...]:
    rows = tx.rows(
        "SELECT id, agent_id, team_id, flow_version, requested_at FROM call"
        " WHERE flow_id = :flow AND answered_at IS NOT NULL AND ended_at IS NOT NULL AND run IS NOT NULL"
        " ORDER BY requested_at DESC, id DESC LIMIT :most",
        flow=flow_id,
        most=most,
    )
    return tuple(
        PastCall(row["id"], row["agent_id"], row["team_id"], row["flow_version"], from_millis(row["requested_at"])) for row in rows
    )


def _rows(tx: Transaction, calls: Sequence[PastCall]) -> list[CallRow]:
    named, values = listed("call", [one.id for one in calls])
    events: dict[str, list[tuple[str, int, bool, str]]] = {one.id: [] for one in calls}
    for row in tx.rows(
        f"SELECT call_id, type, at, action_id, data FROM call_event WHERE call_id IN ({named}) ORDER BY call_id, sequence",  # noqa: S608
        **values,
    ):
        events[row["call_id"]].append((row["type"], row["at"], row["action_id"] is not None, row["data"]))
    decisions: dict[str, list[tuple[str, str, str]]] = {one.id: [] for one in calls}
    for row in tx.rows(
        f"SELECT call_id, step, request, decision FROM offer_decision WHERE call_id IN ({named}) ORDER BY call_id, at, id",  # noqa: S608
        **values,
    ):
        decisions[row["call_id"]].append((row["step"], row["request"], row["decision"]))
    return [CallRow(one.id, one.version, tuple(events[one.id]), tuple(decisions[one.id])) for one in calls]
