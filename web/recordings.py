"""Recordings as sound, in ranges, to those who may hear them. Each hearing is in the call's log before the first byte leaves."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse

from engine.errors import NotAllowed, NotFound
from engine.people.role import Role
from engine.services.hearing import Hearable, Plays, bytes_of, hearable, note_hearing
from web.errors import add_sentences
from web.languages import n_
from web.permissions import require_relation
from web.running import run, wired_of
from web.signed_in import Person

router = APIRouter()
ROUTE = "GET /recordings/{recording_id}/audio"
_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})")
_plays = Plays()
add_sentences({"recording.elsewhere": n_("Recordings are heard on Stayline's own pages only.")})


@router.get("/recordings/{recording_id}/audio")
async def hear(
    request: Request,
    person: Person,
    recording_id: str,
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
    site: Annotated[str | None, Header(alias="Sec-Fetch-Site")] = None,
) -> Response:
    if site not in (None, "same-origin", "none"):
        raise NotAllowed("recording.elsewhere")
    stayline = wired_of(request)
    recording = await run(stayline, hearable, stayline, recording_id)
    require_relation(person, recording.agent_id, recording.team_id, ROUTE)
    if person.role is Role.agent and not recording.published:
        raise NotFound("not_found")
    if if_range is not None and if_range != _etag(recording):
        wanted = None
    span = span_of(wanted, recording.bytes)
    if span is None:
        return Response(status_code=416, headers=_headers(recording) | {"Content-Range": f"bytes */{recording.bytes}"})
    start, end = span
    play, is_hearing = _plays.begin(person.user_id, recording.id, start, stayline.clock.now())
    # A plain generator: Starlette takes each piece from it in a thread, so a slow disk holds up nobody's call.
    pieces = bytes_of(stayline, recording, start, end, play)
    if is_hearing:
        await run(stayline, note_hearing, stayline, recording, person.user_id, person.actor, start)
    headers = _headers(recording) | {"Content-Length": str(end - start)}
    if not is_range(wanted):
        return StreamingResponse(pieces, 200, headers, media_type="audio/wav")
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{recording.bytes}"
    return StreamingResponse(pieces, 206, headers, media_type="audio/wav")


def span_of(wanted: str | None, size: int) -> tuple[int, int] | None:
    """(from, up to and excluding) of the bytes to send; the whole for no range, several, or one that is not understood; None for 416.

    >>> span_of("bytes=10-19", 100), span_of("bytes=90-", 100), span_of("bytes=-5", 100)
    ((10, 20), (90, 100), (95, 100))
    >>> span_of("bytes=0-1,5-6", 100), span_of("bytes=9-3", 100), span_of("bytes=100-", 100)
    ((0, 100), (0, 100), None)
    """
    found = _range(wanted)
    if found is None:
        return 0, size
    first, last = found
    if not first:
        length = int(last)
        return (max(0, size - length), size) if length and size else None
    start = int(first)
    if start >= size:
        return None
    return start, min(size, int(last) + 1) if last else size


def _range(wanted: str | None) -> tuple[str, str] | None:
    """The two ends as written; None where the header is to be ignored (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(wanted.strip()) if wanted is not None and len(wanted) <= 64 else None
    if found is None or not (found[1] or found[2]):
        return None
    reversed_ends = found[1] and found[2] and int(found[2]) < int(found[1])
    return None if reversed_ends else (found[1], found[2])


def is_range(wanted: str | None) -> bool:
    """Whether the header is honoured and answered with 206, also when it asks for all from the beginning, as players do at first."""
    return _range(wanted) is not None


def _etag(recording: Hearable) -> str:
    return f'"{recording.sha256}"'


def _headers(recording: Hearable) -> dict[str, str]:
    """nosniff and Cross-Origin-Resource-Policy come from the guard, as for every answer."""
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{recording.id}.wav"',
        "ETag": _etag(recording),
    }
