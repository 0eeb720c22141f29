"""Writes the configuration of one run: the templates in configuration/, with every @name@ filled in."""

import re
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent / "configuration"


def write(values: Mapping[str, str | int], folder: Path) -> None:
    """Write every template into `folder`. Raises KeyError for a name that has no value."""
    folder.mkdir(parents=True, exist_ok=True)
    for template in sorted(TEMPLATES.glob("*.conf")):
        text = re.sub(r"@([a-z_]+)@", lambda found: str(values[found.group(1)]), template.read_text(encoding="utf-8"))
        path = folder / template.name
        path.touch(mode=0o600)  # ari.conf holds the password
        path.write_text(text, encoding="utf-8")
