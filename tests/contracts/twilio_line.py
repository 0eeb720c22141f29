"""Twilio under the conformance suite: the real adapter and SDK, the fake of Twilio's API, and a door for its signed callbacks."""

import io
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.errors import StaylineError
from engine.ids import LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import PlaceCall, PlaceResult, Trunk
from integrations.twilio.background import Threads, Work
from integrations.twilio.carrier import TwilioCarrier
from integrations.twilio.client import PatientClient
from integrations.twilio.gate import Gate
from integrations.twilio.opening import Twilio, open_twilio
from integrations.twilio.settings import TwilioSettings
from tests.contracts.callback_receiver import EventReceiver, Refused
from tests.contracts.carrier_line import Ability, Behaviour
from tests.contracts.waiting import eventually
from tests.fakes.twilio import rooms
from tests.fakes.twilio.api import API_KEY, API_SECRET, FakeTwilio
from tests.fakes.twilio.behaviours import Behaviour as FakeBehaviour, Delivery, Outcome, RecordingFate, Reply
from tests.fakes.twilio.having import contract_or_not_run
from tests.fakes.twilio.softphone import PhoneCall, Softphone

PUBLIC = "https://desk.example.com"
TRUNK = Trunk("twilio-lab", TrunkKind.lab, "+99910000000000")
SPEED = 4.0
CUSTOMER_HZ = 1000
_STAYS = 4.0

_TALKS: dict[str, Any] = {"rings_after": 0.2, "decides_after": 0.5, "speaks_hz": float(CUSTOMER_HZ)}
BEHAVIOURS: dict[Behaviour, dict[str, Any]] = {
    "answers": _TALKS,
    "busy": {"outcome": Outcome.busy},
    "no_answer": {"outcome": Outcome.no_answer},
    "rejected": {"outcome": Outcome.rejected},
    "invalid_number": {"outcome": Outcome.invalid},
    "rings_long": {"outcome": Outcome.no_answer},
    "customer_hangs_up": {**_TALKS, "hangs_up_after": _STAYS},
    "congestion": {"outcome": Outcome.congestion},
    "machine": {**_TALKS, "outcome": Outcome.machine, "finds_machine_after": 1.0},
    "loses_recorder": {**_TALKS, "recording": RecordingFate.lost},
    "told_twice": {**_TALKS, "hangs_up_after": _STAYS, "delivery": Delivery.duplicated},
    "tells_nothing": {**_TALKS, "hangs_up_after": _STAYS, "delivery": Delivery.lost},
    "tells_before_it_replies": {**_TALKS, "delivery": Delivery.before_reply, "reply_after": 3.0},
    "silent_but_rings": {**_TALKS, "decides_after": 5.0, "reply": Reply.silent_but_rings},
    "silent": {"reply": Reply.silent},
    "cuts_but_rings": {**_TALKS, "decides_after": 5.0, "reply": Reply.cut_but_rings},
    "cuts": {"reply": Reply.cut},
    "overloaded": {"reply": Reply.overloaded},
    "throttled": {"reply": Reply.throttled},
    "replies_without_id": {**_TALKS, "decides_after": 5.0, "reply": Reply.without_sid},
}
_ABILITIES: frozenset[Ability] = frozenset({"sound", "keys_heard", "kill", "refuses_repeats", "desk_phones"})


def wav(seconds: float) -> bytes:
    """A file to be played; what sounds in it is the fake's business."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(round(seconds * 16000)))
    return made.getvalue()


SOUND = wav(2.0)


class Faster(Threads):
    """The adapter's background work, as much faster as the fake is."""

    def after(self, seconds: float, name: str, work: Work) -> None:
        super().after(seconds / SPEED, name, work)


class FakeTime:
    """The fake's own clock: moments it tells and moments we read are of one kind."""

    def __init__(self) -> None:
        self.fake: FakeTwilio | None = None

    def now(self) -> datetime:
        assert self.fake is not None
        return self.fake.timeline.now()


class Door:
    """Stands where the web application does: reads a request with the adapter, tells its events, and answers."""

    def __init__(self, receiver: EventReceiver) -> None:
        self.receiver = receiver
        self.carrier: TwilioCarrier | None = None
        self.problems: list[StaylineError] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, document = door.answer(self.path, dict(self.headers), body)
                reply = (document or "").encode()
                self.send_response(status)
                if document is not None:
                    self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "audio/x-wav")
                self.send_header("Content-Length", str(len(SOUND)))
                self.end_headers()
                self.wfile.write(SOUND)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, target: str, headers: dict[str, str], body: str) -> tuple[int, str | None]:
        assert self.carrier is not None
        parts = urlsplit(target)
        _, _, kind, *about = parts.path.strip("/").split("/")
        form = parse_qsl(body, keep_blank_values=True)
        try:
            answer = self.carrier.read_webhook(kind, unquoted(about), parts.path, parts.query, headers, form)
            for event in answer.events:
                self.receiver.tell(event)
        except Refused:
            return 503, None
        except StaylineError as problem:
            self.problems.append(problem)
            return 403, None
        answer.after()
        return (204, None) if answer.body is None else (200, answer.body)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def unquoted(about: list[str]) -> str:
    return unquote(about[0]) if about else ""


class TwilioPhone:
    """A browser's phone, as Twilio sees it."""

    def __init__(self, softphone: Softphone) -> None:
        self.address, self._softphone = softphone.identity, softphone
        self._in: PhoneCall | None = None

    @property
    def _call(self) -> PhoneCall:
        if self._in is None:
            self._in = self._softphone.wait_for_call()
        return self._in

    def call_in(self, leg_id: LegId) -> bool:
        call = self._softphone.connect({"leg": leg_id})
        if call.room is None:
            return False
        self._in = call
        return True

    def hang_up(self) -> None:
        self._call.hang_up()

    def press(self, digits: str) -> None:
        raise NotImplementedError("nobody is told which keys a phone in a room pressed")

    def keys(self) -> str:
        return self._call.call.digits

    def speaks(self, hz: int) -> None:
        self._softphone.speaks_hz = float(hz)
        if self._in is not None:
            world = self._softphone.world
            with world.changed:
                self._in.call.behaviour = FakeBehaviour(speaks_hz=float(hz))
                if self._in.call.participant is not None:
                    rooms.refresh(world, self._in.call.participant.room)
                world.changed.notify_all()

    def hears(self, hz: int) -> None:
        eventually(lambda: float(hz) in self._call.hears or None)

    def hears_not(self, hz: int) -> None:
        eventually(lambda: float(hz) not in self._call.hears or None)


def settings_for(base_url: str, **more: Any) -> TwilioSettings:
    """Settings of the fake's account."""
    given: dict[str, Any] = {
        "account_sid": FakeTwilio.account_sid,
        "auth_token": FakeTwilio.auth_token,
        "api_key_sid": API_KEY,
        "api_key_secret": API_SECRET,
        "app_sid": FakeTwilio.application_sid,
        "public_url": PUBLIC,
        "trunks": (TRUNK,),
        "api_base": base_url,
        "sounds": {"hold_music": f"{PUBLIC}/sounds/music.wav", "test_tone": f"{PUBLIC}/sounds/tone.wav"},
    }
    return TwilioSettings(**(given | more))


class TwilioLine:
    """One account with everything around it."""

    name: ClassVar[str] = "twilio"
    can: ClassVar[frozenset[Behaviour | Ability]] = frozenset(BEHAVIOURS) | _ABILITIES
    in_short_form: ClassVar[frozenset[str] | None] = frozenset(
        {
            "test_a_call_is_placed_rings_is_answered_and_looking_up_tells_the_same",
            "test_a_warm_transfer_the_two_speak_while_the_customer_is_held",
            "test_a_request_that_is_lost_is_unknown_and_looking_up_finds_nothing",
            "test_another_phone_than_the_one_named_is_not_let_in",
            "test_the_customer_is_on_the_left_and_the_agent_on_the_right_only",
        }
    )

    customer_hz, customer_stays, tolerance = CUSTOMER_HZ, _STAYS, 3.0

    def __init__(self, directory: Path, **settings: Any) -> None:
        self._settings = settings
        contract = contract_or_not_run()
        self.receiver = EventReceiver()
        self.door = Door(self.receiver)
        self.fake = FakeTwilio(public={PUBLIC: self.door.url}, voice_url=f"{PUBLIC}/carriers/twilio/voice", contract=contract, speed=SPEED)
        self.clock = FakeTime()
        self.clock.fake = self.fake
        self.directory, self.trunk, self._numbers, self._phones = directory, TRUNK, 0, 0
        self.twilio = self._open(PatientClient(self.fake.base_url))
        self.carrier = self.door.carrier = self.twilio.carrier
        self.carrier.tell_to(self.receiver.tell)

    def _open(self, http: PatientClient) -> Twilio:
        return open_twilio(
            settings_for(self.fake.base_url, **self._settings),
            clock=self.clock,
            journal_directory=self.directory,
            background=Faster(),
            http=http,
            gate=Gate(200.0),
        )

    @contextmanager
    def _hurried(self) -> Iterator[TwilioCarrier]:
        """An adapter on the same memory that waits for a reply only very shortly."""
        hurried = self._open(PatientClient(self.fake.base_url, read_seconds=0.2))
        try:
            yield hurried.carrier
        finally:
            hurried.close()

    def number_that(self, behaviour: Behaviour) -> str:
        self._numbers += 1
        return self.fake.behave(f"+9997{self._numbers:010d}", FakeBehaviour(**BEHAVIOURS[behaviour]))

    def place(self, order: PlaceCall, *, hurried: bool = False) -> PlaceResult:
        if not hurried:
            return self.carrier.place_call(order)
        with self._hurried() as carrier:
            return carrier.place_call(order)

    def rings(self, number: str) -> list[str]:
        """By what the fake dialled: each call's callbacks name its leg."""
        return [urlsplit(call.hook.url).path.rpartition("/")[2] for call in self.fake.calls_to(number) if call.hook is not None]

    def phone(self) -> TwilioPhone:
        self._phones += 1
        ticket = self.twilio.phones.ticket("somebody", f"phone{self._phones:08d}")
        return TwilioPhone(self.fake.softphone_with(ticket.settings["token"]))

    def desk_phone(self, *, answers: bool = True, registered: bool = True) -> TwilioPhone:
        """A browser that Twilio rings."""
        self._phones += 1
        ticket = self.twilio.phones.ticket("somebody", f"desk{self._phones:08d}")
        softphone = self.fake.softphone_with(ticket.settings["token"], answers=answers)
        if not registered:
            softphone.go_offline()
        return TwilioPhone(softphone)

    def pass_time(self, seconds: float) -> None:
        threading.Event().wait(seconds / SPEED)

    def kill(self) -> None:
        self.fake.stop()

    def restart(self) -> None:
        self.fake.start()

    def close(self) -> None:
        self.carrier.close()
        self.fake.close()
        self.door.close()
        broken = self.fake.contract.broken if self.fake.contract is not None else []
        assert broken == [], broken
        alarms = [alarm for alarm in self.fake.alarms if alarm.code in {12100, 12200, 12300}]
        assert alarms == [], alarms
