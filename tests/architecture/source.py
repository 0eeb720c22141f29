"""The files of the project, for the tests that read them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("engine", "integrations", "web")


@cache
def project_files() -> tuple[str, ...]:
    """Every file that is, or is about to be, committed: paths relative to the checkout."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return tuple(sorted(name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()))


def files(*folders: str, endings: tuple[str, ...] = (".py",)) -> list[str]:
    """The project's files under some folders, with some endings."""
    return [name for name in project_files() if name.startswith(tuple(f"{folder}/" for folder in folders)) and name.endswith(endings)]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
