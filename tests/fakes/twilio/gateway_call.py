"""A browser's call at the gateway: its WebRTC connection, what it is sent and what its microphone says."""

import asyncio
import contextlib
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.fakes.twilio import calls, rooms
from tests.fakes.twilio.gateway_sound import Ear, ToneTrack
from tests.fakes.twilio.records import Call

if TYPE_CHECKING:
    from tests.fakes.twilio.gateway import Gateway
    from tests.fakes.twilio.gateway_line import Line


class GatewayCall:
    """`parameters` are the custom ones; `pressed` the keys the browser sent; `ear` what was heard of its microphone last."""

    def __init__(self, gateway: "Gateway", line: "Line", call: Call, parameters: dict[str, str]) -> None:
        self.gateway, self.line, self.call, self.parameters = gateway, line, call, parameters
        self.temporary_sid = call.sid
        self.reconnect_token = secrets.token_hex(8)
        self.pressed = ""
        self.ear = Ear(self._heard)
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("track", self._on_track)
        self._closed = False
        self._give_up: asyncio.TimerHandle | None = None

    @property
    def own_sdp(self) -> str:
        return self._peer.localDescription.sdp

    @property
    def media(self) -> str:
        """The connection's state: new, connecting, connected, closed, failed."""
        return self._peer.connectionState

    async def answer(self, offer: str) -> str:
        """The answer to the browser's offer, first or renewed."""
        if not self._peer.getSenders():
            self._peer.addTrack(ToneTrack(lambda: self.call.hears_now))
        await self._peer.setRemoteDescription(RTCSessionDescription(_with_candidate(offer), "offer"))
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return self.own_sdp

    async def invite(self) -> None:
        """Ring the browser."""
        self._peer.addTrack(ToneTrack(lambda: self.call.hears_now))
        await self._peer.setLocalDescription(await self._peer.createOffer())
        told = {
            "CallSid": self.call.sid,
            "AccountSid": self.gateway.twilio.account_sid,
            "From": self.call.from_,
            "To": self.call.to.partition("?")[0],
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
        }
        if self.parameters:
            told["Params"] = urlencode(self.parameters)
        await self.line.say("invite", callsid=self.call.sid, sdp=self.own_sdp, parameters=told, reconnect=self.reconnect_token)

    async def answered(self, sdp: str) -> None:
        """The browser took the call."""
        await self._peer.setRemoteDescription(RTCSessionDescription(_with_candidate(sdp), "answer"))
        world = self.gateway.twilio.world

        def join() -> None:
            with world.changed:
                self.call.behaviour = replace(self.call.behaviour, speaks_hz=0.0)
                calls.answer(world, self.call)
                world.changed.notify_all()

        await self.gateway.aside(join)

    def lost_line(self, survives: float) -> None:
        """The socket broke; unless it comes back in so many seconds the call ends."""
        self._give_up = self.gateway.loop.call_later(survives, lambda: self.gateway.soon(self._abandon()))

    def found_line(self, line: "Line") -> None:
        if self._give_up is not None:
            self._give_up.cancel()
        self.line = line
        self.call.far_end = line

    async def _abandon(self) -> None:
        world = self.gateway.twilio.world

        def end() -> None:
            with world.changed:
                calls.end(world, self.call, "completed" if self.call.up else "canceled", 200)
                world.changed.notify_all()

        await self.gateway.aside(end)
        await self.close()

    async def was_ended(self) -> None:
        """Twilio's side ended it: the browser is told, by `cancel` if it never answered."""
        if self._closed:
            return
        never_answered = self.call.answered_at is None and self.call.direction == "outbound-api"
        await self.line.say("cancel" if never_answered else "hangup", callsid=self.call.sid)
        await self.close()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            if self._give_up is not None:
                self._give_up.cancel()
            with contextlib.suppress(ConnectionError):
                await self._peer.close()
            self.gateway.note()

    def _on_track(self, track: Any) -> None:
        listening = self.gateway.loop.create_task(self.ear.listen(track))
        listening.add_done_callback(lambda _: self.gateway.note())

    def _heard(self, level: float, hz: float) -> None:
        """What the room hears of this phone is what its microphone says."""
        world = self.gateway.twilio.world
        tone = float(round(hz / 10) * 10)
        with world.changed:
            if self.call.behaviour.speaks_hz != tone and not self.call.over:
                self.call.behaviour = replace(self.call.behaviour, speaks_hz=tone)
                if self.call.participant is not None:
                    rooms.refresh(world, self.call.participant.room)
                world.changed.notify_all()
        self.gateway.note()


def _with_candidate(sdp: str) -> str:
    """The SDK sends its description before it knows its addresses; ours shall wait for the browser's checks, not fail at once."""
    if "a=candidate:" in sdp:
        return sdp
    return re.sub(r"(m=audio [^\r\n]*\r?\n)", r"\1a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", sdp, count=1)
