"""One browser's socket to the gateway: PStream 1.6, JSON messages {type, payload, version}."""

import asyncio
import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.twilio import calls
from tests.fakes.twilio.gateway_call import GatewayCall
from tests.fakes.twilio.softphone import Grant, TokenRefused, call_in

if TYPE_CHECKING:
    from tests.fakes.twilio.gateway import Gateway
    from tests.fakes.twilio.records import Call

REGION = {"region": "us1", "edge": "ashburn", "home": "us1"}
_WITHHELD = frozenset({"token", "sdp", "browserinfo"})
_CODES = {20104: 31205, 20101: 31204}
"""How the gateway says it; the SDK shows the code on the left."""


class Line:
    """A browser on the line; once it is registered it is the phone of its identity."""

    speaks_hz = 0.0

    def __init__(self, gateway: "Gateway", websocket: web.WebSocketResponse, transport: asyncio.BaseTransport | None) -> None:
        self.gateway, self._websocket, self._transport = gateway, websocket, transport
        self._bare: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
        self.grant: Grant | None = None
        self.registered = False
        self._survives = 0.0
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def identity(self) -> str:
        return self.grant.identity if self.grant else ""

    def cut(self) -> None:
        """As a network does: without a word."""
        if isinstance(self._transport, asyncio.Transport) and self._bare is not None:
            self._transport.abort()  # does nothing where the farewell of TLS is already being waited for
            with contextlib.suppress(OSError):
                self._bare.shutdown(socket.SHUT_RDWR)

    async def say(self, kind: str, **payload: Any) -> None:
        """Send one message; a browser that is gone hears nothing."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._websocket.send_str(json.dumps({"type": kind, "version": "1.6", "payload": payload}))

    async def take(self, text: str) -> None:
        message = json.loads(text)
        kind, payload = message["type"], message.get("payload") or {}
        self.gateway.messages.append((kind, {name: value for name, value in payload.items() if name not in _WITHHELD}))
        await getattr(self, f"_take_{kind}", self._ignore)(payload)

    async def gone(self) -> None:
        """The socket is gone: the phone is registered no more; its calls live on as long as the browser asked for."""
        self._unregister()
        if self._expiry is not None:
            self._expiry.cancel()
        for call in self.gateway.calls.values():
            if call.line is self and not call.call.over:
                call.lost_line(self._survives)

    # ---------------------------------------------------------------- what browsers send

    async def _ignore(self, payload: dict[str, Any]) -> None:
        """Nothing a test needs."""

    async def _take_listen(self, payload: dict[str, Any]) -> None:
        self._survives = float(payload.get("reconnectTimeout") or 0)
        try:
            self.grant = self.gateway.twilio.read_token(payload.get("token") or "")
        except TokenRefused as refused:
            await self.say("error", error={"code": _CODES[refused.code], "message": str(refused)})
            return
        ttl = max(0, round(self.grant.expires - time.time()))
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = self.gateway.loop.call_later(ttl, lambda: self.gateway.soon(self._expire()))
        await self.say("connected", **REGION, token={"identity": self.identity, "ttl": ttl})

    async def _expire(self) -> None:
        self._unregister()
        self.gateway.note()
        await self.say("error", error={"code": 31205, "message": "AccessTokenExpired"})

    async def _take_register(self, payload: dict[str, Any]) -> None:
        if self.grant is None:
            await self.say("error", error={"code": 31204, "message": "no valid token"})
            return
        if self.grant.incoming:
            with self.gateway.twilio.world.changed:
                self.gateway.twilio.world.phones[self.identity] = self
                self.registered = True
                self.gateway.twilio.world.changed.notify_all()
        await self.say("ready", **REGION)

    def _unregister(self) -> None:
        world = self.gateway.twilio.world
        with world.changed:
            if world.phones.get(self.identity) is self:
                del world.phones[self.identity]
            self.registered = False
            world.changed.notify_all()

    async def _take_invite(self, payload: dict[str, Any]) -> None:
        if payload.get("reconnect"):
            await self._come_back(payload)
        elif self.grant is None or self.grant.application_sid is None:
            await self.say("hangup", callsid=payload["callsid"], error={"code": 31201, "message": "not allowed to call out"})
        else:
            self.gateway.soon(self._call_in(self.grant, payload))

    async def _call_in(self, grant: Grant, payload: dict[str, Any]) -> None:
        parameters = dict(parse_qsl(payload.get("twilio", {}).get("params", ""), keep_blank_values=True))
        twilio = self.gateway.twilio
        call = await self.gateway.aside(
            lambda: call_in(twilio.world, grant.identity, parameters, twilio.voice_url, grant.application_sid or "", self)
        )
        ours = self.gateway.calls[call.sid] = GatewayCall(self.gateway, self, call, parameters)
        ours.temporary_sid = payload["callsid"]
        if call.over:
            await self.say("hangup", callsid=ours.temporary_sid)
        else:
            await self.say("answer", callsid=call.sid, sdp=await ours.answer(payload["sdp"]), reconnect=ours.reconnect_token, **REGION)
        self.gateway.note()

    async def _come_back(self, payload: dict[str, Any]) -> None:
        """A call of a broken socket on this one."""
        ours = self.gateway.calls.get(payload["callsid"])
        if ours is None or ours.call.over or ours.reconnect_token != payload["reconnect"]:
            await self.say("hangup", callsid=payload["callsid"], error={"code": 31005, "message": "the call is gone"})
            return
        ours.found_line(self)
        await self.say("answer", callsid=ours.call.sid, sdp=ours.own_sdp, reconnect=ours.reconnect_token, **REGION)

    def _named(self, payload: dict[str, Any]) -> GatewayCall | None:
        sid = payload.get("callsid")
        return next((one for one in self.gateway.calls.values() if sid in {one.call.sid, one.temporary_sid}), None)

    async def _take_answer(self, payload: dict[str, Any]) -> None:
        ours = self._named(payload)
        if ours is not None and not ours.call.over:
            await ours.answered(payload["sdp"])

    async def _take_reinvite(self, payload: dict[str, Any]) -> None:
        ours = self._named(payload)
        if ours is not None and not ours.call.over:
            await self.say("answer", callsid=ours.call.sid, sdp=await ours.answer(payload["sdp"]), reconnect=ours.reconnect_token)

    async def _take_hangup(self, payload: dict[str, Any]) -> None:
        ours = self._named(payload)
        if ours is not None:
            await self.gateway.aside(lambda: self._end(ours, "completed" if ours.call.up else "canceled", 200))
            await ours.close()

    async def _take_reject(self, payload: dict[str, Any]) -> None:
        ours = self._named(payload)
        if ours is not None:
            await self.gateway.aside(lambda: self._end(ours, "busy", 486))
            await ours.close()

    def _end(self, ours: GatewayCall, status: str, sip: int) -> None:
        world = self.gateway.twilio.world
        with world.changed:
            calls.end(world, ours.call, status, sip)
            world.changed.notify_all()

    async def _take_dtmf(self, payload: dict[str, Any]) -> None:
        ours = self._named(payload)
        if ours is not None:
            ours.pressed += str(payload.get("dtmf", ""))

    async def _take_message(self, payload: dict[str, Any]) -> None:
        await self.say("ack", acktype="message", callsid=payload.get("callsid"), voiceeventsid=payload.get("voiceeventsid"))

    # ---------------------------------------------------------------- as Twilio sees the phone

    def ring(self, call: "Call", parameters: Any) -> None:
        self.gateway.soon(self._ring(call, dict(parameters)))

    async def _ring(self, call: "Call", parameters: dict[str, str]) -> None:
        ours = self.gateway.calls[call.sid] = GatewayCall(self.gateway, self, call, parameters)
        await ours.invite()
        self.gateway.note()

    def call_ended(self, call: "Call") -> None:
        ours = self.gateway.calls.get(call.sid)
        if ours is not None:
            self.gateway.soon(ours.was_ended())
