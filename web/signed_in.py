"""Who is asking: the cookie, the session behind it, and the gate every route has.

`admit` runs before every route: it finds the route's line in the table of rights and lets in whom the line names.
Routes take `person: Person` for whoever was let in; object relations are theirs to check with `require_relation`.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from engine.errors import NotAllowed
from engine.people.account import SignedIn
from engine.services.signing_in import Opened, resolve_session
from web.permissions import RIGHTS, Gate
from web.running import WebSettings, door_of, run, stayline_of

OPERATOR_KEY_FILE = "operator.key"


class NotSignedIn(Exception):
    """Somebody must sign in first."""


def cookie_name(settings: WebSettings) -> str:
    """`__Host-` binds the cookie to this host and to https; without https a browser would refuse that name."""
    return "__Host-stayline" if settings.effective_public_url.startswith("https://") else "stayline"


async def admit(request: Request) -> None:
    """Let the request in, or raise NotSignedIn (401) or NotAllowed (403)."""
    right = RIGHTS[f"{'GET' if request.method == 'HEAD' else request.method} {request.scope['route'].path}"]
    if right.gate is Gate.operator:
        _admit_operator(request)
        return
    if right.gate is Gate.carrier:
        return  # the route verifies the signature over the body, which only it knows how to read
    person = await find_person(request)
    request.state.person = person
    if right.gate is Gate.public:
        return
    if person is None:
        raise NotSignedIn
    if not right.allows(person.role):
        raise NotAllowed("not_allowed", role=person.role.value)


async def find_person(request: Request) -> SignedIn | None:
    """Who the request's cookie belongs to, if anybody."""
    stayline = stayline_of(request)
    token = session_token(request)
    if token is None:
        return None
    return await run(stayline, resolve_session, door_of(stayline), token)


def session_token(request: Request) -> str | None:
    token = request.cookies.get(cookie_name(stayline_of(request).settings))
    return token if token and len(token) <= 128 else None


def token_of(request: Request) -> str:
    """The token of a request that was let in by it. Raises NotSignedIn without one."""
    token = session_token(request)
    if token is None:
        raise NotSignedIn
    return token


def _admit_operator(request: Request) -> None:
    """The operator is whoever can read the key file of this installation; the key travels over loopback only."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    client = request.client.host if request.client else ""
    path = stayline_of(request).settings.data_directory / OPERATOR_KEY_FILE
    key = path.read_text().strip() if path.exists() else ""
    if client not in ("127.0.0.1", "::1", "testclient") or not key or not hmac.compare_digest(given.encode(), key.encode()):
        raise NotAllowed("operator.refused")


def _person(request: Request) -> SignedIn:
    person: SignedIn | None = request.state.person
    if person is None:
        raise NotSignedIn
    return person


def _person_or_nobody(request: Request) -> SignedIn | None:
    return getattr(request.state, "person", None)


Person = Annotated[SignedIn, Depends(_person)]
"""The person a route serves."""
PersonOrNobody = Annotated[SignedIn | None, Depends(_person_or_nobody)]
"""The person, on routes anybody may use."""


def set_session_cookie(response: Response, settings: WebSettings, opened: Opened) -> None:
    """Give the browser its token. No expiry: the cookie goes with the browser, the session with its row."""
    response.set_cookie(
        cookie_name(settings),
        opened.token,
        httponly=True,
        samesite="lax",
        secure=settings.effective_public_url.startswith("https://"),
        path="/",
    )


def clear_session_cookie(response: Response, settings: WebSettings) -> None:
    """Take the token back and have the browser forget what it kept of us."""
    secure = settings.effective_public_url.startswith("https://")
    response.delete_cookie(cookie_name(settings), path="/", secure=secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
