"""Hold, mute, keys and the recorder: the carrier is asked, the log tells what it did, once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.calls.lifecycle import CallState, EndReason
from engine.calls.recorder import RecorderState
from engine.errors import BadInput, CarrierError, IllegalMove, NotFound
from engine.services import call_control, content, recording_control
from engine.services.call_record import replay
from engine.services.desk_live import call_on_desk
from tests.services.phoned import legs, talking, with_phones, without
from tests.services.world import TO_FIRST_OFFER, World

pytestmark = pytest.mark.service


def test_hold_and_resume_are_logged_when_the_carrier_did_them(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    press = world.press()
    held = call_control.hold(world.house, world.agent, call_id, True, press)
    assert held.line.state is CallState.on_hold
    call_control.hold(world.house, world.agent, call_id, True, press)
    call_control.hold(world.house, world.agent, call_id, True, world.press())
    assert world.types(call_id).count("call.held") == 1
    assert call_control.hold(world.house, world.agent, call_id, False, world.press()).line.state is CallState.connected
    attempt = world.call(call_id).attempt_id
    assert [one for one in world.carrier.done if one[0] == "hold"] == [("hold", attempt, True), ("hold", attempt, False)]


def test_what_the_carrier_did_not_do_is_not_logged(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    world.carrier.problems = [CarrierError("carrier.not_reached", retryable=True)]
    with pytest.raises(CarrierError):
        call_control.hold(world.house, world.agent, call_id, True, world.press())
    assert world.call(call_id).line.state is CallState.connected


def test_mute_is_the_agents_own_leg(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    call_control.mute(world.house, world.agent, call_id, True, world.press())
    assert world.carrier.done[-1] == ("mute", legs(world, call_id)[0]["id"], True)
    on_desk = call_on_desk(world.house, world.agent, call_id)
    assert on_desk.phone is not None
    assert (on_desk.phone.muted, on_desk.phone.joined) == (True, True)
    call_control.mute(world.house, world.agent, call_id, False, world.press())
    assert world.types(call_id)[-2:] == ["leg.muted", "leg.unmuted"]


def test_keys_are_sent_and_which_ones_is_written_nowhere(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    call_control.send_digits(world.house, world.agent, call_id, "4*711#", world.press())
    assert world.carrier.done[-1] == ("digits", world.call(call_id).attempt_id, "4*711#")
    assert world.types(call_id)[-1] == "digits.sent"
    assert world.rows("SELECT 1 FROM call_event WHERE data LIKE '%4*711%'") == []


@pytest.mark.parametrize("digits", ["", "12a", "１２", "1" * 21, "1,2"])
def test_anything_else_is_no_key(world: World, digits: str) -> None:
    with_phones(world)
    call_id = talking(world)
    with pytest.raises(BadInput):
        call_control.send_digits(world.house, world.agent, call_id, digits, world.press())


def test_what_the_carrier_cannot_do_is_refused_in_a_word(world: World) -> None:
    with_phones(world, capabilities=without("holds"))
    call_id = talking(world)
    with pytest.raises(IllegalMove) as refused:
        call_control.hold(world.house, world.agent, call_id, True, world.press())
    assert refused.value.reason == "carrier.cannot"


def test_another_agents_call_is_not_there(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    with pytest.raises(NotFound):
        call_control.hold(world.house, world.colleague, call_id, True, world.press(caller=world.colleague))


def test_a_call_that_is_over_is_left_alone(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    world.hears(call_id, "ended", ended_by="customer")
    with pytest.raises(IllegalMove) as refused:
        call_control.mute(world.house, world.agent, call_id, True, world.press())
    assert refused.value.reason == "call.not_up"


# ---------------------------------------------------------------- the recorder


def test_the_recorder_is_paused_and_goes_on(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    assert world.call(call_id).line.recorder is RecorderState.on
    recording_control.pause_recording(world.house, world.agent, call_id, True, world.press())
    assert world.call(call_id).line.recorder is RecorderState.paused
    recording_control.pause_recording(world.house, world.agent, call_id, False, world.press())
    attempt = world.call(call_id).attempt_id
    assert world.carrier.done == [("pause", attempt, True), ("pause", attempt, False)]
    assert world.types(call_id)[-2:] == ["recording.paused", "recording.resumed"]


def test_events_of_the_recorder_add_up_in_any_order_and_number(world: World) -> None:
    with_phones(world)
    call_id = talking(world, recorded=False)
    start, lost, again = (world.clock.now() + timedelta(seconds=n) for n in (1, 5, 9))
    world.hears(call_id, "recording_lost", lost)
    assert world.call(call_id).line.recorder is RecorderState.lost
    world.hears(call_id, "recording_started", start)
    assert world.call(call_id).line.recorder is RecorderState.lost
    world.hears(call_id, "recording_started", again)
    assert world.call(call_id).line.recorder is RecorderState.on
    before = world.types(call_id)
    world.hears(call_id, "recording_lost", lost)
    assert world.types(call_id) == before
    log = world.log(call_id)
    assert replay(world.flow(call_id), log).line == world.call(call_id).line


def test_a_recorder_that_never_started_counts_as_lost_after_three_seconds(world: World) -> None:
    with_phones(world)
    call_id = talking(world, recorded=False)
    world.run_jobs()
    assert world.call(call_id).line.recorder is RecorderState.off
    world.clock.advance(timedelta(seconds=3))
    world.run_jobs()
    assert world.call(call_id).line.recorder is RecorderState.lost


@pytest.mark.safety
def test_nothing_is_offered_while_the_recorder_is_lost(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    world.walk(call_id, *TO_FIRST_OFFER[:-1])
    world.hears(call_id, "recording_lost")
    with pytest.raises(IllegalMove) as refused:
        world.walk(call_id, TO_FIRST_OFFER[-1])
    assert refused.value.reason == "recorder.lost"
    world.clock.advance(timedelta(seconds=2))
    world.hears(call_id, "recording_started")
    world.walk(call_id, TO_FIRST_OFFER[-1])
    assert "offer.presented" in world.types(call_id)


@pytest.mark.parametrize(("mode", "asked"), [("always", True), ("after_notice", False), ("on_demand", False), ("never", False)])
def test_the_campaign_says_whether_a_call_is_recorded_from_the_answer_on(world: World, mode: str, asked: bool) -> None:
    with_phones(world)
    _record(world, mode)
    talking(world, recorded=False)
    assert world.carrier.orders[0].record is asked


def test_after_the_notice_the_recorder_starts_by_itself_and_only_once(world: World) -> None:
    with_phones(world)
    _record(world, "after_notice")
    call_id = talking(world, recorded=False)
    world.run_jobs()
    world.say_everything(call_id)
    attempt = world.call(call_id).attempt_id
    assert [one for one in world.carrier.done if one[0] == "record"] == [("record", attempt)]


def test_on_demand_the_agent_starts_it_and_where_it_is_forbidden_nobody_does(world: World) -> None:
    with_phones(world)
    _record(world, "on_demand")
    call_id = talking(world, recorded=False)
    recording_control.start_recording(world.house, world.agent, call_id, world.press())
    assert world.carrier.done == [("record", world.call(call_id).attempt_id)]
    world.hears(call_id, "ended", reason=EndReason.completed)
    _record(world, "never")
    world.close(call_id, "callback", callback_at=world.clock.now() + timedelta(days=1))
    other = talking(world, number="+99913800009999", recorded=False)
    with pytest.raises(IllegalMove) as refused:
        recording_control.start_recording(world.house, world.agent, other, world.press())
    assert refused.value.reason == "recording.not_on_demand"


def _record(world: World, mode: str) -> None:
    with world.database.transaction() as tx:
        tx.run("UPDATE campaign SET recording = :mode", mode=mode)


def test_what_answered_is_told_later_too(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    world.hears(call_id, "machine", answered_by="machine")
    assert world.call(call_id).line.answered_by == "machine"
    assert world.types(call_id)[-1] == "call.judged"
    before = world.types(call_id)
    world.hears(call_id, "machine", answered_by="machine")
    assert world.types(call_id) == before


def test_a_step_for_secrets_pauses_the_recorder_and_leaving_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_phones(world)
    call_id = talking(world)
    flow = world.flow(call_id)
    secret = replace(flow, steps=dict(flow.steps) | {"verify": replace(flow.steps["verify"], pauses_recording=True)})
    monkeypatch.setattr(content, "flow_of", lambda tx, call: secret)
    attempt = world.call(call_id).attempt_id
    world.walk(call_id, "self")
    assert world.call(call_id).line.recorder is RecorderState.paused
    world.walk(call_id, "match")
    assert world.call(call_id).line.recorder is RecorderState.on
    assert [one for one in world.carrier.done if one[0] == "pause"] == [("pause", attempt, True), ("pause", attempt, False)]
    told = [logged.event.data() for logged in world.log(call_id) if logged.event.type in ("recording.paused", "recording.resumed")]
    assert told == [{"why": "payment"}, {"why": "payment"}]


def test_a_pause_made_by_key_is_not_ended_by_a_step(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    recording_control.pause_recording(world.house, world.agent, call_id, True, world.press())
    world.walk(call_id, "self", "match")
    assert world.call(call_id).line.recorder is RecorderState.paused
