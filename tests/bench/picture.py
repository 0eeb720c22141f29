"""How long drawing a flow takes, on generated flows: `python -m tests.bench.picture`. Target: 150 steps in under 300 ms."""

from time import process_time

from engine.flow.picture import draw
from engine.flow.picture_draft import draft_sketch
from tests.bench.flows import LIBRARY, Timing, generated


def drawn(size: int) -> float:
    """The least CPU seconds of three drawings of a generated flow, from its text to the SVG."""
    text, times = generated(size), list[float]()
    for _ in range(3):
        began = process_time()
        draw(draft_sketch(text, "flows/bench/generated.yaml", {}, LIBRARY, "zh", {}))
        times.append(process_time() - began)
    return min(times)


def run() -> list[Timing]:
    """Every figure."""
    return [Timing("draw a flow of 150 steps", drawn(150), 0.300), Timing("draw a flow of 1,000 steps", drawn(1_000), 2.0)]


if __name__ == "__main__":
    print(*run(), sep="\n")
