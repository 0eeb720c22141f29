"""The ways in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from engine.errors import BadInput, NotAllowed, StaylineError
from engine.people.account import LOCALES, SignedIn
from engine.people.password import SHORTEST
from engine.services.signing_in import Opened, owner_of_link, sign_in, sign_out, use_link
from web.errors import sentence_of, status_of
from web.languages import COOKIE
from web.pages import THEME_COOKIE, page
from web.people.throttle import MINUTES
from web.running import door_of, run, run_slowly, stayline_of
from web.signed_in import Person, PersonOrNobody, clear_session_cookie, session_token, set_session_cookie, token_of

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
_A_YEAR = 365 * 24 * 3600


def inside(there: str) -> str:
    """A path of ours to go on to; anything that could lead elsewhere becomes "/"."""
    good = there.startswith("/") and not there.startswith("//") and "\\" not in there and there.isprintable()
    return there if good else "/"


@router.get("/sign-in")
async def ask(request: Request, person: PersonOrNobody, next: str = "/") -> Response:  # noqa: A002 - the address says "next"
    if person is not None:
        return RedirectResponse("/", 303)
    return page(request, "people/sign_in.html", next=inside(next), name="", problem=None)


@router.post("/sign-in")
async def try_password(request: Request, name: Text, password: Text, next: Text = "/") -> Response:  # noqa: A002
    stayline, address = stayline_of(request), request.client.host if request.client else ""
    try:
        if not request.app.state.throttle.allows(name, address):
            raise NotAllowed("sign_in.throttled", minutes=MINUTES)
        former = session_token(request)
        opened = await run_slowly(request.app.state.hashing, sign_in, door_of(stayline), name, password, former_token=former)
    except NotAllowed as refused:
        status = 429 if refused.reason == "sign_in.throttled" else 403
        return page(request, "people/sign_in.html", status=status, next=inside(next), name=name, problem=sentence_of(request, refused))
    request.app.state.throttle.forgive(name, address)
    return _welcome(request, opened, inside(next))


@router.get("/sign-in/link/{token}")
async def show_link(request: Request, token: str) -> Response:
    stayline = stayline_of(request)
    try:
        owner = await run(stayline, owner_of_link, door_of(stayline), token)
    except StaylineError as refused:
        return page(request, "people/link_spent.html", status=410, sentence=sentence_of(request, refused))
    return _ask_password(request, token, owner, None)


@router.post("/sign-in/link/{token}")
async def take_link(request: Request, token: str, password: Text, again: Text) -> Response:
    stayline = stayline_of(request)
    try:
        owner = await run(stayline, owner_of_link, door_of(stayline), token)
    except StaylineError as refused:
        return page(request, "people/link_spent.html", status=410, sentence=sentence_of(request, refused))
    try:
        if password != again:
            raise BadInput("password.differs")
        opened = await run_slowly(request.app.state.hashing, use_link, door_of(stayline), token, password)
    except BadInput as refused:
        return _ask_password(request, token, owner, sentence_of(request, refused), status=status_of(refused))
    return _welcome(request, opened, "/")


@router.post("/sign-out")
async def leave(request: Request, person: Person, everywhere: Annotated[bool, Form()] = False) -> Response:
    stayline, token = stayline_of(request), token_of(request)
    await run(stayline, sign_out, door_of(stayline), token, person, everywhere=everywhere)
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(response, stayline.settings)
    return response


@router.post("/language")
async def choose_language(language: Text, next: Text = "/") -> Response:  # noqa: A002
    """Before sign-in the language is a cookie; afterwards it is the person's and changed on their own page."""
    response = RedirectResponse(inside(next), 303)
    if language in LOCALES:
        response.set_cookie(COOKIE, language, max_age=_A_YEAR, samesite="lax", httponly=True)
    return response


def _ask_password(request: Request, token: str, owner: SignedIn, problem: str | None, status: int = 200) -> Response:
    return page(request, "people/set_password.html", status=status, token=token, owner=owner, problem=problem, shortest=SHORTEST)


def _welcome(request: Request, opened: Opened, there: str) -> Response:
    """Into the application, with a token this browser never had, and the person's language for pages outside it."""
    response = RedirectResponse(there, 303)
    set_session_cookie(response, stayline_of(request).settings, opened)
    remember_looks(response, opened.person)
    return response


def remember_looks(response: Response, person: SignedIn) -> None:
    """Keep language and theme for the pages before sign-in."""
    for cookie, value in ((COOKIE, person.locale), (THEME_COOKIE, person.theme.value)):
        response.set_cookie(cookie, value, max_age=_A_YEAR, samesite="lax", httponly=True)
