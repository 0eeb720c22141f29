"""The fake of Twilio's API, shortly: a whole call under the contract, in driven time and in its own."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.fakes.twilio.contract import ContractBroken
from tests.fakes.twilio.having import contract_or_not_run
from tests.fakes.twilio.rig import CALLER, NUMBER, ROOM, rigged

pytestmark = pytest.mark.telephony


def test_a_whole_call_is_told_signed_and_in_order() -> None:
    with rigged(driven=True) as rig:
        agent = rig.agent()
        assert agent.room == ROOM
        customer = rig.customer()
        rig.twilio.advance(2)
        assert agent.hears == (1000.0,)
        rig.client.calls(customer.call_sid).update(status="completed")
        rig.twilio.advance(2)
        assert rig.statuses() == ["initiated", "ringing", "in-progress", "completed"]
        assert [one.fields["SequenceNumber"] for one in rig.desk.of("/status")] == ["0", "1", "2", "3"]
        assert rig.room_events() == [
            "participant-join",
            "participant-join",
            "conference-start",
            "participant-leave",
            "participant-leave",
            "conference-end",
        ]
        last = rig.desk.of("/status")[-1].fields
        assert (last["leg"], last["SipResponseCode"], last["CallbackSource"]) == ("0192", "200", "call-progress-events")
        assert rig.desk.of("/voice")[0].fields["leg"] == "0193"
        assert rig.desk.of("/voice")[0].fields["From"] == "client:p1"
        assert agent.status == "completed"
        assert rig.twilio.alarms == []


def test_in_its_own_time_the_fake_works_as_well() -> None:
    with rigged(speed=20) as rig:
        agent = rig.agent()
        sid = rig.customer().call_sid
        agent.wait_until_hears(1000.0)
        rig.client.calls(sid).update(status="completed")
        agent.wait_until_over()
        rig.twilio.wait_told("call", CallStatus="completed")
        rig.twilio.wait_told("conference", StatusCallbackEvent="conference-end")
        assert rig.twilio.alarms == []


def test_the_sdk_under_contract_sends_on_only_what_keeps_it() -> None:
    with rigged(driven=True) as rig:
        contract = contract_or_not_run()
        client: Any = rig.twilio.client(contract)
        made = client.conferences(ROOM).participants.create(to=NUMBER, from_=CALLER, early_media=True, wait_url="")
        assert made.status == "queued"
        assert [seen.operation for seen in contract.seen] == ["CreateParticipant"]
        with pytest.raises(ContractBroken, match="Banana"):
            client.conferences(ROOM).participants.create(to=NUMBER, from_=CALLER, beep="Banana")
        with pytest.raises(TwilioRestException):
            client.calls("CA" + "f" * 32).fetch()
        client.http_client.session.close()
        assert len(rig.twilio.calls_to(NUMBER)) == 1
        assert [(seen.operation, seen.status) for seen in contract.seen] == [("CreateParticipant", 201), ("FetchCall", 404)]
