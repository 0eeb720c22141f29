"""Writing drafts: begun from the live version or from nothing, saved revision by revision, undone, redone. Nothing saved is lost."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.errors import BadInput, Conflict, IllegalMove, NotFound, Refused
from engine.flow.new_flow import new_flow
from engine.flow.publication import DraftState
from engine.services import content
from engine.services.house import House
from engine.storage.content import content_source
from engine.storage.database import Transaction
from engine.storage.drafts import (
    Draft,
    Present,
    Revision,
    add_revision,
    insert_draft,
    load_draft,
    lock_draft,
    newest_revision,
    note_presence,
    open_draft_of,
    others_present,
    revision_text,
    revisions,
    show_revision,
)
from engine.yaml_text import MAX_CHARACTERS

__all__ = [
    "Draft",
    "Present",
    "Revision",
    "begin_draft",
    "begin_flow",
    "load_draft",
    "open_draft_of",
    "redo",
    "revision_text",
    "revisions",
    "save",
    "seen_by",
    "undo",
]

PRESENT_FOR = timedelta(seconds=20)
"""How long after its page was last heard of somebody counts as having a draft open."""
LONGEST_TITLE = 60
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def begin_draft(house: House, by: str, flow_id: str) -> Draft:
    """The flow's open draft; if it has none, a new one with the files of the live version.

    Raises NotFound("content.not_live"), and Refused("flow.no_source") for a version from before the files were kept.
    """
    with house.database.transaction() as tx:
        found = open_draft_of(tx, flow_id)
        if found is not None:
            return found
        live = content.live_flow_version(tx, flow_id)
        source = content_source(tx, content.FLOWS, flow_id, live)
        if source is None:
            raise Refused("flow.no_source", flow_id=flow_id)
        draft = _new(house, by, flow_id, source["path"], source["text"], source["overlays"], live)
        insert_draft(tx, draft, {"code": "draft.begun"})
        begun = open_draft_of(tx, flow_id)  # another's, if they were quicker
        assert begun is not None
        return begun


def begin_flow(house: House, by: str, flow_id: str, title: str, family: str, text: str | None = None) -> Draft:
    """A draft of a flow that does not exist yet, to lie at flows/<family>/<flow_id>.yaml; without `text` a skeleton to write on.

    Raises BadInput: "flow.bad_id", "flow.bad_family", "flow.bad_title", "flow.id_taken" and what `save` refuses.
    """
    if not _NAME.fullmatch(flow_id):
        raise BadInput("flow.bad_id", flow_id=flow_id)
    if not _NAME.fullmatch(family):
        raise BadInput("flow.bad_family", family=family)
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE or not title.isprintable():
        raise BadInput("flow.bad_title", longest=LONGEST_TITLE)
    written = new_flow(flow_id, title) if text is None else text
    _check(written, {})
    draft = _new(house, by, flow_id, f"flows/{family}/{flow_id}.yaml", written, {}, None)
    with house.database.transaction() as tx:
        known = tx.row("SELECT 1 FROM content_version WHERE kind = :kind AND name = :name", kind=content.FLOWS, name=flow_id)
        if known is not None or not insert_draft(tx, draft, {"code": "flow.begun"}):
            raise BadInput("flow.id_taken", flow_id=flow_id)
        return load_draft(tx, draft.id)


def save(
    house: House,
    by: str,
    draft_id: str,
    seen: int,
    *,
    text: str | None = None,
    overlays: Mapping[str, str] | None = None,
    what: Mapping[str, Any],
) -> Draft:
    """Store a new state of a draft, made from the one shown; what is left out stays as it is, `overlays` are all of them.

    `seen` is the version the writer's page shows. Raises Conflict("draft.changed", version=, by=, at=) when it is not the present one:
    then nothing was written and the caller still has its text. Raises IllegalMove("draft.not_editable") outside the state `draft`,
    BadInput("draft.too_large" | "draft.bad_character" | "draft.bad_language"), NotFound("draft.not_found"). The same texts change nothing.
    """
    with house.database.transaction() as tx:
        draft = _editable(tx, draft_id, seen)
        new_text = draft.text if text is None else text
        new_overlays = dict(draft.overlays if overlays is None else overlays)
        if new_text == draft.text and new_overlays == draft.overlays:
            return draft
        _check(new_text, new_overlays)
        revision = Revision(newest_revision(tx, draft_id) + 1, draft.head, what, by, house.clock.now())
        add_revision(tx, draft_id, revision, new_text, new_overlays)
        show_revision(tx, draft, revision.number, by=by, at=revision.made_at)
        return load_draft(tx, draft_id)


def undo(house: House, by: str, draft_id: str, seen: int) -> Draft:
    """Show the state from which the present one was made. Raises as `save`, and IllegalMove("draft.nothing_to_undo")."""
    with house.database.transaction() as tx:
        draft = _editable(tx, draft_id, seen)
        if draft.undo_to is None:
            raise IllegalMove("draft.nothing_to_undo", draft_id=draft_id)
        show_revision(tx, draft, draft.undo_to, by=by, at=house.clock.now())
        return load_draft(tx, draft_id)


def redo(house: House, by: str, draft_id: str, seen: int) -> Draft:
    """Show the newest state made from the present one. Raises as `save`, and IllegalMove("draft.nothing_to_redo")."""
    with house.database.transaction() as tx:
        draft = _editable(tx, draft_id, seen)
        if draft.redo_to is None:
            raise IllegalMove("draft.nothing_to_redo", draft_id=draft_id)
        show_revision(tx, draft, draft.redo_to, by=by, at=house.clock.now())
        return load_draft(tx, draft_id)


def seen_by(house: House, user_id: str, draft_id: str) -> list[Present]:
    """Note that somebody has the draft open; returns who else has. Raises NotFound("draft.not_found")."""
    now = house.clock.now()
    with house.database.transaction() as tx:
        if tx.row("SELECT 1 FROM flow_draft WHERE id = :id", id=draft_id) is None:
            raise NotFound("draft.not_found", draft_id=draft_id)
        note_presence(tx, draft_id, user_id, now)
        return others_present(tx, draft_id, user_id, now - PRESENT_FOR)


def _new(house: House, by: str, flow_id: str, path: str, text: str, overlays: Mapping[str, str], based_on: str | None) -> Draft:
    now = house.clock.now()
    return Draft(house.ids.new(), flow_id, path, DraftState.draft, 1, 1, based_on, text, dict(overlays), by, now, by, now)


def _editable(tx: Transaction, draft_id: str, seen: int) -> Draft:
    draft = lock_draft(tx, draft_id)
    if draft.state is not DraftState.draft:
        raise IllegalMove("draft.not_editable", draft_id=draft_id, state=draft.state.value)
    if draft.version != seen:
        raise Conflict("draft.changed", version=draft.version, by=draft.changed_by, at=draft.changed_at)
    return draft


def _check(text: str, overlays: Mapping[str, str]) -> None:
    """What no database and no checker could take."""
    for tag, one in (("", text), *overlays.items()):
        if tag and not _TAG.fullmatch(tag):
            raise BadInput("draft.bad_language", language=tag)
        if len(one) > MAX_CHARACTERS:
            raise BadInput("draft.too_large", characters=len(one), limit=MAX_CHARACTERS)
        if "\0" in one or not _can_be_stored(one):
            raise BadInput("draft.bad_character")


def _can_be_stored(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as broken JSON may carry it
        return False
    return True
