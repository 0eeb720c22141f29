"""The rules of tests/conftest.py are enforced, and not only written down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.architecture


def run_pytest(folder: Path, test: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one test module under the project's own configuration and rules, as another pytest process."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("STAYLINE_", "PYTEST_", "COV_", "COVERAGE_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "no:cacheprovider",
        str(folder),
    ]
    return subprocess.run(command, cwd=ROOT, env=surroundings | settings, capture_output=True, text=True, check=False)


def test_a_module_that_declares_no_kind_is_not_collected(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, "def test_it(): pass\n")
    assert "test_it.py declares no kind" in told.stdout
    assert told.returncode != 0


SKIPPED_GUARD = "import pytest\npytestmark = [pytest.mark.unit, pytest.mark.safety]\ndef test_it(): pytest.skip('no time')\n"


def test_a_skipped_guard_is_counted_and_said_with_its_reason(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, SKIPPED_GUARD)
    assert told.returncode == 0
    assert "0 passed, 0 failed, 1 skipped" in told.stdout
    assert "no time" in told.stdout


def test_a_skipped_guard_fails_in_ci(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, SKIPPED_GUARD, STAYLINE_CI="1")
    assert "is a safety test and may not be skipped in CI" in told.stdout
    assert "0 passed, 1 failed, 0 skipped" in told.stdout
    assert told.returncode != 0


def test_a_test_that_wants_postgresql_fails_in_ci_where_there_is_none(tmp_path: Path) -> None:
    test = "import pytest\npytestmark = pytest.mark.unit\ndef test_it(postgres_url): pass\n"
    nowhere = str(tmp_path / "nothing")
    told = run_pytest(tmp_path, test, STAYLINE_POSTGRES_BIN=nowhere)
    assert (told.returncode, "PostgreSQL cannot be had here" in told.stdout) == (0, True)
    told = run_pytest(tmp_path, test, STAYLINE_POSTGRES_BIN=nowhere, STAYLINE_CI="1")
    assert (told.returncode, "PostgreSQL cannot be had here" in told.stdout) == (1, True)


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, "import pytest, warnings\npytestmark = pytest.mark.unit\ndef test_it(): warnings.warn('old')\n")
    assert "UserWarning: old" in told.stdout
    assert told.returncode == 1
