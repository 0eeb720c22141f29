"""The life of a flow: a draft submitted, reviewed by another person, published now or at its moment; rolled back, retired.

Nothing goes live that another person has not approved in the very version they saw, and that the checker did not find free of errors
with the library as it is live. What calls under way are pinned to is never touched.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.errors import BadInput, Busy, Conflict, IllegalMove, NotAllowed, Refused, StaylineError
from engine.flow.publication import DRAFT, DraftState
from engine.flow.snapshot import Snapshot, load
from engine.services import content, experiments
from engine.services.checking_drafts import Report, report_of
from engine.services.house import House
from engine.storage.content import content_body, content_mark, content_source, live_version, publish_content, retire_content
from engine.storage.database import Transaction
from engine.storage.drafts import Draft, load_draft, lock_draft, store_state, writers_of
from engine.storage.jobs import add_job
from engine.storage.publication_events import PublicationEvent, add_publication_event, publication_events

PUBLISH_DRAFT = "publish_draft"
LONGEST_MESSAGE = 500
LATEST = timedelta(days=366)
SYSTEM = "system"


def submit(house: House, by: str, draft_id: str, seen: int, message: str) -> Draft:
    """Ask for approval, saying what changed.

    Raises Conflict("draft.changed"), BadInput("draft.no_message" | "draft.long_message"), Refused("draft.no_change"), IllegalMove.
    """
    told = _message(message)
    with house.database.transaction() as tx:
        draft = _seen(lock_draft(tx, draft_id), seen)
        if _is_live(tx, draft):
            raise Refused("draft.no_change", draft_id=draft_id)
        now = house.clock.now()
        return _moved(house, tx, draft, "submit", by, "submitted", told, submitted_by=by, submitted_at=now, message=told)


def take_back(house: House, by: str, draft_id: str) -> Draft:
    """Go on writing what was submitted. Raises IllegalMove."""
    with house.database.transaction() as tx:
        return _moved(house, tx, lock_draft(tx, draft_id), "take_back", by, "taken_back", "", **_UNREVIEWED)


def send_back(house: House, by: str, draft_id: str, message: str) -> Draft:
    """Ask the author for changes, or stop what was scheduled. Raises BadInput("draft.no_message" | "draft.long_message"), IllegalMove."""
    told = _message(message)
    with house.database.transaction() as tx:
        return _moved(house, tx, lock_draft(tx, draft_id), "send_back", by, "sent_back", told, **_UNREVIEWED)


def discard(house: House, by: str, draft_id: str) -> Draft:
    """Give a draft up. Its texts stay stored; the flow may get a new draft. Raises IllegalMove unless it is being written."""
    with house.database.transaction() as tx:
        return _moved(house, tx, lock_draft(tx, draft_id), "discard", by, "discarded", "")


def approve(house: House, by: str, draft_id: str, seen: int, *, publish_at: datetime | None = None, aside: bool = False) -> Draft:
    """Publish what was submitted, now or at a moment, after checking exactly what is stored. Blocks: the check runs in the workshop.

    `aside`: it becomes a version that an experiment may use, and calls go on with the live one.

    Raises Conflict("draft.changed") when the approver saw another version, NotAllowed("draft.own_work") for whoever submitted or wrote
    any of it, Refused("draft.has_errors", count=, first=), Refused("draft.other_id"), BadInput("draft.bad_moment"),
    Conflict("library.changed"), Refused("experiment.stands_in_the_way"), NotFound("content.not_live") for `aside` of nothing, IllegalMove.
    """
    now = house.clock.now()
    if publish_at is not None and not now < publish_at <= now + LATEST:
        raise BadInput("draft.bad_moment", publish_at=publish_at.isoformat())
    if aside and publish_at is not None:
        raise BadInput("draft.aside_has_no_moment")

    def approvable(tx: Transaction, draft: Draft) -> Draft:
        _seen(draft, seen)
        DRAFT.next_state(draft.state, "publish" if publish_at is None else "schedule")
        if by == draft.submitted_by or by in writers_of(tx, draft.id):
            raise NotAllowed("draft.own_work", draft_id=draft.id)
        if aside:
            live_version(tx, content.FLOWS, draft.flow_id)
        else:
            experiments.refuse_while_running(tx, draft.flow_id)
        return draft

    def marked(draft: Draft) -> Draft:
        return replace(draft, approved_by=by, approved_at=now)

    return _checked_and_stored(house, draft_id, approvable, marked, by, publish_at, aside)


def publish_scheduled(house: House, draft_id: str) -> None:
    """The job "publish_draft": publish a draft whose moment has come, checked again; what fails goes back to its author with the reason.

    Raises Busy when the checker had no time for it: the job is tried again.
    """
    now = house.clock.now()
    with house.database.reading() as tx:
        draft = load_draft(tx, draft_id)
    if not _due(draft, now):
        return  # sent back, or given another moment, meanwhile: that has a job of its own

    def due(tx: Transaction, locked: Draft) -> Draft:
        if not _due(locked, now) or locked.approved_by is None:
            raise IllegalMove("draft.not_due", draft_id=draft_id)
        experiments.refuse_while_running(tx, locked.flow_id)
        return locked

    try:
        _checked_and_stored(house, draft_id, due, lambda locked: locked, SYSTEM, None)
    except Busy:
        raise  # the job is tried again
    except StaylineError as problem:
        with house.database.transaction() as tx:
            locked = lock_draft(tx, draft_id)
            if _due(locked, now):
                _moved(house, tx, locked, "send_back", SYSTEM, "sent_back", _reason(problem), **_UNREVIEWED)


def roll_back(house: House, by: str, flow_id: str, sha256: str, message: str) -> None:
    """Make an earlier version live again, at once: it was checked when it was published. An experiment that runs ends, since what it
    compares with is live no longer; a retired flow comes back. Takes the time of compiling the flow.

    Raises NotFound("content.no_version"), Refused("flow.already_live"), BadInput("draft.no_message" | "draft.long_message").
    """
    told, now = _message(message), house.clock.now()
    with house.database.reading() as tx:
        body = content_body(tx, content.FLOWS, flow_id, sha256)
    load(body)  # as in `approve`: before calls come, and while the database is free
    with house.database.transaction() as tx:
        if not publish_content(tx, content.FLOWS, flow_id, sha256, body, at=now, by=by, message=told):
            raise Refused("flow.already_live", flow_id=flow_id)
        _end_experiment(house, tx, flow_id, "live_changed")
        add_publication_event(tx, house.ids, now, by, content.FLOWS, flow_id, "rolled_back", sha256=sha256, message=told)


def retire(house: House, by: str, flow_id: str, message: str) -> None:
    """Begin no more calls with a flow; calls under way go on, an experiment ends.

    Raises NotFound("content.not_live"), BadInput as `roll_back`.
    """
    told, now = _message(message), house.clock.now()
    with house.database.transaction() as tx:
        live = live_version(tx, content.FLOWS, flow_id)
        retire_content(tx, content.FLOWS, flow_id)
        _end_experiment(house, tx, flow_id, "flow_retired")
        add_publication_event(tx, house.ids, now, by, content.FLOWS, flow_id, "retired", sha256=live, message=told)


def history(tx: Transaction, flow_id: str) -> list[PublicationEvent]:
    """What was done about a flow's versions, the newest first."""
    return publication_events(tx, content.FLOWS, flow_id)


_UNREVIEWED: dict[str, Any] = {"approved_by": None, "approved_at": None, "publish_at": None}


def _checked_and_stored(
    house: House,
    draft_id: str,
    allowed: Callable[[Transaction, Draft], Draft],
    marked: Callable[[Draft], Draft],
    by: str,
    publish_at: datetime | None,
    aside: bool = False,
) -> Draft:
    """Ask whether it is allowed, check, ask again of the locked row, and store what was checked or nothing."""
    with house.database.reading() as tx:
        draft, library = allowed(tx, load_draft(tx, draft_id)), content_mark(tx, content.LIBRARY)
    snapshot = _sound(draft, report_of(house, draft, fresh=True))
    load(snapshot.text)  # compiled here, on the thread that waited for the check: the first call with it finds it ready
    with house.database.transaction() as tx:
        locked = allowed(tx, lock_draft(tx, draft_id))
        if locked.version != draft.version:
            raise Conflict("draft.changed", version=locked.version, by=locked.changed_by, at=locked.changed_at)
        if content_mark(tx, content.LIBRARY) != library:
            raise Conflict("library.changed")
        approved = marked(locked)
        if by != SYSTEM:
            _tell(house, tx, locked, by, "approved", locked.message)
        if publish_at is not None:
            add_job(tx, house.ids.new(), PUBLISH_DRAFT, draft_id, at=house.clock.now(), not_before=publish_at)
            return _moved(house, tx, approved, "schedule", by, "scheduled", locked.message, publish_at=publish_at)
        return _published(house, tx, approved, by, snapshot, aside)


def _published(house: House, tx: Transaction, draft: Draft, by: str, snapshot: Snapshot, aside: bool) -> Draft:
    if not draft.message or draft.submitted_by is None or draft.approved_by is None:
        raise Refused("draft.not_approved", draft_id=draft.id)
    publish_content(
        tx,
        content.FLOWS,
        draft.flow_id,
        snapshot.sha256,
        snapshot.text,
        at=house.clock.now(),
        by=draft.submitted_by,
        message=draft.message,
        source={"path": draft.path, "text": draft.text, "overlays": dict(draft.overlays)},
        approved_by=draft.approved_by,
        aside=aside,
    )
    told = "set_aside" if aside else "published"
    return _moved(house, tx, draft, "publish", by, told, draft.message, published_version=snapshot.sha256)


def _sound(draft: Draft, report: Report) -> Snapshot:
    """What would be published. Raises Refused when the checker has an error, or the text is another flow's."""
    if report.snapshot is None or report.error_count:
        first = next((f"{one.message_zh} / {one.message_en}" for one in report.findings if one.severity.value == "error"), "")
        raise Refused("draft.has_errors", draft_id=draft.id, count=report.error_count, first=first)
    written = json.loads(report.snapshot.text)["id"]
    if written != draft.flow_id:
        raise Refused("draft.other_id", written=written, flow_id=draft.flow_id)
    return report.snapshot


def _moved(house: House, tx: Transaction, draft: Draft, trigger: str, by: str, what: str, told: str, **changes: Any) -> Draft:
    """Move a draft along its table and tell it in the history."""
    after, now = DRAFT.next_state(draft.state, trigger), house.clock.now()
    moved = replace(draft, state=after, changed_by=by, changed_at=now, **changes)
    store_state(tx, moved)
    _tell(house, tx, moved, by, what, told)
    return load_draft(tx, draft.id)


def _tell(house: House, tx: Transaction, draft: Draft, by: str, what: str, message: str) -> None:
    add_publication_event(
        tx,
        house.ids,
        house.clock.now(),
        by,
        content.FLOWS,
        draft.flow_id,
        what,
        draft_id=draft.id,
        sha256=draft.published_version,
        message=message,
    )


def _seen(draft: Draft, seen: int) -> Draft:
    if draft.version != seen:
        raise Conflict("draft.changed", version=draft.version, by=draft.changed_by, at=draft.changed_at)
    return draft


def _end_experiment(house: House, tx: Transaction, flow_id: str, reason: str) -> None:
    running = experiments.running(tx, flow_id)
    if running is not None:
        experiments.stop_by_itself(house, tx, running, reason)


def _due(draft: Draft, now: datetime) -> bool:
    return draft.state is DraftState.scheduled and draft.publish_at is not None and draft.publish_at <= now


def _is_live(tx: Transaction, draft: Draft) -> bool:
    """Whether the draft says, byte for byte, what is live already."""
    live = tx.row("SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = :name AND live", name=draft.flow_id)
    source = None if live is None else content_source(tx, content.FLOWS, draft.flow_id, live["sha256"])
    return source is not None and source["text"] == draft.text and source["overlays"] == dict(draft.overlays)


def _message(message: str) -> str:
    told = message.strip()
    if not told:
        raise BadInput("draft.no_message")
    if len(told) > LONGEST_MESSAGE:
        raise BadInput("draft.long_message", limit=LONGEST_MESSAGE)
    return told


def _reason(problem: StaylineError) -> str:
    """Why a scheduled draft was not published, for its author."""
    first = str(problem.fields.get("first", ""))
    return first or str(problem)
