"""The phone port: a browser's way in is an endpoint of its own on one host, made for a sign-in, withdrawn when its time is over.

An endpoint lives in Asterisk's memory only. Its name is made of a key that stays on our disk, so that a tab keeps its address when it asks
again; its password is chance, lives in this process alone and is never written or logged.
"""

import base64
import hashlib
import hmac
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.errors import CarrierError
from engine.ids import Ids
from engine.ports.phone import PhoneKind, PhoneTicket
from integrations.asterisk.ari import part
from integrations.asterisk.fleet import Fleet, Host
from integrations.asterisk.hosts import PHONE_CONTEXT, AsteriskHost

log = logging.getLogger(__name__)

LIVES = timedelta(hours=1)
"""How long a ticket is good; the page asks again before."""
SWEEP_EVERY = timedelta(seconds=30)
_PHONE_ID = re.compile(r"[A-Za-z0-9]{8,32}")
_OURS = re.compile(r"p[a-z2-7]{24}")
_KINDS = ("endpoint", "aor", "auth")
"""In the order they are removed: an endpoint must not be left without its secret."""


@dataclass(slots=True)
class _Line:
    """A ticket at work."""

    host: str
    password: str
    expires_at: datetime


class AsteriskPhones:
    """Tickets for browsers. `host_to_use` names the host a new phone should register at."""

    kind = PhoneKind.sip_wss

    def __init__(self, fleet: Fleet, clock: Clock, ids: Ids, key_file: Path, in_use: Callable[[str], bool]) -> None:
        self._fleet, self._clock, self._ids, self._in_use = fleet, clock, ids, in_use
        self._key = _kept_key(key_file, ids)
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()
        self._swept = clock.now()

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        """See the port. A tab that asks again keeps address and password, and gets another hour."""
        if not _PHONE_ID.fullmatch(phone_id):
            raise CarrierError("phone.bad_id", retryable=False)
        address = self._address(user_id, phone_id)
        with self._lock:
            line = self._lines.get(address)
            if line is not None and not self._fleet.named(line.host).up:
                line = None  # its host is gone: another one takes the phone in
            host = self._fleet.named(line.host) if line else self._fleet.least_busy(self._fleet.all())
            if host is None or not host.up:
                raise CarrierError("carrier.not_reached", retryable=True)
            if line is None:
                line = _Line(host.name, self._ids.secret(), self._clock.now() + LIVES)
                self._put(host, address, line.password)
                self._lines[address] = line
            line.expires_at = self._clock.now() + LIVES
        return PhoneTicket(self.kind, address, line.expires_at, settings=_settings(host.settings, address, line.password))

    def withdraw(self, address: str) -> None:
        """See the port. A call that is under way goes on; the phone cannot register nor call in any more."""
        with self._lock:
            line = self._lines.pop(address, None)
        if line is not None:
            self._remove(self._fleet.named(line.host), address)

    def host_of(self, address: str) -> str | None:
        """The host a phone is registered at; None for one that is nowhere, or on a desk, or where there is no choice."""
        if (line := self._lines.get(address)) is not None:
            return line.host
        hosts = self._fleet.all()
        return next((host.name for host in hosts if host.up and _is_online(host, address)), None) if len(hosts) > 1 else None

    def put_back(self, host: Host) -> None:
        """After a gap: a host that was restarted has forgotten its phones; one that was not may know some nobody has a ticket for."""
        known = _endpoints(host)
        with self._lock:
            lines = {address: line for address, line in self._lines.items() if line.host == host.name}
        for address, line in lines.items():
            if address not in known:
                self._put(host, address, line.password)

    def sweep(self) -> None:
        """Withdraw what has expired, and phones of an earlier process that are registered no more. Called often, acts seldom."""
        now = self._clock.now()
        if now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        with self._lock:
            expired = [address for address, line in self._lines.items() if line.expires_at <= now and not self._in_use(address)]
        for address in expired:
            try:
                self.withdraw(address)
            except CarrierError as problem:
                log.warning("an expired phone could not be withdrawn", extra={"address": address, "problem": problem.reason})
        for host in self._fleet.all():
            if host.up:
                try:
                    self._remove_strays(host)
                    self.put_back(host)
                except CarrierError as problem:
                    log.warning("the phones of an Asterisk could not be looked after", extra={"host": host.name, "problem": problem.reason})

    def _remove_strays(self, host: Host) -> None:
        """Phones of an earlier process that nobody is registered at, and those that went to another host."""
        for address, state in _endpoints(host).items():
            line = self._lines.get(address)
            here = line is not None and line.host == host.name
            if _OURS.fullmatch(address) and not here and state != "online" and not self._in_use(address):
                self._remove(host, address)

    def _address(self, user_id: str, phone_id: str) -> str:
        digest = hmac.new(self._key, f"{user_id}\0{phone_id}".encode(), hashlib.sha256).digest()[:15]
        return "p" + _base32(digest)

    def _put(self, host: Host, address: str, password: str) -> None:
        fields = {
            "auth": {"auth_type": "digest", "username": address, "password": password, "realm": host.settings.realm},
            "aor": {"max_contacts": "1", "remove_existing": "yes", "qualify_frequency": "0"},
            "endpoint": {**_ENDPOINT, "aors": address, "auth": address, **dict(host.settings.phone_options)},
        }
        for kind, told in fields.items():
            body = {"fields": [{"attribute": name, "value": value} for name, value in told.items()]}
            reply = host.ask("PUT", _path(kind, address), body=body)
            if not reply.ok:
                raise CarrierError("phone.not_made", retryable=reply.status >= 500, kind=kind, status=reply.status)

    def _remove(self, host: Host, address: str) -> None:
        for kind in _KINDS:
            reply = host.ask("DELETE", _path(kind, address))
            if not reply.ok and reply.status != 404:
                raise CarrierError("phone.not_withdrawn", retryable=True, kind=kind, status=reply.status)


_ENDPOINT = {
    "context": PHONE_CONTEXT,
    "disallow": "all",
    "allow": "opus,ulaw,alaw",
    "webrtc": "yes",
    "dtls_auto_generate_cert": "yes",
    "rtp_timeout": "8",  # the only thing that ends the leg of a tab that died: the socket that closes with it does not
    "rtp_timeout_hold": "120",
    "direct_media": "no",
    "dtmf_mode": "rfc4733",
    "timers": "no",
    "send_connected_line": "no",
    "allow_transfer": "no",
    "allow_subscribe": "no",
    "identify_by": "username",
}


def _settings(host: AsteriskHost, address: str, password: str) -> dict[str, object]:
    return {"url": host.phone_url, "user": address, "password": password, "realm": host.realm, "ice": [dict(one) for one in host.ice]}


def _endpoints(host: Host) -> dict[str, str]:
    """The state of each endpoint a host has, by name. Raises CarrierError."""
    reply = host.ask("GET", "endpoints/PJSIP")
    if not reply.ok:
        raise CarrierError("carrier.refused", retryable=True, problem=reply.problem)
    listed: list[dict[str, Any]] = reply.body or []
    return {str(one.get("resource")): str(one.get("state")) for one in listed}


def _is_online(host: Host, address: str) -> bool:
    try:
        reply = host.ask("GET", f"endpoints/PJSIP/{part(address)}", seconds=2.0)
    except CarrierError:
        return False
    found: dict[str, Any] = reply.body or {}
    return reply.ok and found.get("state") == "online"


def _path(kind: str, address: str) -> str:
    return f"asterisk/config/dynamic/res_pjsip/{kind}/{part(address)}"


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")


def _kept_key(path: Path, ids: Ids) -> bytes:
    """The key addresses are made with: made once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(ids.secret())
    return path.read_text().encode()
