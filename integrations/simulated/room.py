"""A room of the simulated carrier: its own time, the legs in it, who hears whom, and what of it reaches the customer's line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.calls.leg import Ear, LegRole
from integrations.simulated.leg import Leg
from integrations.simulated.phone_call import PhoneCall, Recorder
from integrations.simulated.phone_leg import PhoneLeg
from integrations.simulated.sound_track import Played, Sounding
from integrations.simulated.sped_clock import CarrierClock


@dataclass(slots=True, eq=False)
class Room:
    """Its time starts at the wall's when it is first asked for, and then runs at the carrier's speed.

    `resumed_at` is the wall's time for a room read back from the journal.
    """

    room_id: str
    clock: CarrierClock
    began_at: int
    resumed_at: int | None = None
    legs: list[Leg] = field(default_factory=list[Leg])
    closed: bool = False
    _started: float = 0.0
    _latest: int = 0

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    def now_ms(self) -> int:
        """The room's present, never before the last thing that happened in it."""
        now = (self.resumed_at or self.began_at) + round((self.clock.monotonic() - self._started) * 1000)
        return max(now, self._latest)

    @property
    def customer(self) -> PhoneCall | None:
        return next((leg for leg in self.legs if isinstance(leg, PhoneCall)), None)

    def others(self) -> list[PhoneLeg]:
        """The phones' legs that are not over, in the room or not yet."""
        return [leg for leg in self.legs if isinstance(leg, PhoneLeg) and not leg.is_over]

    # ------------------------------------------------------------ what happens in it, now or read back

    def take(self, leg: Leg, event: dict[str, Any]) -> None:
        """An event of a leg."""
        leg.take(event)
        self._note(event["at"])

    def change(self, leg: Leg, change: Mapping[str, Any]) -> None:
        """An order that no event tells of: {"change": mute | digits | play | listen | speak, "at", …}."""
        match change:
            case {"change": "mute", "on": bool(on)}:
                leg.muted = on
            case {"change": "speak", "hz": int(hz)}:
                leg.hz = hz
            case {"change": "listen", "ear": str(ear), "beside": beside} if isinstance(leg, PhoneLeg):
                leg.ear, leg.beside = Ear(ear), beside
            case {"change": "digits", "digits": str(digits), "at": int(at)}:
                leg.keys_heard += digits
                if isinstance(leg, PhoneCall):
                    leg.track.play(Played(at, digits=digits))
            case {"change": "play", "sound": str(sound), "at": int(at)} if isinstance(leg, PhoneCall):
                leg.track.play(Played(at, sound=sound))
            case _:
                pass
        self._note(change["at"])

    def _note(self, at: int) -> None:
        self._latest = max(self._latest, at)
        if (call := self.customer) is not None:
            call.track.note(at, self._sounding(call))

    def _sounding(self, call: PhoneCall) -> Sounding:
        heard = self.heard_by(call)
        return Sounding(
            recorded=call.recorder is Recorder.on,
            agent=(call.order.headset and not call.held) or any(leg.role is not LegRole.supervisor for leg in heard),
            music=call.held,
            left_hz=call.hz if call.is_in else 0,
            right_hz=tuple(sorted(leg.hz for leg in heard if leg.hz)),
        )

    # ------------------------------------------------------------ who hears whom

    def heard_by(self, ear: Leg) -> list[Leg]:
        """The legs whose voices reach this one now."""
        if not ear.is_in or ear.held:
            return []
        return [leg for leg in self.legs if leg is not ear and leg.is_in and not leg.muted and not leg.held and self._reaches(leg, ear)]

    def _reaches(self, voice: Leg, ear: Leg) -> bool:
        """Whether a supervisor's voice is meant for an ear; everybody else's is meant for all."""
        if not isinstance(voice, PhoneLeg) or voice.role is not LegRole.supervisor:
            return True
        match voice.ear:
            case Ear.barge:
                return True
            case Ear.whisper:
                return ear.leg_id == voice.beside if voice.beside else ear.role is LegRole.agent
            case _:
                return False
