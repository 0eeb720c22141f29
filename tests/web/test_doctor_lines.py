"""The doctor's look at the lines: each trouble is told apart from the others, with its mend."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.phone_number import TrunkKind
from integrations.settings import Settings
from web.cli import doctor_lines
from web.cli.doctor_lines import check_lines
from web.cli.findings import Finding, Verdict

pytestmark = pytest.mark.web
SID = "0123456789abcdef0123456789abcdef"
TWILIO = {
    "demo": False,
    "public_url": "https://stayline.example",
    "twilio_account_sid": f"AC{SID}",
    "twilio_auth_token": "t" * 32,
    "twilio_api_key_sid": f"SK{SID}",
    "twilio_api_key_secret": "s" * 32,
    "twilio_app_sid": f"AP{SID}",
    "twilio_number": "+8613800001234",
}


class FakeAri(BaseHTTPRequestHandler):
    """Enough of an ARI for a doctor: one user, one endpoint. What it answers for the endpoint stands in the server."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic c3RheWxpbmU6cmlnaHQ=":  # stayline:right
            return self._answer(401, {})
        if self.path == "/ari/asterisk/info":
            return self._answer(200, self.server.info)  # pyright: ignore[reportAttributeAccessIssue]
        if self.path == "/ari/endpoints/PJSIP/carrier-out":
            return self._answer(200, {"state": self.server.state})  # pyright: ignore[reportAttributeAccessIssue]
        return self._answer(404, {})

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def fake_ari(state: str = "online", info: dict[str, Any] | None = None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeAri)
    server.state, server.info = state, info or {"system": {"version": "22.10.1"}}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from web.cli.common import language

    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    language.cache_clear()
    yield
    language.cache_clear()


def findings(**settings: Any) -> list[Finding]:
    return list(check_lines(Settings(_env_file=None, **settings)))  # pyright: ignore[reportCallIssue]


def bad(**settings: Any) -> list[str]:
    return [f"{one.what} → {one.mend}" for one in findings(**settings) if one.verdict is not Verdict.good]


def asterisk(url: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"asterisk_url": url, "asterisk_password": "right", "asterisk_trunk": "carrier-out"}
    return {**given, "asterisk_ws_url": "wss://pbx.example.com/ws", "asterisk_trunk_kind": TrunkKind.public, "demo": False, **more}


def test_a_demo_without_lines_is_sound_and_any_other_is_told_that_it_can_call_nobody() -> None:
    assert bad() == []
    (told,) = bad(demo=False)
    assert "nobody can be called" in told


def test_an_asterisk_that_answers_is_named_with_its_version_and_its_line() -> None:
    with fake_ari() as url:
        assert bad(**asterisk(url)) == []
        told = " ".join(one.what for one in findings(**asterisk(f"{url}/ari/")))
    assert "Asterisk 22.10.1 answers" in told
    assert "carrier-out is there and called online" in told


def test_a_wrong_password_is_told_apart_from_no_answer() -> None:
    with fake_ari() as url:
        (refused,) = bad(**asterisk(url, asterisk_password="wrong"))
    assert "refuses the user stayline" in refused
    assert "wrong" not in refused.replace("the password is wrong", ""), "the password itself is never told"
    (silent,) = bad(**asterisk(url))
    assert "nobody answers" in silent
    assert "Start Asterisk" in silent


def test_an_asterisk_that_takes_the_question_and_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_lines, "PATIENCE", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        (told,) = bad(**asterisk(f"http://127.0.0.1:{deaf.getsockname()[1]}"))
    assert "no answer" in told
    assert "firewall" in told


def test_what_is_no_asterisk_is_not_taken_for_one() -> None:
    with fake_ari(info={"hello": "world"}) as url:
        told = bad(**asterisk(url))
    assert "not as an Asterisk's ARI does (HTTP 200)" in told[0]


def test_a_line_that_asterisk_does_not_know_or_cannot_reach_is_told() -> None:
    with fake_ari("offline") as url:
        (offline,) = bad(**asterisk(url))
        (unknown,) = bad(**asterisk(url, asterisk_trunk="other"))
        (nameless,) = bad(**asterisk(url, asterisk_trunk=""))
    assert "is offline" in offline
    assert "no endpoint other" in unknown
    assert "STAYLINE_ASTERISK_TRUNK" in nameless


@pytest.mark.parametrize(
    ("address", "sound"),
    [
        ("wss://pbx.example.com/ws", True),
        ("ws://127.0.0.1:8088/ws", True),
        ("ws://localhost:8088/ws", True),
        ("ws://[::1]:8088/ws", True),
        ("ws://10.0.0.5:8088/ws", False),
        ("ws://127.0.0.1.example.com/ws", False),
        ("https://pbx.example.com/ws", False),
        ("pbx.example.com", False),
        ("", False),
    ],
)
def test_browsers_register_encrypted_except_on_this_machine(address: str, sound: bool) -> None:
    with fake_ari() as url:
        told = bad(**asterisk(url, asterisk_ws_url=address))
    assert (told == []) is sound, told


def test_a_demo_that_would_reach_real_people_is_told() -> None:
    with fake_ari() as url:
        (told,) = bad(**asterisk(url, demo=True))
    assert "STAYLINE_ASTERISK_TRUNK_KIND" in told
    assert any("STAYLINE_TWILIO_ACCOUNT_SID" in one for one in bad(**(TWILIO | {"demo": True})))


def test_a_secret_file_is_read_kept_private_and_told_when_it_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "ari.password"
    file.write_text("right\n")
    file.chmod(0o600)
    with fake_ari() as url:
        assert bad(**asterisk(url, asterisk_password="", asterisk_password_file=file)) == []
        file.chmod(0o644)
        (told,) = bad(**asterisk(url, asterisk_password="", asterisk_password_file=file))
        assert f"chmod 600 {file}" in told
        (told,) = bad(**asterisk(url, asterisk_password_file=tmp_path / "none"))
    assert "STAYLINE_ASTERISK_PASSWORD_FILE" in told


def test_a_whole_set_of_twilio_settings_is_sound() -> None:
    assert bad(**TWILIO) == []


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("twilio_account_sid", "AC1", "STAYLINE_TWILIO_ACCOUNT_SID"),
        ("twilio_api_key_sid", f"AC{SID}", "STAYLINE_TWILIO_API_KEY_SID"),
        ("twilio_app_sid", "", "STAYLINE_TWILIO_APP_SID"),
        ("twilio_auth_token", "short", "STAYLINE_TWILIO_AUTH_TOKEN_FILE"),
        ("twilio_api_key_secret", "", "STAYLINE_TWILIO_API_KEY_SECRET_FILE"),
        ("twilio_number", "13800001234", "STAYLINE_TWILIO_NUMBER"),
        ("public_url", "http://stayline.example", "STAYLINE_PUBLIC_URL"),
        ("public_url", "", "STAYLINE_PUBLIC_URL"),
    ],
)
def test_each_twilio_setting_that_cannot_work_is_named_with_its_mend(setting: str, value: str, told: str) -> None:
    (found,) = bad(**(TWILIO | {setting: value}))
    assert told in found
    assert "→ " in found
    assert not value or value == "short" or setting not in ("twilio_auth_token", "twilio_api_key_secret")


def test_every_setting_of_the_lines_stands_in_the_operators_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operator.md").read_text(encoding="utf-8")
    names = [name for name in Settings.model_fields if name.startswith(("asterisk_", "twilio_", "simulated_", "supervision_"))]
    assert len(names) > 20
    assert [name for name in names if f"`STAYLINE_{name.upper()}`" not in guide] == []
