"""Installing happens once for each lock file, and again when one changed or the checkout moved."""

from pathlib import Path

import pytest

from tools import install

pytestmark = pytest.mark.architecture


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a .venv in which nothing was installed yet."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    for lock in install.LOCKS["test"]:
        (tmp_path / lock).write_text(f"the first {lock}\n", encoding="utf-8")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return tmp_path


def test_nothing_is_up_to_date_before_it_was_installed(checkout: Path) -> None:
    assert not install.is_up_to_date("run")


def test_what_was_installed_is_not_installed_again(checkout: Path) -> None:
    install.write_stamp("run")
    assert install.is_up_to_date("run")
    assert not install.is_up_to_date("test")


def test_what_the_tests_need_contains_what_serving_needs(checkout: Path) -> None:
    install.write_stamp("test")
    assert install.is_up_to_date("run")


def test_a_changed_lock_file_is_installed(checkout: Path) -> None:
    install.write_stamp("test")
    (checkout / "requirements-dev.txt").write_text("another\n", encoding="utf-8")
    assert not install.is_up_to_date("test")


def test_a_moved_checkout_gets_its_commands_rewritten(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install.write_stamp("run")
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    for name, path in {"ROOT": moved, "VENV": moved / ".venv", "PYTHON": moved / ".venv" / "bin" / "python"}.items():
        monkeypatch.setattr(install, name, path)
    assert not install.is_up_to_date("run")


def test_a_removed_environment_is_installed(checkout: Path) -> None:
    install.write_stamp("run")
    install.PYTHON.unlink()
    assert not install.is_up_to_date("run")
