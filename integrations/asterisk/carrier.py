"""The adapter: Stayline's carrier port, spoken to one or more Asterisk hosts."""

from collections.abc import Iterator

from engine.calls.leg import Ear, LegRole
from engine.calls.sounds import Sound
from engine.clock import Clock
from engine.errors import CarrierError
from engine.ids import CallId, LegId
from engine.ports.carrier import Capabilities, CarrierEvent, Cue, JoinRoom, PlaceCall, PlaceResult, Trunk
from integrations.asterisk import dialing, recordings
from integrations.asterisk.ari import part
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet, HostHealth
from integrations.asterisk.legs import Leg
from integrations.asterisk.parts import Parts
from integrations.asterisk.phones import AsteriskPhones
from integrations.asterisk.placing import Placing
from integrations.asterisk.recordings import RecordingRef
from integrations.asterisk.switch import Switch

_SOUNDS = frozenset(sound.value for sound in Sound)


class AsteriskCarrier:
    """Made by `open_asterisk`. Events go to the `tell` given there, from a thread of the adapter's own."""

    name = "asterisk"
    capabilities = Capabilities(
        records=True,
        phones=True,
        holds=True,
        mutes=True,
        sends_digits=True,
        plays=True,
        supervises=True,
        detects_machines=True,
        pauses_recording=True,
    )

    def __init__(self, switch: Switch, phones: AsteriskPhones, clock: Clock) -> None:
        self._switch, self.phones = switch, phones
        self._placing = Placing(switch.book, switch.fleet, switch.parts.rooms, phones, clock)

    @property
    def _book(self) -> Book:
        return self._switch.book

    @property
    def _fleet(self) -> Fleet:
        return self._switch.fleet

    @property
    def _parts(self) -> Parts:
        return self._switch.parts

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """All lines out, each once."""
        return self._fleet.trunks()

    def close(self) -> None:
        """Let go of the hosts; calls go on there. What was not told yet is told after the next start."""
        self._switch.close()

    def health(self) -> list[HostHealth]:
        return self._fleet.health()

    def drain(self, host: str, on: bool = True) -> None:
        """Give a host no new calls (or give it calls again); those it has go on. Raises CarrierError host.unknown."""
        self._fleet.named(host).draining = on

    # ------------------------------------------------------------ placing

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """See the port. Raises NotAllowed as well for a trunk that is not ours, or a lab trunk with a peer that is not on loopback."""
        return self._placing.place_call(order)

    def join_room(self, order: JoinRoom) -> PlaceResult:
        return self._placing.join_room(order)

    # ------------------------------------------------------------ in the room

    def hang_up(self, leg_id: LegId) -> None:
        self._parts.rooms.hang_up(self._leg(leg_id))

    def close_room(self, room_id: CallId) -> None:
        self._parts.rooms.close(room_id)

    def hold(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.hold(leg, on))

    def mute(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.mute(leg, on))

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        leg = self._living(leg_id)
        if not dialing.DIGITS.fullmatch(digits):
            raise CarrierError("carrier.cannot", retryable=False)
        self._parts.rooms.ask_of(leg, "POST", "/dtmf", {"dtmf": digits})

    def play(self, leg_id: LegId, sound: str) -> None:
        leg = self._living(leg_id)
        if sound not in _SOUNDS:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.play(leg, sound))

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        leg = self._living(leg_id)
        if leg.role is not LegRole.supervisor:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.ears.change(leg, ear, beside))

    def _leg(self, leg_id: LegId) -> Leg:
        leg = self._book.leg(leg_id)
        if leg is None:
            raise CarrierError("leg.unknown", retryable=False, leg_id=leg_id)
        return leg

    def _living(self, leg_id: LegId) -> Leg:
        leg = self._leg(leg_id)
        if leg.ended or leg.hung_up_by_us:
            raise CarrierError("leg.gone", retryable=False, leg_id=leg_id)
        return leg

    # ------------------------------------------------------------ recording

    def start_recording(self, leg_id: LegId) -> None:
        leg = self._living(leg_id)
        if not leg.is_customer:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.recorders.start(leg))

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.recorders.pause(leg, on))

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        ref = RecordingRef.read(recording_ref)
        yield from recordings.fetch(self._fleet.named(ref.host), ref)

    def delete_recording(self, recording_ref: str) -> None:
        ref = RecordingRef.read(recording_ref)
        recordings.delete(self._fleet.named(ref.host), ref)

    # ------------------------------------------------------------ asking

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        """Our own journal, brought up to what lives on the host. Raises CarrierError while that host does not answer."""
        leg = self._book.leg(leg_id)
        if leg is None:
            return self._never_ordered(leg_id)
        if not leg.ended and leg.channel_id is not None:
            self._switch.look_after(leg)
        return sorted(leg.events, key=lambda event: event.at)

    def _never_ordered(self, leg_id: LegId) -> None:
        """None when no host has it either: our journal may have been lost. Raises CarrierError when one cannot say, or has it."""
        dialing.check_id(leg_id)
        for host in self._fleet.all():
            if host.ask("GET", f"channels/{part(leg_id)}").ok:
                raise CarrierError("leg.not_in_the_journal", retryable=True, leg_id=leg_id, host=host.name)

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        """Nothing: what is really said is recorded."""
