"""A draft in the studio: cards, forms, undo, and who else has it open."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import JSONResponse, Response

from engine.errors import BadFile, BadInput, StaylineError
from engine.services.drafts import Draft, redo, undo
from engine.services.house import House
from integrations.wiring import Stayline
from web.errors import sentence_of, status_of
from web.pages import page
from web.running import in_thread, run, wired_of
from web.signed_in import Person
from web.studio import edit_words
from web.studio.edit_forms import edit_sent, typed
from web.studio.editing_service import Clashed, Saved, edit_draft
from web.studio.form_findings import findings_of
from web.studio.form_screen import all_lines, form_screen, lines_screen, rows_json
from web.studio.names_of_edits import told
from web.studio.studio_screen import Stored, cards_screen, name_of_user, news_of, page_screen, stored
from web.studio.text_common import clock, language_of, writes

router = APIRouter()
Seen = Annotated[int, Form(ge=0)]
Code = Annotated[str, Query(max_length=60)]
assert edit_words


@router.get("/studio/drafts/{draft_id}")
async def show_studio(request: Request, person: Person, draft_id: str, view: str = "form") -> Response:
    """The whole page; the form of a step and the other views are fetched by it."""
    stayline = wired_of(request)
    found = await run(stayline, stored, stayline, draft_id)
    cards = await cards_screen(request, stayline, person, found, at_once=True)
    around = page_screen(stayline, found, language_of(request), view)
    return await in_thread(page, request, "studio/studio.html", **around, **cards, form_html=None)  # a card for every step


@router.get("/studio/drafts/{draft_id}/cards")
async def show_cards(request: Request, person: Person, draft_id: str) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, stored, stayline, draft_id)
    cards = await cards_screen(request, stayline, person, found)
    return await in_thread(page, request, "studio/_cards.html", **cards)


@router.get("/studio/drafts/{draft_id}/form")
async def show_form(
    request: Request, person: Person, draft_id: str, step: Code = "", dialog: Code = "", phase: Code = "opening",
    purpose: Annotated[str, Query(max_length=20, alias="for")] = "line",
) -> Response:  # fmt: skip
    """The form of a step, of the flow's settings without one; a dialog of it; or, as JSON, what the checker says of the step."""
    stayline, language = wired_of(request), language_of(request)
    found = await run(stayline, stored, stayline, draft_id)
    draft = found.draft
    if dialog == "findings":
        return JSONResponse({"version": draft.version, "findings": await findings_of(stayline, draft, step, language)})
    try:
        screen = await form_screen(stayline, draft, step, language, may_write=writes(draft, person))
    except (BadFile, BadInput) as problem:
        return page(request, "studio/_no_form.html", problem=problem, sentence=sentence_of(request, problem))
    outcomes = {code: label.get(language.code) or label["zh"] for code, label in found.outcomes.items()}
    if dialog:
        lines = lines_screen(await all_lines(stayline), screen["filled"].flow.locale) if dialog == "lines-dialog" else []
        more: dict[str, Any] = {"dialog": dialog, "chosen_phase": phase, "purpose": purpose, "all_lines": lines}
        return page(request, "studio/_dialogs.html", **screen, **more, rows_json=rows_json)
    template = "studio/_form.html" if step else "studio/_flow_form.html"
    return page(request, template, **screen, outcomes=outcomes, rows_json=rows_json)


@router.post("/studio/drafts/{draft_id}/edit")
async def edit(request: Request, person: Person, draft_id: str) -> Response:
    """One edit. It is done on what the draft says now, unless its own step was changed by somebody: then both versions are shown (409)."""
    stayline = wired_of(request)
    form = await request.form()
    try:
        data, seen = edit_sent(form), _number(form.get("seen"))
        done = await edit_draft(stayline, person.user_id, draft_id, data, str(form.get("step") or ""), str(form.get("print") or ""))
    except (BadInput, StaylineError) as problem:
        answer = {"reason": problem.reason, "sentence": sentence_of(request, problem), "field": str(problem.fields.get("field", ""))}
        return JSONResponse(answer, status_of(problem))
    if isinstance(done, Clashed):
        who = await run(stayline, name_of_user, stayline, done.draft.changed_by)
        around: dict[str, Any] = {"draft": done.draft, "clash": done.clash, "who": who, "typed": typed(data)}
        return page(request, "studio/_clash.html", status=409, at=clock(stayline, done.draft), **around)
    return JSONResponse(await _saved(request, stayline, person.user_id, done, seen))


async def _saved(request: Request, stayline: Stayline, user_id: str, done: Saved, seen: int) -> dict[str, Any]:
    language, draft = language_of(request), done.draft
    merged = None
    if done.before.version != seen and done.before.changed_by != user_id:
        who = await run(stayline, name_of_user, stayline, done.before.changed_by)
        merged = language.gettext(edit_words.MERGED) % {"who": who}
    answer = {"version": draft.version, "revision": draft.head, "at": clock(stayline, draft), "said": told(language, done.what)}
    return {**answer, "merged": merged, "step": done.step, "print": done.print, "select": done.select}


@router.post("/studio/drafts/{draft_id}/undo")
async def undo_change(request: Request, person: Person, draft_id: str, seen: Seen) -> Response:
    stayline = wired_of(request)
    before = await run(stayline, stored, stayline, draft_id)
    draft = await run(stayline, undo, _house(stayline), person.user_id, draft_id, seen)
    return _moved(request, stayline, before, draft, before.draft.head)


@router.post("/studio/drafts/{draft_id}/redo")
async def redo_change(request: Request, person: Person, draft_id: str, seen: Seen) -> Response:
    stayline = wired_of(request)
    before = await run(stayline, stored, stayline, draft_id)
    draft = await run(stayline, redo, _house(stayline), person.user_id, draft_id, seen)
    return _moved(request, stayline, before, draft, draft.head)


@router.get("/studio/drafts/{draft_id}/news")
async def show_news(
    request: Request, person: Person, draft_id: str, version: Annotated[int, Query(ge=0)] = 0, revision: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Asked every few seconds by an open page, which thereby says that it is open."""
    stayline = wired_of(request)
    news = await run(stayline, news_of, stayline, person, draft_id, version, revision, language_of(request))
    return page(request, "studio/_news.html", news=news)


def _moved(request: Request, stayline: Stayline, before: Stored, draft: Draft, number: int) -> Response:
    """What undo and redo did: the name of the change that was taken back or done again, and the step it was at."""
    revision = before.revision(number)
    what = dict(revision.what) if revision else dict[str, Any]()
    said = told(language_of(request), what)
    return JSONResponse({"version": draft.version, "at": clock(stayline, draft), "said": said, "step": what.get("step")})


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12 else 0


def _house(stayline: Stayline) -> House:
    return stayline
