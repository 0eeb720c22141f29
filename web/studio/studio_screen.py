"""The values the studio page, its cards and its news show, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import Request

from engine.errors import NotFound
from engine.flow.phase_machine import PHASE_LABELS
from engine.flow.publication import DraftState
from engine.people.account import SignedIn
from engine.services.checking_drafts import kept_report
from engine.services.content import FLOWS, dispositions
from engine.services.drafts import Draft, Present, Revision, load_draft, revisions, seen_by
from engine.storage.content import content_versions
from engine.storage.database import Transaction
from engine.storage.people import account_by_id
from integrations.wiring import Stayline
from web.assets import STATIC
from web.languages import Language, n_
from web.running import in_workshop, run
from web.studio.cards import Cards, cards_of, marked
from web.studio.names_of_edits import told
from web.studio.reports import report_for
from web.studio.text_common import clock, language_of, writes

OTHERS_SHEETS = ("studio_text.css", "studio_panel.css", "studio_picture.css")
OTHERS_MODULES = ("studio_text.js", "studio_panel.js", "studio_picture.js")
"""Stylesheets and modules of the other views on the page."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A draft and what the page says around it. `numbers`: of the live version (None when nothing is live) and of the next one."""

    draft: Draft
    history: tuple[Revision, ...]
    live_number: int | None
    next_number: int
    outcomes: Mapping[str, Mapping[str, str]]

    def revision(self, number: int | None) -> Revision | None:
        return next((one for one in self.history if one.number == number), None)


def stored(stayline: Stayline, draft_id: str) -> Stored:
    """Raises NotFound("draft.not_found")."""
    with stayline.database.reading() as tx:
        draft = load_draft(tx, draft_id)
        versions = [one for one in content_versions(tx, FLOWS) if one.name == draft.flow_id]
        live = next((one.number for one in versions if one.live), None)
        outcomes = _outcomes(tx)
        following = max((one.number for one in versions), default=0) + 1
        return Stored(draft, tuple(revisions(tx, draft_id)), live, following, outcomes)


def _outcomes(tx: Transaction) -> dict[str, Mapping[str, str]]:
    try:
        return {code: one.label for code, one in dispositions(tx).items()}
    except NotFound:  # an installation without content yet
        return {}


async def cards_screen(
    request: Request, stayline: Stayline, person: SignedIn, found: Stored, *, at_once: bool = False
) -> dict[str, Any]:  # fmt: skip
    """What `_cards.html` shows. `at_once`: without the checker's marks, if it would have to be waited for; the page asks for them then."""
    draft, language = found.draft, language_of(request)
    overlay = draft.overlays.get(language.code)
    cards: Cards = await in_workshop(stayline, cards_of, draft.text, draft.path, overlay)
    report = None
    if cards.broken is None:
        kept = await run(stayline, kept_report, stayline, draft.files, draft.path) if at_once else None
        report = kept if at_once else await report_for(stayline, draft)
    cards = marked(cards, report, draft.path) if report else cards
    undone, redone = found.revision(draft.head) if draft.can_undo else None, found.revision(draft.redo_to)
    return {
        "cards": cards,
        "checked": report is not None,
        "title": cards.title or draft.flow_id,
        "phases": [(phase, label[language.code]) for phase, label in PHASE_LABELS.items()],
        "writes": writes(draft, person),
        "outcomes": {code: label.get(language.code) or label["zh"] for code, label in found.outcomes.items()},
        "undo_name": await run(stayline, _named, stayline, person, undone, language),
        "redo_name": await run(stayline, _named, stayline, person, redone, language),
        "address": f"/studio/drafts/{draft.id}",
    }


def _named(stayline: Stayline, person: SignedIn, revision: Revision | None, language: Language) -> str | None:
    """What a revision did, and who did it when it was somebody else."""
    if revision is None:
        return None
    name = told(language, revision.what)
    if revision.made_by == person.user_id:
        return name
    return language.gettext(n_("%(what)s (%(who)s)")) % {"what": name, "who": name_of_user(stayline, revision.made_by)}


def page_screen(stayline: Stayline, found: Stored, language: Language, view: str) -> dict[str, Any]:
    """What `studio.html` shows besides the cards."""
    draft = found.draft
    return {
        "draft": draft,
        "live_number": found.live_number,
        "next_number": found.next_number,
        "revision": found.history[-1].number if found.history else 0,
        "saved_at": clock(stayline, draft),
        "view": view,
        "other_language": "en",
        "sheets": [name for name in OTHERS_SHEETS if _is_there(f"css/{name}")],
        "modules": [name for name in OTHERS_MODULES if _is_there(f"js/{name}")],
        "page_language": language.tag,
    }


def _is_there(name: str) -> bool:
    return Path(STATIC / name).is_file()


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else did since the page was drawn."""

    who: str
    at: str
    what: str


@dataclass(frozen=True, slots=True)
class News:
    """Who else has the draft open, and what they changed."""

    draft: Draft
    others: Sequence[Present]
    changes: tuple[Change, ...]
    newest: int
    moved: bool = False
    """It was not written on but went elsewhere: into review, back, on its way to be published."""


def news_of(stayline: Stayline, person: SignedIn, draft_id: str, version: int, revision: int, language: Language) -> News:
    """What happened since `version`, of which `revision` was the newest. Notes that this person has the draft open."""
    others = seen_by(stayline, person.user_id, draft_id)
    found = stored(stayline, draft_id)
    draft = found.draft
    newest = found.history[-1].number if found.history else 0
    if draft.version == version:
        return News(draft, others, (), newest)
    since = [one for one in found.history if one.number > revision and one.made_by != person.user_id]
    changes = tuple(Change(name_of_user(stayline, one.made_by), _at(stayline, draft, one), told(language, one.what)) for one in since)
    if changes:
        return News(draft, others, changes[-3:], newest)
    what, moved = _moved(found, newest)
    told_so = Change(name_of_user(stayline, draft.changed_by), clock(stayline, draft), language.gettext(what))
    return News(draft, others, (told_so,), newest, moved)


def _moved(found: Stored, newest: int) -> tuple[str, bool]:
    """What happened to a draft that has no new revision, and whether the page must be loaded again for it."""
    if found.draft.state is DraftState.draft and found.draft.head != newest:
        return n_("went back or forth in the changes"), False
    return {
        DraftState.draft: n_("it is being written again"),
        DraftState.in_review: n_("submitted it for review"),
        DraftState.scheduled: n_("approved it"),
        DraftState.published: n_("published it"),
        DraftState.discarded: n_("discarded it"),
    }[found.draft.state], True


def _at(stayline: Stayline, draft: Draft, revision: Revision) -> str:
    return clock(stayline, replace(draft, changed_at=revision.made_at))


def name_of_user(stayline: Stayline, user_id: str) -> str:
    with stayline.database.reading() as tx:
        account = account_by_id(tx, user_id)
    return account.person.display_name if account else user_id
