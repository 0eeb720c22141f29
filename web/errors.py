"""Every error as an answer: a status, one sentence in the reader's language, and nothing else.

The sentence is found by the error's code, else by its class. htmx gets it as a notice beside the page, which stays as it is;
a visit by address gets a page. What we did not expect becomes 500 with the request's id, which the log repeats.
"""

import logging
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from engine.errors import BadInput, CarrierError, Conflict, NotAllowed, NotFound, Refused, StaleState, StaylineError
from web.languages import Language, n_
from web.pages import Pages, page, translated, wants_fragment
from web.security import App, Message, Receive, Scope, Send
from web.signed_in import NotSignedIn

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[StaylineError], int, str], ...] = (
    (BadInput, 422, n_("That cannot be used as it stands.")),
    (NotFound, 404, n_("There is no such thing here, or it is not yours to see.")),
    (NotAllowed, 403, n_("Your role may not do this.")),
    (Refused, 409, n_("The rules do not allow this now.")),
    (StaleState, 409, n_("This page is behind what has happened. Reload it and look again.")),
    (Conflict, 409, n_("Somebody was faster. Reload the page and look again.")),
    (CarrierError, 502, n_("The carrier did not do it.")),
    (StaylineError, 500, n_("Something went wrong here. Nothing was lost that was confirmed.")),
)

SENTENCES: dict[str, str] = {
    "sign_in.refused": n_("That name and password do not go together."),
    "sign_in.throttled": n_("Too many tries. Wait %(minutes)s minutes, then try again."),
    "link.spent": n_("This link was used or is too old. Ask your administrator for a new one."),
    "password.too_short": n_("A password has at least %(shortest)s characters."),
    "password.too_long": n_("A password has at most %(longest)s characters."),
    "password.common": n_("This password is one of those tried first. Take a few words that do not belong together."),
    "password.contextual": n_("This password is made of your name or ours. Take something nobody would guess from you."),
    "password.repetitive": n_("This password repeats itself or runs along the keyboard."),
    "password.differs": n_("The two passwords are not the same."),
    "account.name": n_("A sign-in name has 2 to 40 of: a to z, digits, dot, dash, underscore."),
    "account.display_name": n_("A name has 1 to 60 characters."),
    "account.role": n_("There is no such role."),
    "account.locale": n_("There is no such language."),
    "account.theme": n_("There is no such theme."),
    "account.name_taken": n_("Somebody already signs in as %(name)s."),
    "account.number_taken": n_("Agent number %(number)s is taken."),
    "account.unknown": n_("There is no such person."),
    "account.disabled": n_("%(name)s is disabled."),
    "account.yourself": n_("You cannot disable yourself."),
    "account.last_administrator": n_("This is the last administrator. Add another one first."),
    "operator.refused": n_("Only the operator of this installation may do this, from its own machine."),
    "operator.unreachable": n_("The running server does not answer on port %(port)s. Give its port in STAYLINE_PORT."),
    "flow.unknown": n_("There is no flow %(name)s. There are: %(known)s"),
    "port.taken": n_("Something else listens on %(host)s port %(port)s. Stop it, or choose another with --port."),
    "failpoint.not_here": n_("STAYLINE_FAILPOINT is set. It makes the server die on purpose and is for tests only: unset it."),
    "database.newer": n_("The database was written by a newer Stayline (%(found)s); this one knows %(known)s. Install the newer one."),
    "installation.busy": n_("Another Stayline process is using this installation. Stop it first."),
    "assets.missing": n_("The browser packages are not installed. Run `make assets`."),
}
"""Sentences of this area by code; other areas add theirs with `add_sentences`."""


def add_sentences(sentences: dict[str, str]) -> None:
    """Add an area's sentences by error code; a code that is there already is a programming error."""
    twice = SENTENCES.keys() & sentences.keys()
    if twice:
        raise ValueError(f"error sentences given twice: {sorted(twice)}")
    SENTENCES.update(sentences)


def status_of(error: StaylineError) -> int:
    return next(status for kind, status, _ in STATUS if isinstance(error, kind))


def sentence_of(request: Request, error: StaylineError) -> str:
    """One sentence for the person who asked."""
    pages: Pages = request.app.state.pages
    return sentence_in(pages.language_of(request), error)


def sentence_in(language: Language, error: StaylineError) -> str:
    """One sentence in a language: the error's own if it carries one (files do), else by its code, else by its class."""
    own = error.fields.get("sentence_en" if language.tag == "en" else "sentence_zh")
    if isinstance(own, str):
        return own
    text = SENTENCES.get(error.reason) or next(sentence for kind, _, sentence in STATUS if isinstance(error, kind))
    return language.gettext(text) % Fields({name: str(value) for name, value in error.fields.items()})


class Fields(dict[str, str]):
    """What fills a sentence; a field the error did not carry shows as an ellipsis instead of breaking the answer."""

    def __missing__(self, name: str) -> str:
        return "…"


def answer(request: Request, status: int, sentence: str) -> Response:
    """A notice for htmx, a page for a visit."""
    if wants_fragment(request):
        response = page(request, "parts/_notice.html", status=status, kind="red", sentence=sentence)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return page(request, "error.html", status=status, status_code=status, sentence=sentence)


async def on_stayline_error(request: Request, error: StaylineError) -> Response:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("a request failed", extra={"reason": error.reason, "request_id": _request_id(request)})
    return answer(request, status, sentence_of(request, error))


async def on_not_signed_in(request: Request, _error: Exception) -> Response:
    """A visit is sent to the sign-in page and back; htmx is told to go there; anything else gets 401."""
    if wants_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in" if there == "/" else f"/sign-in?next={quote(there, safe='/')}", 303)
    return answer(request, 401, translated(request, n_("Sign in first.")))


async def on_bad_form(request: Request, _error: Exception) -> Response:
    return answer(request, 422, translated(request, n_("That cannot be used as it stands.")))


async def on_http_error(request: Request, error: HTTPException) -> Response:
    sentences = {
        404: n_("There is no such page."),
        405: n_("That cannot be done here."),
        413: n_("That is too large."),
        429: n_("Too many tries. Wait a little, then try again."),
    }
    response = answer(request, error.status_code, translated(request, sentences.get(error.status_code, n_("That did not work."))))
    response.headers.update(error.headers or {})
    return response


async def on_surprise(request: Request, error: Exception) -> Response:
    """Something we did not think of: told without detail; the log has it under the same id."""
    log.error("a request failed unexpectedly", exc_info=error, extra={"request_id": _request_id(request)})
    sentence = translated(
        request,
        n_("Something went wrong here. Nothing was lost that was confirmed. Report number: %(number)s"),
        number=_request_id(request),
    )
    return answer(request, 500, sentence)


class LastResort:
    """Answers what no handler answered, inside the guard, so that even this answer carries the security headers."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sends(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sends)
        except Exception as error:
            if started:
                raise
            await (await _surprised(Request(scope), error))(scope, receive, send)


async def _surprised(request: Request, error: Exception) -> Response:
    try:
        return await on_surprise(request, error)
    except Exception:
        log.exception("the error page itself failed", extra={"request_id": _request_id(request)})
        return PlainTextResponse(f"Something went wrong here. {_request_id(request)}", 500)


def _request_id(request: Request) -> str:
    return getattr(request.state, "request_id", "")


def install(app: FastAPI) -> None:
    """Let this application answer errors this way."""
    app.exception_handler(StaylineError)(on_stayline_error)
    app.exception_handler(NotSignedIn)(on_not_signed_in)
    app.exception_handler(RequestValidationError)(on_bad_form)
    app.exception_handler(HTTPException)(on_http_error)
