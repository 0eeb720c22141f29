"""Which other origins the phones in our pages speak to: nobody's but those of the lines that are configured."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from engine.ports.phone import PhoneKind
from engine.services.house import Line

TWILIO = ("wss://*.twilio.com", "https://*.twilio.com")
"""Its signalling and its event gateway, in whichever region."""
_SCHEMES = ("wss", "https", "ws")


def phone_origins(lines: Mapping[str, Line]) -> list[str]:
    """The origins for a page's connect-src. Phones may name addresses of their own as `page_urls` (their SIP server's)."""
    return sorted(set(_of(lines)))


def _of(lines: Mapping[str, Line]) -> Iterator[str]:
    for line in lines.values():
        if line.phones is None:
            continue
        if line.phones.kind is PhoneKind.twilio_js:
            yield from TWILIO
        for url in getattr(line.phones, "page_urls", ()):
            yield origin_of(str(url))


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, and nothing that could end the policy's clause. Raises ValueError.

    >>> origin_of("wss://sip.example:8089/ws?x=1")
    'wss://sip.example:8089'
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or set(parts.netloc) & set(" ;,'\"@"):
        raise ValueError(f"a phone's address that a page cannot use: {url!r}")
    return f"{parts.scheme}://{parts.netloc}"
