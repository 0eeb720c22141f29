"""The way from the fake to the product's web addresses: signed as Twilio signs, and never to another machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlencode, urlsplit

import httpx2
from twilio.request_validator import RequestValidator

if TYPE_CHECKING:
    from tests.fakes.twilio.timeline import Timeline

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or no connection ("ct"), or no answer in time or half of one ("rt")."""

    status: int | None
    failure: str | None = None
    content_type: str = ""
    text: str = ""
    body: bytes = b""


class Outside:
    """Reaches public addresses through a table, as a reverse proxy would stand there; loopback addresses directly, others never."""

    def __init__(self, auth_token: str, public: Mapping[str, str], timeline: "Timeline") -> None:
        self.auth_token = auth_token
        self.public = {address.rstrip("/"): local.rstrip("/") for address, local in public.items()}
        self._timeline = timeline
        self._client = httpx2.Client(trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def sign(self, url: str, fields: Mapping[str, str]) -> str:
        return RequestValidator(self.auth_token).compute_signature(url, fields)

    def send(
        self,
        url: str,
        method: str,
        fields: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        timeouts: tuple[float, float] = (5.0, 15.0),
    ) -> Answer:
        """One signed request; `timeouts` to connect and to read, in the fake's seconds."""
        exact = urldefrag(url).url
        if method == "GET" and fields:
            exact += ("&" if "?" in exact else "?") + urlencode(fields)
        local = self._local(exact)
        if local is None:
            return Answer(None, "ct")
        form = dict(fields) if method == "POST" else {}
        connect, read = (max(0.2, self._timeline.wall(seconds)) for seconds in timeouts)
        try:
            reply = self._client.request(
                method,
                local,
                content=urlencode(form) if method == "POST" else None,
                headers={
                    "Host": urlsplit(exact).netloc,
                    "X-Forwarded-Proto": urlsplit(exact).scheme,
                    "User-Agent": "TwilioProxy/1.1",
                    "Date": format_datetime(self._timeline.now(), usegmt=True),
                    "Accept": "*/*",
                    "X-Twilio-Signature": self.sign(exact, form),
                    **({"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"} if method == "POST" else {}),
                    **(headers or {}),
                },
                timeout=httpx2.Timeout(read, connect=connect),
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return Answer(None, "ct")
        except httpx2.TransportError:
            return Answer(None, "rt")
        return Answer(reply.status_code, None, reply.headers.get("content-type", ""), reply.text, reply.content)

    def _local(self, url: str) -> str | None:
        for address, local in self.public.items():
            if url == address or url.startswith((address + "/", address + "?")):
                return local + url.removeprefix(address)
        return url if urlsplit(url).hostname in _LOOPBACK else None
