"""What Twilio's own description leaves open and its documentation does not: value sets, ranges, and parameters that need one another.

A rule yields sentences; none means the request keeps it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
CLIENT = re.compile(r"client:[A-Za-z0-9_]{1,121}(\?.*)?")
SIP = re.compile(r"sips?:[^@\s]+@[^@\s]+")
APP = re.compile(r"app:AP[0-9a-fA-F]{32}(\?.*)?")
_RECORDING = re.compile(r"RE[0-9a-fA-F]{32}")
_LONG_NUMBER = re.compile(r"\+[0-9]{7,}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request by the description's own names: operation such as "CreateCall", and every value a list of strings."""

    operation: str
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    form: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str | None:
        """The parameter's (first) value."""
        values = self.form.get(name)
        return values[0] if values else None

    def has(self, name: str) -> bool:
        return name in self.form

    def says(self, name: str) -> bool:
        """Whether a yes-or-no parameter is there and true."""
        return self.one(name) == "true"


Rule = Callable[[Asked], Iterator[str]]

CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
CONFERENCE_EVENTS = frozenset({"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
_DETECTS, _TRIM = frozenset({"Enable", "DetectMessageEnd"}), frozenset({"trim-silence", "do-not-trim"})
_TRUTH = frozenset({"true", "false"})

VALUES: dict[str, frozenset[str]] = {
    "MachineDetection": _DETECTS,
    "AsyncAmd": _TRUTH,
    "RecordingChannels": frozenset({"mono", "dual"}),
    "RecordingTrack": frozenset({"inbound", "outbound", "both"}),
    "Trim": _TRIM,
    "ConferenceTrim": _TRIM,
    "Beep": _TRUTH | {"onEnter", "onExit"},
    "ConferenceRecord": _TRUTH | {"record-from-start", "do-not-record"},
    "PauseBehavior": frozenset({"skip", "silence"}),
    "JitterBufferSize": frozenset({"off", "small", "medium", "large"}),
    "Region": frozenset({"us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"}),
    "StatusCallbackEvent": CALL_EVENTS,
    "ConferenceStatusCallbackEvent": CONFERENCE_EVENTS,
    "RecordingStatusCallbackEvent": RECORDING_EVENTS,
    "ConferenceRecordingStatusCallbackEvent": RECORDING_EVENTS | {"failed"},
}
_EVENTS_BY_OPERATION = {
    ("CreateParticipant", "RecordingStatusCallbackEvent"): RECORDING_EVENTS | {"started", "paused", "resumed", "stopped", "failed"},
}
SPACES_SEPARATE = frozenset({"CreateParticipant", "CreateCallRecording"})
"""Operations whose lists may also come as one value with spaces; CreateCall takes only repeated parameters."""

RANGES: dict[str, tuple[int, int]] = {
    "Timeout": (1, 600),
    "TimeLimit": (1, 86400),
    "MachineDetectionTimeout": (3, 59),
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10000),
    "MaxParticipants": (2, 250),
    "ValidityPeriod": (1, 36000),
    "PageSize": (1, 1000),
}


def values_are_known(asked: Asked) -> Iterator[str]:
    for name, values in asked.form.items():
        known = _EVENTS_BY_OPERATION.get((asked.operation, name)) or VALUES.get(name)
        if known is None:
            continue
        split = asked.operation in SPACES_SEPARATE and name.endswith("Event")
        for value in [part for one in values for part in (one.split(" ") if split else [one])]:
            if value not in known:
                yield f"{name}={value!r} is none of {', '.join(sorted(known))}"


def numbers_are_in_range(asked: Asked) -> Iterator[str]:
    for name, values in {**asked.query, **asked.form}.items():
        low, high = RANGES.get(name, (0, 0))
        if asked.operation == "CreateParticipant" and name == "Timeout":
            low = 5
        for value in values if high else []:
            if value.isascii() and value.isdigit() and not low <= int(value) <= high:
                yield f"{name}={value} is not within {low} to {high}"


def nothing_is_empty(asked: Asked) -> Iterator[str]:
    """Only a waiting room may be left without music by an empty address."""
    for name, values in asked.form.items():
        if name != "WaitUrl" and any(value == "" for value in values):
            yield f"{name} is empty"


def one_document(asked: Asked) -> Iterator[str]:
    given = [name for name in ("Url", "Twiml", "ApplicationSid") if asked.has(name)]
    if asked.operation == "CreateCall" and len(given) != 1:
        yield f"exactly one of Url, Twiml and ApplicationSid is needed, not {given}"
    if asked.operation == "UpdateCall" and len([*given, *(["Status"] if asked.has("Status") else [])]) > 1:
        yield "a call is changed by one of Url, Twiml and Status at a time"
    if asked.operation in {"UpdateCall", "UpdateParticipant", "UpdateConference"} and not asked.form:
        yield "nothing is to be changed"


def twiml_can_be_read(asked: Asked) -> Iterator[str]:
    document = asked.one("Twiml")
    if document is None:
        return
    if len(document) > 4000:
        yield f"Twiml has {len(document)} characters, more than 4000"
    try:
        if ElementTree.fromstring(document).tag != "Response":
            yield "Twiml does not begin with <Response>"
    except ElementTree.ParseError as error:
        yield f"Twiml is no XML: {error}"


def endpoints_are_endpoints(asked: Asked) -> Iterator[str]:
    if asked.operation not in {"CreateCall", "CreateParticipant"}:
        return
    to, sender = asked.one("To") or "", asked.one("From") or ""
    forms = [E164, CLIENT, SIP, *([APP] if asked.operation == "CreateParticipant" else [])]
    if not any(form.fullmatch(to) for form in forms):
        yield f"To={to!r} is no E.164 number, client: or sip:"
    if not any(form.fullmatch(sender) for form in (E164, CLIENT)):
        yield f"From={sender!r} is no E.164 number or client:"
    if E164.fullmatch(to) and not E164.fullmatch(sender):
        yield "From must be a number when To is one"


_RETRY_WORDS: dict[str, Callable[[str], bool]] = {
    "rc": lambda value: value in {"0", "1", "2", "3", "4", "5"},
    "rp": lambda value: set(value.split(",")) <= {"4xx", "5xx", "ct", "rt", "all"},
    "ct": lambda value: value.isdigit() and 100 <= int(value) <= 10000,
    "rt": lambda value: value.isdigit() and 100 <= int(value) <= 15000,
    "tt": lambda value: value.isdigit() and 100 <= int(value) <= 15000,
    "e": bool,
}


def addresses_can_be_called(asked: Asked) -> Iterator[str]:
    for name, values in asked.form.items():
        if not name.endswith(("Url", "Callback")):
            continue
        for value in filter(None, values):
            yield from _address_problems(name, value)


def _address_problems(name: str, value: str) -> Iterator[str]:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        yield f"{name}={value!r} is no address"
        return
    if parts.scheme != "https":
        yield f"{name}={value!r} is not https"
    if not host or "_" in host:
        yield f"{name}={value!r}: the host is missing or has an underscore"
    for word, setting in parse_qsl(parts.fragment, keep_blank_values=True, strict_parsing=False):
        if word not in _RETRY_WORDS or not _RETRY_WORDS[word](setting):
            yield f"{name}={value!r}: {word}={setting} is no retry setting"


def machines_are_told(asked: Asked) -> Iterator[str]:
    detects = asked.has("MachineDetection")
    callback = "AmdStatusCallback" if asked.operation == "CreateParticipant" else "AsyncAmdStatusCallback"
    if detects and asked.has("SendDigits"):
        yield "MachineDetection is ignored without a word when SendDigits is there"
    if asked.says("AsyncAmd") and not asked.has("AsyncAmdStatusCallback"):
        yield "AsyncAmd without AsyncAmdStatusCallback: the finding is told to nobody"
    if asked.operation == "CreateParticipant" and detects and not asked.has(callback):
        yield "MachineDetection without AmdStatusCallback: the finding is told to nobody"
    if not detects and (asked.has(callback) or any(name.startswith("MachineDetection") for name in asked.form)):
        yield "answering-machine settings without MachineDetection"
    if detects and not E164.fullmatch(asked.one("To") or "") and asked.operation in {"CreateCall", "CreateParticipant"}:
        yield "MachineDetection works for telephone numbers only"


def keys_are_keys(asked: Asked) -> Iterator[str]:
    digits = asked.one("SendDigits")
    if digits is not None and not re.fullmatch(r"[0-9A-D#*wW]{1,32}", digits):
        yield f"SendDigits={digits!r} has other than 1 to 32 of 0-9 A-D # * w W"


def coaching_has_somebody(asked: Asked) -> Iterator[str]:
    if asked.says("Coaching") and not asked.has("CallSidToCoach"):
        yield "Coaching needs CallSidToCoach"


def settings_have_their_subject(asked: Asked) -> Iterator[str]:
    pairs = [
        ("StatusCallbackEvent", "StatusCallback"),
        ("ConferenceStatusCallbackEvent", "ConferenceStatusCallback"),
        ("RecordingStatusCallbackEvent", "RecordingStatusCallback"),
        ("HoldMethod", "HoldUrl"),
        ("AnnounceMethod", "AnnounceUrl"),
    ]
    for name, subject in pairs:
        if asked.has(name) and not asked.has(subject):
            yield f"{name} without {subject}"
    if asked.operation in {"CreateCall", "CreateParticipant"} and not asked.says("Record"):
        for name in ("RecordingChannels", "RecordingTrack", "RecordingStatusCallback", "Trim"):
            if asked.has(name):
                yield f"{name} without Record=true"
    if asked.has("HoldUrl") and not asked.says("Hold"):
        yield "HoldUrl without Hold=true"


def names_are_short_and_tell_nothing(asked: Asked) -> Iterator[str]:
    names = {"Label": asked.one("Label"), "the room's name": asked.path.get("ConferenceSid")}
    for what, name in names.items():
        if name is None or asked.operation != "CreateParticipant":
            continue
        if not 0 < len(name) <= 128:
            yield f"{what} has {len(name)} characters, 1 to 128 are allowed"
        if _LONG_NUMBER.search(name):
            yield f"{what} {name!r} tells a telephone number"


def recordings_change_as_they_can(asked: Asked) -> Iterator[str]:
    if asked.operation not in {"UpdateCallRecording", "UpdateConferenceRecording"}:
        return
    status = asked.one("Status")
    able = {"in-progress", "paused"} | ({"stopped"} if asked.operation == "UpdateCallRecording" else set())
    if status not in able:
        yield f"Status={status!r} is none of {', '.join(sorted(able))}"
    if asked.has("PauseBehavior") and status != "paused":
        yield "PauseBehavior belongs to Status=paused"
    sid = asked.path["Sid"]
    if sid != "Twilio.CURRENT" and not _RECORDING.fullmatch(sid):
        yield f"{sid!r} is no recording"


def messages_can_be_sent(asked: Asked) -> Iterator[str]:
    if asked.operation != "CreateMessage":
        return
    if not E164.fullmatch(asked.one("To") or ""):
        yield f"To={asked.one('To')!r} is no E.164 number"
    if not any(asked.has(name) for name in ("Body", "MediaUrl", "ContentSid")):
        yield "a message needs Body, MediaUrl or ContentSid"
    if not any(asked.has(name) for name in ("From", "MessagingServiceSid")):
        yield "a message needs From or MessagingServiceSid"
    if len(asked.one("Body") or "") > 1600:
        yield "Body has more than 1600 characters"


RULES: tuple[Rule, ...] = (
    values_are_known,
    numbers_are_in_range,
    nothing_is_empty,
    one_document,
    twiml_can_be_read,
    endpoints_are_endpoints,
    addresses_can_be_called,
    machines_are_told,
    keys_are_keys,
    coaching_has_somebody,
    settings_have_their_subject,
    names_are_short_and_tell_nothing,
    recordings_change_as_they_can,
    messages_can_be_sent,
)


def problems_of(asked: Asked) -> list[str]:
    """Every rule the request breaks, in words."""
    return [sentence for rule in RULES for sentence in rule(asked)]
