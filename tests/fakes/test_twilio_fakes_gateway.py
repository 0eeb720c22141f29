"""The real Voice SDK in a real Chromium against the fake signalling gateway, with real sound both ways."""

import io
import json
import os
import threading
import wave
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from tests.conftest import cannot_have
from tests.fakes.twilio.api import API_KEY, API_SECRET, FakeTwilio
from tests.fakes.twilio.gateway import CHROMIUM_SWITCHES, Gateway
from tests.fakes.twilio.rig import CALLER, ROOM, Rig, rigged, tones
from tools import system_packages

pytestmark = [pytest.mark.browser, pytest.mark.telephony, pytest.mark.long]

SDK = Path(__file__).parents[2] / "node_modules" / "@twilio" / "voice-sdk" / "dist" / "twilio.min.js"
MICROPHONE_HZ = 440
IDENTITY = "p1a2b3c4d5"
PAGE = """<!doctype html><title>phone</title><script src="/sdk.js"></script><script>
const told = []; let device = null, call = null; let volume = {input: 0, output: 0};
const tell = (name, more) => told.push([name, more ?? null]);
function watch(made) {
  call = made;
  for (const name of ["accept", "disconnect", "cancel", "reject", "ringing", "reconnected"]) call.on(name, () => tell("call." + name));
  call.on("error", (e) => tell("call.error", e.code));
  call.on("reconnecting", (e) => tell("call.reconnecting", e.code));
  call.on("volume", (input, output) => (volume = {input, output}));
}
function start(token, options) {
  const sounds = Object.fromEntries(["disconnect", "incoming", "outgoing", ..."0123456789hs".split("").map((k) => "dtmf" + k)]
    .map((name) => [name, "/silence.wav"]));
  device = new Twilio.Device(token, {codecPreferences: ["opus", "pcmu"], publishEvents: false, sounds, logLevel: "silent",
    maxCallSignalingTimeoutMs: 30000, enableImprovedSignalingErrorPrecision: true, ...options});
  for (const name of ["registered", "unregistered", "tokenWillExpire"]) device.on(name, () => tell(name));
  device.on("error", (e) => tell("error", e.code));
  device.on("incoming", (made) => { watch(made); tell("incoming", Object.fromEntries(made.customParameters)); });
  device.register().catch((e) => tell("register.failed", e.code));
}
const audio = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
const connect = (params) => device.connect({params, rtcConstraints: {audio}}).then(watch);
</script>"""


def wav(hz: float, seconds: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        moments = np.arange(round(48000 * seconds)) / 48000
        file.writeframes((8000 * np.sin(2 * np.pi * hz * moments)).astype("<i2").tobytes())
    return out.getvalue()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    if not SDK.is_file():
        cannot_have("Twilio's Voice SDK", "`make test` installs it into node_modules")
    microphone = tmp_path_factory.mktemp("microphone") / "tone.wav"
    microphone.write_bytes(wav(MICROPHONE_HZ, 10))
    without_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    switches = [*without_sandbox, *CHROMIUM_SWITCHES, f"--use-file-for-fake-audio-capture={microphone}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=switches)
        yield browser
        browser.close()


class Phone:
    """The test's page with the SDK in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def do(self, script: str) -> Any:
        return self.page.evaluate(script)

    def start(self, token: str, gateway: Gateway, **options: Any) -> None:
        self.do(f"start({json.dumps(token)}, {json.dumps({'chunderw': gateway.address, **options})})")

    def wait_for(self, name: str, count: int = 1) -> Any:
        """The `count`-th time the SDK told of something; what it told."""
        found = f"told.filter((one) => one[0] === {json.dumps(name)})"
        self.page.wait_for_function(f"{found}.length >= {count}", timeout=30_000)
        return self.do(f"{found}[{count - 1}][1]")

    def wait_until(self, script: str) -> None:
        self.page.wait_for_function(script, timeout=30_000)

    def told(self) -> list[str]:
        return [name for name, _ in self.do("told")]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with rigged() as made:
        yield made


@pytest.fixture
def gateway(rig: Rig, tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(rig.twilio, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The page on loopback: Chromium lets only such a page reach a gateway on loopback."""
    contents = {
        "/": ("text/html", PAGE.encode()),
        "/sdk.js": ("text/javascript", SDK.read_bytes()),
        "/silence.wav": ("audio/wav", wav(0, 0.1)),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = contents.get(self.path, ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Phone]:
    page = chromium.new_page()
    page.goto(site)
    yield Phone(page)
    page.close()


def token(ttl: int = 3600, identity: str = IDENTITY, secret: str = API_SECRET) -> str:
    made = AccessToken(FakeTwilio.account_sid, API_KEY, secret, identity=identity, ttl=ttl)
    made.add_grant(VoiceGrant(outgoing_application_sid=FakeTwilio.application_sid, incoming_allow=True))
    return made.to_jwt()


def test_the_browser_registers_calls_into_the_room_and_both_hear_each_other(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(), gateway)
    phone.wait_for("registered")
    assert IDENTITY in rig.twilio.world.phones
    rig.lead_into_room("agent")
    phone.do("connect({leg: '0193'})")
    phone.wait_for("call.accept")
    call = gateway.call()
    assert call.parameters == {"leg": "0193"}
    assert rig.desk.of("/voice")[0].fields["From"] == f"client:{IDENTITY}"
    assert rig.desk.of("/voice")[0].fields["leg"] == "0193"

    customer_sid = rig.customer().call_sid
    gateway.wait_for(lambda: call.call.hears_now == (1000.0,))
    phone.wait_until("volume.output > 0.1 && volume.input > 0.1")
    gateway.wait_for(lambda: call.ear.hz != 0.0 and abs(call.ear.hz - MICROPHONE_HZ) <= 10)
    assert call.media == "connected"
    customer = rig.twilio.world.calls[customer_sid]
    rig.twilio.wait_for(lambda: customer.hears_now == (float(MICROPHONE_HZ),))

    phone.do("call.mute(true)")
    rig.twilio.wait_for(lambda: customer.hears_now == ())
    phone.do("call.mute(false)")
    rig.twilio.wait_for(lambda: customer.hears_now == (float(MICROPHONE_HZ),))
    phone.do("call.sendDigits('12#')")
    gateway.wait_for(lambda: call.pressed == "12#")

    phone.do("call.disconnect()")
    rig.twilio.wait_for(lambda: call.call.status == "completed")
    assert customer.up
    rig.client.calls(customer_sid).update(status="completed")


def test_what_the_room_hears_of_the_browser_is_in_the_recording(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(), gateway)
    phone.wait_for("registered")
    rig.lead_into_room("agent")
    phone.do("connect({leg: '0193'})")
    phone.wait_for("call.accept")
    sid = rig.customer().call_sid
    customer = rig.twilio.world.calls[sid]
    rig.twilio.wait_for(lambda: customer.hears_now == (float(MICROPHONE_HZ),))
    recording = rig.client.calls(sid).recordings.create(recording_channels="dual")
    record = rig.twilio.world.recordings[recording.sid]
    phone.do("call.mute(true)")
    rig.twilio.wait_for(lambda: customer.hears_now == ())
    phone.wait_until("volume.output > 0.1")
    rig.client.calls(sid).update(status="completed")
    rig.twilio.wait_for(lambda: record.status == "completed")
    sound = rig.sound(recording.sid)
    assert tones(sound[:, 0]) == {1000}
    assert tones(sound[:, 1]) == {MICROPHONE_HZ}
    assert not np.any(sound[-40:, 1])
    assert np.any(sound[-40:, 0])


def test_the_browser_is_rung_answers_and_is_hung_up_on(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(), gateway)
    phone.wait_for("registered")
    rig.client.conferences(ROOM).participants.create(to=f"client:{IDENTITY}?leg=0194&from=lead", from_=CALLER, label="agent")
    assert phone.wait_for("incoming") == {"leg": "0194", "from": "lead"}
    phone.do("call.accept({rtcConstraints: {audio}})")
    phone.wait_for("call.accept")
    call = gateway.call()
    rig.twilio.wait_for(lambda: call.call.participant is not None and call.call.participant.present)
    rig.customer()
    phone.wait_until("volume.output > 0.1")
    gateway.wait_for(lambda: abs(call.ear.hz - MICROPHONE_HZ) <= 10)
    rig.client.calls(call.call.sid).update(status="completed")
    phone.wait_for("call.disconnect")


def test_a_call_not_taken_is_rejected_or_taken_back(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(), gateway)
    phone.wait_for("registered")
    ring = {"to": f"client:{IDENTITY}?leg=0194", "from_": CALLER}
    first = rig.client.conferences(ROOM).participants.create(**ring)
    phone.wait_for("incoming")
    phone.do("call.reject()")
    rig.twilio.wait_for(lambda: rig.twilio.world.calls[first.call_sid].status == "busy")
    second = rig.client.conferences(ROOM).participants.create(**ring)
    phone.wait_for("incoming", 2)
    rig.client.calls(second.call_sid).update(status="canceled")
    phone.wait_for("call.cancel")


def test_a_leg_nobody_expects_is_turned_away(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    rig.desk.voice = lambda _: "<Response><Reject/></Response>"
    phone.start(token(), gateway)
    phone.wait_for("registered")
    phone.do("connect({leg: 'unknown'})")
    phone.wait_for("call.disconnect")
    assert "call.accept" not in phone.told()


def test_a_call_outlives_a_gap_in_the_signalling(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(), gateway)
    phone.wait_for("registered")
    rig.lead_into_room("agent")
    phone.do("connect({leg: '0193'})")
    phone.wait_for("call.accept")
    call = gateway.call()
    rig.customer()
    phone.wait_until("volume.output > 0.1")
    gateway.unplug()
    assert phone.wait_for("call.reconnecting") == 53001
    assert IDENTITY not in rig.twilio.world.phones
    phone.wait_until("volume.output > 0.1")
    gateway.plug_in()
    phone.wait_for("call.reconnected")
    phone.wait_for("registered", 2)
    assert call.call.up
    phone.do("call.disconnect()")
    rig.twilio.wait_for(lambda: call.call.status == "completed")


def test_a_token_is_renewed_in_time_or_runs_out(rig: Rig, gateway: Gateway, phone: Phone) -> None:
    phone.start(token(ttl=8), gateway, tokenRefreshMs=6000)
    phone.wait_for("tokenWillExpire")
    phone.do(f"device.updateToken({json.dumps(token())})")
    gateway.wait_for(lambda: sum(kind == "listen" for kind, _ in gateway.messages) >= 2)
    assert "error" not in phone.told()
    phone.do(f"device.updateToken({json.dumps(token(ttl=1))})")
    assert phone.wait_for("error") == 20104
    assert IDENTITY not in rig.twilio.world.phones


@pytest.mark.parametrize(("ttl", "secret", "code"), [(-10, API_SECRET, 20104), (60, "another-secret-of-thirty-two-bytes", 20101)])
def test_a_token_that_is_spent_or_forged_is_refused(rig: Rig, gateway: Gateway, phone: Phone, ttl: int, secret: str, code: int) -> None:
    phone.start(token(ttl=ttl, secret=secret), gateway)
    assert phone.wait_for("error") == code
    assert "registered" not in phone.told()
    assert rig.twilio.world.phones == {}
