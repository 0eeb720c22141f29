"""Where carriers tell what happened: verified, stored once, acknowledged. A callback carries no cookie; its signature is its right."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from engine.errors import BadInput
from engine.services.call_progress import hear
from web.running import run, wired_of

router = APIRouter()

_MOST_FIELDS = 200
"""Twilio sends some thirty."""


@router.post("/carriers/{carrier}/events")
async def carrier_event(request: Request, carrier: str) -> Response:
    """Take one event: 204 once it is stored (also the second time), 403 when it is forged, 422 when it cannot be read."""
    stayline = wired_of(request)
    event = stayline.read_callback(carrier, dict(request.headers), await request.body())
    await run(stayline, hear, stayline, carrier, event)
    return Response(status_code=204)


@router.post("/carriers/twilio/voice")
@router.post("/carriers/twilio/incoming-message")
@router.post("/carriers/twilio/status/{about}")
@router.post("/carriers/twilio/conference/{about}")
@router.post("/carriers/twilio/recording/{about}")
@router.post("/carriers/twilio/machine/{about}")
@router.post("/carriers/twilio/sound/{about}")
@router.post("/carriers/twilio/digits/{about}")
@router.post("/carriers/twilio/message/{about}")
async def twilio_webhook(request: Request, about: str = "") -> Response:
    """Take one request of Twilio's: its events stored, then 204 or the document it asked for. 403 when it is forged.

    What Twilio signed is the address as it was sent, so the path and the query go on as they came.
    """
    stayline = wired_of(request)
    raw_path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
    kind = raw_path.removeprefix("/carriers/twilio/").partition("/")[0]
    raw_query = request.scope["query_string"].decode("ascii", "replace")
    form = _form(await request.body())
    answer = stayline.read_webhook("twilio", kind, about, raw_path, raw_query, dict(request.headers), form)
    for event in answer.events:
        await run(stayline, hear, stayline, "twilio", event)
    await run(stayline, answer.after)
    if answer.body is None:
        return Response(status_code=204)
    return Response(answer.body, media_type="text/xml")


def _form(body: bytes) -> list[tuple[str, str]]:
    """The fields in their order, names that repeat included. Raises BadInput for what is no form."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadInput("callback.broken") from None
