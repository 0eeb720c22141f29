"""A fake of Twilio for tests: its REST API on loopback, which executes our TwiML and calls back, signed.

    twilio = FakeTwilio(public={"https://desk.example.com": "http://127.0.0.1:8000"}, voice_url="https://desk.example.com/twilio/voice")
    twilio.behave("+99900000000001", outcome=Outcome.busy)
    client = twilio.client()                      # the official SDK, turned to it
    phone = twilio.softphone("p1a2b3").connect({"leg": leg_id})
    twilio.wait_told("call", CallStatus="busy")
    twilio.close()

What only a live account can settle is an assumption here; whoever learns better changes the fake with the note of it:
- a room starts with its second participant (`settings.conference_starts_with`); join is told at the answer also with early media, start
  after join; a room's sequence numbers begin at 1; who never answered is told as participant-leave, without a join before it
- CallStatus is busy with SIP 603, no-answer with 480; a phone that is not registered ends as no-answer with 480, at once
- pausing a finished recording, recording a call that is not up, changing a call that is over: 400 with 21220; coaching nobody: 13240
- no answering-machine callback when the call ends before the finding; hold music and announcements are in channel 2
- a gateway keeps a socket open when its token expires and says 31205
"""

from collections.abc import Mapping
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.fakes.twilio import calls, documents
from tests.fakes.twilio.behaviours import Behaviour
from tests.fakes.twilio.contract import Contract, ContractHttpClient
from tests.fakes.twilio.outside import Answer, Outside
from tests.fakes.twilio.records import Call, Recording, Room, new_sid
from tests.fakes.twilio.refusals import Cut, Refused, Silent, overloaded, throttled
from tests.fakes.twilio.server import ApiServer, Door, Exchange
from tests.fakes.twilio.softphone import AGENT_HZ, Grant, Softphone, read_token
from tests.fakes.twilio.teller import Told
from tests.fakes.twilio.timeline import Timeline
from tests.fakes.twilio.world import PATIENCE, Alarm, Settings, World

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fake-auth-token-of-the-account"
API_KEY = "SK" + "0123456789abcdef" * 2
API_SECRET = "fake-api-key-secret-of-32-letters"
APPLICATION_SID = "AP" + "0123456789abcdef" * 2

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
FAILURES: dict[str, Exception] = {
    "throttled": throttled(),
    "overloaded": overloaded(),
    "trouble": Refused(20500, 500),
    "forbidden": Refused(20003, 401),
    "cut": Cut(),
    "silent": Silent(),
}


class FakeTwilio:
    """One account. `speed` makes its seconds shorter; with `driven` its time passes in `advance` alone."""

    account_sid, auth_token, application_sid = ACCOUNT_SID, AUTH_TOKEN, APPLICATION_SID
    api_key, api_secret = API_KEY, API_SECRET

    def __init__(
        self,
        *,
        public: Mapping[str, str] | None = None,
        voice_url: str = "https://desk.example.com/twilio/voice",
        contract: Contract | None = None,
        speed: float = 1.0,
        driven: bool = False,
    ) -> None:
        self.voice_url, self.contract = voice_url, contract
        self.timeline = Timeline(speed, driven)
        self.outside = Outside(AUTH_TOKEN, public or {}, self.timeline)
        self.world = World(ACCOUNT_SID, self.timeline, self.outside)
        self.api_secrets = {API_KEY: API_SECRET}
        self._door = Door({ACCOUNT_SID: AUTH_TOKEN, API_KEY: API_SECRET})
        self._server = ApiServer(self.world, self._door, contract)

    # ---------------------------------------------------------------- running

    @property
    def base_url(self) -> str:
        return self._server.base_url

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def client(self, contract: Contract | None = None, timeout: float = 10) -> Client:
        """The official SDK turned to this fake; with a contract every request and reply is checked on the client's side too."""
        http: TwilioHttpClient = ContractHttpClient(contract, self.base_url, timeout) if contract else _Turned(self.base_url, timeout)
        return Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)

    def advance(self, seconds: float) -> None:
        self.timeline.advance(seconds)

    def stop(self) -> None:
        """The API cannot be reached; calls go on and are told."""
        self._server.stop()

    def start(self) -> None:
        """It can be reached again, on the same port, and has forgotten nothing."""
        self._server.start()

    def close(self) -> None:
        self._server.stop()
        self.world.close()

    def __enter__(self) -> "FakeTwilio":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---------------------------------------------------------------- what a test decides

    def behave(self, number: str, behaviour: Behaviour | None = None, /, **how: Any) -> str:
        """What the number (or client:identity) does when it is rung; the number again."""
        self.world.behaviours[number] = behaviour or Behaviour(**how)
        return number

    def fail_next(self, how: str, count: int = 1) -> None:
        """The next requests fail before anything is done: throttled, overloaded, trouble, forbidden, cut or silent."""
        self._door.next_failures += [FAILURES[how]] * count

    def rotate_token(self, token: str) -> None:
        """The account's token is another from now on, for callbacks and for requests."""
        self.outside.auth_token = token
        self._door.credentials[ACCOUNT_SID] = token

    def far_end_hangs_up(self, call: Call) -> None:
        with self.world.changed:
            calls.end(self.world, call, "completed" if call.up else "no-answer", 200)
            self.world.changed.notify_all()

    def far_end_answers(self, call: Call) -> None:
        with self.world.changed:
            calls.answer(self.world, call)
            self.world.changed.notify_all()

    def customer_calls_in(self, number: str, to: str, **more: str) -> Call:
        """A call to one of the account's numbers, led by what the voice webhook answers. Blocks until it has."""
        call = Call(to, number, "inbound", self.world.now(), self.world.behaviour_of(number), status="ringing")
        with self.world.changed:
            self.world.calls[call.sid] = call
        documents.fetch(self.world, call, self.voice_url, "POST", more)
        return call

    def customer_texts(self, number: str, to: str, body: str, url: str) -> Answer:
        """A message to one of the account's numbers, posted to its webhook; a word to stop is kept to by Twilio itself."""
        sid, word = new_sid("SM"), body.strip().upper()
        fields = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01"}
        fields |= {"From": number, "To": to, "Body": body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received"}
        with self.world.lock:
            if word in STOP_WORDS:
                self.world.opted_out.add(number)
                fields["OptOutType"] = "STOP"
            elif word in START_WORDS:
                self.world.opted_out.discard(number)
                fields["OptOutType"] = "START"
        return self.outside.send(url, "POST", fields)

    # ---------------------------------------------------------------- phones

    def softphone(self, identity: str, *, answers: bool = True, hz: float = AGENT_HZ) -> Softphone:
        """A registered softphone without a browser."""
        return Softphone(self.world, identity, self.voice_url, APPLICATION_SID, answers=answers, hz=hz)

    def softphone_with(self, token: str, **how: Any) -> Softphone:
        """The same by an access token, which must be the account's and fresh. Raises TokenRefused."""
        return self.softphone(self.read_token(token).identity, **how)

    def read_token(self, token: str) -> Grant:
        return read_token(token, ACCOUNT_SID, self.api_secrets, self.timeline.now().timestamp())

    # ---------------------------------------------------------------- what came of it

    @property
    def requests(self) -> list[Exchange]:
        return list(self._door.journal)

    @property
    def alarms(self) -> list[Alarm]:
        """Twilio's debugger: webhooks that failed, TwiML that could not be read …"""
        with self.world.lock:
            return list(self.world.alarms)

    @property
    def told(self) -> list[Told]:
        with self.world.lock:
            return list(self.world.told)

    def wait_told(self, kind: str, count: int = 1, patience: float = PATIENCE, **fields: str) -> Told:
        """The `count`-th callback of a kind (call, conference, recording, machine, message) with these fields."""

        def fitting() -> list[Told]:
            return [one for one in self.world.told if one.callback.kind == kind and fields.items() <= one.fields.items()]

        return self.world.wait_for(lambda: fitting()[count - 1 : count], patience)[0]

    def wait_for(self, holds: Any, patience: float = PATIENCE) -> Any:
        return self.world.wait_for(holds, patience)

    def calls_to(self, to: str) -> list[Call]:
        """Every call that was made to a number or client, oldest first: more than one is a double dial."""
        with self.world.lock:
            return [call for call in self.world.calls.values() if call.to.partition("?")[0] == to]

    def room(self, name: str) -> Room | None:
        """The latest room of a name."""
        with self.world.lock:
            return next((room for room in reversed(self.world.rooms.values()) if room.name == name), None)

    def recordings_of(self, call: Call) -> list[Recording]:
        with self.world.lock:
            return list(call.recordings)


class _Turned(TwilioHttpClient):
    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = base

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base, 1), *rest, **more)
