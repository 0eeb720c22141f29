"""The contract with Twilio: each rule has a request that breaks it, and what keeps all of them passes."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import pytest

from tests.fakes.twilio.contract import Contract, ContractBroken, ContractHttpClient
from tests.fakes.twilio.having import contract_or_not_run
from tests.fakes.twilio.strict_rules import RULES

pytestmark = pytest.mark.telephony

ACCOUNT = "AC" + "0" * 32
CALL, ROOM, RECORDING = "CA" + "1" * 32, "CF" + "2" * 32, "RE" + "3" * 32
HOOK = "https://desk.example.com/twilio/status?leg=0192#rc=3&rp=ct,rt,5xx"
TO, FROM = "+8613800001234", "+15017122661"
Form = Mapping[str, str | Sequence[str]]


@pytest.fixture
def contract() -> Contract:
    return contract_or_not_run()


def ask(contract: Contract, path: str, method: str = "POST", /, **form: str | Sequence[str]) -> None:
    contract.check_request(method, f"/2010-04-01/Accounts/{ACCOUNT}/{path}.json", urlencode(form, doseq=True))


CREATE_CALL: dict[str, str | Sequence[str]] = {"To": TO, "From": FROM, "Twiml": "<Response><Hangup/></Response>"}
CUSTOMER: dict[str, str | Sequence[str]] = {
    "To": TO,
    "From": FROM,
    "Label": "customer",
    "EarlyMedia": "true",
    "Beep": "false",
    "EndConferenceOnExit": "true",
    "WaitUrl": "",
    "Timeout": "25",
    "TimeLimit": "7200",
    "StatusCallback": HOOK,
    "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
    "MachineDetection": "Enable",
    "AmdStatusCallback": HOOK,
    "ConferenceStatusCallback": HOOK,
    "ConferenceStatusCallbackEvent": ["start", "end", "join", "leave", "mute", "hold", "modify"],
}
KEPT: dict[str, tuple[str, Form]] = {
    "a call": ("Calls", {**CREATE_CALL, "StatusCallback": HOOK, "StatusCallbackEvent": ["initiated", "ringing"], "Timeout": "25"}),
    "a customer into a room": ("Conferences/0192-room/Participants", CUSTOMER),
    "a phone into a room": ("Conferences/0192-room/Participants", {"To": "client:p1a2b3?leg=0193", "From": FROM, "Label": "agent"}),
    "events in one value": (
        "Conferences/r/Participants",
        {"To": TO, "From": FROM, "StatusCallback": HOOK, "StatusCallbackEvent": "initiated ringing"},
    ),
    "a whisper": (f"Conferences/{ROOM}/Participants/{CALL}", {"Coaching": "true", "CallSidToCoach": CALL}),
    "hold": (f"Conferences/{ROOM}/Participants/customer", {"Hold": "true", "HoldUrl": "https://a.example.com/m", "HoldMethod": "POST"}),
    "a recording": (f"Calls/{CALL}/Recordings", {"RecordingChannels": "dual", "Trim": "do-not-trim", "RecordingStatusCallback": HOOK}),
    "a pause": (f"Calls/{CALL}/Recordings/{RECORDING}", {"Status": "paused", "PauseBehavior": "silence"}),
    "an end": (f"Calls/{CALL}", {"Status": "completed"}),
    "the end of a room": (f"Conferences/{ROOM}", {"Status": "completed"}),
    "a message": ("Messages", {"To": TO, "From": FROM, "Body": "您好", "StatusCallback": HOOK}),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_the_rules_passes(contract: Contract, name: str) -> None:
    path, form = KEPT[name]
    ask(contract, path, **form)
    assert contract.broken == []


PARTICIPANT = "Conferences/0192-room/Participants"
BROKEN: dict[str, tuple[str, Form, str]] = {
    # by Twilio's own description
    "no addressee": ("Calls", {"From": FROM, "Twiml": "<Response/>"}, "'To' is a required property"),
    "ring time in words": ("Calls", {**CREATE_CALL, "Timeout": "abc"}, "Failed to cast"),
    "method": ("Calls", {**CREATE_CALL, "StatusCallback": HOOK, "StatusCallbackMethod": "PUT"}, "not one of"),
    "status": (f"Calls/{CALL}", {"Status": "resumed"}, "not one of"),
    "room by name": ("Conferences/0192-room/Participants/customer", {"Muted": "true"}, "does not match"),
    "call by any word": ("Calls/customer", {"Status": "completed"}, "does not match"),
    "no such path": ("Conferences/0192-room/Recordings", {"RecordingChannels": "dual"}, "not in Twilio's API"),
    # unknown, twice, in other words
    "unknown parameter": ("Calls", {**CREATE_CALL, "Foo": "1"}, "Foo is no parameter"),
    "parameter in Python's form": ("Calls", {**CREATE_CALL, "status_callback": HOOK}, "status_callback is no parameter"),
    "said twice": ("Calls", {**CREATE_CALL, "To": [TO, TO]}, "To is given 2 times"),
    "truth in capitals": (PARTICIPANT, {**CUSTOMER, "Muted": "True"}, "neither true nor false"),
    # value sets
    "MachineDetection": (PARTICIPANT, {**CUSTOMER, "MachineDetection": "Banana"}, "is none of DetectMessageEnd, Enable"),
    "AsyncAmd": ("Calls", {**CREATE_CALL, "AsyncAmd": "yes"}, "is none of"),
    "RecordingChannels": (f"Calls/{CALL}/Recordings", {"RecordingChannels": "stereo"}, "is none of dual, mono"),
    "RecordingTrack": (f"Calls/{CALL}/Recordings", {"RecordingTrack": "all"}, "is none of"),
    "Trim": (f"Calls/{CALL}/Recordings", {"Trim": "no"}, "is none of"),
    "PauseBehavior": (f"Calls/{CALL}/Recordings/{RECORDING}", {"Status": "paused", "PauseBehavior": "cut"}, "is none of"),
    "Beep": (PARTICIPANT, {**CUSTOMER, "Beep": "off"}, "is none of"),
    "JitterBufferSize": (PARTICIPANT, {**CUSTOMER, "JitterBufferSize": "tiny"}, "is none of"),
    "Region": (PARTICIPANT, {**CUSTOMER, "Region": "cn1"}, "is none of"),
    "StatusCallbackEvent": (PARTICIPANT, {**CUSTOMER, "StatusCallbackEvent": ["initiated", "busy"]}, "'busy' is none of"),
    "ConferenceStatusCallbackEvent": (PARTICIPANT, {**CUSTOMER, "ConferenceStatusCallbackEvent": ["participant-join"]}, "is none of"),
    "RecordingStatusCallbackEvent": (
        f"Calls/{CALL}/Recordings",
        {"RecordingStatusCallback": HOOK, "RecordingStatusCallbackEvent": "paused"},
        "is none of",
    ),
    "events of a call in one value": (
        "Calls",
        {**CREATE_CALL, "StatusCallback": HOOK, "StatusCallbackEvent": "initiated ringing"},
        "is none of",
    ),
    # ranges
    "rings too long": ("Calls", {**CREATE_CALL, "Timeout": "601"}, "is not within 1 to 600"),
    "rings too short": (PARTICIPANT, {**CUSTOMER, "Timeout": "4"}, "is not within 5 to 600"),
    "talks too long": (PARTICIPANT, {**CUSTOMER, "TimeLimit": "86401"}, "is not within"),
    "detects too long": (PARTICIPANT, {**CUSTOMER, "MachineDetectionTimeout": "60"}, "is not within 3 to 59"),
    "speech threshold": (PARTICIPANT, {**CUSTOMER, "MachineDetectionSpeechThreshold": "999"}, "is not within"),
    # what needs one another
    "no document": ("Calls", {"To": TO, "From": FROM}, "exactly one of"),
    "two documents": ("Calls", {**CREATE_CALL, "Url": "https://desk.example.com/voice"}, "exactly one of"),
    "two changes": (f"Calls/{CALL}", {"Status": "completed", "Twiml": "<Response/>"}, "one of Url, Twiml and Status at a time"),
    "no change": (f"Calls/{CALL}", {}, "nothing is to be changed"),
    "long document": ("Calls", {**CREATE_CALL, "Twiml": f"<Response>{' ' * 4000}</Response>"}, "more than 4000"),
    "document that is none": ("Calls", {**CREATE_CALL, "Twiml": "<Response><Hangup></Response>"}, "is no XML"),
    "document of another kind": ("Calls", {**CREATE_CALL, "Twiml": "<html/>"}, "does not begin with <Response>"),
    "addressee": ("Calls", {**CREATE_CALL, "To": "hello"}, "is no E.164 number"),
    "national number": ("Calls", {**CREATE_CALL, "To": "13800001234"}, "is no E.164 number"),
    "caller": ("Calls", {**CREATE_CALL, "From": "desk"}, "is no E.164 number or client:"),
    "phone calls number": ("Calls", {**CREATE_CALL, "From": "client:p1"}, "From must be a number"),
    "callback in the open": (PARTICIPANT, {**CUSTOMER, "StatusCallback": "http://desk.example.com/"}, "is not https"),
    "underscore in the host": (PARTICIPANT, {**CUSTOMER, "StatusCallback": "https://my_desk.example.com/"}, "underscore"),
    "retries": (PARTICIPANT, {**CUSTOMER, "StatusCallback": "https://a.example.com/#rc=9"}, "rc=9 is no retry setting"),
    "retries in words": (PARTICIPANT, {**CUSTOMER, "StatusCallback": "https://a.example.com/#retry=3"}, "is no retry setting"),
    "keys and detection": (
        "Calls",
        {**CREATE_CALL, "SendDigits": "1", "MachineDetection": "Enable"},
        "MachineDetection is ignored without a word",
    ),
    "detection unheard": ("Calls", {**CREATE_CALL, "MachineDetection": "Enable", "AsyncAmd": "true"}, "told to nobody"),
    "detection of a participant unheard": (PARTICIPANT, {"To": TO, "From": FROM, "MachineDetection": "Enable"}, "told to nobody"),
    "detection not asked for": (PARTICIPANT, {"To": TO, "From": FROM, "AmdStatusCallback": HOOK}, "without MachineDetection"),
    "detection of a phone": (PARTICIPANT, {**CUSTOMER, "To": "client:p1"}, "works for telephone numbers only"),
    "keys": ("Calls", {**CREATE_CALL, "SendDigits": "12-34"}, "SendDigits"),
    "whisper to nobody": (f"Conferences/{ROOM}/Participants/{CALL}", {"Coaching": "true"}, "Coaching needs CallSidToCoach"),
    "events to nobody": (PARTICIPANT, {"To": TO, "From": FROM, "StatusCallbackEvent": "answered"}, "without StatusCallback"),
    "channels of no recording": (PARTICIPANT, {**CUSTOMER, "RecordingChannels": "dual"}, "without Record=true"),
    "music without hold": (f"Conferences/{ROOM}/Participants/{CALL}", {"HoldUrl": "https://a.example.com/"}, "HoldUrl without Hold"),
    "long label": (PARTICIPANT, {**CUSTOMER, "Label": "x" * 129}, "1 to 128"),
    "number as the room's name": (f"Conferences/{quote(TO)}/Participants", CUSTOMER, "tells a telephone number"),
    "recording made complete": (f"Calls/{CALL}/Recordings/{RECORDING}", {"Status": "completed"}, "is none of"),
    "room's recording stopped": (f"Conferences/{ROOM}/Recordings/{RECORDING}", {"Status": "stopped"}, "is none of"),
    "silence in no pause": (f"Calls/{CALL}/Recordings/{RECORDING}", {"Status": "in-progress", "PauseBehavior": "silence"}, "Status=paused"),
    "recording by any word": (f"Calls/{CALL}/Recordings/current", {"Status": "paused"}, "is no recording"),
    "empty message": ("Messages", {"To": TO, "From": FROM}, "needs Body"),
    "message from nobody": ("Messages", {"To": TO, "Body": "x"}, "needs From"),
    "message to a phone": ("Messages", {"To": "client:p1", "From": FROM, "Body": "x"}, "is no E.164 number"),
    "long message": ("Messages", {"To": TO, "From": FROM, "Body": "x" * 1601}, "more than 1600"),
    "nothing said": (PARTICIPANT, {**CUSTOMER, "Label": ""}, "Label is empty"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_refused_and_kept(contract: Contract, name: str) -> None:
    path, form, why = BROKEN[name]
    with pytest.raises(ContractBroken, match=why.replace("(", r"\(")):
        ask(contract, path, **form)
    with pytest.raises(ContractBroken):
        contract.verify()


def test_every_rule_of_ours_is_broken_by_one_of_these_requests(contract: Contract) -> None:
    fired: set[str] = set()
    for path, form, _ in BROKEN.values():
        try:
            asked, _spec = contract._read("POST", f"/2010-04-01/Accounts/{ACCOUNT}/{path}.json", urlencode(form, doseq=True))
        except ContractBroken:
            continue
        fired |= {rule.__name__ for rule in RULES if list(rule(asked))}
    assert fired == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("query", "why"), [("PageSize=5000", "is not within"), ("Foo=1", "Foo is no parameter"), ("Status=over", "not one of")]
)
def test_a_question_is_checked_as_an_order_is(contract: Contract, query: str, why: str) -> None:
    with pytest.raises(ContractBroken, match=why):
        contract.check_request("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?{query}")


def test_a_reply_outside_the_description_is_refused(contract: Contract) -> None:
    url = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"
    asked = contract.check_request("GET", url)
    with pytest.raises(ContractBroken, match="is not one of"):
        contract.check_reply("GET", url, 200, b'{"status": "initiated"}', asked)


def test_an_error_in_another_form_than_twilios_is_refused(contract: Contract) -> None:
    url = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"
    asked = contract.check_request("GET", url)
    with pytest.raises(ContractBroken, match="form of an error"):
        contract.check_reply("GET", url, 404, b'{"detail": "not found"}', asked)


def test_the_contract_client_talks_to_this_machine_only(contract: Contract) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        ContractHttpClient(contract, "https://api.twilio.com")
