"""Where Twilio calls us back: our own reference rides in the path, the retry settings in the fragment (which is never signed)."""

import re
from enum import StrEnum
from urllib.parse import quote

from engine.errors import CarrierError

RETRIES = "#rc=3&rp=ct,rt,5xx"
"""Without it Twilio retries once, and only when it could not connect: an event met by one failing answer would be lost for ever."""
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Callback(StrEnum):
    """The kinds of callback."""

    voice = "voice"
    status = "status"
    conference = "conference"
    recording = "recording"
    machine = "machine"
    sound = "sound"
    digits = "digits"
    message = "message"
    incoming_message = "incoming_message"


def is_reference(text: str) -> bool:
    """Whether an id of ours can stand in a path and as a label."""
    return _REFERENCE.fullmatch(text) is not None


def reference(text: str) -> str:
    """The id itself. Raises CarrierError leg.bad_id for what would bend a path: it never leaves."""
    if not is_reference(text):
        raise CarrierError("leg.bad_id", retryable=False)
    return text


def path_of(callback: Callback, about: str = "") -> str:
    """The path of a callback; addresses are written with hyphens.

    >>> path_of(Callback.status, "0198-leg")
    '/carriers/twilio/status/0198-leg'
    >>> path_of(Callback.incoming_message)
    '/carriers/twilio/incoming-message'
    """
    return f"/carriers/twilio/{callback.replace('_', '-')}" + (f"/{quote(about, safe='')}" if about else "")


class Addresses:
    """Our addresses as Twilio reaches them."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def of(self, callback: Callback, about: str = "") -> str:
        return f"{self._public_url}{path_of(callback, about)}{RETRIES}"

    def document(self, callback: Callback, about: str) -> str:
        """An address that answers with TwiML: fetched, so a repeat is a second fetch and needs no settings."""
        return f"{self._public_url}{path_of(callback, about)}"
