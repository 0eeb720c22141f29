"""One step of a call in the engine: what the step budget of the desk counts on. Best of several rounds, with room for a busy machine."""

import json
from collections.abc import Callable
from time import perf_counter

import pytest

from engine.flow.actions import Answer
from engine.flow.advance import advance, start
from engine.flow.run import to_json
from engine.flow.view import view
from tests.bench.flows import checked
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

pytestmark = pytest.mark.unit

TARGET = 150e-6
ROOM = 3
CHECKING = {150: 0.150, 1_000: 2.0}
"""Steps of a flow → seconds in which it is checked and proved."""


def test_a_step_is_decided_applied_and_viewed_in_microseconds() -> None:
    policy = SamplePolicy()
    run = start(flow(), FACTS, "zh", policy).run

    def once() -> None:
        turn = advance(flow(), run, Answer("self"), policy)
        view(flow(), turn.run)
        json.dumps(to_json(turn.run))

    best = min(_took(once) for _ in range(30)) / 50
    assert best < TARGET * ROOM, f"{best * 1e6:.0f} µs"


def _took(once: Callable[[], None]) -> float:
    began = perf_counter()
    for _ in range(50):
        once()
    return perf_counter() - began


@pytest.mark.parametrize("size", CHECKING)
def test_a_flow_is_checked_and_proved_in_time(size: int) -> None:
    assert checked(size) < CHECKING[size] * ROOM
