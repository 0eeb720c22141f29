"""`stayline content load` and `export` on a folder of their own: published first, drafts later, written back byte for byte."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from web.cli import app

pytestmark = pytest.mark.web
runner = CliRunner()
FLOW = "flows/care/birthday_care.yaml"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The library and one flow, as an installation's content directory."""
    from web.cli.common import language

    content = tmp_path / "content"
    shutil.copytree("scripts_library", content / "scripts_library")
    (content / FLOW).parent.mkdir(parents=True)
    for name in (FLOW, FLOW.replace(".yaml", ".en.yaml")):
        shutil.copy(name, content / name)
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("STAYLINE_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("STAYLINE_CONTENT_DIRECTORY", str(content))
    language.cache_clear()
    return content


def test_loaded_changed_loaded_again_and_exported(folder: Path, tmp_path: Path) -> None:
    first = runner.invoke(app, ["content", "load", "--message", "first"])
    assert first.exit_code == 0, first.output
    assert "+ flow birthday_care" in first.output
    written = (folder / FLOW).read_text("utf-8")
    (folder / FLOW).write_text(written.replace("title: ", "title: 今年", 1), "utf-8")
    second = runner.invoke(app, ["content", "load", "--message", "名字改一下"])
    assert second.exit_code == 0, second.output
    assert "~ flow birthday_care" in second.output
    assert "1 drafts wait for approval" in second.output
    with sqlite3.connect(tmp_path / "data" / "stayline.db") as database:
        assert database.execute("SELECT state, message, made_by FROM flow_draft").fetchall() == [("in_review", "名字改一下", "operator")]
    out = runner.invoke(app, ["content", "export", str(tmp_path / "out")])
    assert out.exit_code == 0, out.output
    assert (tmp_path / "out" / FLOW).read_text("utf-8") == written  # what is live, not what waits
    for path in (folder / "scripts_library").rglob("*.yaml"):
        assert (tmp_path / "out" / path.relative_to(folder)).read_bytes() == path.read_bytes()
    again = runner.invoke(app, ["content", "export", str(tmp_path / "out")])
    assert "0 files written" in again.output
