"""TwiML as the fake reads it: verbs in order, and every warning Twilio's debugger would show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from tests.fakes.twilio.strict_rules import CONFERENCE_EVENTS, VALUES


@dataclass(frozen=True, slots=True)
class Verb:
    """One instruction: its name, attributes, text, and the noun inside a <Dial>."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    noun: "Verb | None" = None


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read, and what was wrong with it."""

    verbs: list[Verb] = field(default_factory=list[Verb])
    warnings: list[str] = field(default_factory=list[str])
    broken: str | None = None


_TRUTH = frozenset({"true", "false"})
_METHODS = frozenset({"GET", "POST"})
_ANY: frozenset[str] = frozenset()
_ATTRIBUTES: dict[str, dict[str, frozenset[str]]] = {
    "Response": {},
    "Dial": {
        "action": _ANY,
        "method": _METHODS,
        "timeout": _ANY,
        "timeLimit": _ANY,
        "callerId": _ANY,
        "hangupOnStar": _TRUTH,
        "answerOnBridge": _TRUTH,
        "ringTone": _ANY,
        "record": _ANY,
    },
    "Conference": {
        "muted": _TRUTH,
        "beep": VALUES["Beep"],
        "startConferenceOnEnter": _TRUTH,
        "endConferenceOnExit": _TRUTH,
        "participantLabel": _ANY,
        "jitterBufferSize": VALUES["JitterBufferSize"],
        "waitUrl": _ANY,
        "waitMethod": _METHODS,
        "maxParticipants": _ANY,
        "record": frozenset({"do-not-record", "record-from-start"}),
        "region": VALUES["Region"],
        "trim": VALUES["Trim"],
        "coach": _ANY,
        "statusCallback": _ANY,
        "statusCallbackMethod": _METHODS,
        "statusCallbackEvent": _ANY,
        "recordingStatusCallback": _ANY,
        "recordingStatusCallbackMethod": _METHODS,
        "recordingStatusCallbackEvent": _ANY,
        "eventCallbackUrl": _ANY,
    },
    "Play": {"loop": _ANY, "digits": _ANY},
    "Say": {"voice": _ANY, "language": _ANY, "loop": _ANY},
    "Pause": {"length": _ANY},
    "Hangup": {},
    "Reject": {"reason": frozenset({"rejected", "busy"})},
    "Redirect": {"method": _METHODS},
}
_NOUNS = frozenset({"Conference"})


def read(text: str) -> Document:
    """Read a document; `broken` says why it cannot be read at all (12100), `warnings` what is unknown in it (12200)."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return Document(broken=f"it is no XML: {error}")
    if root.tag != "Response":
        return Document(broken=f"it begins with <{root.tag}>")
    warnings = list(_attribute_warnings(root))
    verbs: list[Verb] = []
    for element in root:
        warnings += _attribute_warnings(element)
        noun: Verb | None = None
        if element.tag == "Dial":
            warnings += [f"<{child.tag}> in <Dial> is not known here" for child in element if child.tag not in _NOUNS]
            nouns = [child for child in element if child.tag in _NOUNS]
            warnings += [warning for child in nouns for warning in _attribute_warnings(child)]
            if len(nouns) == 1:
                noun = Verb(nouns[0].tag, dict(nouns[0].attrib), (nouns[0].text or "").strip())
            else:
                warnings.append(f"<Dial> has {len(nouns)} conferences")
        verbs.append(Verb(element.tag, dict(element.attrib), (element.text or "").strip(), noun))
    return Document(verbs, warnings)


def _attribute_warnings(element: ElementTree.Element) -> Iterator[str]:
    known = _ATTRIBUTES.get(element.tag)
    if known is None:
        yield f"<{element.tag}> is no verb known here"
        return
    for name, value in element.attrib.items():
        if name not in known:
            yield f"<{element.tag}> has no attribute {name}"
        elif known[name] and value not in known[name]:
            yield f"{name}={value!r} in <{element.tag}> is none of {', '.join(sorted(known[name]))}"
    if element.tag == "Conference":
        for event in element.get("statusCallbackEvent", "").split():
            if event not in CONFERENCE_EVENTS:
                yield f"statusCallbackEvent {event!r} is unknown"
        if not (element.text or "").strip():
            yield "<Conference> names no room"
