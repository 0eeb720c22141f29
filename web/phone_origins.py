"""Which other origins the phones in our pages speak to: nobody's but those of the lines that are configured."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from engine.ports.phone import PhoneKind
from engine.services.house import Line

TWILIO = ("wss://*.twilio.com", "https://*.twilio.com")
"""Its signalling and its event gateway, in whichever region."""
_SCHEMES = ("wss", "https", "ws")


def phone_origins(lines: Mapping[str, Line], settings: object) -> list[str]:
    """The origins for a page's connect-src. `settings` are the installation's (integrations.settings.Settings). Raises ValueError."""
    kinds = {line.phones.kind for line in lines.values() if line.phones is not None}
    return sorted(set(_of(kinds, settings)))


def _of(kinds: set[PhoneKind], settings: object) -> Iterator[str]:
    sip_url: str = getattr(settings, "asterisk_ws_url", "")
    if PhoneKind.sip_wss in kinds and sip_url:
        yield origin_of(sip_url)
    if PhoneKind.twilio_js in kinds:
        options: Mapping[str, Any] = getattr(settings, "twilio_device_options", {})
        stand_in = options.get("chunderw")
        if stand_in:  # only tests set it: then nobody speaks to Twilio itself
            yield origin_of(f"wss://{stand_in}")
        else:
            yield from TWILIO


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, and nothing that could end the policy's clause. Raises ValueError.

    >>> origin_of("wss://sip.example:8089/ws?x=1")
    'wss://sip.example:8089'
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or set(parts.netloc) & set(" ;,'\"@"):
        raise ValueError(f"a phone's address that a page cannot use: {url!r}")
    return f"{parts.scheme}://{parts.netloc}"
