"""The picture of a flow, and the traffic on it."""

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.errors import Refused
from engine.services import content
from engine.services.checking_drafts import report_of
from engine.services.drafts import Draft, load_draft
from engine.services.drawing_flows import Drawn, draw_draft, marks_of
from engine.services.house import House
from web.pages import Pages, page
from web.running import in_workshop, run, wired_of
from web.safe_html import trusted

router = APIRouter()


def _language(request: Request) -> str:
    pages: Pages = request.app.state.pages
    return pages.language_of(request).code


@router.get("/studio/drafts/{draft_id}/picture")
async def show_picture(request: Request, draft_id: str) -> Response:
    """The picture of a draft as it stands: a part of the studio, or a page of its own."""
    stayline = wired_of(request)
    draft, library = await run(stayline, _draft_and_library, stayline, draft_id)
    marks = await to_thread.run_sync(_marks, stayline, draft)
    drawn = await in_workshop(stayline, draw_draft, {**library, **draft.files}, draft.path, _language(request), marks)
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
