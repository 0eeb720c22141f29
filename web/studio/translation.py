"""Translation side by side, and wording out to a spreadsheet and in again."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Form, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from engine.errors import BadInput, Conflict
from engine.flow.publication import DraftState
from engine.flow.wording_rows import LineState, TextPlace
from engine.people.account import SignedIn
from engine.services.drafts import Draft, load_draft, save
from engine.services.wording import Spoken, WordingFiles, spoken_table, translate, with_earlier, wording_files
from engine.services.wording_sheets import Intake, SheetRow, intake_of, sheet_of, take_in
from engine.yaml_text import BadYaml
from integrations.wiring import Stayline, read_wording_sheet, write_wording_sheet
from web.errors import add_sentences, sentence_of, status_of
from web.languages import Language, n_
from web.pages import Pages, page
from web.permissions import RIGHTS
from web.running import in_thread, in_workshop, run, wired_of
from web.signed_in import Person
from web.studio.translation_screen import FIELDS, PHASES, answer_json, groups_of, places_of

router = APIRouter()
WRITE = "POST /studio/drafts/{draft_id}/translation/{language}"
LARGEST_FILE = 5 * 1024 * 1024 + 64 * 1024
"""Bytes of an upload with what a form adds to it."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

add_sentences(
    {
        "wording.language": n_("There is no translation into that language here."),
        "wording.no_place": n_("The flow has no such line any more. Reload the page."),
        "wording.empty_original": n_("An original cannot be emptied."),
        "wording.not_kept": n_("The text could not be written without changing something else, so nothing was."),
        "wording.no_file": n_("Choose the file first."),
        "wording.other_flow": n_("This sheet is of another flow or language: %(found)s. Here it is %(wanted)s."),
        "wording.nothing_taken": n_("Nothing in this sheet is new."),
    }
)

Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
Text = Annotated[str, Field(max_length=20_000)]
Place = Annotated[str, Field(max_length=200)]


class TranslationSent(BaseModel):
    """Typed translations by place, which lines were gone over on the page, and of which steps the translation is still right."""

    model_config = ConfigDict(extra="forbid")
    seen: int
    changes: dict[Place, Text] = Field(default_factory=dict[str, str], max_length=1000)
    looked_at: list[Place] = Field(default_factory=list[str], max_length=5000)
    confirmed: list[Place] = Field(default_factory=list[str], max_length=2000)


@router.get("/studio/drafts/{draft_id}/translation/{language}")
async def show_translation(request: Request, person: Person, draft_id: str, language: str, only: str = "") -> Response:
    stayline = wired_of(request)
    draft = await _draft(stayline, draft_id)
    files = wording_files(draft, language)
    shown: dict[str, Any] = {"draft": draft, "language_there": files.language, "only": only == "open", "writes": _may_write(person, draft)}
    try:
        spoken = await _spoken(stayline, draft, files)
    except BadYaml as broken:
        return page(request, "studio/translation.html", status=422, spoken=None, groups=(), broken=broken, **shown)
    return await in_thread(_table_page, request, spoken, shown)  # hundreds of lines: calls go first


@router.post("/studio/drafts/{draft_id}/translation/{language}")
async def save_translation(
    request: Request, person: Person, draft_id: str, language: str, sent: Annotated[TranslationSent, Body()]
) -> Response:
    stayline = wired_of(request)
    draft = await _draft(stayline, draft_id)
    if draft.version != sent.seen:
        return _changed(request, Conflict("draft.changed", version=draft.version, by=draft.changed_by, at=draft.changed_at))
    changes = places_of(sent.changes)
    looked_at = places_of(dict.fromkeys(sent.looked_at, ""))
    if changes is None or looked_at is None:
        raise BadInput("wording.no_place")
    files = await run(stayline, _with_earlier, stayline, wording_files(draft, language), draft)
    done = await in_workshop(stayline, translate, files, changes, tuple(looked_at), tuple(sent.confirmed))
    what = {"code": "translation.edited", "language": files.language, **_step_of([*changes], sent.confirmed)}
    try:
        saved = await run(
            stayline, save, stayline, person.user_id, draft_id, sent.seen, overlays={**draft.overlays, files.tag: done.overlay}, what=what
        )
    except Conflict as behind:
        return _changed(request, behind)
    return JSONResponse(answer_json(done, saved.version, saved.head, _language(request)))


@router.get("/studio/drafts/{draft_id}/wording.xlsx")
async def wording_out(request: Request, draft_id: str, language: Tag = "en") -> Response:
    stayline = wired_of(request)
    draft = await _draft(stayline, draft_id)
    files = await run(stayline, _with_earlier, stayline, wording_files(draft, language), draft)
    sheet = await in_workshop(stayline, sheet_of, files, draft.version)
    data = await in_workshop(stayline, write_wording_sheet, sheet)
    name = f"{draft.flow_id}_draft_{draft.version}_{files.language}.xlsx"
    return Response(data, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/studio/drafts/{draft_id}/wording")
async def show_wording(
    request: Request, person: Person, draft_id: str, language: Tag = "en", taken: Annotated[int, Query(ge=0)] = 0
) -> Response:
    draft = await _draft(wired_of(request), draft_id)
    return _wording_page(request, person, draft, wording_files(draft, language), taken=taken)


@router.post("/studio/drafts/{draft_id}/wording", max_body_size=LARGEST_FILE)
async def wording_in(
    request: Request, person: Person, draft_id: str, file: Annotated[UploadFile, File()], language: Annotated[Tag, Form()] = "en"
) -> Response:
    """Show what a sheet would change; nothing is written yet."""
    stayline = wired_of(request)
    draft = await _draft(stayline, draft_id)
    files = await run(stayline, _with_earlier, stayline, wording_files(draft, language), draft)
    try:
        rows = await _rows_of(stayline, draft, files, await file.read())
        intake = await in_workshop(stayline, intake_of, files, rows)
    except BadInput as refused:
        return _wording_page(request, person, draft, files, status=status_of(refused), problem=sentence_of(request, refused))
    wanted = {one.number for one in intake.changes} | {row.number for row in rows if TextPlace.read(row.place) in intake.confirmed}
    kept = [[row.number, row.place, row.original, row.translation, row.mark, row.confirmed] for row in rows if row.number in wanted]
    return _wording_page(request, person, draft, files, intake=intake, rows=json.dumps(kept, ensure_ascii=False))


@router.post("/studio/drafts/{draft_id}/wording/take", max_body_size=LARGEST_FILE)
async def take_wording(
    request: Request,
    person: Person,
    draft_id: str,
    seen: Annotated[int, Form()],
    rows: Annotated[str, Form()],
    language: Annotated[Tag, Form()] = "en",
) -> Response:
    """Take in what was shown, compared once more with the draft as it is now; one revision, which undo takes back."""
    stayline = wired_of(request)
    draft = await _draft(stayline, draft_id)
    files = await run(stayline, _with_earlier, stayline, wording_files(draft, language), draft)
    shown = _shown_rows(rows)
    if draft.version != seen:
        intake = await in_workshop(stayline, intake_of, files, shown)
        behind = sentence_of(request, Conflict("draft.changed", version=draft.version, by=draft.changed_by, at=draft.changed_at))
        return _wording_page(request, person, draft, files, status=409, intake=intake, rows=rows, problem=behind)
    taken = await in_workshop(stayline, take_in, files, shown)
    what = {"code": "wording.taken", "language": files.language, "count": len(taken.intake.changes)}
    overlays = {**draft.overlays, files.tag: taken.overlay} if taken.overlay else dict(draft.overlays)
    await run(stayline, save, stayline, person.user_id, draft_id, seen, text=taken.text, overlays=overlays, what=what)
    return RedirectResponse(f"/studio/drafts/{draft_id}/wording?language={files.language}&taken={len(taken.intake.changes)}", 303)


# ------------------------------------------------------------ parts


def _table_page(request: Request, spoken: Spoken, shown: dict[str, Any]) -> Response:
    return page(
        request,
        "studio/translation.html",
        fragment="studio/_translation.html",
        spoken=spoken,
        groups=groups_of(spoken),
        broken=None,
        phases=PHASES,
        stale=spoken.table.count(LineState.stale),
        missing=spoken.table.count(LineState.missing),
        **shown,
    )


async def _draft(stayline: Stayline, draft_id: str) -> Draft:
    return await run(stayline, _load, stayline, draft_id)


def _load(stayline: Stayline, draft_id: str) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft_id)


def _with_earlier(stayline: Stayline, files: WordingFiles, draft: Draft) -> WordingFiles:
    with stayline.database.reading() as tx:
        return with_earlier(tx, files, draft)


async def _spoken(stayline: Stayline, draft: Draft, files: WordingFiles) -> Spoken:
    """Older texts are asked for only when something is stale."""
    spoken = await in_workshop(stayline, spoken_table, files)
    if not spoken.table.count(LineState.stale):
        return spoken
    return await in_workshop(stayline, spoken_table, await run(stayline, _with_earlier, stayline, files, draft))


async def _rows_of(stayline: Stayline, draft: Draft, files: WordingFiles, data: bytes) -> tuple[SheetRow, ...]:
    if not data:
        raise BadInput("wording.no_file")
    sheet = await in_workshop(stayline, read_wording_sheet, data)
    if (sheet.flow_id, sheet.language) not in ((draft.flow_id, files.language), ("", "")):
        raise BadInput("wording.other_flow", found=f"{sheet.flow_id} {sheet.language}", wanted=f"{draft.flow_id} {files.language}")
    return sheet.rows


def _shown_rows(rows: str) -> tuple[SheetRow, ...]:
    try:
        return tuple(
            SheetRow(int(number), str(place), str(original), str(translation), str(mark), confirmed is True)
            for number, place, original, translation, mark, confirmed in json.loads(rows)
        )
    except (ValueError, TypeError):
        raise BadInput("wording.nothing_taken") from None


def _wording_page(
    request: Request,
    person: SignedIn,
    draft: Draft,
    files: WordingFiles,
    *,
    status: int = 200,
    intake: Intake | None = None,
    rows: str = "",
    problem: str = "",
    taken: int = 0,
) -> Response:
    return page(
        request,
        "studio/wording.html",
        status=status,
        draft=draft,
        language_there=files.language,
        intake=intake,
        rows=rows,
        problem=problem,
        taken=taken,
        fields=FIELDS,
        writes=_may_write(person, draft),
    )


def _changed(request: Request, behind: Conflict) -> Response:
    """The draft is not what the page shows: nothing was written, the page still has what was typed."""
    at = behind.fields.get("at")
    return JSONResponse(
        {"code": behind.reason, "version": behind.fields.get("version"), "sentence": sentence_of(request, behind), "at": str(at)}, 409
    )


def _step_of(places: list[TextPlace], confirmed: list[str]) -> dict[str, str]:
    steps = dict.fromkeys([place.name for place in places if place.kind == "step"] + confirmed)
    return {"step": next(iter(steps))} if len(steps) == 1 else {}


def _may_write(person: SignedIn, draft: Draft) -> bool:
    return RIGHTS[WRITE].allows(person.role) and draft.state is DraftState.draft


def _language(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)
