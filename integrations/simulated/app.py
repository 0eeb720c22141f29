"""The simulated carrier's HTTP interface: loopback only, one secret, JSON in and out.

POST /calls                    {attempt_id, number, trunk, trunk_kind, caller_number, room_id, max_ring_seconds, record, detect_machine,
                                headset, scenario?} → 201 {carrier_call_id}        POST /calls/{attempt}/cues → 204
POST /legs                     {leg_id, room_id, role, phone, ring, max_ring_seconds, ear, beside} → 201 {carrier_call_id}
GET /legs/{leg}                → {events}       POST /legs/{leg}/hangup, record → 204     POST /rooms/{room}/close → 204
POST /legs/{leg}/hold, mute, pause {on} → 204   …/digits {digits}   …/play {sound}   …/listen {ear, beside}
PUT, DELETE /phones/{address}  {answers_by_itself, expires_at} → 204        GET /phones/{address} → {ringing, in, hears, keys}
POST /phones/{address}/join, leave, lose {leg_id} → 204   …/press {leg_id, digits}   …/speak {leg_id, hz}
GET, DELETE /recordings/{ref}  → WAV, 204       POST /scenarios {number | attempt_id, scenario, calls?} → 204
PUT /callback-url {url}        → 204            GET /health, GET /journal (JSON lines)
Errors are {"error": code}: 401 wrong secret, 404 unknown, 409 ordered before, 410 a leg that is gone,
425 one on its way, 422 not a test number or unreadable.
"""

import asyncio
import hmac
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.errors import BadInput, NotFound
from integrations.journal import Journal
from integrations.simulated.exchange import Exchange
from integrations.simulated.http import json_of, telling_errors
from integrations.simulated.leg_endpoints import LegEndpoints
from integrations.simulated.orders import is_test_number, read_cue, read_order
from integrations.simulated.scenarios import SECONDS_OF_SILENCE, Reply, Scenario
from integrations.simulated.sped_clock import CarrierClock
from integrations.simulated.studio import Studio
from integrations.simulated.teller import Teller

CutOff = Callable[[Request], None]
"""Cuts the connection of a request without an answer."""


class CarrierApp:
    """The endpoints over one exchange."""

    def __init__(self, exchange: Exchange, studio: Studio, teller: Teller, journal: Journal, clock: CarrierClock, cut_off: CutOff) -> None:
        self._exchange, self._studio, self._teller, self._journal, self._clock, self._cut_off = (
            exchange,
            studio,
            teller,
            journal,
            clock,
            cut_off,
        )

    def routes(self) -> list[Route]:
        return [
            Route("/calls", telling_errors(self.place), methods=["POST"]),
            *LegEndpoints(self._exchange).routes(),
            Route("/calls/{attempt}/cues", telling_errors(self.cue), methods=["POST"]),
            Route("/recordings/{ref}", telling_errors(self.recording), methods=["GET"]),
            Route("/recordings/{ref}", telling_errors(self.delete_recording), methods=["DELETE"]),
            Route("/scenarios", telling_errors(self.force), methods=["POST"]),
            Route("/callback-url", telling_errors(self.set_callback_url), methods=["PUT"]),
            Route("/health", telling_errors(self.health), methods=["GET"]),
            Route("/journal", telling_errors(self.journal), methods=["GET"]),
        ]

    async def place(self, request: Request) -> Response:
        body = await json_of(request)
        order = read_order(body)
        self._exchange.refuse_repeat(order)
        scenario = Scenario.read(body["scenario"]) if body.get("scenario") else self._exchange.scenario_for(order)
        carrier_call_id = None
        if scenario.rings or not scenario.is_answered:
            carrier_call_id = self._exchange.take(order, scenario)
        else:
            self._exchange.ignore(order, scenario)
        if scenario.reply is Reply.never:
            await self._clock.sleep(SECONDS_OF_SILENCE)
        await self._clock.sleep(scenario.reply_after)
        return self._reply(request, scenario.reply, carrier_call_id)

    def _reply(self, request: Request, reply: Reply, carrier_call_id: str | None) -> Response:
        if reply is Reply.reset:
            self._cut_off(request)
        if reply is Reply.throttled:
            return JSONResponse({"error": "carrier.busy"}, 429, headers={"Retry-After": "5"})
        if reply is Reply.overloaded or carrier_call_id is None:
            return JSONResponse({"error": "carrier.overloaded"}, 503)
        return JSONResponse({} if reply is Reply.without_id else {"carrier_call_id": carrier_call_id}, 201)

    async def cue(self, request: Request) -> Response:
        self._exchange.cue(request.path_params["attempt"], read_cue(await json_of(request)))
        return Response(status_code=204)

    async def recording(self, request: Request) -> Response:
        path = self._studio.path_of(request.path_params["ref"])
        if path is None:
            raise NotFound("recording.unknown")
        return FileResponse(path, media_type="audio/wav")

    async def delete_recording(self, request: Request) -> Response:
        self._studio.delete(request.path_params["ref"])
        return Response(status_code=204)

    async def force(self, request: Request) -> Response:
        body = await json_of(request)
        number, attempt, calls = body.get("number"), body.get("attempt_id"), body.get("calls", 1)
        key = number if isinstance(number, str) and is_test_number(number) else attempt
        if not isinstance(key, str) or not (calls is None or (isinstance(calls, int) and calls >= 0)):
            raise BadInput("request.bad_value", field="number")
        self._exchange.force(key, Scenario.read(body.get("scenario")), calls)
        return Response(status_code=204)

    async def set_callback_url(self, request: Request) -> Response:
        url = (await json_of(request)).get("url")
        if not isinstance(url, str) or not url.startswith(LOOPBACK):
            raise BadInput("request.bad_value", field="url")
        self._teller.callback_url = url
        return Response(status_code=204)

    async def health(self, request: Request) -> Response:
        calls = self._exchange.book.calls()
        up = sum(not call.is_over for call in calls)
        return JSONResponse(
            {"orders": len(calls), "repeats": self._exchange.book.repeats, "calls_up": up, "events_waiting": self._teller.waiting}
        )

    async def journal(self, request: Request) -> Response:
        return Response(await asyncio.to_thread(self._journal.whole_lines), media_type="application/x-ndjson")


LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
"""The only places events are told to."""


def build_app(carrier: CarrierApp, secret: str) -> ASGIApp:
    """The application, behind its secret."""
    return _BehindSecret(Starlette(routes=carrier.routes()), secret)


class _BehindSecret:
    """Nothing is read of a request that does not carry the secret."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app, self._expected = app, f"Bearer {secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await JSONResponse({"error": "secret.wrong"}, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)
