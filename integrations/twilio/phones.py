"""The agent's phone at Twilio: a token for the browser, good for an hour, for one tab of one person."""

import base64
import hashlib
import hmac
import threading
from datetime import datetime, timedelta
from typing import Any

from engine.clock import Clock
from engine.ports.phone import PhoneKind, PhoneTicket
from integrations.twilio.settings import TwilioSettings

_ADDRESS_LENGTH = 20
_OPTIONS: dict[str, Any] = {
    "codecPreferences": ["opus", "pcmu"],
    "closeProtection": True,
    "enableImprovedSignalingErrorPrecision": True,
    "maxCallSignalingTimeoutMs": 30000,
    "tokenRefreshMs": 60000,
}
"""What the phone program is told, unless the settings say otherwise: a call outlives 30 s without signalling."""


class TwilioPhones:
    """Tickets for browsers."""

    kind = PhoneKind.twilio_js

    def __init__(self, settings: TwilioSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._withdrawn: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        """A token whose identity is the address. A tab keeps its address when it asks again, so that a call goes on under the new one."""
        from twilio.jwt.access_token import AccessToken
        from twilio.jwt.access_token.grants import VoiceGrant

        settings, now = self._settings, self._clock.now()
        address, expires_at = self._address(user_id, phone_id), now + timedelta(seconds=settings.ticket_seconds)
        token = AccessToken(
            settings.account_sid,
            settings.api_key_sid,
            settings.api_key_secret,
            identity=address,
            nbf=None,  # good from now on: a browser whose clock, or whose gateway, is behind ours needs no grace
            valid_until=int(expires_at.timestamp()),
            region=settings.region or None,
        )
        token.add_grant(VoiceGrant(incoming_allow=True, outgoing_application_sid=settings.app_sid))
        with self._lock:
            self._withdrawn.pop(address, None)
        options = {**_OPTIONS, **({"edge": settings.edge} if settings.edge else {}), **settings.device_options}
        return PhoneTicket(self.kind, address, expires_at, settings={"token": str(token.to_jwt()), "options": options})

    def withdraw(self, address: str) -> None:
        """Twilio cannot call a token back, it runs out by itself; until then nobody is let in by it here."""
        now, lasts = self._clock.now(), timedelta(seconds=self._settings.ticket_seconds)
        with self._lock:
            self._withdrawn = {one: until for one, until in self._withdrawn.items() if until > now} | {address: now + lasts}

    def is_withdrawn(self, address: str) -> bool:
        with self._lock:
            return address in self._withdrawn

    def _address(self, user_id: str, phone_id: str) -> str:
        digest = hmac.new(self._settings.api_key_secret.encode(), f"phone\0{user_id}\0{phone_id}".encode(), hashlib.sha256).digest()
        return "p" + base64.b32encode(digest).decode().lower()[:_ADDRESS_LENGTH]
