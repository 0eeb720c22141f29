"""Help for whoever is signed in: what their role does here, step by step, and the keys; and what each finding of the checker means."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.errors import NotFound
from web.help.checks import check_pages
from web.pages import page

router = APIRouter()


@router.get("/help")
async def show_help(request: Request) -> Response:
    return page(request, "help/help.html")


@router.get("/help/checks")
async def show_checks(request: Request) -> Response:
    return page(request, "help/checks.html", pages=check_pages())


@router.get("/help/checks/{code}")
async def show_check(request: Request, code: str) -> Response:
    """What one finding means, with a bad and a good example. Raises NotFound."""
    found = check_pages().get(code.upper())
    if found is None:
        raise NotFound("check.unknown", code=code)
    return page(request, "help/check.html", told=found)
