"""The fake of Twilio's API against the official SDK, every exchange under the contract; its time is driven by the tests."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from tests.fakes.twilio.api import API_KEY, API_SECRET
from tests.fakes.twilio.behaviours import Delivery, Outcome, RecordingFate, Reply
from tests.fakes.twilio.desk import PUBLIC
from tests.fakes.twilio.rig import CALLER, NUMBER, ROOM, STATUS, Rig, rigged, tones
from tests.fakes.twilio.softphone import TokenRefused

pytestmark = [pytest.mark.telephony, pytest.mark.long]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with rigged(driven=True) as made:
        yield made


@pytest.mark.parametrize(
    ("outcome", "status", "sip"),
    [
        (Outcome.busy, "busy", "486"),
        (Outcome.no_answer, "no-answer", "487"),
        (Outcome.rejected, "busy", "603"),
        (Outcome.invalid, "failed", "404"),
        (Outcome.unreachable, "no-answer", "480"),
        (Outcome.congestion, "failed", "503"),
    ],
)
def test_a_number_ends_as_it_was_told_to(rig: Rig, outcome: Outcome, status: str, sip: str) -> None:
    agent = rig.agent()
    rig.twilio.behave(NUMBER, outcome=outcome)
    rig.customer()
    rig.twilio.advance(40)
    last = rig.desk.of("/status")[-1].fields
    assert (last["CallStatus"], last["SipResponseCode"], last["CallDuration"]) == (status, sip, "0")
    left = next(one.fields for one in rig.desk.of("/conference") if one.fields["StatusCallbackEvent"] == "participant-leave")
    assert (left["ParticipantCallStatus"], left["ReasonParticipantLeft"]) == (status, "participant_add_failed")
    assert agent.status == "in-progress"


def test_a_queued_call_stays_queued_until_it_is_cancelled(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, outcome=Outcome.queued_for_ever)
    sid = rig.customer().call_sid
    rig.twilio.advance(3600)
    assert rig.client.calls(sid).fetch().status == "queued"
    assert rig.client.calls(sid).update(status="canceled").status == "canceled"
    rig.twilio.advance(1)
    assert rig.statuses() == ["canceled"]


@pytest.mark.parametrize(
    ("to", "code"), [("+15005550001", 21217), ("+15005550002", 21214), ("+15005550003", 21215), ("+15005550004", 21216)]
)
def test_numbers_twilio_set_aside_are_refused_with_its_codes(rig: Rig, to: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        rig.customer(to=to)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert rig.twilio.calls_to(to) == []


def test_a_number_can_be_refused_with_any_code(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, refused_with=21211)
    with pytest.raises(TwilioRestException) as refused:
        rig.customer()
    assert refused.value.code == 21211


@pytest.mark.parametrize(("how", "status", "code"), [("throttled", 429, 20429), ("overloaded", 503, 20503), ("trouble", 500, 20500)])
def test_a_failure_on_demand_happens_once(rig: Rig, how: str, status: int, code: int) -> None:
    rig.twilio.fail_next(how)
    with pytest.raises(TwilioRestException) as failed:
        rig.customer()
    assert (failed.value.status, failed.value.code) == (status, code)
    assert rig.customer().call_sid.startswith("CA")


def test_wrong_credentials_are_refused(rig: Rig) -> None:
    rig.client.username, rig.client.auth = "AC" + "9" * 32, ("AC" + "9" * 32, "x")
    with pytest.raises(TwilioRestException) as refused:
        rig.client.calls("CA" + "1" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_a_machine_is_found_and_told(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, outcome=Outcome.machine)
    rig.customer(machine_detection="DetectMessageEnd", amd_status_callback=f"{PUBLIC}/machine")
    rig.twilio.advance(10)
    told = rig.desk.of("/machine")
    assert [one.fields["AnsweredBy"] for one in told] == ["machine_end_beep"]
    assert told[0].fields["MachineDetectionDuration"] == "3000"


def test_a_voicemail_is_left_and_frees_the_agent(rig: Rig) -> None:
    agent = rig.agent()
    sid = rig.customer().call_sid
    rig.twilio.advance(2)
    rig.client.calls(sid).update(twiml=f"<Response><Play>{PUBLIC}/voicemail.wav</Play><Hangup/></Response>")
    rig.twilio.advance(0)
    assert agent.status == "completed"
    assert rig.client.calls(sid).fetch().status == "in-progress"
    rig.twilio.advance(5)
    call = rig.twilio.world.calls[sid]
    assert (call.status, call.played) == ("completed", [f"{PUBLIC}/voicemail.wav"])


def test_hold_mute_whisper_and_keys_are_heard_as_they_are_told(rig: Rig) -> None:
    agent = rig.agent()
    sid = rig.customer().call_sid
    rig.twilio.advance(2)
    room = rig.client.conferences.list(friendly_name=ROOM, status="in-progress")[0]
    customer, people = rig.twilio.world.calls[sid], rig.client.conferences(room.sid).participants
    assert customer.hears_now == (440.0,)
    people("customer").update(hold=True, hold_url=f"{PUBLIC}/hold.wav")
    assert (customer.hears_now, agent.hears) == ((350.0,), ())
    people("customer").update(hold=False)
    people("agent").update(muted=True)
    assert (customer.hears_now, agent.hears) == ((), (1000.0,))
    people("agent").update(muted=False)
    supervisor = rig.agent("p2", "supervisor", muted="true")
    assert supervisor.hears == (440.0, 1000.0)
    people("supervisor").update(muted=False, coaching=True, call_sid_to_coach=agent.sid)
    assert agent.hears == (440.0, 1000.0)
    assert customer.hears_now == (440.0,)
    agent.mute(True)
    assert customer.hears_now == ()
    people("supervisor").update(coaching=False)
    assert customer.hears_now == (440.0,)
    rig.desk.voice = lambda _: '<Response><Play digits="12w#"/></Response>'
    people("customer").update(announce_url=f"{PUBLIC}/voice")
    rig.twilio.advance(1)
    assert customer.digits == "12#"
    assert rig.room_events().count("participant-hold") == rig.room_events().count("participant-unhold") == 1
    assert {one.label for one in people.list()} == {"agent", "supervisor", "customer"}


def test_one_after_another_takes_the_call_over(rig: Rig) -> None:
    agent, sid = rig.agent(), rig.customer().call_sid
    rig.twilio.advance(2)
    room = rig.twilio.room(ROOM)
    assert room is not None
    colleague = rig.twilio.softphone("p9")
    people = rig.client.conferences(room.sid).participants
    people.create(to="client:p9?leg=0194", from_=CALLER, label="colleague")
    rig.twilio.advance(1)
    assert colleague.incoming[0].parameters == {"leg": "0194"}
    people("agent").delete()
    rig.twilio.advance(1)
    assert (agent.status, colleague.incoming[0].status) == ("completed", "in-progress")
    assert rig.twilio.world.calls[sid].up


def test_a_phone_that_is_not_there_does_not_ring(rig: Rig) -> None:
    made = rig.client.conferences(ROOM).participants.create(
        to="client:nobody", from_=CALLER, status_callback=STATUS, status_callback_event=["ringing", "completed"]
    )
    rig.twilio.advance(1)
    assert rig.statuses() == ["no-answer"]
    assert rig.desk.of("/status")[0].fields["SipResponseCode"] == "480"
    assert rig.client.calls(made.call_sid).fetch().status == "no-answer"


def test_a_recording_holds_who_spoke_when_and_silence_where_it_was_paused(rig: Rig) -> None:
    agent, sid = rig.agent(), rig.customer().call_sid
    rig.twilio.advance(0.7)
    calls = rig.client.calls(sid)
    made = calls.recordings.create(
        recording_channels="dual",
        trim="do-not-trim",
        recording_status_callback=f"{PUBLIC}/recording",
        recording_status_callback_event=["in-progress", "completed", "absent"],
    )
    assert made.status == "in-progress"
    rig.twilio.advance(2)
    assert calls.recordings(made.sid).update(status="paused", pause_behavior="silence").status == "paused"
    assert calls.recordings(made.sid).fetch().status == "processing"
    rig.twilio.advance(2)
    assert calls.recordings("Twilio.CURRENT").update(status="in-progress").status == "in-progress"
    agent.mute(True)
    rig.twilio.advance(2)
    calls.update(status="completed")
    rig.twilio.advance(1)
    ready = rig.desk.of("/recording")
    assert [one.fields["RecordingStatus"] for one in ready] == ["in-progress", "completed"]
    assert (ready[1].fields["RecordingDuration"], ready[1].fields["RecordingChannels"]) == ("6", "2")
    sound = rig.sound(made.sid)
    assert len(sound) == 6 * 8000
    customer, ours = sound[:, 0], sound[:, 1]
    assert (tones(customer[:16000]), tones(ours[:16000])) == ({1000}, {440})
    assert not np.any(sound[16000:32000])
    assert (tones(customer[32000:]), tones(ours[32000:])) == ({1000}, set())
    assert tones(rig.sound(made.sid, 1)[:16000, 0]) == {440, 1000}
    assert rig.client.recordings(made.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        rig.client.recordings(made.sid).fetch()
    assert gone.value.code == 20404


def test_a_pause_that_cuts_makes_the_recording_shorter(rig: Rig) -> None:
    sid = rig.customer().call_sid
    rig.twilio.advance(1)
    recording = rig.client.calls(sid).recordings.create(recording_channels="dual")
    rig.twilio.advance(1)
    rig.client.calls(sid).recordings(recording.sid).update(status="paused", pause_behavior="skip")
    rig.twilio.advance(5)
    rig.client.calls(sid).recordings(recording.sid).update(status="stopped")
    rig.twilio.advance(1)
    assert len(rig.sound(recording.sid)) == 8000


def test_media_are_late_after_completed_and_guarded(rig: Rig) -> None:
    rig.twilio.settings.media_ready_after = 30
    rig.customer(record=True, recording_channels="dual", recording_status_callback=f"{PUBLIC}/recording")
    rig.twilio.advance(2)
    recording = next(iter(rig.twilio.world.recordings.values()))
    assert recording.source == "OutboundAPI"
    rig.client.calls(recording.call.sid).update(status="completed")
    rig.twilio.advance(2)
    url = f"{rig.twilio.base_url}/2010-04-01/Accounts/{rig.twilio.account_sid}/Recordings/{recording.sid}.wav"
    assert httpx2.get(url, auth=(rig.twilio.account_sid, rig.twilio.auth_token)).status_code == 404
    rig.twilio.advance(30)
    assert httpx2.get(url).status_code == 401
    assert len(rig.sound(recording.sid)) > 0


@pytest.mark.parametrize(("fate", "told"), [(RecordingFate.absent, "absent"), (RecordingFate.lost, "completed")])
def test_a_recording_can_be_absent_or_be_lost_in_the_call(rig: Rig, fate: RecordingFate, told: str) -> None:
    rig.twilio.behave(NUMBER, recording=fate)
    sid = rig.customer().call_sid
    rig.twilio.advance(1)
    rig.client.calls(sid).recordings.create(
        recording_status_callback=f"{PUBLIC}/recording", recording_status_callback_event=["completed", "absent"]
    )
    if fate is RecordingFate.absent:
        rig.client.calls(sid).update(status="completed")
    rig.twilio.advance(5)
    assert [one.fields["RecordingStatus"] for one in rig.desk.of("/recording")] == [told]
    assert rig.twilio.world.calls[sid].up is (fate is RecordingFate.lost)


@pytest.mark.parametrize("status", ["completed", "canceled"])
def test_what_is_over_cannot_be_changed(rig: Rig, status: str) -> None:
    sid = rig.customer().call_sid
    rig.client.calls(sid).update(status="completed")
    for order in (lambda: rig.client.calls(sid).update(status=status), rig.client.calls(sid).recordings.create):
        with pytest.raises(TwilioRestException) as refused:
            order()
        assert (refused.value.status, refused.value.code) == (400, 21220)
    with pytest.raises(TwilioRestException) as gone:
        rig.client.calls("CA" + "f" * 32).update(status="completed")
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_a_label_is_given_once_and_only_who_is_there_is_coached(rig: Rig) -> None:
    rig.agent()
    with pytest.raises(TwilioRestException) as taken:
        rig.customer(label="agent")
    assert taken.value.code == 16025
    with pytest.raises(TwilioRestException) as nobody:
        rig.customer(to="client:p5", coaching=True, call_sid_to_coach="CA" + "e" * 32)
    assert nobody.value.code == 13240


# ---------------------------------------------------------------- delivery


def test_callbacks_can_come_twice_with_one_token(rig: Rig) -> None:
    rig.twilio.settings.delivery = Delivery.duplicated
    rig.customer()
    rig.twilio.advance(1)
    assert rig.statuses() == ["initiated", "initiated", "ringing", "ringing", "in-progress", "in-progress"]
    tokens = [one.headers["I-Twilio-Idempotency-Token"] for one in rig.desk.of("/status")]
    assert len(set(tokens)) == 3


def test_callbacks_can_change_places_come_late_or_never(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, delivery=Delivery.reordered, hangs_up_after=1)
    rig.customer(conference_status_callback_event=["start"])
    rig.twilio.advance(10)
    assert rig.statuses() == ["ringing", "initiated", "completed", "in-progress"]
    rig.desk.heard.clear()
    rig.twilio.behave(NUMBER, delivery=Delivery.late)
    rig.customer(label="second")
    rig.twilio.advance(19)
    assert rig.statuses() == []
    rig.twilio.advance(5)
    assert rig.statuses() == ["initiated", "ringing", "in-progress"]
    rig.desk.heard.clear()
    rig.twilio.behave(NUMBER, delivery=Delivery.lost)
    rig.customer(label="third")
    rig.twilio.advance(30)
    assert rig.statuses() == []
    assert "lost" in {one.outcome for one in rig.twilio.told}


def test_the_first_callback_can_overtake_the_reply(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, delivery=Delivery.before_reply)
    rig.customer()
    assert rig.statuses() == ["initiated"]


@pytest.mark.parametrize(("answers", "tries"), [([500, 500], 3), ([503, 204], 2), ([404], 1), ([200], 1)])
def test_a_refused_callback_is_sent_again_as_its_address_says(rig: Rig, answers: list[int], tries: int) -> None:
    rig.desk.statuses += answers
    rig.twilio.behave(NUMBER, outcome=Outcome.queued_for_ever)
    sid = rig.customer(status_callback_event=["completed"], conference_status_callback_event=["start"]).call_sid
    rig.client.calls(sid).update(status="canceled")
    rig.twilio.advance(3)
    told = rig.desk.of("/status")
    assert len(told) == tries
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in told}) == 1


def test_a_callback_that_gets_no_answer_in_time_is_sent_again_if_its_address_says_so(rig: Rig) -> None:
    answered = threading.Event()

    def keep_the_first_waiting(_: object) -> None:
        if not rig.twilio.told:
            answered.wait(10)

    rig.desk.before_answer = keep_the_first_waiting
    rig.customer(status_callback=f"{PUBLIC}/status#rc=1&rp=rt&rt=100", status_callback_event=["initiated"])
    rig.twilio.advance(0.2)
    answered.set()
    assert [one.outcome for one in rig.twilio.told if one.callback.kind == "call"] == ["rt", 204]


def test_without_a_rule_a_failed_callback_is_lost(rig: Rig) -> None:
    rig.desk.statuses += [500]
    rig.customer(status_callback=f"{PUBLIC}/status", status_callback_event=["initiated"])
    rig.twilio.advance(5)
    assert len(rig.desk.of("/status")) == 1
    assert [alarm.code for alarm in rig.twilio.alarms] == [11200]


def test_what_cannot_be_connected_is_tried_once_more_and_nothing_leaves_this_machine(rig: Rig) -> None:
    rig.customer(status_callback="https://elsewhere.example.com/status", status_callback_event=["initiated"])
    rig.twilio.advance(1)
    assert [(one.outcome, one.attempt) for one in rig.twilio.told if one.callback.kind == "call"] == [("ct", 1), ("ct", 2)]


@pytest.mark.parametrize(
    ("reply", "rings"), [(Reply.cut_but_rings, 1), (Reply.cut, 0), (Reply.overloaded, 0), (Reply.throttled, 0), (Reply.without_sid, 1)]
)
def test_a_reply_can_go_wrong_with_and_without_ringing(rig: Rig, reply: Reply, rings: int) -> None:
    rig.twilio.behave(NUMBER, reply=reply)
    try:
        made = rig.customer()
    except (TwilioException, OSError):
        made = None
    assert len(rig.twilio.calls_to(NUMBER)) == rings
    assert (made is not None) == (reply is Reply.without_sid)
    if made is not None:
        assert made.call_sid is None


def test_a_silent_api_is_given_up_by_the_client(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, reply=Reply.silent_but_rings)
    impatient: Any = rig.twilio.client(timeout=0.1)
    with pytest.raises(OSError, match="timed out"):
        impatient.conferences(ROOM).participants.create(to=NUMBER, from_=CALLER)
    impatient.http_client.session.close()
    assert len(rig.twilio.calls_to(NUMBER)) == 1


def test_after_a_stop_the_account_is_as_it_was(rig: Rig) -> None:
    sid = rig.customer().call_sid
    base = rig.twilio.base_url
    rig.twilio.stop()
    with pytest.raises(OSError, match="onnection"):
        rig.client.calls(sid).fetch()
    rig.twilio.advance(2)
    assert rig.statuses() == ["initiated", "ringing", "in-progress"]
    rig.twilio.start()
    assert rig.twilio.base_url == base
    assert rig.client.calls(sid).fetch().status == "in-progress"


# ---------------------------------------------------------------- TwiML, messages, phones


@pytest.mark.parametrize(
    ("document", "kind", "code"),
    [
        ("<Response><Dial>", "text/xml", 12100),
        ("<Response><Dance/></Response>", "text/xml", 12200),
        ('<Response><Dial><Conference beep="loud">r</Conference></Dial></Response>', "text/xml", 12200),
        ("<Response><Hangup/></Response>", "application/json", 12300),
    ],
)
def test_a_bad_document_raises_twilios_alarm(rig: Rig, document: str, kind: str, code: int) -> None:
    rig.desk.voice, rig.desk.voice_type = lambda _: document, kind
    rig.twilio.softphone("p1").connect({})
    assert code in {alarm.code for alarm in rig.twilio.alarms}


def test_a_phone_can_be_turned_away(rig: Rig) -> None:
    rig.desk.voice = lambda _: "<Response><Reject/></Response>"
    call = rig.twilio.softphone("p1").connect({"leg": "unknown"})
    assert call.status == "no-answer"
    assert call.room is None


def test_a_customer_who_calls_in_comes_to_the_voice_webhook(rig: Rig) -> None:
    call = rig.twilio.customer_calls_in(NUMBER, CALLER)
    asked = rig.desk.of("/voice")[0].fields
    assert (asked["Direction"], asked["From"], asked["To"], asked["CallStatus"]) == ("inbound", NUMBER, CALLER, "ringing")
    assert call.over


def test_a_message_is_sent_told_and_refused_to_who_opted_out(rig: Rig) -> None:
    sent = rig.client.messages.create(to=NUMBER, from_=CALLER, body="您好", status_callback=f"{PUBLIC}/message")
    assert sent.status == "queued"
    rig.twilio.advance(1)
    assert [one.fields["MessageStatus"] for one in rig.desk.of("/message")] == ["sent", "delivered"]
    assert rig.client.messages(sent.sid).fetch().status == "delivered"
    with pytest.raises(TwilioRestException) as refused:
        rig.client.messages.create(to="+15005550004", from_=CALLER, body="x")
    assert refused.value.code == 21610


def test_a_token_is_read_as_the_sdk_makes_it_and_runs_out(rig: Rig) -> None:
    token = AccessToken(rig.twilio.account_sid, API_KEY, API_SECRET, identity="p77", ttl=3600)
    token.add_grant(VoiceGrant(outgoing_application_sid=rig.twilio.application_sid, incoming_allow=True))
    text = token.to_jwt()
    assert rig.twilio.read_token(text).incoming
    assert rig.twilio.softphone_with(text).identity == "p77"
    rig.twilio.advance(3700)
    with pytest.raises(TokenRefused) as late:
        rig.twilio.read_token(text)
    assert late.value.code == 20104
    forged = AccessToken(rig.twilio.account_sid, API_KEY, "another-secret-of-thirty-two-bytes", identity="p77")
    with pytest.raises(TokenRefused) as wrong:
        rig.twilio.read_token(forged.to_jwt())
    assert wrong.value.code == 20101


def test_calls_are_listed_by_number_and_time_page_by_page(rig: Rig) -> None:
    for label in "abc":
        rig.customer(label=label)
    rig.twilio.advance(100)
    later = rig.twilio.timeline.now()
    assert len(rig.client.calls.list(to=NUMBER)) == 3
    assert len(rig.client.calls.list(to=NUMBER, page_size=2)) == 3
    assert rig.client.calls.list(to=NUMBER, start_time_after=later) == []
    assert rig.client.calls.list(to="+99900000000009") == []


def test_a_callback_before_the_reply_may_ask_the_api_itself(rig: Rig) -> None:
    rig.twilio.behave(NUMBER, delivery=Delivery.before_reply)
    other, seen = rig.twilio.client(), list[Any]()
    rig.desk.before_answer = lambda heard: (
        seen.append(other.calls(heard.fields["CallSid"]).fetch().status) if heard.fields.get("CallStatus") == "initiated" else None
    )
    rig.customer()
    assert seen == ["queued"]
    http: Any = other.http_client
    http.session.close()


def test_calls_above_the_limit_wait_in_the_queue(rig: Rig) -> None:
    rig.twilio.settings.calls_per_second = 1
    sids = [rig.customer(label=label).call_sid for label in "abc"]
    rig.twilio.advance(1.5)
    assert [rig.client.calls(sid).fetch().status for sid in sids] == ["in-progress", "ringing", "queued"]
    assert rig.client.calls(sids[2]).fetch().queue_time == "2000"
    rig.client.calls(sids[2]).update(status="canceled")
    rig.twilio.advance(5)
    assert rig.statuses().count("canceled") == 1
    assert rig.statuses().count("initiated") == 2


def test_a_room_can_start_with_its_first_participant(rig: Rig) -> None:
    rig.twilio.settings.conference_starts_with = 1
    rig.agent()
    rig.twilio.advance(0)
    assert rig.room_events() == ["participant-join", "conference-start"]


def test_music_and_waiting_are_heard_where_nobody_switched_them_off(rig: Rig) -> None:
    agent = rig.agent(waitUrl="https://elsewhere.example.com/music")
    assert agent.hears == (350.0,)
    rig.customer()
    rig.twilio.advance(2)
    assert agent.hears == (1000.0,)


def test_hold_music_that_cannot_be_fetched_raises_the_alarm(rig: Rig) -> None:
    rig.agent()
    rig.customer()
    rig.twilio.advance(2)
    room = rig.twilio.room(ROOM)
    assert room is not None
    customer = rig.client.conferences(room.sid).participants("customer")
    customer.update(hold=True, hold_url=f"{PUBLIC}/hold.wav", hold_method="GET")
    rig.twilio.advance(0)
    assert rig.twilio.alarms == []
    customer.update(hold=True, hold_url=f"{PUBLIC}/nothing-here")
    rig.twilio.advance(0)
    assert [alarm.code for alarm in rig.twilio.alarms] == [11200]


def test_another_token_signs_and_asks_after_a_rotation(rig: Rig) -> None:
    rig.twilio.rotate_token("the-next-token-of-the-account")
    with pytest.raises(TwilioRestException) as refused:
        rig.customer()
    assert refused.value.code == 20003
    rig.twilio.softphone("p1").connect({})
    assert [one.signed for one in rig.desk.heard] == [False]
    rig.desk.heard.clear()


def test_who_texts_stop_is_told_to_us_and_refused_from_then_on(rig: Rig) -> None:
    answer = rig.twilio.customer_texts(NUMBER, CALLER, "Stop", f"{PUBLIC}/message")
    assert answer.status == 204
    told = rig.desk.of("/message")[0].fields
    assert (told["From"], told["Body"], told["OptOutType"]) == (NUMBER, "Stop", "STOP")
    with pytest.raises(TwilioRestException) as refused:
        rig.client.messages.create(to=NUMBER, from_=CALLER, body="x")
    assert refused.value.code == 21610
    rig.twilio.customer_texts(NUMBER, CALLER, "START", f"{PUBLIC}/message")
    assert rig.client.messages.create(to=NUMBER, from_=CALLER, body="x").status == "queued"


def test_a_call_by_url_waits_for_the_machine_to_be_told_apart(rig: Rig) -> None:
    rig.desk.voice = lambda _: f"<Response><Say>hello</Say><Play>{PUBLIC}/hello.wav</Play></Response>"
    sid = rig.client.calls.create(to=NUMBER, from_=CALLER, url=f"{PUBLIC}/voice", machine_detection="Enable").sid
    rig.twilio.advance(3)
    assert rig.desk.of("/voice") == []
    rig.twilio.advance(1)
    assert rig.desk.of("/voice")[0].fields["AnsweredBy"] == "human"
    rig.twilio.advance(3)
    assert rig.client.calls(sid).fetch().status == "completed"
    assert rig.twilio.world.calls[sid].played == ["hello", f"{PUBLIC}/hello.wav"]
