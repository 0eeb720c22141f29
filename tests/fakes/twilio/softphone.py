"""A softphone without a browser: what the Voice SDK would do, seen from Twilio."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jwt

from tests.fakes.twilio import calls, documents, rooms
from tests.fakes.twilio.behaviours import Behaviour
from tests.fakes.twilio.records import Call
from tests.fakes.twilio.world import PATIENCE, World

AGENT_HZ = 440.0


class TokenRefused(Exception):
    """An access token the gateway does not take: `code` as the SDK shows it."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code} {why}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token allows."""

    identity: str
    incoming: bool
    application_sid: str | None
    expires: float


def read_token(token: str, account_sid: str, secrets: Mapping[str, str], now: float) -> Grant:
    """`secrets` by API key; `now` in seconds since 1970. Raises TokenRefused: 20101 invalid, 20104 expired."""
    try:
        key = jwt.decode(token, options={"verify_signature": False})["iss"]
        content: dict[str, Any] = jwt.decode(token, secrets[key], algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
        grants = content["grants"]
        voice, expires = grants["voice"], float(content["exp"])
        identity = grants["identity"]
    except (jwt.InvalidTokenError, KeyError, TypeError) as error:
        raise TokenRefused(20101, f"the token cannot be read: {error!r}") from error
    if content.get("sub") != account_sid:
        raise TokenRefused(20101, "the token is another account's")
    if expires <= now:
        raise TokenRefused(20104, "the token has expired")
    return Grant(identity, bool(voice.get("incoming", {}).get("allow")), voice.get("outgoing", {}).get("application_sid"), expires)


def call_in(world: World, identity: str, parameters: Mapping[str, str], voice_url: str, application_sid: str, far_end: Any) -> Call:
    """`device.connect({params})`: a call from the client, led by what the voice webhook answers. Blocks until it has."""
    behaviour = Behaviour(speaks_hz=getattr(far_end, "speaks_hz", AGENT_HZ))
    call = Call("", f"client:{identity}", "inbound", world.now(), behaviour, status="ringing", far_end=far_end)
    with world.changed:
        world.calls[call.sid] = call
        world.changed.notify_all()
    documents.fetch(world, call, voice_url, "POST", {"ApplicationSid": application_sid, **parameters})
    return call


@dataclass(eq=False)
class PhoneCall:
    """One call of a softphone."""

    phone: "Softphone"
    call: Call
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def sid(self) -> str:
        return self.call.sid

    @property
    def status(self) -> str:
        return self.call.status

    @property
    def room(self) -> str | None:
        """The name of the room it is in."""
        return self.call.participant.room.name if self.call.participant is not None else None

    @property
    def hears(self) -> tuple[float, ...]:
        """The tones (Hz) it hears now."""
        with self.phone.world.lock:
            return self.call.hears_now

    def answer(self) -> None:
        with self.phone.world.changed:
            calls.answer(self.phone.world, self.call)
            self.phone.world.changed.notify_all()

    def reject(self) -> None:
        self._end("busy", 486)

    def hang_up(self) -> None:
        self._end("completed" if self.call.up else "canceled", 200)

    def mute(self, on: bool) -> None:
        """The microphone off, as the SDK does it: nobody is told, nothing is heard."""
        with self.phone.world.changed:
            self.call.silent = on
            if self.call.participant is not None:
                rooms.refresh(self.phone.world, self.call.participant.room)
            self.phone.world.changed.notify_all()

    def wait_until_joined(self, patience: float = PATIENCE) -> None:
        self.phone.world.wait_for(lambda: self.call.participant is not None and self.call.participant.present, patience)

    def wait_until_over(self, patience: float = PATIENCE) -> None:
        self.phone.world.wait_for(lambda: self.call.over, patience)

    def wait_until_hears(self, *hz: float, patience: float = PATIENCE) -> None:
        self.phone.world.wait_for(lambda: self.call.hears_now == tuple(sorted(hz)), patience)

    def _end(self, status: str, sip: int) -> None:
        with self.phone.world.changed:
            calls.end(self.phone.world, self.call, status, sip)
            self.phone.world.changed.notify_all()


class Softphone:
    """Registered from the start. `answers` says whether it picks up by itself."""

    def __init__(
        self, world: World, identity: str, voice_url: str, application_sid: str, *, answers: bool = True, hz: float = AGENT_HZ
    ) -> None:
        self.world, self.identity, self.answers, self.speaks_hz = world, identity, answers, hz
        self._voice_url, self._application_sid = voice_url, application_sid
        self.incoming: list[PhoneCall] = []
        self.register()

    def register(self) -> None:
        with self.world.changed:
            self.world.phones[self.identity] = self

    def go_offline(self) -> None:
        """A closed tab: registered no more."""
        with self.world.changed:
            if self.world.phones.get(self.identity) is self:
                del self.world.phones[self.identity]

    def connect(self, parameters: Mapping[str, str]) -> PhoneCall:
        """Call in through the voice webhook; it has answered when this returns."""
        call = call_in(self.world, self.identity, parameters, self._voice_url, self._application_sid, self)
        return PhoneCall(self, call, dict(parameters))

    def ring(self, call: Call, parameters: Mapping[str, str]) -> None:
        with self.world.changed:
            call.behaviour = replace(call.behaviour, speaks_hz=self.speaks_hz)
            self.incoming.append(PhoneCall(self, call, dict(parameters)))
            if self.answers:
                calls.answer(self.world, call)
            self.world.changed.notify_all()

    def wait_for_call(self, count: int = 1, patience: float = PATIENCE) -> PhoneCall:
        """The `count`-th call that came."""
        self.world.wait_for(lambda: len(self.incoming) >= count, patience)
        return self.incoming[count - 1]

    def call_ended(self, call: Call) -> None:
        """Whoever waits on it sees its status."""
