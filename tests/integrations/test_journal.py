"""The append-only journal: what was acknowledged is there, what was torn by a crash is not."""

from pathlib import Path

import pytest

from integrations.journal import Journal

pytestmark = pytest.mark.unit


def test_a_journal_gives_back_what_was_appended_by_anybody(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "j.jsonl"), Journal(tmp_path / "j.jsonl")
    one.append({"name": "王女士"})
    other.append({"n": 2})
    assert one.read_new() == [{"name": "王女士"}, {"n": 2}]
    assert one.read_new() == []
    assert other.read_new() == [{"name": "王女士"}, {"n": 2}]
    one.close()
    other.close()


@pytest.mark.parametrize("torn", [b'{"n":', b'{"n": 3}', b"\x00\x00\x00", "{“".encode()[:-1]])
def test_a_line_torn_by_a_crash_is_ignored_and_cut_off_by_the_next(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"n":1}\n' + torn)
    journal = Journal(path)
    assert journal.read_new() == [{"n": 1}]
    journal.append({"n": 2})
    journal.close()
    assert path.read_bytes() == b'{"n":1}\n{"n":2}\n'


def test_a_line_torn_before_anything_was_read_is_cut_off_too(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"n":1}\n{"n"')
    journal = Journal(path)
    journal.append({"n": 2})
    assert journal.read_new() == [{"n": 1}, {"n": 2}]
    journal.close()


def test_a_journal_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    Journal(tmp_path / "j.jsonl").close()
    assert (tmp_path / "j.jsonl").stat().st_mode & 0o077 == 0


def test_a_line_that_is_just_being_written_is_not_shown(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({"n": 1})
    with journal.path.open("ab") as other:
        other.write(b'{"n":')
    assert journal.whole_lines() == b'{"n":1}\n'
    journal.close()
