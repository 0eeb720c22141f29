"""A draft as text: CodeMirror, markers, completion, quick fixes, canonical form.

The editor speaks JSON. A refusal is JSON too, {reason, sentence, …}, because what was written stands in the editor and must stay there.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from engine.errors import Conflict, StaylineError
from engine.flow.findings import Finding
from engine.services import writing_text
from engine.services.checking_drafts import Report
from engine.services.content import library_files
from engine.services.drafts import Draft, load_draft, save
from integrations.wiring import Stayline
from web.languages import Language, n_
from web.pages import translated
from web.running import in_workshop, run, wired_of
from web.signed_in import Person
from web.studio import panel
from web.studio.report_screen import counts, finding_json
from web.studio.reports import report_for_files
from web.studio.text_common import (
    REFUSED_UNREAD,
    TextRoute,
    clock,
    draft_of,
    files_with,
    language_of,
    name_of,
    path_in,
    question_about,
    refused,
    rewritten,
    saved,
    writes,
)
from web.studio.text_forms import AtPlace, ToFix, ToSave, Written

router = APIRouter(route_class=TextRoute, max_body_size=REFUSED_UNREAD)
router.include_router(panel.router)


@router.get("/studio/drafts/{draft_id}/text")
async def show_text(request: Request, person: Person, draft_id: str) -> Response:
    draft = await draft_of(wired_of(request), draft_id)
    told = {"version": draft.version, "revision": draft.head, "writes": writes(draft, person)}
    return JSONResponse({**told, "text": draft.text, "overlays": dict(draft.overlays)})


@router.post("/studio/drafts/{draft_id}/text")
async def save_text(request: Request, person: Person, draft_id: str, sent: Annotated[ToSave, Body()]) -> Response:
    """Save what stands in the editor. 409 with `reason` "draft.changed" carries what the draft says now, so that both can be shown."""
    stayline = wired_of(request)
    try:
        draft = await run(stayline, _save, stayline, person.user_id, draft_id, sent)
    except Conflict as problem:
        return await _changed(request, draft_id, sent, problem)
    except StaylineError as problem:
        return refused(request, problem)
    return JSONResponse(saved(stayline, draft))


@router.post("/studio/drafts/{draft_id}/check")
async def check_text(request: Request, draft_id: str, sent: Annotated[Written, Body()]) -> Response:
    """What the checker says of a text that is not saved yet."""
    stayline, language = wired_of(request), language_of(request)
    draft = await draft_of(stayline, draft_id)
    report = await report_for_files(stayline, files_with(draft, sent), draft.path)
    return JSONResponse(
        {
            "findings": [_marked(draft, finding, language) for finding in report.findings],
            "steps": {step: list(lines) for step, lines in report.step_lines.items()},
            "counts": counts(report),
            "told": _told(request, report),
        }
    )


@router.post("/studio/drafts/{draft_id}/complete")
async def complete_text(request: Request, draft_id: str, sent: Annotated[AtPlace, Body()]) -> Response:
    """What may be written at a place, in the words of the page's language."""
    stayline, language = wired_of(request), language_of(request)
    draft = await draft_of(stayline, draft_id)
    library = await run(stayline, _library, stayline)
    original = draft.text if sent.language else None
    found = await in_workshop(stayline, writing_text.complete, library, sent.text, sent.line, sent.column, original)
    options = [
        {"label": one.label, "kind": one.kind, "detail": one.en if language.code == "en" else one.zh, "apply": one.apply or one.label}
        for one in found.options
    ]
    return JSONResponse({"column": found.column, "options": options})


@router.post("/studio/drafts/{draft_id}/format")
async def format_text(request: Request, draft_id: str, sent: Annotated[Written, Body()]) -> Response:
    """The text in its canonical form; nothing is saved."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    return rewritten(request, await in_workshop(stayline, writing_text.in_form, sent.text, path_in(draft, sent.language)))


@router.post("/studio/drafts/{draft_id}/fix")
async def fix_text(request: Request, draft_id: str, sent: Annotated[ToFix, Body()]) -> Response:
    """The text with the finding at a place mended; nothing is saved."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    question = await question_about(stayline, files_with(draft, sent), draft.path)
    return rewritten(
        request, await in_workshop(stayline, writing_text.mend, *question, path_in(draft, sent.language), sent.line, sent.code)
    )


async def _changed(request: Request, draft_id: str, sent: ToSave, problem: Conflict) -> JSONResponse:
    """Somebody saved in between: what the draft says now, and who it was."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    name, at = await name_of(stayline, draft.changed_by), clock(stayline, draft)
    sentence = translated(request, n_("%(name)s saved at %(at)s. Your text is still here: put the two together."), name=name, at=at)
    told = {"reason": problem.reason, "sentence": sentence, "version": draft.version, "revision": draft.head, "by": name, "at": at}
    return JSONResponse({**told, "text": draft.text if sent.language is None else draft.overlays.get(sent.language, "")}, 409)


def _save(stayline: Stayline, by: str, draft_id: str, sent: ToSave) -> Draft:
    step = {"step": sent.step} if sent.step else {}
    if sent.language is None:
        return save(stayline, by, draft_id, sent.seen, text=sent.text, what={"code": "text.edited", **step})
    with stayline.database.reading() as tx:
        overlays = load_draft(tx, draft_id).overlays
    what = {"code": "translation.edited", "language": sent.language, **step}
    return save(stayline, by, draft_id, sent.seen, overlays={**overlays, sent.language: sent.text}, what=what)


def _library(stayline: Stayline) -> dict[str, str]:
    with stayline.database.reading() as tx:
        return library_files(tx)


def _marked(draft: Draft, finding: Finding, language: Language) -> dict[str, Any]:
    """A finding with the document it stands in: None for the flow, a language for a translation, "library" for shared steps."""
    found = {path_in(draft, tag): tag for tag in draft.overlays}
    where = None if finding.path == draft.path else found.get(finding.path, "library")
    return {**finding_json(finding, language), "in": where}


def _told(request: Request, report: Report) -> str:
    number = counts(report)
    if not number["errors"] and not number["warnings"]:
        return translated(request, n_("Nothing to mend."))
    return translated(request, n_("Errors: %(errors)s, warnings: %(warnings)s"), **number)
