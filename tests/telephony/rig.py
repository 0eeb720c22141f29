"""What tests of the telephone exchange share: the exchange's events, as one listens to them."""

import json
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tools.pbx import RunningPbx
from tools.pbx.sounds import Samples

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


def call(pbx: RunningPbx, channel: str, number: str, *, trunk: str | None = None) -> None:
    """Ring a number through the trunk; its channel has the id `channel` and comes to the application when it is answered."""
    endpoint = f"PJSIP/{number}@{trunk or pbx.trunk}"
    pbx.ari("POST", "/channels", endpoint=endpoint, app=pbx.application, channelId=channel, timeout=30)


def ended(ears: Ears, channel: str) -> tuple[int, int | None]:
    """Why a channel ended: Q.850 cause and, where there was one, the SIP code."""
    told = ears.of_channel("ChannelDestroyed", channel)
    return told["cause"], told.get("tech_cause")


@contextmanager
def open_room(pbx: RunningPbx, bridge: str) -> Iterator[None]:
    """A bridge in which channels hear each other."""
    pbx.ari("POST", f"/bridges/{bridge}", type="mixing")
    yield
    pbx.ari("DELETE", f"/bridges/{bridge}")


def recorded(pbx: RunningPbx, name: str) -> Samples:
    """The sound of a finished recording (mono, 8 kHz)."""
    with wave.open(BytesIO(pbx.ari_bytes(f"/recordings/stored/{quote(name, safe='')}/file"))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
