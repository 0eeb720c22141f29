"""The official SDK's way out, made patient and careful. Loaded only where Twilio is used: the SDK costs a quarter of a second.

Every request has a time-out. What makes something new (a call, a recording, a message) is never sent twice and never over a kept
connection, which may be dead; what may be repeated is tried once more when it did not arrive or Twilio was busy.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit, urlunsplit

import httpx2
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from integrations.twilio.settings import LOOPBACK, TwilioSettings

MOST_CONNECTIONS = 20
"""At once; Twilio answers 429 to an account that asks too much at a time."""
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
_BEFORE_TRYING_AGAIN = 0.3
_MAKES_NEW = re.compile(r"/(Calls|Participants|Recordings|Messages)\.json$")
NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_DID_NOT_ARRIVE = (*NEVER_LEFT, httpx2.NetworkError, httpx2.RemoteProtocolError)
"""The last two happen to a kept connection that has died."""

logging.getLogger("twilio").setLevel(logging.WARNING)  # below that it writes telephone numbers into the log


class PatientClient(HttpClient):
    """Sends the SDK's requests. Keeps no state between requests, so that any number of threads may share it."""

    def __init__(
        self,
        api_base: str = "",
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        pause: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(logging.getLogger("twilio.http"), is_async=False, timeout=read_seconds)
        if api_base and urlsplit(api_base).hostname not in LOOPBACK:
            raise ValueError(f"{api_base} is not on this machine")
        self._base = urlsplit(api_base) if api_base else None
        self._connect, self._read, self._pause, self._monotonic = connect_seconds, read_seconds, pause, monotonic
        self._once = self._client(keep=0)
        self._kept = self._client(keep=MOST_CONNECTIONS)

    def close(self) -> None:
        self._once.close()
        self._kept.close()

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Raises httpx2.HTTPError when there was no answer."""
        url = self.target(uri)
        if method.upper() == "POST" and _MAKES_NEW.search(urlsplit(url).path):
            return self._send(self._once, method, url, params, data, headers, auth, self._read)
        until = self._monotonic() + self._read
        try:
            answer = self._send(self._kept, method, url, params, data, headers, auth, self._read)
            if answer.status_code not in (429, 503):
                return answer
        except _DID_NOT_ARRIVE:
            if self._monotonic() + _BEFORE_TRYING_AGAIN >= until:
                raise
        self._pause(_BEFORE_TRYING_AGAIN)
        return self._send(self._kept, method, url, params, data, headers, auth, max(0.1, until - self._monotonic()))

    def target(self, uri: str) -> str:
        """Where a request really goes: Twilio, or the stand-in on this machine. Raises ValueError for anywhere else."""
        parts = urlsplit(uri)
        if parts.scheme != "https" or not (parts.hostname or "").endswith(".twilio.com"):
            raise ValueError(f"{parts.hostname} is not Twilio")
        if self._base is None:
            return uri
        return urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))

    def media(self, uri: str, auth: tuple[str, str]) -> AbstractContextManager[httpx2.Response]:
        """A file, to be read in pieces; never from anywhere but Twilio or the stand-in, and nowhere it may point to."""
        return self._once.stream("GET", self.target(uri), auth=auth)

    def _send(
        self,
        client: httpx2.Client,
        method: str,
        url: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        headers: dict[str, str] | None,
        auth: tuple[str, str] | None,
        seconds: float,
    ) -> Response:
        answer = client.request(
            method.upper(),
            url,
            params=params,  # pyright: ignore[reportArgumentType] - the SDK gives strings and lists of them
            data=data,
            headers=headers,
            auth=auth,
            timeout=httpx2.Timeout(seconds, connect=min(seconds, self._connect), pool=self._connect),
        )
        return Response(answer.status_code, answer.text, answer.headers)

    def _client(self, keep: int) -> httpx2.Client:
        return httpx2.Client(
            limits=httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=keep, keepalive_expiry=20.0),
            trust_env=False,
            follow_redirects=False,
        )


class LazyClient:
    """The SDK's client over our way out, made when first used."""

    def __init__(self, settings: TwilioSettings, http: HttpClient) -> None:
        self._settings, self._http = settings, http
        self._lock = threading.Lock()
        self._made: Client | None = None

    def get(self) -> Client:
        with self._lock:
            if self._made is None:
                settings = self._settings
                self._made = Client(
                    settings.api_key_sid,
                    settings.api_key_secret,
                    settings.account_sid,
                    region=settings.region or None,
                    edge=settings.edge or None,
                    http_client=self._http,
                    environment={"nothing": "is read from the environment"},
                )
                _ = self._made.api.v2010  # made here, under the lock, and not by two threads at once
            return self._made
