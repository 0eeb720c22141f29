"""Live news of one call, as server-sent events.

    GET /live/calls/{call_id}?after=12

Each message is `id: <sequence>`, `event: call`, `data: {"sequence": 13, "type": "step.shown"}`, in order and without gaps: the log is
read from the last one the browser has (Last-Event-ID, else `after`), then again whenever the call's log grew. The answer is written
straight to ASGI, one small coroutine per desk: 500 of them must stay under 80 KB each.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.errors import NotFound
from engine.services.live import Watch
from engine.services.signing_in import session_stands
from engine.storage.database import Database, Transaction
from web.permissions import require_relation
from web.running import Installation, door_of, run, stayline_of
from web.security import Receive, Scope, Send
from web.signed_in import Person, token_of

router = APIRouter()
ROUTE = "GET /live/calls/{call_id}"
KEEP_ALIVE = 15.0
CHECK_SESSION = 4.0
"""Seconds. A stream ends within five of its session's end; the browser then asks again and is refused."""
MOST_AT_ONCE = 200


@router.get("/live/calls/{call_id}")
async def follow_call(request: Request, person: Person, call_id: str, after: int = 0) -> Response:
    """Follow a call from after the given sequence. 404 for a call that is not this person's to see."""
    stayline, token = stayline_of(request), token_of(request)
    await run(stayline, _require_call, stayline.database, person, call_id)
    told = request.headers.get("last-event-id", "")
    return CallStream(stayline, call_id, max(after, int(told) if told.isdecimal() and len(told) < 10 else 0), token)


def _require_call(database: Database, person: Person, call_id: str) -> None:
    with database.reading() as tx:
        row = tx.row("SELECT agent_id, team_id FROM call WHERE id = :id", id=call_id)
    if row is None:
        raise NotFound("not_found")
    require_relation(person, row["agent_id"], row["team_id"], ROUTE)


def _events_after(database: Database, call_id: str, after: int) -> list[tuple[int, str]]:
    with database.reading() as tx:
        return [(row["sequence"], row["type"]) for row in _read(tx, call_id, after)]


def _read(tx: Transaction, call_id: str, after: int) -> list[Mapping[str, Any]]:
    return tx.rows(
        "SELECT sequence, type FROM call_event WHERE call_id = :call AND sequence > :after ORDER BY sequence LIMIT :most",
        call=call_id,
        after=after,
        most=MOST_AT_ONCE,
    )


class NewsStream(Response):
    """A stream of what `news` gives, asked for at the beginning, whenever the topic was told of, and every few seconds."""

    def __init__(self, stayline: Installation, topic: str, token: str) -> None:
        self._stayline = stayline
        self._topic = topic
        self._token = token
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers({"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = self._stayline.live.watch(self._topic)
        gone = asyncio.ensure_future(_disconnected(receive))
        gone.add_done_callback(lambda _: watch.tell(0))  # nobody listens any more: end at once, not at the next look
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
            await self._follow(watch, gone, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            return  # the server stops; the browser comes back by itself
        finally:
            self._stayline.live.unwatch(self._topic, watch)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _follow(self, watch: Watch, gone: "asyncio.Future[None]", send: Send) -> None:
        """Send news until the browser is gone or its session has ended, which is looked at every few seconds however busy the call is."""
        spoke = checked = monotonic()
        while not gone.done():
            news = await self.news()
            now = monotonic()
            if now - checked >= CHECK_SESSION:
                if not await run(self._stayline, session_stands, door_of(self._stayline), self._token):
                    return
                checked = now
            if news or now - spoke >= KEEP_ALIVE - CHECK_SESSION:
                await send({"type": "http.response.body", "body": news or b": still here\n\n", "more_body": True})
                spoke = now
            if not news:  # else there may be more than one reading's worth
                await watch.changed(CHECK_SESSION)

    async def news(self) -> bytes:
        """What is to be sent now; empty when nothing is new. More than that may be new."""
        raise NotImplementedError


class CallStream(NewsStream):
    """The stream of one call."""

    def __init__(self, stayline: Installation, call_id: str, after: int, token: str) -> None:
        super().__init__(stayline, call_id, token)
        self._after = after

    async def news(self) -> bytes:
        events = await run(self._stayline, _events_after, self._stayline.database, self._topic, self._after)
        if not events:
            return b""
        self._after = events[-1][0]
        return "".join(
            f"id: {sequence}\nevent: call\ndata: {json.dumps({'sequence': sequence, 'type': kind})}\n\n" for sequence, kind in events
        ).encode()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
