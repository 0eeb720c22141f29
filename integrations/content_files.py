"""Reads the content that ships: flows/ and scripts_library/."""

from pathlib import Path

LARGEST = 1_000_000


def read_content(root: Path) -> dict[str, str]:
    """Path (from `root`, with slashes) → text of every YAML file.."""
    found: dict[str, str] = {}
    for folder in ("flows", "scripts_library"):
        for path in sorted((root / folder).rglob("*.yaml")):
            name = path.relative_to(root).as_posix()
            raw = path.read_bytes()[: LARGEST + 1]
            found[name] = raw.decode("utf-8", errors="replace")
    return found
