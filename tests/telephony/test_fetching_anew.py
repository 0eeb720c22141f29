"""Asterisk is fetched once, and whatever its packages are called today."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.conftest import cannot_have
from tools.pbx import NoPbx, asterisk_program

pytestmark = [pytest.mark.telephony, pytest.mark.long]


def _ensure(home: Path) -> str:
    return asterisk_program.ensure(home).version()


def test_two_that_ask_at_once_fetch_once(tmp_path: Path) -> None:
    home = tmp_path / "asterisk"
    try:
        with get_context("spawn").Pool(2) as pool:
            versions = pool.map(_ensure, [home, home])
    except NoPbx as reason:
        cannot_have("Asterisk", str(reason))
    assert versions[0] == versions[1]
    assert versions[0].startswith("Asterisk 2")
    assert not (home / "apt").exists(), "what was only needed for fetching is gone"


def test_when_the_package_names_have_changed_everything_it_needs_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asterisk_program, "SLIM", [*asterisk_program.SLIM, "liboldname9"])
    try:
        program = asterisk_program.ensure(tmp_path)
    except NoPbx as reason:
        cannot_have("Asterisk", str(reason))
    assert "package names have changed" in capfd.readouterr().out
    assert program.missing_libraries() == []
