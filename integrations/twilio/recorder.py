"""The recorder of the customer's leg: two channels, begun at the answer, paused with silence."""

from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio.addresses import Callback
from integrations.twilio.background import may_pass
from integrations.twilio.failures import Proof, TwilioFailed
from integrations.twilio.hearing import facts_of
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.works import Works

_ONE_TRY_MS = 12_000
"""As long as one request for a recorder may take: before that nobody asks for a second one."""
_UNSURE = -1
"""Instead of a moment: asked, and nobody knows what became of it. Twilio is asked what runs before it is asked for another."""
_RUNNING = frozenset({"in-progress", "paused", "processing"})
"""Asked later, Twilio calls a running recording `processing`."""


class Recorder:
    """Starts and pauses recordings."""

    def __init__(self, works: Works) -> None:
        self._works = works

    def start(self, leg_id: str) -> None:
        """Record the customer's leg, once, whoever asks. Raises TwilioFailed."""
        ledger = self._works.ledger
        with ledger.changing():
            leg = ledger.leg(leg_id)
            now = self._works.now_ms()
            if leg is None or not leg.sid or leg.ended or leg.recording:
                return
            if leg.recorder_asked_at > 0 and now - leg.recorder_asked_at < _ONE_TRY_MS:
                return
            again = leg.recorder_asked_at != 0
            ledger.write_leg(leg_id, recorder_asked_at=now)
        try:
            sid = (self._running(leg) if again else "") or self._works.rest.record(
                leg.sid, self._works.addresses.of(Callback.recording, leg_id)
            )
        except TwilioFailed as problem:
            ledger.write_leg(leg_id, recorder_asked_at=_UNSURE if problem.proof is Proof.unsure else 0)
            self._tell_if_lost(leg, problem)
            raise
        if sid:
            ledger.write_leg(leg_id, recording=sid)

    def check(self, leg_id: str) -> bool:
        """A while after the answer: whether the recorder runs, also if nobody told so. Raises TwilioFailed.

        Without one by now the desk must know, and it is tried once more.
        """
        leg = self._works.ledger.leg(leg_id)
        if leg is None or leg.ended or leg.recorder_ran:
            return False
        sid = self._running(leg)
        if sid:
            now = self._works.clock.now()
            event = CarrierEvent(f"{sid}:started", LegId(leg.id), CarrierEventKind.recording_started, now, leg.sid)
            self._works.say(event, **facts_of(event))
            return True
        self._lost(leg, "recorder.not_started")
        self.start(leg_id)
        return False

    def check_still_running(self, leg_id: str) -> None:
        """A recording is complete: if its call goes on, the recorder was lost. Raises TwilioFailed."""
        leg = self._works.ledger.leg(leg_id)
        if leg is not None and leg.sid and not leg.ended and self._works.rest.call(leg.sid).status == "in-progress":
            self._lost(leg, "recorder.stopped")

    def pause(self, leg_id: LegId, on: bool) -> None:
        """Silence instead of what is said, or sound again. Raises CarrierError, TwilioFailed."""
        leg, sid = self._works.call_of(leg_id)
        recording = leg.recording or self._running(leg)
        if not recording:
            raise CarrierError("recording.none", retryable=False)
        if leg.paused == on and leg.recording:
            return
        self._works.rest.pause(sid, recording, on)
        pauses = leg.pauses + 1
        kind = CarrierEventKind.recording_paused if on else CarrierEventKind.recording_resumed
        event = CarrierEvent(f"{recording}:{kind}:{pauses}", leg_id, kind, self._works.clock.now(), sid)
        self._works.say(event, paused=on, pauses=pauses, recording=recording)

    def _running(self, leg: KnownLeg) -> str:
        """The recording that Twilio has running for a leg: also one whose start was never confirmed."""
        for told in self._works.rest.recordings_of(leg.sid):
            if told.status in _RUNNING:
                self._works.ledger.write_leg(leg.id, recording=told.sid)
                return told.sid
        return ""

    def _tell_if_lost(self, leg: KnownLeg, problem: TwilioFailed) -> None:
        """No recorder, and trying again will not bring one: the desk must know. A call that is over needs none."""
        if problem.is_gone or may_pass(problem):
            return
        self._lost(leg, problem.meaning.reason)

    def _lost(self, leg: KnownLeg, problem: str) -> None:
        self._works.say(
            CarrierEvent(
                f"{leg.sid}:{problem}",
                LegId(leg.id),
                CarrierEventKind.recording_lost,
                self._works.clock.now(),
                leg.sid,
                detail={"problem": problem},
            )
        )
