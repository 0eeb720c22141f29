"""What an installation says about its Asterisk servers."""

import re
from dataclasses import dataclass, field
from typing import Any

from engine.ports.carrier import Trunk

APPLICATION = "stayline"
"""The Stasis application: the dialplan names it."""
MACHINE_CONTEXT = "amd"
"""The dialplan context that listens for an answering machine."""
PHONE_CONTEXT = "from-agent"
"""The dialplan context a browser's phone calls into."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CALLER = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True, slots=True)
class AsteriskTrunk:
    """A line out of one host: the PJSIP endpoint behind it and what it bears. `plus`: it takes +8613…, else 8613…."""

    trunk: Trunk
    endpoint: str
    max_lines: int = 30
    calls_per_second: float = 5.0
    plus: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.endpoint) or not _CALLER.fullmatch(self.trunk.caller_number):
            raise ValueError(f"the trunk {self.trunk.name!r} needs the name of an endpoint and a caller number of digits")
        if self.max_lines < 1 or self.calls_per_second <= 0:
            raise ValueError(f"the trunk {self.trunk.name!r} needs at least one line and more than no calls a second")


@dataclass(frozen=True, slots=True)
class AsteriskHost:
    """One Asterisk. `url` is its HTTP root, e.g. http://10.0.0.5:8088 (or …/ari); `phone_url` the address browsers register at (wss://…/ws).

    `sounds` is the folder in its sounds directory with our files; `music` a music-on-hold class, empty: the sound hold_music, repeated.
    """

    name: str
    url: str
    user: str
    password: str = field(repr=False)
    trunks: tuple[AsteriskTrunk, ...] = ()
    phone_url: str = ""
    realm: str = "stayline"
    ice: tuple[dict[str, Any], ...] = ()
    phone_options: tuple[tuple[str, str], ...] = ()
    """More attributes for the endpoints of browsers, e.g. ("media_address", "127.0.0.1")."""
    sounds: str = "stayline"
    music: str = ""
    draining: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or ":" in self.name:
            raise ValueError(f"{self.name!r} is no name for a host")
        if not re.fullmatch(r"https?://[^/\s]+(/[^\s]*)?", self.url):
            raise ValueError(f"{self.url!r} is no address of an Asterisk")

    @property
    def root(self) -> str:
        return self.url.rstrip("/").removesuffix("/ari")

    def trunk_named(self, name: str) -> AsteriskTrunk | None:
        return next((one for one in self.trunks if one.trunk.name == name), None)
