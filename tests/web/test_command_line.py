"""The command line, as far as it runs without a server."""

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.errors import Refused
from engine.storage.installation_lock import InstallationLock, is_held
from web.cli import app
from web.cli.serving import ensure_operator_key

pytestmark = pytest.mark.web
runner = CliRunner()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from web.cli.common import language

    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("STAYLINE_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("STAYLINE_PORT", "1")
    language.cache_clear()


def test_a_person_is_added_listed_linked_and_shut_out(tmp_path: Path) -> None:
    assert runner.invoke(app, ["users", "add", "boss", "--role", "administrator"]).exit_code == 0
    added = runner.invoke(app, ["users", "add", "zhou", "--role", "agent", "--display-name", "周敏", "--team", "一组"])
    assert "/sign-in/link/" in added.output
    linked = runner.invoke(app, ["users", "link", "zhou"])
    assert linked.exit_code == 0
    assert "/sign-in/link/" in linked.output
    assert runner.invoke(app, ["users", "disable", "zhou"]).exit_code == 0
    listed = runner.invoke(app, ["users", "list"]).output
    assert "disabled" in next(line for line in listed.splitlines() if line.startswith("zhou"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["users", "link", "nobody"], "There is no such person"),
        (["users", "add", "Not A Name", "--role", "agent"], "A sign-in name has"),
        (["users", "disable", "nobody"], "There is no such person"),
    ],
)
def test_what_cannot_be_done_ends_with_one_sentence(arguments: list[str], sentence: str) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_PORT", "many")
    result = runner.invoke(app, ["users", "list"])
    assert result.exit_code == 2
    assert "STAYLINE_PORT" in result.output


def test_while_a_server_runs_commands_that_write_refuse_and_links_go_through_it(tmp_path: Path) -> None:
    runner.invoke(app, ["users", "add", "boss", "--role", "administrator"])
    with InstallationLock(tmp_path / "data"):
        refused = runner.invoke(app, ["users", "add", "zhou", "--role", "agent"])
        assert refused.exit_code == 1
        assert "Another Stayline process" in refused.output
        asked = runner.invoke(app, ["users", "link", "boss"])
        assert asked.exit_code == 1
        assert "does not answer on port 1" in asked.output


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with InstallationLock(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(Refused, match=r"installation\.busy"), InstallationLock(tmp_path):
            pass
    assert not is_held(tmp_path)


def test_whatever_the_command_line_writes_is_its_owners_alone(tmp_path: Path) -> None:
    kept = os.umask(0o022)
    try:
        runner.invoke(app, ["users", "add", "boss", "--role", "administrator"])
        for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    finally:
        os.umask(kept)


def test_the_operators_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    from engine.clock import SystemClock
    from engine.ids import RandomIds

    ids = RandomIds(SystemClock())
    ensure_operator_key(tmp_path, ids)
    key = (tmp_path / "operator.key").read_text()
    ensure_operator_key(tmp_path, ids)
    assert (tmp_path / "operator.key").read_text() == key
    assert len(key.strip()) >= 43
    assert stat.S_IMODE((tmp_path / "operator.key").stat().st_mode) == 0o600


def test_the_doctor_finds_nothing_wrong_with_a_sound_installation_and_says_what_is_wrong_with_another(tmp_path: Path) -> None:
    runner.invoke(app, ["users", "add", "boss", "--role", "administrator"])
    sound = runner.invoke(app, ["doctor"])
    assert sound.exit_code == 0, sound.output
    assert "✗" not in sound.output
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "operator.key").write_text("key")
    (tmp_path / "data" / "operator.key").chmod(0o644)
    wrong = runner.invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "→ chmod 700" in wrong.output
    assert "→ chmod 600" in wrong.output


def test_the_doctor_sees_a_missing_guard(tmp_path: Path) -> None:
    import sqlite3

    runner.invoke(app, ["users", "add", "boss", "--role", "administrator"])
    with sqlite3.connect(tmp_path / "data" / "stayline.db") as database:
        database.execute("DROP TRIGGER call_event_keeps_update")
        database.execute("DROP TRIGGER call_event_keeps_delete")
    database.close()
    wrong = runner.invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "call_event" in wrong.output


def test_the_doctor_sees_a_broken_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "stayline.db").write_bytes(b"not a database at all" * 100)
    wrong = runner.invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "cannot be read" in wrong.output
