"""A desk, the fake and the official SDK, put together for tests of the fake."""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import httpx2
import numpy as np

from tests.fakes.twilio.api import FakeTwilio
from tests.fakes.twilio.desk import PUBLIC, Desk
from tests.fakes.twilio.having import contract_or_not_run
from tests.fakes.twilio.softphone import PhoneCall

NUMBER, CALLER, ROOM = "+99900000000001", "+15017122661", "0192-room"
STATUS, CONFERENCE = f"{PUBLIC}/status?leg=0192#rc=3&rp=ct,rt,5xx", f"{PUBLIC}/conference#rc=3&rp=all"
CONFERENCE_EVENTS = "start end join leave mute hold modify announcement"


@dataclass
class Rig:
    twilio: FakeTwilio
    client: Any  # the SDK's own types call every sid optional
    desk: Desk

    def lead_into_room(self, label: str, **attributes: str) -> None:
        """The voice webhook answers from now on with the room, under this label."""
        said = {"startConferenceOnEnter": "true", "endConferenceOnExit": "false", "beep": "false", "waitUrl": "", **attributes}
        text = " ".join(f'{name}="{value}"' for name, value in said.items())
        self.desk.voice = lambda _: (
            f'<Response><Dial><Conference participantLabel="{label}" statusCallback="{escape(CONFERENCE)}" '
            f'statusCallbackEvent="{CONFERENCE_EVENTS}" {text}>{ROOM}</Conference></Dial></Response>'
        )

    def agent(self, identity: str = "p1", label: str = "agent", **attributes: str) -> PhoneCall:
        """A softphone in the room."""
        self.lead_into_room(label, **attributes)
        return self.twilio.softphone(identity).connect({"leg": "0193"})

    def customer(self, **more: Any) -> Any:
        return self.client.conferences(ROOM).participants.create(
            **{
                "to": NUMBER,
                "from_": CALLER,
                "label": "customer",
                "beep": "false",
                "end_conference_on_exit": True,
                "timeout": 25,
                "status_callback": STATUS,
                "status_callback_event": ["initiated", "ringing", "answered", "completed"],
                "conference_status_callback": CONFERENCE,
                "conference_status_callback_event": CONFERENCE_EVENTS.split(),
                **more,
            }
        )

    def statuses(self) -> list[str]:
        return [one.fields["CallStatus"] for one in self.desk.of("/status")]

    def room_events(self) -> list[str]:
        return [one.fields["StatusCallbackEvent"] for one in self.desk.of("/conference")]

    def sound(self, sid: str, channels: int = 2) -> np.ndarray:
        url = f"{self.twilio.base_url}/2010-04-01/Accounts/{self.twilio.account_sid}/Recordings/{sid}.wav?RequestedChannels={channels}"
        reply = httpx2.get(url, auth=(self.twilio.account_sid, self.twilio.auth_token))
        assert reply.status_code == 200
        with wave.open(io.BytesIO(reply.content)) as file:
            assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, channels)
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, channels)


@contextmanager
def rigged(**how: Any) -> Iterator[Rig]:
    """Ends with the contract kept and every request signed."""
    contract = contract_or_not_run()
    desk = Desk(FakeTwilio.auth_token)
    twilio = FakeTwilio(public={PUBLIC: desk.local}, voice_url=f"{PUBLIC}/voice", contract=contract, **how)
    client: Any = twilio.client()
    yield Rig(twilio, client, desk)
    client.http_client.session.close()
    twilio.close()
    desk.close()
    contract.verify()
    assert all(one.signed for one in desk.heard)


def tones(sound: np.ndarray) -> set[int]:
    """The strong tones of one channel, in Hz."""
    if len(sound) == 0 or not np.any(sound):
        return set()
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    frequencies = np.fft.rfftfreq(len(sound), 1 / 8000)
    peaks = [i for i in range(1, len(power) - 1) if power[i] > power.max() / 4 and power[i] >= power[i - 1] and power[i] > power[i + 1]]
    return {round(frequencies[i] / 10) * 10 for i in peaks}
