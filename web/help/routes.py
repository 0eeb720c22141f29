"""Help for whoever is signed in: what their role does here, step by step, and the keys."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.pages import page

router = APIRouter()


@router.get("/help")
async def show_help(request: Request) -> Response:
    return page(request, "help/help.html")
