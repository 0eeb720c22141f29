"""Twilio's words for how a call went → ours. One table each."""

from dataclasses import dataclass

from engine.calls.lifecycle import EndReason
from engine.ports.carrier import CarrierEventKind

KINDS: dict[str, CarrierEventKind] = {
    "queued": CarrierEventKind.placed,
    "initiated": CarrierEventKind.placed,
    "ringing": CarrierEventKind.ringing,
    "in-progress": CarrierEventKind.answered,
    "completed": CarrierEventKind.ended,
    "busy": CarrierEventKind.ended,
    "failed": CarrierEventKind.ended,
    "no-answer": CarrierEventKind.ended,
    "canceled": CarrierEventKind.ended,
}
"""CallStatus → what it tells. Callbacks say `initiated`, which the description of the API does not know."""

BY_SIP: dict[int, EndReason] = {
    404: EndReason.invalid_number,
    484: EndReason.invalid_number,
    604: EndReason.invalid_number,
    410: EndReason.invalid_number,
    486: EndReason.busy,
    600: EndReason.busy,
    408: EndReason.no_answer,
    480: EndReason.no_answer,
    487: EndReason.no_answer,
    403: EndReason.rejected,
    603: EndReason.rejected,
    607: EndReason.rejected,
    608: EndReason.rejected,
    503: EndReason.congestion,
}
"""SipResponseCode of a call nobody took."""

BY_ERROR: dict[int, EndReason] = {
    13223: EndReason.invalid_number,
    13224: EndReason.invalid_number,
    21211: EndReason.invalid_number,
    21217: EndReason.invalid_number,
    13225: EndReason.rejected,
    21216: EndReason.rejected,
    13227: EndReason.carrier_failure,
    32009: EndReason.no_answer,
}
"""ErrorCode of a failed call; 32009 is a client that is not registered."""

BY_STATUS: dict[str, EndReason] = {
    "busy": EndReason.busy,
    "no-answer": EndReason.no_answer,
    "canceled": EndReason.cancelled,
    "failed": EndReason.carrier_failure,
}

ANSWERED_BY: dict[str, str] = {
    "human": "human",
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
    "fax": "machine",
    "unknown": "unknown",
}
"""Unknown is treated as a human by whoever acts on it."""


@dataclass(frozen=True, slots=True)
class OurPart:
    """What we did to the call ourselves: Twilio does not say who hung up."""

    answered: bool = False
    hung_up: bool = False
    gave_up: bool = False
    """We called off a call that Twilio still had in its queue."""
    left_message: bool = False


def ending(status: str, sip: int | None, error: int | None, ours: OurPart, seconds: int | None = None) -> tuple[EndReason, str]:
    """Why a call ended and by whom (agent, customer, carrier).

    >>> ending("busy", 603, None, OurPart())
    (<EndReason.rejected: 'rejected'>, 'carrier')
    >>> ending("completed", 200, None, OurPart(answered=True, hung_up=True), 41)
    (<EndReason.completed: 'completed'>, 'agent')
    """
    if status == "completed":
        if ours.hung_up and not ours.answered and not seconds:
            return EndReason.cancelled, "agent"
        return EndReason.completed, "agent" if ours.hung_up or ours.left_message else "customer"
    if ours.gave_up:
        return EndReason.congestion, "carrier"
    if ours.hung_up and (status in ("canceled", "no-answer") or sip == 487):
        return EndReason.cancelled, "agent"
    if status == "canceled":
        return EndReason.cancelled, "carrier"
    reason = BY_ERROR.get(error or 0) or BY_SIP.get(sip or 0) or BY_STATUS.get(status, EndReason.carrier_failure)
    return reason, "carrier"
