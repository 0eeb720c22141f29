"""One step of a call in the engine alone: decided, applied, viewed, written as JSON.

python -m tests.bench.domain
"""

import json

from engine.flow.actions import Answer
from engine.flow.advance import advance, start
from engine.flow.run import to_json
from engine.flow.view import view
from tests.bench.decisions import least_cpu_us
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

STEPS = 50


def step() -> float:
    """Microseconds of CPU for one step."""
    policy = SamplePolicy()
    run = start(flow(), FACTS, "zh", policy).run

    def once() -> None:
        for _ in range(STEPS):
            turn = advance(flow(), run, Answer("self"), policy)
            view(flow(), turn.run)
            json.dumps(to_json(turn.run))

    return least_cpu_us(once, rounds=30) / STEPS


if __name__ == "__main__":
    print(f"a step in the engine alone: {step():.0f} µs")
