"""The adapter: Stayline's carrier port, spoken to Twilio. A call is a conference; the customer and every phone are its participants."""

from collections.abc import Callable, Iterator, Mapping

from engine.calls.leg import Ear
from engine.calls.sounds import Sound
from engine.errors import CarrierError
from engine.ids import CallId, LegId
from engine.ports.carrier import Capabilities, CarrierEvent, Cue, JoinRoom, PlaceCall, PlaceResult
from integrations.twilio.commands import Commands
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.health import TwilioHealth
from integrations.twilio.looking_up import LookingUp
from integrations.twilio.media import Expected, Open, read_recording, recording_id
from integrations.twilio.placing import Placing
from integrations.twilio.recorder import Recorder
from integrations.twilio.rooms import Rooms
from integrations.twilio.signatures import Form
from integrations.twilio.webhooks import WebhookAnswer, Webhooks
from integrations.twilio.works import Tell, Works


class TwilioCarrier:
    """Places calls through one Twilio account; made by `open_twilio`. Safe for threads."""

    name = "twilio"
    capabilities = Capabilities(
        phones=True,
        holds=True,
        mutes=True,
        sends_digits=True,
        plays=True,
        supervises=True,
        detects_machines=True,
        pauses_recording=True,
    )

    def __init__(
        self,
        works: Works,
        rooms: Rooms,
        recorder: Recorder,
        placing: Placing,
        looking_up: LookingUp,
        webhooks: Webhooks,
        open_media: Open,
        close: Callable[[], None],
    ) -> None:
        self._works, self._rooms, self._recorder, self._placing = works, rooms, recorder, placing
        self._webhooks, self._open_media, self._close = webhooks, open_media, close
        self._looking_up = looking_up
        self._commands = Commands(works, rooms)
        self.trunks = works.settings.trunks

    def tell_to(self, tell: Tell) -> None:
        """Who takes the events that no callback brings (a paused recording, a phone expected no more). Called from other threads."""
        self._works.tell = tell

    def close(self) -> None:
        """Finish what has begun and let go of everything."""
        self._works.background.close()
        self._close()
        self._works.ledger.close()

    def health(self) -> list[TwilioHealth]:
        """How Twilio is, from memory: by our last request, and by its last callback."""
        return [self._works.watch.state(self._works.ledger.open_customers())]

    def read_webhook(self, kind: str, about: str, raw_path: str, raw_query: str, headers: Mapping[str, str], form: Form) -> WebhookAnswer:
        """Read a request of Twilio's to /carriers/twilio/<kind>[/<about>]; see Webhooks.read."""
        return self._webhooks.read(kind, about, raw_path, raw_query, headers, form)

    # ------------------------------------------------------------ legs come and go

    def place_call(self, order: PlaceCall) -> PlaceResult:
        return self._placing.place_call(order)

    def join_room(self, order: JoinRoom) -> PlaceResult:
        return self._placing.join_room(order)

    def hang_up(self, leg_id: LegId) -> None:
        leg = self._works.ledger.leg(leg_id)
        if leg is None or leg.refused:
            raise CarrierError("leg.unknown", retryable=False)
        if leg.ended:
            return
        if not leg.sid and not leg.is_customer and not leg.rung:
            self._rooms.end_expected(leg)
            return
        self._works.ledger.write_leg(leg.id, hung_up=True)
        with self._commands.translated():
            if not leg.sid:  # its reply was lost: found now, or ended as soon as its first callback comes
                self._looking_up.find(leg)
            self._rooms.end_call(leg)

    def close_room(self, room_id: CallId) -> None:
        with self._commands.translated():
            self._rooms.close(room_id)

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        return self._looking_up.look_up(leg_id)

    # ------------------------------------------------------------ what is done to a leg

    def hold(self, leg_id: LegId, on: bool) -> None:
        self._commands.hold(leg_id, on)

    def mute(self, leg_id: LegId, on: bool) -> None:
        self._commands.mute(leg_id, on)

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        self._commands.send_digits(leg_id, digits)

    def play(self, leg_id: LegId, sound: str) -> None:
        """A sound; the voicemail message is left on the customer's line, which hangs up after it while the agent is free at once."""
        if sound not in set(Sound):
            raise CarrierError("sound.unknown", retryable=False, sound=sound[:64])
        self._commands.play(leg_id, Sound(sound))

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        self._commands.listen(leg_id, ear, beside)

    # ------------------------------------------------------------ recordings

    def start_recording(self, leg_id: LegId) -> None:
        leg, _ = self._works.call_of(leg_id)
        with self._commands.translated():
            self._recorder.start(leg.id)

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        with self._commands.translated():
            self._recorder.pause(leg_id, on)

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        sid = recording_id(recording_ref)
        with self._commands.translated(gone="recording.gone"):
            told = self._works.rest.recording(sid)
        if told.status in ("in-progress", "paused", "processing", "stopped"):
            raise CarrierError("recording.not_ready", retryable=True)
        if told.status != "completed":
            raise CarrierError("recording.gone", retryable=False, status=told.status)
        if told.channels != 2:
            raise CarrierError("recording.not_stereo", retryable=False, channels=told.channels)
        leg = self._works.ledger.leg_of_call(told.call_sid)
        begins_after = leg.recorded_from - leg.answered_at if leg is not None and leg.recorded_from and leg.answered_at else 0
        address = f"https://api.twilio.com/2010-04-01/Accounts/{self._works.settings.account_sid}/Recordings/{sid}.wav?RequestedChannels=2"
        yield from read_recording(self._open_media, address, Expected(told.seconds, begins_after))

    def delete_recording(self, recording_ref: str) -> None:
        sid = recording_id(recording_ref)
        try:
            self._works.rest.delete_recording(sid)
        except TwilioFailed as problem:
            if not problem.is_gone:
                raise problem.as_error() from None

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        """Nothing at Twilio wants to be told."""
