"""Rehearsing a draft, or a published version, against a persona. Every press sends the whole run; until it is finished nothing is kept."""

from typing import Annotated, ParamSpec, TypeVar

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from engine.flow.rehearsing import Asked
from engine.people.account import SignedIn
from engine.services import rehearsal_customers, rehearsing
from engine.services.rehearsing import OnStage
from engine.storage.rehearsals import StoredRehearsal
from integrations.wiring import Stayline
from web.errors import add_sentences
from web.languages import Language, n_
from web.pages import Pages, page, translated
from web.permissions import RIGHTS, Relation, require_relation, widest_relation
from web.running import in_thread, run, wired_of
from web.signed_in import Person
from web.studio.rehearsal_forms import FactsSent, RunSent, SearchSent, TestSent
from web.studio.rehearsal_screen import page_context, summary_context, turn_context

router = APIRouter()
SAVE = "POST /studio/drafts/{draft_id}/rehearsal/test"
SEARCH, FACTS = "POST /studio/customers", "POST /studio/customers/{customer_id}/facts"
P = ParamSpec("P")
T = TypeVar("T")

add_sentences(
    {
        "rehearsal.not_walkable": n_("This flow cannot be rehearsed yet: %(count)s mistakes stand in the way."),
        "rehearsal.persona": n_("There is no such persona in the library."),
        "rehearsal.too_long": n_("A rehearsal has at most %(limit)s presses. Finish it and begin again."),
        "rehearsal.press": n_("That press could not be read. Reload the page and press again."),
        "rehearsal.moment": n_("That is not a day and an hour."),
        "rehearsal.not_ended": n_("Only a run that came to an end can become a test. Go on to the end first."),
        "rehearsal.published": n_("A published version does not change. Begin a draft to add a test."),
        "rehearsal.search": n_("Type the beginning of a name, a whole number or its last four digits."),
    }
)


def language_of(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)


# ---------------------------------------------------------------- a draft


@router.get("/studio/drafts/{draft_id}/rehearsal")
async def show_draft(request: Request, draft_id: str) -> Response:
    return await _show(request, await in_thread(rehearsing.draft_on_stage, wired_of(request), draft_id))


@router.post("/studio/drafts/{draft_id}/rehearsal")
async def turn_draft(request: Request, person: Person, draft_id: str, sent: Annotated[RunSent, Body()]) -> Response:
    """Where the run stands after its last press. 409 when the draft has changed since it began; `again` walks it on the new one."""
    return await _turn(request, person, await in_thread(rehearsing.draft_on_stage, wired_of(request), draft_id), sent)


@router.post("/studio/drafts/{draft_id}/rehearsal/finish")
async def finish_draft(request: Request, person: Person, draft_id: str, sent: Annotated[RunSent, Body()]) -> Response:
    return await _finish(request, person, await in_thread(rehearsing.draft_on_stage, wired_of(request), draft_id), sent)


@router.post("/studio/drafts/{draft_id}/rehearsal/test")
async def keep_as_test(request: Request, person: Person, draft_id: str, sent: Annotated[TestSent, Body()]) -> Response:
    """Add the run to the draft's tests, expecting what happened."""
    stayline = wired_of(request)
    stage = await in_thread(rehearsing.draft_on_stage, stayline, draft_id)
    asked, _ = _asked(stayline, person, sent)
    draft = await in_thread(rehearsing.save_as_test, stayline, person.user_id, stage, sent.seen, asked, sent.name)
    return JSONResponse({"version": draft.version, "said": translated(request, n_("Kept as a test of the draft."))})


# ---------------------------------------------------------------- a published version


@router.get("/flows/{flow_id}/rehearsal")
async def show_version(request: Request, flow_id: str) -> Response:
    return await _show(request, await in_thread(rehearsing.version_on_stage, wired_of(request), flow_id))


@router.post("/flows/{flow_id}/rehearsal")
async def turn_version(request: Request, person: Person, flow_id: str, sent: Annotated[RunSent, Body()]) -> Response:
    return await _turn(request, person, await in_thread(rehearsing.version_on_stage, wired_of(request), flow_id), sent)


@router.post("/flows/{flow_id}/rehearsal/finish")
async def finish_version(request: Request, person: Person, flow_id: str, sent: Annotated[RunSent, Body()]) -> Response:
    return await _finish(request, person, await in_thread(rehearsing.version_on_stage, wired_of(request), flow_id), sent)


# ---------------------------------------------------------------- real customers, without the person


@router.post("/studio/customers")
async def find_customers(request: Request, person: Person, sent: Annotated[SearchSent, Body()]) -> Response:
    stayline, reach = wired_of(request), widest_relation(person, SEARCH)
    everybody = reach is Relation.any
    found = await run(stayline, rehearsal_customers.find, stayline, person.role.value, sent.text, person.team_id, everybody=everybody)
    return page(request, "studio/_rehearsal_customers.html", found=found, reachable=everybody or person.team_id is not None)


@router.post("/studio/customers/{customer_id}/facts")
async def take_facts(request: Request, person: Person, customer_id: str, sent: Annotated[FactsSent, Body()]) -> Response:
    """The facts a flow declares, of a real customer: texts replaced by samples, figures made coarser."""
    stayline = wired_of(request)
    owner = await run(stayline, rehearsal_customers.owner_of, stayline, customer_id)
    require_relation(person, owner.owner_id, owner.team_id, FACTS)
    if sent.draft is not None:
        stage = await in_thread(rehearsing.draft_on_stage, stayline, sent.draft)
    else:
        stage = await in_thread(rehearsing.version_on_stage, stayline, sent.flow or "")
    as_of = RunSent(persona="-", as_of=sent.as_of).moment(stayline.settings.zone, stayline.clock.now())
    return JSONResponse(await in_thread(rehearsal_customers.facts_of, stayline, stage, customer_id, as_of))


# ---------------------------------------------------------------- the same for both


async def _show(request: Request, stage: OnStage) -> Response:
    stayline = wired_of(request)
    setup = await in_thread(rehearsing.set_up, stayline, stage) if stage.shelf else None
    earlier = await run(stayline, _earlier, stayline, stage.flow_id)
    context = page_context(stage, setup, earlier, language_of(request), stayline.settings.zone, stayline.clock.now())
    return page(request, "studio/rehearsal.html", **context)


def _earlier(stayline: Stayline, flow_id: str) -> list[StoredRehearsal]:
    with stayline.database.reading() as tx:
        return list(rehearsing.earlier(tx, flow_id))


async def _turn(request: Request, person: SignedIn, stage: OnStage, sent: RunSent) -> Response:
    stayline = wired_of(request)
    if sent.version and sent.version != stage.version and not sent.again:
        return _changed(request, stage)
    asked, as_of = _asked(stayline, person, sent)
    scene = await in_thread(rehearsing.turn, stayline, stage, asked, leniently=sent.again)
    return page(request, "studio/_rehearsal_turn.html", **turn_context(stage, scene, sent, as_of, language_of(request)))


async def _finish(request: Request, person: SignedIn, stage: OnStage, sent: RunSent) -> Response:
    stayline = wired_of(request)
    if sent.version and sent.version != stage.version:
        return _changed(request, stage)
    asked, as_of = _asked(stayline, person, sent)
    kept = await in_thread(rehearsing.keep, stayline, person.user_id, stage, asked, sent.taken)
    writes = stage.draft is not None and stage.draft.state.value == "draft" and RIGHTS[SAVE].allows(person.role)
    context = summary_context(stage, kept, sent, as_of, language_of(request), writes=writes)
    return page(request, "studio/_rehearsal_summary.html", **context)


def _changed(request: Request, stage: OnStage) -> Response:
    """The flow was changed since the run began: said, with the way to go on."""
    response = page(request, "studio/_rehearsal_changed.html", status=409, walkable=stage.shelf is not None, count=len(stage.errors))
    response.headers["X-Rehearsal"] = "changed"
    return response


def _asked(stayline: Stayline, person: SignedIn, sent: RunSent) -> tuple[Asked, str]:
    as_of = sent.moment(stayline.settings.zone, stayline.clock.now())
    return sent.asked(as_of, rehearsing.session_facts(stayline, person.display_name, sent.language, as_of)), as_of
