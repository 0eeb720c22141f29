"""What an operator must tell us about a Twilio account, refused with a sentence that says what is wrong, and where the right value is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engine.ports.carrier import Trunk

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
REGIONS = frozenset({"", "us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """One Twilio account. Secrets never show in its repr.

    `trunks` are the lines out: each one's caller_number is a number of the account. `public_url` is where Twilio reaches us: exactly
    what it will sign. `sounds` maps a sound's name to the https address of a file, or to a sentence that Twilio reads out.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    app_sid: str
    public_url: str
    trunks: tuple[Trunk, ...]
    previous_auth_token: str = field(default="", repr=False)
    """The one before, still accepted on callbacks while it is being rotated."""
    api_base: str = ""
    """A stand-in for api.twilio.com on this machine, for tests; empty otherwise."""
    namespace: str = "stayline"
    """Begins every room's name, so that two installations can share an account."""
    region: str = ""
    edge: str = ""
    media_region: str = ""
    """Where a conference is mixed; empty: Twilio chooses."""
    calls_per_second: float = 1.0
    """What the account may dial over each trunk; more would be queued at Twilio, not refused."""
    longest_call_seconds: int = 7200
    ticket_seconds: int = 3600
    sounds: Mapping[str, str] = field(default_factory=dict[str, str])
    sound_language: str = "zh-CN"
    device_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Given to the page's phone program as they are; never from a person's input."""
    message_number: str = ""
    messaging_service_sid: str = ""

    def __post_init__(self) -> None:
        problems = [*_identity_problems(self), *_reach_problems(self), *_line_problems(self)]
        if problems:
            raise ValueError("the Twilio settings cannot be used:\n" + "\n".join(f"- {problem}" for problem in problems))

    @property
    def tokens(self) -> tuple[str, ...]:
        """What a callback may be signed with."""
        return tuple(filter(None, (self.auth_token, self.previous_auth_token)))

    @property
    def is_stand_in(self) -> bool:
        return bool(self.api_base)


def _identity_problems(given: TwilioSettings) -> Iterator[str]:
    for name, value, letters, where in (
        ("account_sid", given.account_sid, "AC", "Console, first page, Account Info"),
        ("api_key_sid", given.api_key_sid, "SK", "Console, Account, API keys & tokens; make a standard key, or a restricted one"),
        ("app_sid", given.app_sid, "AP", "Console, Voice, Manage, TwiML apps; its Voice request URL is <public_url>/carriers/twilio/voice"),
    ):
        if not re.fullmatch(letters + "[0-9a-fA-F]{32}", value):
            yield f"{name} must be {letters} and 32 hexadecimal digits, not {value!r} ({where})"
    for name, value, where in (
        ("auth_token", given.auth_token, "Console, first page, Account Info: callbacks are signed with it"),
        ("api_key_secret", given.api_key_secret, "shown once when the API key is made; make another key if it is lost"),
    ):
        if len(value) < 16 or not value.isascii() or value != value.strip():
            yield f"{name} is missing, too short, or has characters that no secret of Twilio's has ({where})"
    if given.messaging_service_sid and not re.fullmatch("MG[0-9a-fA-F]{32}", given.messaging_service_sid):
        yield "messaging_service_sid must be MG and 32 hexadecimal digits (Console, Messaging, Services), or empty"
    if given.message_number and not _E164.fullmatch(given.message_number):
        yield "message_number must be a number of the account that can send messages, written like +8613800001234, or empty"


def _reach_problems(given: TwilioSettings) -> Iterator[str]:
    parts = urlsplit(given.public_url)
    if parts.scheme != "https" or not parts.hostname or "_" in parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        yield f"public_url must be https://host[:port][/path] as Twilio reaches us, no underscore in the host, not {given.public_url!r}"
    if given.public_url.endswith("/"):
        yield "public_url must not end with a slash: what Twilio signs would differ"
    if given.api_base and urlsplit(given.api_base).hostname not in LOOPBACK:
        yield f"api_base is for tests and must be on this machine, not {given.api_base!r}; leave it empty"
    for name, value in (("region", given.region), ("media_region", given.media_region)):
        if value not in REGIONS:
            yield f"{name} must be empty or one of {', '.join(sorted(REGIONS - {''}))}, not {value!r}"
    if not re.fullmatch(r"[a-z0-9-]{0,20}", given.edge):
        yield f"edge must be empty or the name of one of Twilio's edges, e.g. singapore, not {given.edge!r}"
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", given.namespace):
        yield f"namespace must be 1 to 40 of a-z, 0-9 and -, beginning with a letter, not {given.namespace!r}"


def _line_problems(given: TwilioSettings) -> Iterator[str]:
    if not given.trunks:
        yield "trunks is empty: name at least one line out with a number of the account"
    for trunk in given.trunks:
        if not _E164.fullmatch(trunk.caller_number):
            yield f"trunk {trunk.name}: caller_number must be a number of the account, written like +8613800001234"
    if not 0 < given.calls_per_second <= 200:
        yield "calls_per_second must be above 0 and at most 200 (Console, Voice, Settings shows the account's)"
    if not 60 <= given.longest_call_seconds <= 86400:
        yield "longest_call_seconds must be 60 to 86400"
    if not 300 <= given.ticket_seconds <= 86400:
        yield "ticket_seconds must be 300 to 86400"
    for name, sound in given.sounds.items():
        if "://" in sound and not sound.startswith("https://"):
            yield f"sounds[{name!r}]: a file must have an https address, as Twilio reaches it"
