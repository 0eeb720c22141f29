"""Where Asterisk comes from: the machine's own mirror."""

from pathlib import Path

import pytest

from tools.pbx import NoPbx, asterisk_program, mirror

pytestmark = pytest.mark.telephony


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.gpg"
    path.touch()
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "# deb http://old.example/debian x main\ndeb [signed-by=/k] http://mirror.example/debian bookworm main\n"),
        ("sources.list.d/other.list", "deb https://packages.example/node nodistro main\ndeb http://mirror.example/debian/ trixie main\n"),
        (
            "sources.list.d/debian.sources",
            "Types: deb\nURIs: http://mirror.example/debian-security http://mirror.example/debian\n",
        ),
    ],
)
def test_the_mirror_is_the_one_the_machine_uses(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.delenv("STAYLINE_DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert mirror.find(tmp_path, keys).url.rstrip("/") == "http://mirror.example/debian"


def test_without_a_mirror_or_its_keys_the_reason_is_said(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAYLINE_DEBIAN_MIRROR", raising=False)
    with pytest.raises(NoPbx, match="name no Debian archive"):
        mirror.find(tmp_path, keys)
    monkeypatch.setenv("STAYLINE_DEBIAN_MIRROR", "http://named.example/debian")
    assert mirror.find(tmp_path, keys).url == "http://named.example/debian"
    with pytest.raises(NoPbx, match="debian-archive-keyring"):
        mirror.find(tmp_path, tmp_path / "no-keys.gpg")


def test_a_package_that_is_short_of_a_library_is_found_out(tmp_path: Path) -> None:
    """The check that sends us to the long list sees what is missing, rather than believing the short one."""
    program = asterisk_program.AsteriskProgram(tmp_path, "x86_64-linux-gnu", "ld-linux-x86-64.so.2")
    program.modules.mkdir(parents=True)
    assert "chan_pjsip.so" in program.missing_libraries()
