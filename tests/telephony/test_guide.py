"""The configuration an operator reads in docs/asterisk.md is one that a real Asterisk runs."""

import re
import secrets
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import cannot_have
from tests.telephony.rig import Ears, call, ended
from tests.telephony.sip_over_websocket import signed_in
from tools import pbx as exchange
from tools.pbx import NoPbx, RunningPbx, Setup, number_that

pytestmark = [pytest.mark.telephony, pytest.mark.long]
GUIDE = Path(__file__).parent.parent.parent / "docs" / "asterisk.md"
HERE = {
    # what an operator replaces, replaced by what this machine has
    "192.0.2.10:5060": "127.0.0.1:@sip_port@",
    "192.0.2.10:8089": "127.0.0.1:@https_port@",
    "192.0.2.10": "127.0.0.1",
    "bindport = 8088": "bindport = @http_port@",
    "203.0.113.20": "@customers_address@",
    "default_realm = pbx.example.com": "default_realm = @realm@",
    "/etc/asterisk/keys": "@run@/keys",
}


def files_of_the_guide() -> dict[str, str]:
    """Every block of the guide that is a file: its name stands in its first line."""
    blocks = re.findall(r"```ini\n; (\w+\.conf)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    files: dict[str, str] = {}
    for name, text in blocks:
        for theirs, ours in HERE.items():
            text = text.replace(theirs, ours)
        files[name] = text
    return files


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPbx]:
    """An exchange with the guide's files in place of its own."""
    files = files_of_the_guide()
    assert set(files) >= {"http.conf", "ari.conf", "pjsip.conf", "sorcery.conf", "extensions.conf", "amd.conf", "rtp.conf"}
    password = secrets.token_urlsafe(16)
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True
    ).stdout.strip()
    files["ari.conf"] = files["ari.conf"].replace("HASH-OF-THE-ARI-PASSWORD", hashed)
    try:
        with exchange.start(tmp_path_factory.mktemp("guided"), Setup(trunk="trunk", ari_password=password, files=files)) as running:
            yield running
    except NoPbx as reason:
        cannot_have("Asterisk", str(reason))


def test_its_trunk_rings_customers(guided: RunningPbx) -> None:
    ears = Ears(guided)
    call(guided, "guided-busy", number_that("busy"))
    assert ended(ears, "guided-busy") == (17, 486)
    ears.close()


def test_its_agents_sign_in_over_tls_and_come_to_their_room(guided: RunningPbx) -> None:
    name = "pguided0000000000"
    guided.put_endpoint("auth", name, auth_type="digest", username=name, password="secret")
    guided.put_endpoint("aor", name, max_contacts="1", remove_existing="yes")
    guided.put_endpoint("endpoint", name, webrtc="yes", context="from-agent", disallow="all", allow="opus,ulaw", aors=name, auth=name)
    trusted = ssl.create_default_context(cafile=guided.certificate)
    with signed_in(guided.wss_url, guided.realm, name, "secret", tls=trusted) as answer:
        assert answer.status == 200
    ears, phone = Ears(guided), guided.phone("pguided1")
    phone.dial("join-0198-guided")
    came = ears.wait_for("StasisStart")
    assert came["args"] == ["join", "0198-guided", "pguided1"]
    guided.ari("DELETE", f"/channels/{came['channel']['id']}")
    assert phone.wait_until_ended()
    phone.dial(number_that("answers"))
    assert phone.wait_until_ended()
    assert phone.refused == 404, "nothing but a room can be dialled"
    ears.close()


def test_the_file_of_users_holds_no_password(guided: RunningPbx) -> None:
    text = (guided.directory / "etc" / "ari.conf").read_text(encoding="utf-8")
    assert guided.ari_password not in text
    assert "$6$" in text


def test_asterisk_finds_nothing_wrong_with_it(guided: RunningPbx) -> None:
    complaints = [line for line in guided.log.splitlines() if ("WARNING" in line or "ERROR" in line) and "res_pjsip_session" not in line]
    assert complaints == []
