"""`make test` and `make test-long`: what must hold before a change is shared, one stage after the other.

Every stage runs even when an earlier one failed, so that one run tells everything. Installing is timed apart from the suite.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import assets, system_packages  # noqa: E402 - the folder must be known first
from tools.pbx import NoPbx, asterisk_program  # noqa: E402

PYTHON = sys.executable
TEST_PROCESSES = os.environ.get("STAYLINE_TEST_PROCESSES", "2")
LONG_PROCESSES = os.environ.get("STAYLINE_TEST_PROCESSES", "3")
"""Long runs wait more than they work: for telephones, for processes to come back."""


def pytest_with(processes: str) -> list[str]:
    return [PYTHON, "-m", "pytest", "-q", "-n", processes, "--dist", "worksteal", "--inline-snapshot=disable"]


PYTEST = pytest_with(TEST_PROCESSES)


@dataclass(frozen=True, slots=True)
class Stage:
    """One program that must end with 0."""

    name: str
    command: list[str]
    minutes: int = 5
    """When it is taken for hung and ended."""


STATIC = (
    Stage("lint", [PYTHON, "-m", "ruff", "check", "--quiet"]),
    Stage("form", [PYTHON, "-m", "ruff", "format", "--check", "--quiet"]),
    Stage("types", [PYTHON, "-m", "pyright", "--pythonpath", PYTHON, "--warnings"]),
    Stage("import contracts", [PYTHON, str(Path(PYTHON).parent / "lint-imports"), "--no-cache"]),
)
DURATIONS = ["--durations=10", "--durations-min=3"]
_WHOLE = "browser or journey or crash or property"
"""Tests of whole programs, and those that go through thousands of examples: counting lines would make them take twice as long."""
COUNTED = Stage(
    "tests, with coverage", [*PYTEST, "-m", f"not long and not ({_WHOLE})", "--cov", "--cov-report=term:skip-covered", *DURATIONS], 20
)
WHOLE = Stage("tests of the whole", [*PYTEST, "-m", f"not long and ({_WHOLE})", *DURATIONS], 20)
LONG = Stage("long tests", [*pytest_with(LONG_PROCESSES), "-m", "long", *DURATIONS], minutes=28)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["test", "test-long"])
    arguments.add_argument("--began", type=float, default=time.time(), help="when installing began, in seconds since 1970")
    told = arguments.parse_args()
    missing = prepare()
    ready = time.time()
    stages = [*STATIC, COUNTED, WHOLE] if told.what == "test" else [LONG]
    results = [(stage.name, *run(stage)) for stage in stages]
    print()
    for name, passed, seconds in results:
        print(f"  {'ok    ' if passed else 'FAILED'} {name:<18} {seconds:6.1f} s")
    print(f"Installing took {ready - told.began:.1f} s, the suite {time.time() - ready:.1f} s.")
    if missing:
        print("Missing on this machine, so their tests were skipped: " + "; ".join(missing) + ".")
    sys.exit(0 if all(passed for _, passed, _ in results) else 1)


def prepare() -> list[str]:
    """Lay out the browser code, see to the system's packages and to the test exchange's Asterisk; returns what is still missing."""
    assets.ensure("test")
    missing = system_packages.ensure()
    try:
        asterisk_program.ensure()
    except NoPbx as problem:
        missing.append(f"Asterisk ({problem})")
    return missing


def run(stage: Stage) -> tuple[bool, float]:
    print(f"\n== {stage.name}", flush=True)
    began = time.monotonic()
    try:
        code = subprocess.run(stage.command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False, timeout=stage.minutes * 60).returncode
    except subprocess.TimeoutExpired:
        print(f"{stage.name} did not end within {stage.minutes} minutes and was stopped.", flush=True)
        code = 1
    return code == 0, time.monotonic() - began


if __name__ == "__main__":
    main()
