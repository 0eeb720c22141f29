"""The picture of a flow, and the traffic on it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.errors import BadInput, Refused
from engine.services import content
from engine.services.checking_drafts import report_of
from engine.services.drafts import Draft, load_draft
from engine.services.drawing_flows import Drawn, draw_draft, marks_of
from engine.services.flow_traffic import Counted, count, ground_of, versions_of
from engine.services.house import House
from engine.storage.content import ContentVersion
from web.errors import sentence_of, status_of
from web.languages import Language
from web.pages import Pages, page
from web.running import in_thread, in_workshop, run, wired_of
from web.safe_html import trusted
from web.studio.traffic_page import PHASES, Selected, Wanted, Wish, between, change, csv_file, rate, seconds, selected

router = APIRouter()


def _language(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)


@router.get("/studio/drafts/{draft_id}/picture")
async def show_picture(request: Request, draft_id: str) -> Response:
    """The picture of a draft as it stands: a part of the studio, or a page of its own."""
    stayline = wired_of(request)
    draft, library = await run(stayline, _draft_and_library, stayline, draft_id)
    marks = await in_thread(_marks, stayline, draft)
    drawn = await in_workshop(stayline, draw_draft, {**library, **draft.files}, draft.path, _language(request).code, marks)
    return page(
        request,
        "studio/picture.html",
        fragment="studio/_picture.html",
        draft=draft,
        drawn=drawn,
        svg=trusted(drawn.picture.svg) if isinstance(drawn, Drawn) else None,
        large=f"/studio/drafts/{draft_id}/picture",
    )


def _draft_and_library(house: House, draft_id: str) -> tuple[Draft, dict[str, str]]:
    with house.database.reading() as tx:
        return load_draft(tx, draft_id), content.library_files(tx)


def _marks(house: House, draft: Draft) -> dict[str, tuple[int, int]]:
    """Where findings stand; none when the checker does not come to an end, which the panel below tells."""
    try:
        return marks_of(report_of(house, draft), draft.path)
    except Refused:
        return {}


@router.get("/flows/{flow_id}/traffic")
async def show_traffic(request: Request, flow_id: str, wanted: Wish) -> Response:
    """How the flow's calls went through it, on its picture and in tables."""
    stayline, problem, status = wired_of(request), None, 200
    versions = await run(stayline, versions_of, stayline, flow_id)
    try:
        chosen, counted = await _counted(request, flow_id, versions, wanted)
    except BadInput as refused:
        problem, status = sentence_of(request, refused), status_of(refused)
        chosen, counted = await _counted(request, flow_id, versions, Wanted())
    return page(
        request,
        "studio/traffic.html",
        status=status,
        flow_id=flow_id,
        versions=versions,
        wanted=wanted if problem is None else Wanted(),
        chosen=chosen,
        counted=counted,
        drawn=counted,
        svg=trusted(counted.picture.svg),
        problem=problem,
        zone=stayline.settings.zone,
        phases=PHASES,
        told={"rate": rate, "between": between, "change": change, "seconds": seconds},
    )


@router.get("/flows/{flow_id}/traffic/table.csv")
async def traffic_table(request: Request, flow_id: str, wanted: Wish) -> Response:
    """The same figures for a spreadsheet."""
    stayline = wired_of(request)
    versions = await run(stayline, versions_of, stayline, flow_id)
    chosen, counted = await _counted(request, flow_id, versions, wanted)
    name = f"{flow_id}_{chosen.since}_{chosen.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_file(counted, _language(request)), media_type="text/csv; charset=utf-8", headers=headers)


async def _counted(request: Request, flow_id: str, versions: list[ContentVersion], wanted: Wanted) -> tuple[Selected, Counted]:
    """Raises BadInput for days or versions that are none."""
    stayline = wired_of(request)
    chosen = selected(wanted, flow_id, versions, stayline.settings.zone, stayline.clock.now())
    ground = await run(stayline, ground_of, stayline)
    return chosen, await in_thread(lambda: stayline.counting.run(count, ground, chosen.asked, chosen.other, _language(request).code))
