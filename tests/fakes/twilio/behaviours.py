"""What a number does when it is rung, how Twilio's replies and callbacks may go wrong, and the numbers Twilio itself set aside."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of ringing a number."""

    answers = "answers"
    busy = "busy"
    no_answer = "no_answer"
    rejected = "rejected"
    invalid = "invalid"
    """Taken by the API, then the network says 404."""
    unreachable = "unreachable"
    congestion = "congestion"
    machine = "machine"
    queued_for_ever = "queued_for_ever"


class Reply(StrEnum):
    """How the API answers the request that rings a number."""

    normal = "normal"
    cut_but_rings = "cut_but_rings"
    cut = "cut"
    silent_but_rings = "silent_but_rings"
    silent = "silent"
    overloaded = "overloaded"
    throttled = "throttled"
    without_sid = "without_sid"


class Delivery(StrEnum):
    """How callbacks come."""

    normal = "normal"
    duplicated = "duplicated"
    reordered = "reordered"
    """Every two change places; a last one comes after `Teller.hold_back` seconds."""
    late = "late"
    lost = "lost"
    before_reply = "before_reply"
    """`initiated` is delivered before the request that rings has its reply."""


class RecordingFate(StrEnum):
    """What becomes of a recording of the number."""

    kept = "kept"
    absent = "absent"
    """Too short or silent: Twilio keeps nothing (16101)."""
    lost = "lost"
    """It stops in the middle of the call, `recording_lost_after` seconds after it began."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A number's; seconds are the fake's."""

    outcome: Outcome = Outcome.answers
    queued_for: float = 0.0
    rings_after: float = 0.2
    decides_after: float = 0.5
    hangs_up_after: float | None = None
    finds_machine_after: float = 3.0
    refused_with: int | None = None
    """The API's own error code, e.g. 21211; HTTP 400."""
    reply: Reply = Reply.normal
    reply_after: float = 0.0
    delivery: Delivery | None = None
    """None: the fake's own."""
    recording: RecordingFate = RecordingFate.kept
    recording_lost_after: float = 3.0
    speaks_hz: float = 1000.0


SIP_CODES: dict[Outcome, tuple[str, int]] = {
    Outcome.busy: ("busy", 486),
    Outcome.no_answer: ("no-answer", 487),
    Outcome.rejected: ("busy", 603),  # which CallStatus comes with 603 is to be seen on a live account
    Outcome.invalid: ("failed", 404),
    Outcome.unreachable: ("no-answer", 480),
    Outcome.congestion: ("failed", 503),
}
"""How an unanswered call ends: CallStatus and SipResponseCode."""

VOICE_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
VOICE_FROM = {"+15005550001": 21212, "+15005550007": 21210}
MESSAGE_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MESSAGE_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}

MESSAGES: dict[int, str] = {
    13240: "The call to coach is not in this conference",
    16025: "The participant label is already taken in this conference",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    20503: "Service Unavailable",
    21201: "No 'To' number is specified",
    21205: "Url parameter is invalid",
    21210: "The source phone number provided is not yet verified for your account",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Number (caller ID)",
    21213: "'From' phone number is required",
    21214: "'To' phone number cannot be reached",
    21215: "Account not authorized to call this number: geo permission",
    21216: "Calls to this number are blocked",
    21217: "Phone number does not appear to be valid",
    21219: "'To' phone number not verified",
    21220: "Invalid call state",
    21401: "Invalid phone number",
    21408: "Permission to send an SMS has not been enabled for the region",
    21602: "Message body is required",
    21603: "A 'From' phone number is required",
    21606: "The 'From' phone number is not a valid, message-capable number",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable via SMS",
    21614: "'To' number is not a valid mobile number",
}
"""The text with an error code."""
