"""Asterisk's REST interface, as far as the test exchange uses it itself."""

import json
from typing import Any

import httpx2

ON_LOOPBACK = {"media_address": "127.0.0.1", "bind_rtp_to_media_address": "yes"}
"""What an endpoint needs for its sound to stay on loopback."""
DESK_PHONE = {
    "transport": "transport-udp",
    "context": "from-agent",
    "disallow": "all",
    "allow": "ulaw",
    "direct_media": "no",
    "send_connected_line": "no",
    "timers": "no",
    "allow_transfer": "no",
    "allow_subscribe": "no",
    "dtmf_mode": "rfc4733",
    "rtp_timeout": "8",
    **ON_LOOPBACK,
}


class Ari:
    """Requests to one Asterisk. Each has a connection of its own: one that is kept may have died with the Asterisk it led to."""

    def __init__(self, url: str, user: str, password: str) -> None:
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._url = url
        self._client = httpx2.Client(auth=(user, password), timeout=10, trust_env=False, limits=limits)

    def ask(self, method: str, path: str, body: Any = None, **parameters: str | int) -> bytes:
        """What it answers. Raises httpx2.HTTPError, for a refusal too."""
        answer = self._client.request(method, self._url + path, params=parameters, json=body)
        answer.raise_for_status()
        return answer.content

    def endpoints(self) -> set[str]:
        """The names of all PJSIP endpoints. Raises httpx2.HTTPError."""
        return {str(endpoint["resource"]) for endpoint in json.loads(self.ask("GET", "/endpoints/PJSIP"))}

    def put(self, kind: str, name: str, **fields: str) -> None:
        """Write an object of res_pjsip into its memory: kind endpoint, auth or aor. Raises httpx2.HTTPError."""
        told = [{"attribute": attribute, "value": value} for attribute, value in fields.items()]
        self.ask("PUT", f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}", {"fields": told})

    def admit(self, name: str, contact: str) -> None:
        """Let a phone of ours in, known by its name alone: on loopback nobody else can use it. Raises httpx2.HTTPError."""
        self.put("aor", name, contact=contact, qualify_frequency="0")
        self.put("endpoint", name, aors=name, **DESK_PHONE)

    def close(self) -> None:
        self._client.close()
