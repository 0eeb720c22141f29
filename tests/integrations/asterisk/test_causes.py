"""Asterisk's endings in our words, as they were measured on a real one."""

import pytest

from engine.calls.lifecycle import EndReason
from integrations.asterisk.causes import ChannelEnd, Ending, ending_of

pytestmark = pytest.mark.telephony


def end(cause: int, sip: int | None = None, **more: object) -> ChannelEnd:
    return ChannelEnd(cause, sip, **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (end(17, 486, replied=True), EndReason.busy),
        (end(17, 600, rang=True, replied=True), EndReason.busy),
        (end(19, 480, replied=True, waited=0.01), EndReason.no_answer),
        (end(1, 404, replied=True), EndReason.invalid_number),
        (end(28, 484, replied=True), EndReason.invalid_number),
        (end(21, 603, rang=True, replied=True), EndReason.rejected),
        (end(34, 503, replied=True), EndReason.congestion),
        (end(21, 403, replied=True), EndReason.carrier_failure),
        (end(38, 500, replied=True), EndReason.carrier_failure),
        (end(127, 488, replied=True), EndReason.carrier_failure),
        (end(34), EndReason.congestion),
        (end(0), EndReason.carrier_failure),
    ],
)
def test_a_call_that_was_not_taken_has_its_reason(ended: ChannelEnd, reason: EndReason) -> None:
    assert ending_of(ended).reason is reason


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (end(19, 480, rang=True, waited=45), EndReason.no_answer),
        (end(19, 480, waited=45), EndReason.trunk_down),
        (end(18, 408, replied=True, waited=12.8), EndReason.trunk_down),
        (end(18, 408, replied=True, waited=32.0), EndReason.trunk_down),
        (end(18, 408, rang=True, replied=True, waited=32.0), EndReason.no_answer),
        (end(18, 408, replied=True, waited=0.2), EndReason.no_answer),
    ],
)
def test_a_line_that_is_dead_is_told_apart_from_nobody_answering(ended: ChannelEnd, reason: EndReason) -> None:
    assert ending_of(ended).reason is reason


def test_what_we_ended_ourselves_is_the_agents_doing() -> None:
    assert ending_of(end(16, hung_up_by_us=True, rang=True)) == Ending(EndReason.cancelled, "agent")
    assert ending_of(end(16, hung_up_by_us=True, answered=True)) == Ending(EndReason.completed, "agent")


@pytest.mark.parametrize("cause", [0, 16, 31])
def test_a_conversation_the_far_end_ended_is_completed(cause: int) -> None:
    assert ending_of(end(cause, answered=True)) == Ending(EndReason.completed, "customer")


def test_a_conversation_without_sound_is_media_lost_and_one_on_a_broken_network_a_failure() -> None:
    assert ending_of(end(44, answered=True)) == Ending(EndReason.media_lost, "carrier")
    assert ending_of(end(38, answered=True)) == Ending(EndReason.carrier_failure, "carrier")
