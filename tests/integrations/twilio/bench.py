"""The adapter on a bench: its clock set by hand, its background work done when a test says so, Twilio's requests made and signed here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.calls.leg import LegRole
from engine.clock import SetClock
from engine.errors import CarrierError
from engine.ids import AttemptId, CallId, LegId, RandomIds
from engine.phone_number import TrunkKind
from engine.ports.carrier import CarrierEvent, JoinRoom, PlaceCall, Trunk
from integrations.twilio.addresses import Callback, path_of
from integrations.twilio.background import Work
from integrations.twilio.client import PatientClient
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.gate import Gate
from integrations.twilio.opening import Twilio, open_twilio
from integrations.twilio.settings import TwilioSettings
from integrations.twilio.signatures import signature_of
from integrations.twilio.webhooks import WebhookAnswer

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "the-token-of-the-account"
PUBLIC = "https://desk.example.com"
TRUNK = Trunk("twilio-lab", TrunkKind.lab, "+99910000000000")
NUMBER = "+99913800001234"
START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there: whoever asks Twilio is told that nothing left."""


def settings(**more: Any) -> TwilioSettings:
    given: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "api_key_sid": "SK" + "0123456789abcdef" * 2,
        "api_key_secret": "fake-api-key-secret-of-32-letters",
        "app_sid": "AP" + "0123456789abcdef" * 2,
        "public_url": PUBLIC,
        "trunks": (TRUNK,),
        "api_base": NOWHERE,
    }
    return TwilioSettings(**(given | more))


class ByHand:
    """Background work that waits for the test."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, Work]] = []
        self.later: list[tuple[float, str, Work]] = []
        self.failed: list[tuple[str, Exception]] = []

    def do(self, name: str, work: Work) -> None:
        self.waiting.append((name, work))

    def after(self, seconds: float, name: str, work: Work) -> None:
        self.later.append((seconds, name, work))

    def close(self) -> None:
        pass

    def run(self) -> None:
        """Do all that waits, and what comes of it."""
        while self.waiting:
            name, work = self.waiting.pop(0)
            try:
                work()
            except (TwilioFailed, CarrierError) as problem:
                self.failed.append((name, problem))

    def run_later(self, name: str) -> None:
        """Its time has come."""
        due = [work for _, one, work in self.later if one == name]
        self.later = [one for one in self.later if one[1] != name]
        for work in due:
            self.do(name, work)
        self.run()


class Bench:
    """An adapter with everything in the test's hands; `base` is where Twilio's API is thought to be."""

    def __init__(
        self, directory: Path, base: str = NOWHERE, *, opt_out: Any = None, moved: Any = None, replied: Any = None, **more: Any
    ) -> None:
        self.clock = SetClock(START)
        self.ids = RandomIds(self.clock)
        self.background = ByHand()
        self.opted_out: list[tuple[str, datetime, str]] = []
        self.told: list[CarrierEvent] = []
        self.settings = settings(api_base=base, **more)
        self.twilio: Twilio = open_twilio(
            self.settings,
            clock=self.clock,
            journal_directory=directory,
            opt_out=opt_out or (lambda number, at, text: self.opted_out.append((number, at, text))),
            message_moved=moved,
            replied=replied,
            tell=self.told.append,
            background=self.background,
            http=PatientClient(base, pause=lambda _: None),
            gate=Gate(200.0),
        )
        self.carrier = self.twilio.carrier
        self.ledger = self.carrier._works.ledger

    def close(self) -> None:
        self.twilio.close()

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    # ------------------------------------------------------------ orders

    def call(self, **order: Any) -> PlaceCall:
        """A call to be placed."""
        attempt, room = AttemptId(LegId(self.ids.new())), CallId(self.ids.new())
        given: dict[str, Any] = {"attempt_id": attempt, "number": NUMBER, "trunk": TRUNK, "room_id": room, **order}
        return PlaceCall(**given)

    def noted(self, sid: str = "", **order: Any) -> PlaceCall:
        """A call as if it had been placed: written down, Twilio not asked."""
        made = self.call(**order)
        self.ledger.write_room(made.room_id, customer=made.attempt_id)
        known: dict[str, Any] = {"sid": sid} if sid else {}
        self.ledger.write_leg(
            made.attempt_id,
            room=made.room_id,
            role="customer",
            to=made.number,
            asked_at=int(self.clock.now().timestamp() * 1000),
            max_ring_seconds=made.max_ring_seconds,
            record=made.record,
            **known,
        )
        return made

    def expect(self, room: CallId, phone: str = "pagent", role: LegRole = LegRole.agent, **order: Any) -> LegId:
        leg = LegId(self.ids.new())
        self.carrier.join_room(JoinRoom(leg, room, role, phone, **order))
        return leg

    # ------------------------------------------------------------ Twilio's requests

    def asked(self, kind: str, about: str = "", /, token: str = TOKEN, **fields: str) -> WebhookAnswer:
        """A request of Twilio's, signed; nothing that follows from it is done yet."""
        path = path_of(Callback(kind.replace("-", "_")), about)
        form = list({"AccountSid": ACCOUNT, **fields}.items())
        return self.read(path, form, {"X-Twilio-Signature": signature_of(token, PUBLIC + path, form)})

    def read(self, path: str, form: Sequence[tuple[str, str]], headers: dict[str, str], query: str = "") -> WebhookAnswer:
        kind, _, about = urlsplit(path).path.removeprefix("/carriers/twilio/").partition("/")
        return self.carrier.read_webhook(kind, about, path, query, headers, form)

    def hear(self, kind: str, about: str = "", /, **fields: str) -> list[CarrierEvent]:
        """A request, and what follows put into the background."""
        answer = self.asked(kind, about, **fields)
        answer.after()
        return list(answer.events)

    def status(self, leg: str, sid: str, status: str, **fields: str) -> list[CarrierEvent]:
        return self.hear("status", leg, CallSid=sid, CallStatus=status, Timestamp=self.stamp(), **fields)

    def stamp(self) -> str:
        return format_datetime(self.clock.now().replace(microsecond=0))


def sid(letters: str, number: int) -> str:
    """A sid of Twilio's form.

    >>> sid("CA", 7)
    'CA00000000000000000000000000000007'
    """
    return f"{letters}{number:032x}"
