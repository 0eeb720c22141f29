"""Reads what a client asks of the simulated carrier, and refuses whatever is not a test number on a simulated trunk."""

import re
from collections.abc import Mapping
from typing import Any

from engine.errors import BadInput, NotAllowed
from integrations.simulated.phone_call import Order, SpokenCue

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
    )


def read_cue(body: Mapping[str, Any]) -> SpokenCue:
    """What is being said. Raises BadInput."""
    return SpokenCue(
        offset_ms=_whole(body, "offset_ms", 0, _LONGEST_OFFSET_MS),
        step=_text(body, "step", _LONGEST_NAME),
        agent_says=_text(body, "agent_says", LONGEST_TEXT),
        customer_said=_text(body, "customer_said", LONGEST_TEXT),
        language=_text(body, "language", 35),
    )


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
