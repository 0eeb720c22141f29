"""The Debian mirror this machine already uses, as its own apt sources name it. None is written down in the project."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.pbx.errors import NoPbx

APT = Path("/etc/apt")
DEBIAN_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where Debian's packages come from, and the keys its lists must be signed with."""

    url: str
    keys: Path


def find(apt: Path = APT, keys: Path = DEBIAN_KEYS) -> Mirror:
    """STAYLINE_DEBIAN_MIRROR, else the first source of the machine that is Debian's main archive. Raises NoPbx."""
    named = os.environ.get("STAYLINE_DEBIAN_MIRROR")
    addresses = [named] if named else [address for address in _addresses(apt) if _is_main_archive(address)]
    if not addresses:
        raise NoPbx("the apt sources of this machine name no Debian archive (name one: STAYLINE_DEBIAN_MIRROR)")
    if not keys.exists():
        raise NoPbx(f"the keys of Debian's archive are missing (the package debian-archive-keyring brings {keys})")
    return Mirror(addresses[0], keys)


def _is_main_archive(address: str) -> bool:
    return re.fullmatch(r"https?://.+/debian/?", address) is not None


def _addresses(apt: Path) -> Iterator[str]:
    """Every address in sources.list, *.list (one line each) and *.sources (stanzas with URIs:)."""
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if path.suffix == ".sources":
                found = re.match(r"URIs:\s*(.+)", line)
                yield from found.group(1).split() if found else []
            elif path.suffix == ".list":
                found = re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)", line)
                yield from [found.group(1)] if found else []
