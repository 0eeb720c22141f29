"""What tests of the telephone exchange share: the exchange's events, as one listens to them."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tools.pbx import RunningPbx

PATIENCE = 15.0
Event = dict[str, Any]


class Ears:
    """Listens to the exchange's events for one Stasis application; while it listens, the application is there to take calls."""

    def __init__(self, pbx: RunningPbx, application: str | None = None, *, all_events: bool = False) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()
        asked = {"app": application or pbx.application, "api_key": f"{pbx.ari_user}:{pbx.ari_password}"}
        if all_events:
            asked["subscribeAll"] = "true"
        self._open = ExitStack()
        address = f"{pbx.ari_url.replace('http', 'ws', 1)}/events?{urlencode(asked)}"
        self._socket = self._open.enter_context(connect(address, proxy=None))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            for message in self._socket:
                with self._changed:
                    self.events.append(json.loads(message))
                    self._changed.notify_all()

    def wait_for(self, kind: str, that: Callable[[Event], bool] = lambda _: True, patience: float = PATIENCE) -> Event:
        """The first event of this kind, told or still to come, of which `that` is true."""

        def found() -> Event | None:
            return next((event for event in self.events if event["type"] == kind and that(event)), None)

        with self._changed:
            assert self._changed.wait_for(found, patience), f"no {kind} was told: {[event['type'] for event in self.events]}"
            event = found()
            assert event is not None
            return event

    def of_channel(self, kind: str, channel: str, patience: float = PATIENCE) -> Event:
        return self.wait_for(kind, lambda event: event.get("channel", {}).get("id") == channel, patience)

    def close(self) -> None:
        self._open.close()
        self._thread.join()
