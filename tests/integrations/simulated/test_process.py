"""The carrier as a process of its own: one per directory, found again, ended by SIGTERM, closed to everybody without its secret."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from engine.errors import CarrierError
from integrations.simulated.controls import Controls
from integrations.simulated.process import INTERFACE, RunningProcess, ensure_secret, find_process, start_process, stop_process

pytestmark = pytest.mark.telephony

CALLBACK = "http://127.0.0.1:9/carriers/simulated/events"
ROOT = Path(__file__).parents[3]
ORDER = {
    "attempt_id": "a-1",
    "number": "+99913800001234",
    "trunk": "simulated-1",
    "trunk_kind": "simulated",
    "caller_number": "+99910000000000",
    "max_ring_seconds": 30,
    "record": True,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningProcess, str, Path]]:
    folder = tmp_path_factory.mktemp("carrier")
    secret = ensure_secret(folder / "secret")
    yield start_process(folder / "c", callback_url=CALLBACK, secret_file=folder / "secret", speed=50, speech=False), secret, folder
    stop_process(folder / "c")


def ask(
    running: tuple[RunningProcess, str, Path], method: str, path: str, body: object = None, secret: str | None = None
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {running[1] if secret is None else secret}"}
    with httpx2.Client(trust_env=False) as client:
        return client.request(method, running[0].base_url + path, json=body, headers=headers)


def command(folder: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "integrations.simulated", "--directory", str(folder / "c"), "--callback-url", CALLBACK),
        *("--secret-file", str(folder / "secret"), *more),
    ]


def test_a_running_carrier_is_found_and_used_instead_of_a_second(running: tuple[RunningProcess, str, Path]) -> None:
    process, _, folder = running
    assert find_process(folder / "c") == process
    assert start_process(folder / "c", callback_url=CALLBACK, secret_file=folder / "secret") == process
    state = json.loads((folder / "c" / "simulated.json").read_text(encoding="utf-8"))
    assert (state["pid"], state["port"]) == (process.pid, process.port)


def test_a_carrier_that_an_older_release_left_running_is_replaced_and_knows_its_calls(tmp_path: Path) -> None:
    secret = ensure_secret(tmp_path / "secret")
    older = start_process(tmp_path / "c", callback_url=CALLBACK, secret_file=tmp_path / "secret", speed=50, speech=False)
    assert ask((older, secret, tmp_path), "POST", "/calls", ORDER).status_code == 201
    state = tmp_path / "c" / "simulated.json"
    told = json.loads(state.read_text(encoding="utf-8"))
    assert told.pop("interface") == INTERFACE
    state.write_text(json.dumps(told), encoding="utf-8")
    newer = start_process(tmp_path / "c", callback_url=CALLBACK, secret_file=tmp_path / "secret", speed=50, speech=False)
    assert (newer.pid != older.pid, newer.interface) == (True, INTERFACE)
    assert ask((newer, secret, tmp_path), "GET", "/legs/a-1").json()["events"][0]["kind"] == "placed"
    stop_process(tmp_path / "c")


def test_it_is_in_a_session_of_its_own(running: tuple[RunningProcess, str, Path]) -> None:
    assert os.getsid(running[0].pid) == running[0].pid != os.getsid(0)


def test_a_second_one_in_the_same_directory_is_refused(running: tuple[RunningProcess, str, Path]) -> None:
    done = subprocess.run(command(running[2]), cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, "already running" in done.stderr) == (3, True)
    assert find_process(running[2] / "c") == running[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/calls"),
        ("GET", "/legs/a-1"),
        ("POST", "/legs"),
        ("POST", "/legs/a-1/hangup"),
        ("POST", "/legs/a-1/mute"),
        ("POST", "/rooms/r-1/close"),
        ("PUT", "/phones/p-1"),
        ("GET", "/phones/p-1"),
        ("POST", "/phones/p-1/join"),
        ("POST", "/calls/a-1/cues"),
        ("GET", "/recordings/x"),
        ("DELETE", "/recordings/x"),
        ("POST", "/scenarios"),
        ("PUT", "/callback-url"),
        ("GET", "/health"),
        ("GET", "/journal"),
        ("GET", "/anything"),
    ],
)
@pytest.mark.parametrize("secret", ["x", "wrong"])
def test_nothing_is_told_or_done_without_the_secret(running: tuple[RunningProcess, str, Path], method: str, path: str, secret: str) -> None:
    assert ask(running, method, path, ORDER, secret).status_code == 401


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("number", "+8613800001234", "number.not_a_test_number"),
        ("number", "110", "number.not_a_test_number"),
        ("number", None, "number.not_a_test_number"),
        ("trunk_kind", "public", "trunk.not_simulated"),
        ("trunk_kind", "lab", "trunk.not_simulated"),
        ("attempt_id", "../x", "attempt.bad_id"),
        ("attempt_id", "", "attempt.bad_id"),
        ("max_ring_seconds", 0, "request.bad_value"),
        ("max_ring_seconds", True, "request.bad_value"),
        ("caller_number", "9" * 201, "request.bad_value"),
        ("scenario", "no such", "scenario.unknown"),
    ],
)
def test_it_rings_nothing_but_test_numbers_on_simulated_trunks(
    running: tuple[RunningProcess, str, Path], field: str, value: object, reason: str
) -> None:
    refused = ask(running, "POST", "/calls", {**ORDER, "attempt_id": "refused", field: value})
    assert (refused.status_code, refused.json()["error"]) == (422, reason)
    assert ask(running, "GET", "/legs/refused").status_code == 404


JOIN = {"leg_id": "l-1", "room_id": "r-1", "role": "agent", "phone": "p1", "ring": False, "max_ring_seconds": 20}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("leg_id", "../x"),
        ("leg_id", None),
        ("room_id", "a b"),
        ("phone", "sip:p1@host"),
        ("role", "customer"),
        ("role", "stranger"),
        ("role", "supervisor"),
        ("ear", "shout"),
        ("beside", "../x"),
        ("max_ring_seconds", 0),
    ],
)
def test_an_order_to_let_a_phone_in_that_makes_no_sense_is_refused(
    running: tuple[RunningProcess, str, Path], field: str, value: object
) -> None:
    refused = ask(running, "POST", "/legs", {**JOIN, "leg_id": "refused-leg", field: value})
    assert (refused.status_code, refused.json()) == (422, {"error": "request.bad_value", "field": field if field != "ear" else "role"})
    assert ask(running, "GET", "/legs/refused-leg").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/legs/l-2/mute", {"on": "yes"}),
        ("/legs/l-2/mute", {}),
        ("/legs/l-2/play", {"sound": 7}),
        ("/legs/l-2/listen", {"ear": "shout"}),
        ("/legs/l-2/listen", {"ear": "barge"}),
        ("/phones/p1/join", {}),
        ("/phones/p1/join", {"leg_id": "l-2"}),
        ("/phones/p1/speak", {"leg_id": "l-2", "hz": -1}),
        ("/phones/p2/leave", {"leg_id": "l-2"}),
    ],
)
def test_an_order_of_a_leg_that_makes_no_sense_is_refused(running: tuple[RunningProcess, str, Path], path: str, body: object) -> None:
    ask(running, "POST", "/legs", {**JOIN, "leg_id": "l-2", "room_id": "r-2"})
    assert ask(running, "POST", path, body).status_code == 422
    assert [event["kind"] for event in ask(running, "GET", "/legs/l-2").json()["events"]] == ["placed"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"' + b"x" * 70_000 + b'"'])
def test_a_body_it_cannot_read_is_refused(running: tuple[RunningProcess, str, Path], body: bytes) -> None:
    headers = {"Authorization": f"Bearer {running[1]}"}
    with httpx2.Client(trust_env=False) as client:
        assert client.post(running[0].base_url + "/calls", content=body, headers=headers).status_code == 422


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://127.0.0.1/x", "http://127.0.0.1.example.com:80/", "file:///etc/passwd", 7]
)
def test_events_are_told_to_loopback_only(running: tuple[RunningProcess, str, Path], url: object) -> None:
    assert ask(running, "PUT", "/callback-url", {"url": url}).status_code == 422


def test_a_hostile_caller_name_is_only_text(running: tuple[RunningProcess, str, Path]) -> None:
    hostile = '"><img src=x>\r\nAction: Command\u2028$(touch /tmp/x)\ud800'
    body = json.dumps({**ORDER, "attempt_id": "hostile", "caller_number": hostile}).encode()
    with httpx2.Client(trust_env=False) as client:
        placed = client.post(running[0].base_url + "/calls", content=body, headers={"Authorization": f"Bearer {running[1]}"})
    assert placed.status_code == 201
    controls = Controls(running[0].base_url, running[1])
    recorded = [record for record in controls.journal() if record.get("attempt_id") == "hostile" and record["type"] == "order"]
    controls.close()
    assert [record["caller_number"] for record in recorded] == [hostile.replace("\ud800", "?")]


def test_it_ends_cleanly_on_sigterm_and_leaves_its_place_free(tmp_path: Path) -> None:
    ensure_secret(tmp_path / "secret")
    process = subprocess.Popen(command(tmp_path, "--without-speech"), cwd=ROOT, stderr=subprocess.PIPE)
    pause = threading.Event()
    while find_process(tmp_path / "c") is None:
        assert process.poll() is None
        pause.wait(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, b"")
    assert find_process(tmp_path / "c") is None
    assert not stop_process(tmp_path / "c")


def test_a_state_file_left_by_a_killed_carrier_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    state = {"pid": os.getpid(), "port": 9, "started": 0, "callback_url": CALLBACK, "speed": 1.0}
    (tmp_path / "c" / "simulated.json").write_text(json.dumps(state), encoding="utf-8")
    (tmp_path / "c" / "lock").touch()
    assert find_process(tmp_path / "c") is None


def test_a_state_file_left_behind_is_not_believed_while_another_one_starts(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / "c").mkdir()
    state = {"pid": ended.pid, "port": 9, "started": 0, "callback_url": CALLBACK, "speed": 1.0}
    (tmp_path / "c" / "simulated.json").write_text(json.dumps(state), encoding="utf-8")
    with (tmp_path / "c" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert find_process(tmp_path / "c") is None


def test_a_carrier_that_cannot_start_says_why(running: tuple[RunningProcess, str, Path], tmp_path: Path) -> None:
    ensure_secret(tmp_path / "secret")
    with pytest.raises(CarrierError) as failed:
        start_process(tmp_path / "c", callback_url=CALLBACK, secret_file=tmp_path / "secret", port=running[0].port)
    assert "Address already in use" in str(failed.value.fields["said"])


@pytest.mark.parametrize(("secret", "url"), [("short", CALLBACK), ("long enough a secret", "http://example.com/")])
def test_wrong_settings_are_refused_before_anything_starts(tmp_path: Path, secret: str, url: str) -> None:
    (tmp_path / "secret").write_text(secret, encoding="utf-8")
    done = subprocess.run([*command(tmp_path), "--callback-url", url], cwd=ROOT, capture_output=True, timeout=20)
    assert done.returncode == 2
    assert not (tmp_path / "c").exists()


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    assert len(ensure_secret(path)) == 43
    assert ensure_secret(path) == path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
