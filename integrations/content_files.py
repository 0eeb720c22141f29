"""Reads the content that ships: flows/ and scripts_library/."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from engine.errors import BadInput

LARGEST = 1_000_000


def read_content(root: Path) -> dict[str, str]:
    """Path (from `root`, with slashes) → text of every YAML file."""
    found: dict[str, str] = {}
    for folder in ("flows", "scripts_library"):
        for path in sorted((root / folder).rglob("*.yaml")):
            name = path.relative_to(root).as_posix()
            raw = path.read_bytes()[: LARGEST + 1]
            found[name] = raw.decode("utf-8", errors="replace")
    return found


def write_content(root: Path, files: Mapping[str, str]) -> list[str]:
    """Write path → text under `root`; returns the paths whose file is new or was different. What else lies there stays.

    Raises BadInput("content.bad_path") before anything is written, for a path that leads out of the folder.
    """
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise BadInput("content.bad_path", path=path)
    written: list[str] = []
    for path, text in sorted(files.items()):
        there, data = root / path, text.encode()
        if there.exists() and there.read_bytes() == data:
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(data)
        written.append(path)
    return written
