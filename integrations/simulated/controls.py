"""The simulated carrier's own knobs, which no real carrier has: force what a customer does, read the journal. For tests and demos."""

import json
from typing import Any

import httpx2

_FAR_AWAY = 4_102_444_800_000
"""The year 2100."""


class Controls:
    """Speaks to the process at `base_url`. Every method raises httpx2.HTTPError when it cannot be reached or refuses."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._client = httpx2.Client(base_url=base_url, headers={"Authorization": f"Bearer {secret}"}, timeout=10.0, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def force(self, number: str, scenario: str | dict[str, Any], calls: int | None = 1) -> None:
        """What the customer at a number does in the next `calls` calls (None: all): a name ("busy") or fields over one.

        For example {"name": "answered", "rings_after": 0, "decides_after": 0.1, "hangs_up_at_step": 3}; see `Scenario`.
        """
        self._client.post("/scenarios", json={"number": number, "scenario": scenario, "calls": calls}).raise_for_status()

    def journal(self) -> list[dict[str, Any]]:
        """Everything the carrier ever wrote down, oldest first: what really happened, whatever Stayline believes."""
        answer = self._client.get("/journal")
        answer.raise_for_status()
        return [json.loads(line) for line in answer.content.splitlines()]

    def rings(self, number: str) -> list[str]:
        """The attempts for which a number was really rung (or asked to be, where the number is invalid)."""
        return [record["attempt_id"] for record in self.journal() if record["type"] == "order" and record["number"] == number]

    # ------------------------------------------------------------ phones, beside what the page's phone can do

    def desk_phone(self, address: str, *, answers: bool = True, expires_at: int = _FAR_AWAY) -> None:
        """A phone on a desk is registered until `expires_at` (ms since 1970); rung, it is picked up after 2 s, or never."""
        self._client.put(f"/phones/{address}", json={"answers_by_itself": answers, "expires_at": expires_at}).raise_for_status()

    def speak(self, address: str, leg_id: str, hz: int) -> None:
        """A phone says a tone in a call from now on; 0 is silence."""
        self._act(address, "speak", leg_id=leg_id, hz=hz)

    def press(self, address: str, leg_id: str, digits: str) -> None:
        """Keys of a phone are pressed in a call."""
        self._act(address, "press", leg_id=leg_id, digits=digits)

    def lose(self, address: str, leg_id: str) -> None:
        """A phone falls silent in a call, as a browser tab does that died: the carrier ends its leg (media_lost)."""
        self._act(address, "lose", leg_id=leg_id)

    def phone(self, address: str) -> dict[str, Any]:
        """{"ringing": legs, "in": legs, "hears": tones in Hz, "keys": heard in the last leg}."""
        answer = self._client.get(f"/phones/{address}")
        answer.raise_for_status()
        return answer.json()

    def _act(self, address: str, act: str, **told: object) -> None:
        self._client.post(f"/phones/{address}/{act}", json=told).raise_for_status()

    # ------------------------------------------------------------ the process

    def health(self) -> dict[str, Any]:
        """{orders, repeats, calls_up, events_waiting}."""
        answer = self._client.get("/health")
        answer.raise_for_status()
        return answer.json()
