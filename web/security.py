"""What guards every request and answer: the host it names, the page it comes from, and the headers that bind the browser.

Pure ASGI, so that a request pays microseconds. Cross-origin protection is our own: asgi-cross-origin-protection lets a request with
neither Fetch Metadata nor Origin through, which a cookie session must not, and what remained of it is these few lines.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGNED_INSTEAD = "/carriers/"
"""Callbacks of carriers carry no cookie and come from other machines: each is verified by its signature."""


class Guard:
    """Refuses requests for other hosts (400) and unsafe requests from other pages (403), and adds the security headers.

    `public_url` is where people find us; `hosts` are further names this server answers to; `phones` are the origins that phones in
    our pages speak to besides us, such as "wss://sip.example:8089".
    """

    def __init__(self, app: App, *, public_url: str, hosts: Iterable[str], cookie: str, phones: Iterable[str] = ()) -> None:
        self._app = app
        self._own = urlsplit(public_url).netloc.lower()
        self._hosts = frozenset({self._own, *(host.lower() for host in hosts)})
        self._names = frozenset(_without_port(host) for host in self._hosts)
        self._cookie = f"{cookie}=".encode()
        self._connect = " ".join(("'self'", *sorted(set(phones))))
        self._headers = _fixed_headers(https=public_url.startswith("https://"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        sends = self._with_headers(send, nonce, is_static=scope["path"].startswith("/static/"))
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        told = dict(headers)
        host = told.get(b"host", b"").decode("latin-1").lower()
        if _without_port(host) not in self._names:
            await PlainTextResponse("unknown host", 400)(scope, receive, sends)
        elif scope["method"] not in _SAFE and not scope["path"].startswith(_SIGNED_INSTEAD) and not self._is_ours(told, host):
            await PlainTextResponse("cross-origin request refused", 403)(scope, receive, sends)
        else:
            await self._app(scope, receive, sends)

    def _is_ours(self, told: dict[bytes, bytes], host: str) -> bool:
        """Whether an unsafe request comes from one of our own pages (or from no page and carries no session)."""
        site = told.get(b"sec-fetch-site")
        if site is not None:
            return site in (b"same-origin", b"none")
        origin = told.get(b"origin")
        if origin is not None:
            return urlsplit(origin.decode("latin-1")).netloc.lower() in (self._own, host)
        return self._cookie not in told.get(b"cookie", b"")

    def _with_headers(self, send: Send, nonce: str, *, is_static: bool) -> Send:
        fixed = self._headers

        async def sends(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[tuple[bytes, bytes]] = message["headers"]
                headers.extend(fixed)
                headers.append((b"content-security-policy", _policy(nonce, self._connect)))
                if not is_static and not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        return sends


def _without_port(host: str) -> str:
    """The name in "name:port" and "[v6]:port"."""
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _policy(nonce: str, connect: str) -> bytes:
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self';"
        f" connect-src {connect}; media-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ).encode()


def _fixed_headers(*, https: bool) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"x-content-type-options", b"nosniff"),
        # Not "no-referrer": with it browsers send "Origin: null" with a form, and over plain http there is no Fetch Metadata to judge by.
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), payment=(), usb=(), microphone=(self)"),
    ]
    if https:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return headers
