"""What the text view and the panel below it share: the draft that is asked for, its files with what is not saved, answers as JSON."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from engine.errors import StaylineError
from engine.people.account import SignedIn
from engine.services.checking_drafts import Question, question_of
from engine.services.drafts import Draft, load_draft, save
from engine.services.writing_text import Rewritten
from engine.storage import people
from integrations.wiring import Stayline
from web.errors import sentence_of, status_of
from web.languages import Language, n_
from web.pages import Pages, translated
from web.permissions import RIGHTS
from web.running import run
from web.studio.text_forms import Written

SAVE = "POST /studio/drafts/{draft_id}/text"
LARGEST = 1_000_000
"""Bytes of a request, as everywhere."""
REFUSED_UNREAD = 1 << 40
"""The framework's own limit is lifted here: it answers with two English words where a trainer needs a sentence."""


class TextRoute(APIRoute):
    """A route that refuses a body of more than LARGEST bytes, or of unknown length, before a byte of it is read: 413 with a sentence."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            length = request.headers.get("content-length", "")
            if request.method == "POST" and not (length.isdigit() and int(length) <= LARGEST):
                sentence = translated(request, n_("More than 1 MB cannot be taken in. Split the flow, or paste less."))
                return JSONResponse({"reason": "draft.too_large", "sentence": sentence}, 413)
            return await handle(request)

        return handler


def writes(draft: Draft, person: SignedIn) -> bool:
    """Whether this person may write on the draft as it is."""
    return draft.state.value == "draft" and RIGHTS[SAVE].allows(person.role)


async def draft_of(stayline: Stayline, draft_id: str) -> Draft:
    """Raises NotFound("draft.not_found")."""
    return await run(stayline, _load, stayline, draft_id)


async def question_about(stayline: Stayline, files: Mapping[str, str], path: str) -> Question:
    """What the workshop is asked about a flow's files."""
    return await run(stayline, question_of, stayline, files, path)


async def save_text(stayline: Stayline, by: str, draft_id: str, seen: int, text: str, what: Mapping[str, Any]) -> Draft:
    """Raises what `engine.services.drafts.save` raises."""
    return await run(stayline, save, stayline, by, draft_id, seen, text=text, what=what)


async def name_of(stayline: Stayline, user_id: str) -> str:
    """A person's name; what is no person's id is told as it is."""
    return await run(stayline, _name, stayline, user_id)


def language_of(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)


def path_in(draft: Draft, language: str | None) -> str:
    """The path of the flow, or of its translation into a language."""
    return draft.path if language is None else f"{draft.path.removesuffix('.yaml')}.{language}.yaml"


def files_with(draft: Draft, sent: Written) -> dict[str, str]:
    """The draft's files with a text that is not saved."""
    return {**draft.files, path_in(draft, sent.language): sent.text}


def refused(request: Request, problem: StaylineError) -> JSONResponse:
    """A refusal for the editor."""
    return JSONResponse({"reason": problem.reason, "sentence": sentence_of(request, problem)}, status_of(problem))


def rewritten(request: Request, written: Rewritten) -> JSONResponse:
    """A text as it becomes, or why it cannot."""
    english = language_of(request).code == "en"
    if written.text is not None:
        return JSONResponse({"text": written.text, "done": written.done_en if english else written.done_zh})
    sentence = written.problem_en if english else written.problem_zh
    return JSONResponse({"reason": "text.not_rewritten", "sentence": sentence, "line": written.line, "column": written.column}, 422)


def saved(stayline: Stayline, draft: Draft) -> dict[str, Any]:
    """What the page must know of a draft that was saved."""
    return {"version": draft.version, "revision": draft.head, "at": clock(stayline, draft)}


def clock(stayline: Stayline, draft: Draft) -> str:
    """When the draft was last saved, in the installation's zone."""
    return f"{draft.changed_at.astimezone(ZoneInfo(stayline.settings.zone)):%H:%M:%S}"


def _load(stayline: Stayline, draft_id: str) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft_id)


def _name(stayline: Stayline, user_id: str) -> str:
    with stayline.database.reading() as tx:
        account = people.account_by_id(tx, user_id)
    return account.person.display_name if account else user_id
