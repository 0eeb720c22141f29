"""Reads what a client asks of the simulated carrier, and refuses whatever is not a test number on a simulated trunk."""

import re
from collections.abc import Mapping
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.errors import BadInput, NotAllowed
from integrations.simulated.phone_call import Order, SpokenCue
from integrations.simulated.phone_leg import JoinOrder

_TEST_NUMBER = re.compile(r"\+999[0-9]{11}")
_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_TEXT = 1000
"""Characters of one line in a cue."""
_LONGEST_NAME = 200
_LONGEST_OFFSET_MS = 8 * 3600 * 1000


def is_test_number(number: str) -> bool:
    """+999 and 11 digits, and nothing else."""
    return _TEST_NUMBER.fullmatch(number) is not None


def read_order(body: Mapping[str, Any]) -> Order:
    """An order to ring. Raises NotAllowed for a number or trunk this carrier never dials, BadInput for what it cannot read."""
    number, kind = body.get("number"), body.get("trunk_kind")
    if not isinstance(number, str) or not is_test_number(number):
        raise NotAllowed("number.not_a_test_number")
    if kind != "simulated":
        raise NotAllowed("trunk.not_simulated")
    attempt_id = body.get("attempt_id")
    if not isinstance(attempt_id, str) or not _ATTEMPT.fullmatch(attempt_id):
        raise BadInput("attempt.bad_id")
    return Order(
        attempt_id=attempt_id,
        number=number,
        trunk=_text(body, "trunk", _LONGEST_NAME),
        caller_number=_text(body, "caller_number", _LONGEST_NAME),
        max_ring_seconds=_whole(body, "max_ring_seconds", 1, 600),
        record=body.get("record") is True,
        room_id=_id(body, "room_id", default=attempt_id),
        detect_machine=body.get("detect_machine") is True,
        headset=body.get("headset") is not False,
    )


def read_join(body: Mapping[str, Any]) -> JoinOrder:
    """An order to let a phone into a room. Raises BadInput."""
    try:
        role, ear = LegRole(body.get("role")), None if body.get("ear") is None else Ear(body["ear"])
    except ValueError:
        raise BadInput("request.bad_value", field="role") from None
    if role is LegRole.customer or (role is LegRole.supervisor and ear is None):
        raise BadInput("request.bad_value", field="role")
    return JoinOrder(
        leg_id=_id(body, "leg_id"),
        room_id=_id(body, "room_id"),
        role=role,
        phone=_id(body, "phone"),
        ring=body.get("ring") is True,
        max_ring_seconds=_whole(body, "max_ring_seconds", 1, 600),
        ear=ear,
        beside=None if body.get("beside") is None else _id(body, "beside"),
    )


def read_ear(body: Mapping[str, Any]) -> tuple[Ear, str | None]:
    """How a supervisor takes part, and beside whom. Raises BadInput."""
    try:
        return Ear(body.get("ear")), None if body.get("beside") is None else _id(body, "beside")
    except ValueError:
        raise BadInput("request.bad_value", field="ear") from None


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A value that must be true or false. Raises BadInput."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise BadInput("request.bad_value", field=name)
    return value


def whole(body: Mapping[str, Any], name: str) -> int:
    """A whole number that is not negative. Raises BadInput."""
    return _whole(body, name, 0, 10**15)


def word(body: Mapping[str, Any], name: str) -> str:
    """A short text. Raises BadInput."""
    return _text(body, name, _LONGEST_NAME)


def an_id(body: Mapping[str, Any], name: str) -> str:
    """An id. Raises BadInput."""
    return _id(body, name)


def read_cue(body: Mapping[str, Any]) -> SpokenCue:
    """What is being said. Raises BadInput."""
    return SpokenCue(
        offset_ms=_whole(body, "offset_ms", 0, _LONGEST_OFFSET_MS),
        step=_text(body, "step", _LONGEST_NAME),
        agent_says=_text(body, "agent_says", LONGEST_TEXT),
        customer_said=_text(body, "customer_said", LONGEST_TEXT),
        language=_text(body, "language", 35),
    )


def _id(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not _ATTEMPT.fullmatch(value):
        raise BadInput("request.bad_value", field=name)
    return value


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise BadInput("request.bad_value", field=name)
    return value.encode(errors="replace").decode()


def _whole(body: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadInput("request.bad_value", field=name)
    return value
