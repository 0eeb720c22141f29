"""One step of a call in the engine: what the step budget of the desk counts on. Best of several rounds, with room for a busy machine."""

import json
from collections.abc import Callable
from time import perf_counter

import pytest

from engine.flow.actions import Answer
from engine.flow.advance import advance, start
from engine.flow.run import to_json
from engine.flow.view import view
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

pytestmark = pytest.mark.unit

TARGET = 150e-6
ROOM = 3


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
