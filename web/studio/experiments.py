"""Two versions of a flow tried side by side: begun, watched, stopped."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from math import isfinite
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from engine.errors import BadInput, Conflict, Refused, StaylineError
from engine.measures.proportions import Share, wilson
from engine.measures.sequential import sample_needed
from engine.services.experiment_overview import Overview, Shown, overview
from engine.services.experiments import Wish, start, stop
from web.errors import sentence_of, status_of
from web.pages import page, translated
from web.running import in_thread, run, wired_of
from web.signed_in import Person
from web.studio.experiment_chart import Chart, chart_of, percent, points
from web.studio.experiment_wording import ADVICE, BY_ITSELF, COUNTED, GUARDS, STOPPED_EARLY, VERDICTS

router = APIRouter()
Text = Annotated[str, Form(max_length=600)]
_LEAST_SEEN = 20
"""With fewer opportunities behind it, the rate of the last weeks is no guess to plan by."""


@router.get("/flows/{flow_id}/experiments")
async def show_experiments(request: Request, flow_id: str) -> Response:
    return await _page(request, flow_id)


@router.post("/flows/{flow_id}/experiments")
async def begin(
    request: Request,
    person: Person,
    flow_id: str,
    title: Text = "",
    version_a: Text = "",
    version_b: Text = "",
    share_b: Text = "",
    holdout: Text = "",
    smallest_effect: Text = "",
    expected_rate: Text = "",
    window_days: Text = "",
    maximum: Text = "",
) -> Response:
    stayline = wired_of(request)
    filled = {
        "title": title, "version_a": version_a, "version_b": version_b, "share_b": share_b, "holdout": holdout,
        "smallest_effect": smallest_effect, "expected_rate": expected_rate, "window_days": window_days, "maximum": maximum,
    }  # fmt: skip
    try:
        await run(stayline, start, stayline, person.user_id, flow_id, _wish(filled))
    except (BadInput, Conflict, Refused) as refused:
        return await _page(request, flow_id, filled=filled, refused=refused)
    return RedirectResponse(f"/flows/{flow_id}/experiments", 303)


@router.post("/flows/{flow_id}/experiments/{experiment_id}/stop")
async def end(request: Request, person: Person, flow_id: str, experiment_id: str, message: Text = "") -> Response:
    stayline = wired_of(request)
    try:
        await run(stayline, stop, stayline, person.user_id, flow_id, experiment_id, message)
    except (BadInput, Refused) as refused:
        return await _page(request, flow_id, stopping=refused, message=message)
    return RedirectResponse(f"/flows/{flow_id}/experiments", 303)


async def _page(
    request: Request,
    flow_id: str,
    *,
    filled: Mapping[str, str] | None = None,
    refused: StaylineError | None = None,
    stopping: StaylineError | None = None,
    message: str = "",
) -> Response:
    stayline = wired_of(request)
    found = await in_thread(overview, stayline, flow_id)  # it waits for the workshop
    problem = refused or stopping
    return page(
        request,
        "studio/experiments.html",
        status=status_of(problem) if problem else 200,
        found=found,
        filled=filled or _suggested(found),
        problem=sentence_of(request, refused) if refused else None,
        stop_problem=sentence_of(request, stopping) if stopping else None,
        message=message,
        needed=_needed(found),
        chart=_chart,
        stopped=partial(_stopped, request),
        rate=_rate,
        part=_part,
        percent=percent,
        day=partial(_day, ZoneInfo(stayline.settings.zone)),
        points=points,
        verdicts=VERDICTS,
        verdicts_then=VERDICTS | {"go_on": STOPPED_EARLY},
        advice=ADVICE,
        guards=GUARDS,
        counted=COUNTED,
    )


def _wish(filled: Mapping[str, str]) -> Wish:
    """What the form says. Raises BadInput("experiment.number")."""
    maximum = filled["maximum"].strip()
    return Wish(
        title=filled["title"],
        version_a=filled["version_a"],
        version_b=filled["version_b"],
        share_b=_whole(filled["share_b"]),
        holdout=_whole(filled["holdout"] or "0"),
        smallest_effect=_number(filled["smallest_effect"]) / 100,
        expected_rate=_number(filled["expected_rate"]) / 100,
        window_days=_whole(filled["window_days"]),
        maximum=_whole(maximum) if maximum else None,
    )


def _number(written: str) -> float:
    try:
        value = float(written.strip().removesuffix("%"))
    except ValueError:
        raise BadInput("experiment.number", written=written[:20] or "–") from None
    if not isfinite(value):
        raise BadInput("experiment.number", written=written[:20])
    return value


def _whole(written: str) -> int:
    value = _number(written)
    if value != int(value):
        raise BadInput("experiment.number", written=written[:20])
    return int(value)


def _suggested(found: Overview) -> dict[str, str]:
    """What the form begins with: the live version against the newest other one, and the rate there is now."""
    others = [one.sha256 for one in found.versions if one.sha256 != found.live]
    return {
        "title": "", "version_a": found.live or "", "version_b": others[0] if others else "", "share_b": "50", "holdout": "5",
        "smallest_effect": "5", "expected_rate": percent(round(_expected(found.recent), 2)), "window_days": "7", "maximum": "",
    }  # fmt: skip


def _expected(recent: Share) -> float:
    if recent.value is None or recent.trials < _LEAST_SEEN:
        return 0.3
    return min(max(recent.value, 0.01), 0.99)


def _needed(found: Overview) -> int:
    """How many opportunities the suggestion would take."""
    return sample_needed(_expected(found.recent), 0.05, 0.5)


def _chart(shown: Shown) -> Chart | None:
    saved = shown.report["saved"] if shown.report else None
    return chart_of(saved, shown.plan.smallest_effect) if saved else None


def _rate(arm: Mapping[str, Any]) -> str | None:
    """The save rate of an arm with its interval at one look, for orientation; the comparison has its own."""
    share = Share(arm["saves"], arm["opportunities"])
    if share.value is None:
        return None
    low, high = wilson(share)
    return f"{percent(share.value)} % ({percent(low)}–{percent(high)})"


def _part(count: int, of: int) -> str:
    return f"{percent(count / of)} %" if of else "–"


def _day(zone: ZoneInfo, at: datetime) -> str:
    """The day of a moment, as addresses carry it."""
    return f"{at.astimezone(zone):%Y-%m-%d}"


def _stopped(request: Request, shown: Shown) -> str:
    """Why it stopped: the person's message, or the sentence for its reason."""
    experiment = shown.experiment
    if experiment.stopped_by != "system":
        return experiment.message
    reason, _, codes = experiment.message.partition(" ")
    sentence = BY_ITSELF.get(reason)
    return translated(request, sentence, codes=codes) if sentence else experiment.message
