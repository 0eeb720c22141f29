"""One edit of a draft: done in the workshop on what the draft says now, then saved; again when somebody saved in between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict, IllegalMove
from engine.flow.publication import DraftState
from engine.services.drafts import Draft, load_draft, save
from engine.services.house import House
from integrations.wiring import Stayline
from web.running import in_workshop, run
from web.studio.step_work import Clash, Done, edit_files

TRIES = 4
"""How often an edit is done anew because somebody else's save came first; each time on their text."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An edit that is saved. `before`: the draft it was done on; `step`: what was edited, by its present name; `select`: what to show."""

    before: Draft
    draft: Draft
    step: str
    print: str
    select: str | None
    what: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clashed:
    """Nothing was saved: the step had been changed. `draft` is as it stands now."""

    draft: Draft
    clash: Clash


async def edit_draft(
    stayline: Stayline, by: str, draft_id: str, data: Mapping[str, Any], step: str, seen_print: str
) -> Saved | Clashed:  # fmt: skip
    """Do an edit that was made on the step whose fingerprint was `seen_print` ("" for none).

    Raises what apply_edit_to_files and engine.services.drafts.save raise.
    """
    for attempt in range(TRIES):
        draft = await run(stayline, _load, stayline, draft_id)
        if draft.state is not DraftState.draft:
            raise IllegalMove("draft.not_editable", draft_id=draft_id, state=draft.state.value)
        done = await in_workshop(stayline, edit_files, draft.text, draft.path, dict(draft.overlays), data, step, seen_print)
        if isinstance(done, Clash):
            return Clashed(draft, done)
        what = what_was_done(data, done)
        try:
            saved = await run(stayline, _save, stayline, by, draft, done, what)
        except Conflict:
            if attempt == TRIES - 1:
                raise
            continue
        return Saved(draft, saved, done.step, done.print, _selected(data, done), what)
    raise AssertionError("unreachable")


def what_was_done(data: Mapping[str, Any], done: Done) -> dict[str, Any]:
    """What the revision says of itself: the edit, its step, and what names it."""
    told: dict[str, Any] = {"code": str(data.get("kind"))}
    if data.get("field"):
        told["field"] = str(data["field"])
    step = done.made if data.get("kind") == "add_step" else done.step
    if step:
        told |= {"step": step, "step_title": done.title[:60]}
    for name in ("label", "title", "name", "key", "id"):
        if isinstance(data.get(name), str) and data[name]:
            told[name] = data[name][:60]
    return told


def _selected(data: Mapping[str, Any], done: Done) -> str | None:
    if done.made:
        return done.made
    return "" if data.get("kind") == "remove_step" else None


def _load(stayline: Stayline, draft_id: str) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft_id)


def _save(house: House, by: str, draft: Draft, done: Done, what: Mapping[str, Any]) -> Draft:
    return save(house, by, draft.id, draft.version, text=done.edited.text, overlays=done.edited.overlays, what=what)
