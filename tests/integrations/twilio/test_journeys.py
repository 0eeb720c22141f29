"""Whole calls against the fake of Twilio, in driven time: who is heard when, what is recorded, and what happens when things go wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import NotPlaced, PlaceCall, Placed, Unknown
from engine.ports.carrier_health import TellsHealth
from tests.contracts.callback_receiver import EventReceiver
from tests.contracts.twilio_line import Door
from tests.fakes.twilio.api import API_KEY, API_SECRET, FakeTwilio
from tests.fakes.twilio.behaviours import Delivery, Outcome, RecordingFate, Reply
from tests.fakes.twilio.having import contract_or_not_run
from tests.fakes.twilio.records import Call
from tests.integrations.twilio.bench import NUMBER, PUBLIC, Bench

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


class Stage:
    """The adapter on the bench, the fake in driven time, and a door between them."""

    def __init__(self, directory: Path) -> None:
        self.receiver = EventReceiver()
        self.door = Door(self.receiver)
        self.fake = FakeTwilio(
            public={PUBLIC: self.door.url}, voice_url=f"{PUBLIC}/carriers/twilio/voice", contract=contract_or_not_run(), driven=True
        )
        self.bench = Bench(directory, self.fake.base_url, auth_token=FakeTwilio.auth_token, api_key_sid=API_KEY, api_key_secret=API_SECRET)
        self.bench.clock.set(self.fake.timeline.now())
        self.carrier = self.door.carrier = self.bench.carrier
        self.carrier.tell_to(self.receiver.tell)

    def close(self) -> None:
        self.bench.close()
        self.fake.close()
        self.door.close()

    def pass_time(self, seconds: float) -> None:
        """Let time pass in small steps, the adapter keeping up with what follows."""
        for _ in range(round(seconds * 10)):
            self.fake.advance(0.1)
            self.bench.clock.set(self.fake.timeline.now())
            self.bench.background.run()

    def dial(self, **how: Any) -> PlaceCall:
        """Place a call whose number behaves so."""
        order = self.bench.call(record=how.pop("record", True), max_ring_seconds=how.pop("max_ring_seconds", 45))
        self.fake.behave(NUMBER, **how)
        self.placed = self.carrier.place_call(order)
        return order

    def agent_in(self, order: PlaceCall) -> LegId:
        """The agent's phone, expected and in the room."""
        phone = self.fake.softphone("pagent")
        leg = self.bench.expect(order.room_id, "pagent")
        self.agent = phone.connect({"leg": leg})
        self.pass_time(0.2)
        return leg

    def customer(self) -> Call:
        return self.fake.calls_to(NUMBER)[0]

    def kinds(self, leg: str) -> list[str]:
        return [event.kind.value for event in self.receiver.of(leg)]

    def asked(self, operation: str) -> int:
        assert self.fake.contract is not None
        return len(self.fake.contract.asked(operation))

    @property
    def agent_is_muted(self) -> bool:
        participant = self.agent.call.participant
        assert participant is not None
        return participant.muted


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()
    assert made.fake.contract is not None
    assert made.fake.contract.broken == []


# ---------------------------------------------------------------- the recorder before the agent


def test_the_agent_is_heard_only_once_the_recorder_runs(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0)
    stage.agent_in(order)
    assert stage.agent_is_muted
    stage.pass_time(2)
    assert stage.kinds(order.attempt_id)[-1] == "recording_started" or "recording_started" in stage.kinds(order.attempt_id)
    assert not stage.agent_is_muted
    customer, [recording] = stage.customer(), stage.fake.recordings_of(stage.customer())
    heard_from = next(at for at, tones in customer.heard if tones)
    assert recording.began <= heard_from


def test_while_no_recorder_can_be_had_the_agent_stays_unheard_and_the_desk_is_told(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0)
    stage.agent_in(order)
    stage.fake.fail_next("forbidden", 50)
    stage.pass_time(2)
    assert stage.kinds(order.attempt_id).count("recording_lost") == 1
    assert stage.agent_is_muted
    assert stage.fake.recordings_of(stage.customer()) == []


def test_a_recorder_whose_start_was_never_confirmed_is_found_and_no_second_one_is_started(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0, delivery=Delivery.lost)
    stage.agent_in(order)
    stage.pass_time(2)
    stage.bench.ledger.write_leg(order.attempt_id, answered_at=1, recorder_asked_at=-1)
    recorder = stage.carrier._recorder
    stage.fake.client().calls(stage.customer().sid).recordings.create(recording_channels="dual")
    recorder.start(order.attempt_id)
    assert len(stage.fake.recordings_of(stage.customer())) == 1


def test_an_agent_whose_unmuting_was_lost_is_heard_after_looking_up(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0, delivery=Delivery.lost)
    stage.agent_in(order)
    stage.pass_time(3)
    assert stage.agent_is_muted
    assert stage.asked("CreateCallRecording") == 0
    for _ in range(2):
        stage.carrier.look_up(order.attempt_id)
        stage.pass_time(0.5)
    assert stage.asked("CreateCallRecording") == 1
    assert not stage.agent_is_muted


def test_the_wish_to_be_muted_outlives_the_recorders_start(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0)
    leg = stage.agent_in(order)
    stage.carrier.mute(leg, True)
    stage.pass_time(2)
    assert stage.agent_is_muted
    stage.carrier.mute(leg, False)
    assert not stage.agent_is_muted


def test_nobody_unmutes_before_the_recorder_runs(stage: Stage) -> None:
    order = stage.dial(outcome=Outcome.no_answer)
    leg = stage.agent_in(order)
    stage.carrier.mute(leg, False)
    assert stage.agent_is_muted


def test_what_is_ordered_of_a_leg_that_is_not_in_its_room_yet_may_be_ordered_again(stage: Stage) -> None:
    order = stage.dial(outcome=Outcome.queued_for_ever)
    stage.fake.world.calls[stage.customer().sid].participant.status = "failed"  # pyright: ignore[reportOptionalMemberAccess]
    with pytest.raises(CarrierError) as problem:
        stage.carrier.hold(order.attempt_id, True)
    assert (problem.value.reason, problem.value.retryable) == ("leg.not_there_yet", True)


def test_a_call_that_is_not_recorded_lets_the_agent_be_heard_and_records_nothing(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5, record=False)
    stage.agent_in(order)
    stage.pass_time(2)
    assert not stage.agent_is_muted
    assert stage.asked("CreateCallRecording") == 0


def test_with_every_callback_told_twice_one_recorder_is_started_and_the_agent_unmuted_once(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=1.0, delivery=Delivery.duplicated)
    stage.agent_in(order)
    stage.pass_time(3)
    assert stage.asked("CreateCallRecording") == 1
    assert stage.asked("UpdateParticipant") == 1


def test_a_recorder_that_stops_in_mid_call_is_told_to_be_lost(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5, recording=RecordingFate.lost, recording_lost_after=1.0)
    stage.agent_in(order)
    stage.pass_time(4)
    stage.bench.background.run_later("recording.check")
    assert "recording_lost" in stage.kinds(order.attempt_id)


def test_a_recording_that_ends_with_its_call_is_not_lost(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5, hangs_up_after=1.0)
    stage.agent_in(order)
    stage.pass_time(4)
    stage.bench.background.run_later("recording.check")
    assert "recording_ready" in stage.kinds(order.attempt_id)
    assert "recording_lost" not in stage.kinds(order.attempt_id)


# ---------------------------------------------------------------- the reply was lost


@pytest.mark.parametrize("reply", [Reply.cut_but_rings, Reply.without_sid])
def test_a_leg_that_rings_though_its_reply_was_lost_is_found_also_when_nothing_is_told(stage: Stage, reply: Reply) -> None:
    order = stage.dial(reply=reply, delivery=Delivery.lost, outcome=Outcome.no_answer)
    assert isinstance(stage.placed, Unknown)
    events = stage.carrier.look_up(order.attempt_id)
    assert events is not None
    assert events[0].carrier_call_id == stage.customer().sid
    assert stage.carrier.place_call(order) == Unknown("asked before")


def test_a_leg_that_rang_and_is_over_is_found_by_whom_it_rang(stage: Stage) -> None:
    order = stage.dial(reply=Reply.cut_but_rings, delivery=Delivery.lost, outcome=Outcome.busy)
    stage.pass_time(3)
    events = stage.carrier.look_up(order.attempt_id)
    assert events is not None
    assert (events[-1].kind.value, events[-1].reason) == ("ended", EndReason.busy)


def test_a_request_that_was_lost_is_never_heard_of(stage: Stage) -> None:
    order = stage.dial(reply=Reply.cut)
    assert isinstance(stage.placed, Unknown)
    assert stage.carrier.look_up(order.attempt_id) is None


def test_two_calls_that_may_be_it_are_not_told_apart_by_guessing(stage: Stage) -> None:
    order = stage.dial(reply=Reply.cut)
    stage.fake.behave(NUMBER)
    for _ in range(2):
        stage.fake.client().calls.create(to=NUMBER, from_="+99910000000000", twiml="<Response><Pause/></Response>")
    with pytest.raises(CarrierError, match="cannot_tell") as problem:
        stage.carrier.look_up(order.attempt_id)
    assert problem.value.retryable


def test_the_call_of_a_later_order_is_not_taken_for_an_earlier_ones(stage: Stage) -> None:
    lost = stage.dial(reply=Reply.cut)
    stage.pass_time(5)
    later = stage.dial(reply=Reply.cut_but_rings, delivery=Delivery.lost, outcome=Outcome.no_answer)
    stage.carrier._works.ledger.write_room(later.room_id, conference="")
    with pytest.raises(CarrierError, match="cannot_tell"):
        stage.carrier.look_up(lost.attempt_id)
    assert stage.carrier.look_up(later.attempt_id) is not None, "its label is in its room"
    assert stage.carrier.look_up(lost.attempt_id) is None


def test_a_leg_this_machine_never_wrote_down_is_not_denied_while_an_unknown_call_may_be_its(stage: Stage) -> None:
    elsewhere = stage.bench.call()
    assert stage.carrier.look_up(elsewhere.attempt_id) is None
    stage.fake.client().calls.create(to="+99913800009999", from_="+99910000000000", twiml="<Response><Pause/></Response>")
    with pytest.raises(CarrierError, match="cannot_tell"):
        stage.carrier.look_up(elsewhere.attempt_id)


def test_when_twilio_cannot_be_asked_it_is_not_said_that_it_never_heard(stage: Stage) -> None:
    order = stage.dial(reply=Reply.cut_but_rings)
    for failure in ("overloaded", "trouble", "throttled", "forbidden", "cut"):
        stage.fake.fail_next(failure, 4)
        with pytest.raises(CarrierError) as problem:
            stage.carrier.look_up(order.attempt_id)
        assert problem.value.retryable, failure
        stage.fake._door.next_failures.clear()


def test_about_a_call_that_simply_goes_on_twilio_is_asked_every_half_minute_at_most(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5)
    leg = stage.agent_in(order)
    stage.pass_time(2)
    before = len(stage.fake.requests)
    for _ in range(5):
        stage.carrier.look_up(order.attempt_id)
        stage.carrier.look_up(leg)
    assert len(stage.fake.requests) - before == 3, "the customer's call, its recordings, the agent's call"
    stage.bench.pass_time(30)
    stage.carrier.look_up(leg)
    assert len(stage.fake.requests) - before == 4


def test_how_twilio_is_shows_in_our_own_requests_and_its_callbacks(stage: Stage) -> None:
    assert isinstance(stage.carrier, TellsHealth)

    def now() -> tuple[bool, str, int]:
        [state] = stage.carrier.health()
        return state.up, state.problem, state.calls

    [state] = stage.carrier.health()
    assert (state.up, state.last_event_at) == (True, None)
    order = stage.dial(outcome=Outcome.busy)
    assert now() == (True, "", 1)
    stage.fake.fail_next("overloaded", 2)
    with pytest.raises(CarrierError):
        stage.carrier.hang_up(order.attempt_id)
    assert now() == (False, "status 503", 1)
    stage.fake.fail_next("forbidden")
    with pytest.raises(CarrierError):
        stage.carrier.hang_up(order.attempt_id)
    assert now() == (False, "carrier.not_signed_in", 1)
    stage.pass_time(2)
    stage.carrier.look_up(order.attempt_id)
    assert now() == (True, "", 0)
    [state] = stage.carrier.health()
    assert state.last_event_at is not None


# ---------------------------------------------------------------- hanging up, queues, ends


def test_a_hang_up_that_comes_before_the_reply_ends_the_call_once_it_is_known(stage: Stage) -> None:
    order = stage.dial(reply=Reply.cut_but_rings, outcome=Outcome.no_answer)
    stage.bench.ledger.write_leg(order.attempt_id, hung_up=True)
    stage.pass_time(1)
    assert stage.receiver.of(order.attempt_id)[-1].reason is EndReason.cancelled


def test_a_call_that_twilio_still_queues_when_it_should_have_rung_is_called_off(stage: Stage) -> None:
    order = stage.dial(outcome=Outcome.queued_for_ever, max_ring_seconds=20)
    assert isinstance(stage.placed, Placed)
    stage.bench.pass_time(20 + 11)
    [(seconds, name, _)] = [one for one in stage.bench.background.later if one[1] == "queue.check"]
    assert (seconds, name) == (31, "queue.check")
    stage.bench.background.run_later("queue.check")
    assert stage.customer().over
    stage.pass_time(0.5)
    ended = stage.receiver.of(order.attempt_id)[-1]
    assert (ended.kind.value, ended.reason, ended.ended_by) == ("ended", EndReason.congestion, "carrier")


def test_a_call_that_rings_is_not_called_off(stage: Stage) -> None:
    stage.dial(outcome=Outcome.no_answer, max_ring_seconds=20)
    stage.pass_time(1)
    stage.bench.pass_time(60)
    stage.bench.background.run_later("queue.check")
    assert stage.customer().status == "ringing"


def test_an_end_that_nobody_told_is_asked_for_when_the_customer_left_the_room(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5)
    stage.agent_in(order)
    stage.pass_time(2)
    stage.door.carrier = None  # what comes now is lost
    stage.fake.far_end_hangs_up(stage.customer())
    stage.door.carrier = stage.carrier
    stage.bench.background.later.clear()
    webhooks = stage.carrier._webhooks
    webhooks._ask_if_untold(order.attempt_id)
    stage.pass_time(0.2)
    stage.bench.background.run_later("leg.ask")
    assert "ended" in stage.kinds(order.attempt_id)


def test_when_the_customer_is_busy_the_agents_phone_is_let_go(stage: Stage) -> None:
    order = stage.dial(outcome=Outcome.busy)
    leg = stage.agent_in(order)
    stage.pass_time(2)
    stage.bench.background.run_later("room.end")
    stage.pass_time(0.5)
    assert stage.agent.status == "completed"
    assert "ended" in stage.kinds(leg)


@pytest.mark.parametrize(
    ("refusal", "result"),
    [(21211, NotPlaced("invalid_number", False)), (21215, NotPlaced("number.country_not_enabled", False)), (20429, None)],
)
def test_a_refusal_is_not_placed_and_rang_nobody(stage: Stage, refusal: int, result: NotPlaced | None) -> None:
    order = stage.dial(refused_with=refusal)
    assert stage.placed == (result or NotPlaced("carrier.busy", retryable=True))
    assert stage.fake.calls_to(NUMBER) == []
    assert stage.carrier.look_up(order.attempt_id) is None


def test_a_token_can_be_changed_without_losing_a_callback(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.fake.rotate_token("a-new-token-of-the-account")
    order = stage.dial(outcome=Outcome.busy)
    stage.pass_time(2)
    assert stage.receiver.of(order.attempt_id) == []
    assert {problem.reason for problem in stage.door.problems} == {"callback.forged"}
    object.__setattr__(stage.bench.settings, "previous_auth_token", "a-new-token-of-the-account")
    stage.fake.behave(NUMBER, outcome=Outcome.busy)
    second = stage.bench.call()
    stage.carrier.place_call(second)
    stage.pass_time(2)
    assert "ended" in stage.kinds(second.attempt_id)
    stage.close()


def test_a_colleague_rung_in_the_browser_comes_in_by_the_leg_named_to_its_page(stage: Stage) -> None:
    order = stage.dial(rings_after=0.2, decides_after=0.5)
    stage.agent_in(order)
    stage.pass_time(1)
    colleague = stage.fake.softphone("pcolleague")
    leg = stage.bench.expect(order.room_id, "pcolleague", LegRole.colleague, ring=True)
    stage.pass_time(1)
    assert [call.parameters for call in colleague.incoming] == [{"leg": leg}]
    assert stage.kinds(leg)[-1] == "joined" or "joined" in stage.kinds(leg)
