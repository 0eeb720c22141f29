"""Why a channel ended, in our words: one table from SIP codes and Q.850 causes.

The SIP code (`tech_cause`) is looked at first: Asterisk's `dialstatus` calls 404, 408 and 603 all NOANSWER. A line that is dead and a
callee who does not pick up end with the same codes; only whether the far end ever rang, or replied by itself, tells them apart.
"""

from dataclasses import dataclass

from engine.calls.lifecycle import EndReason

_BY_SIP = {
    401: EndReason.carrier_failure,
    402: EndReason.carrier_failure,
    403: EndReason.carrier_failure,
    404: EndReason.invalid_number,
    407: EndReason.carrier_failure,
    408: EndReason.no_answer,
    410: EndReason.invalid_number,
    480: EndReason.no_answer,
    484: EndReason.invalid_number,
    486: EndReason.busy,
    487: EndReason.no_answer,
    503: EndReason.congestion,
    600: EndReason.busy,
    603: EndReason.rejected,
    604: EndReason.invalid_number,
    607: EndReason.rejected,
    608: EndReason.rejected,
}
_BY_CAUSE = {
    1: EndReason.invalid_number,
    16: EndReason.no_answer,
    17: EndReason.busy,
    18: EndReason.no_answer,
    19: EndReason.no_answer,
    20: EndReason.no_answer,
    21: EndReason.rejected,
    22: EndReason.invalid_number,
    28: EndReason.invalid_number,
    34: EndReason.congestion,
    41: EndReason.congestion,
    42: EndReason.congestion,
    44: EndReason.congestion,
}
_LINE_DIED = frozenset({27, 38, 41, 42})
"""Causes that end a conversation although nobody hung up: destination, network or switch out of order."""
_NO_MEDIA = 44
SOONEST_TIMEOUT = 6.0
"""Seconds. Asterisk itself gives an unanswered INVITE up no sooner (64 × its smallest T1): a 408 before that was sent by the far end."""


@dataclass(frozen=True, slots=True)
class ChannelEnd:
    """What is known of a channel's life when it is over.

    `replied`: the far end gave the code itself (a ChannelHangupRequest carried it); else Asterisk made it up when its time ran out.
    """

    cause: int
    sip: int | None = None
    answered: bool = False
    rang: bool = False
    replied: bool = False
    hung_up_by_us: bool = False
    waited: float = 0.0

    @property
    def detail(self) -> dict[str, int]:
        return {"cause": self.cause} | ({"sip": self.sip} if self.sip is not None else {})


@dataclass(frozen=True, slots=True)
class Ending:
    """The reason, and who ended it: agent, customer or carrier."""

    reason: EndReason
    by: str


def ending_of(end: ChannelEnd) -> Ending:
    """The one place where Asterisk's endings become ours."""
    if end.hung_up_by_us:
        return Ending(EndReason.completed if end.answered else EndReason.cancelled, "agent")
    return _of_conversation(end) if end.answered else _of_attempt(end)


def _of_conversation(end: ChannelEnd) -> Ending:
    if end.cause == _NO_MEDIA:
        return Ending(EndReason.media_lost, "carrier")
    if end.cause in _LINE_DIED:
        return Ending(EndReason.carrier_failure, "carrier")
    return Ending(EndReason.completed, "customer")  # a BYE without a reason comes as cause 0


def _of_attempt(end: ChannelEnd) -> Ending:
    known = _BY_SIP.get(end.sip) if end.sip is not None else _BY_CAUSE.get(end.cause)
    reason = known or (_BY_CAUSE.get(end.cause, EndReason.carrier_failure) if end.sip is None else EndReason.carrier_failure)
    if reason is EndReason.no_answer and not end.rang and not _far_end_spoke(end):
        return Ending(EndReason.trunk_down, "carrier")
    return Ending(reason, "customer" if reason in (EndReason.busy, EndReason.rejected) else "carrier")


def _far_end_spoke(end: ChannelEnd) -> bool:
    return end.replied and (end.sip != 408 or end.waited < SOONEST_TIMEOUT)
