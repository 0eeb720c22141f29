"""Where carriers tell what happened: verified, stored once, acknowledged. A callback carries no cookie; its signature is its right."""

from fastapi import APIRouter, Request, Response

from engine.services.call_progress import hear
from web.running import run, wired_of

router = APIRouter()


@router.post("/carriers/{carrier}/events")
async def carrier_event(request: Request, carrier: str) -> Response:
    """Take one event: 204 once it is stored (also the second time), 403 when it is forged, 422 when it cannot be read."""
    stayline = wired_of(request)
    event = stayline.read_callback(carrier, dict(request.headers), await request.body())
    await run(stayline, hear, stayline, carrier, event)
    return Response(status_code=204)
