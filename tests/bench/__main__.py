"""`make bench`: a step against its floor, live desks in memory, and the import. Prints what was measured and which goals were met.

python -m tests.bench [--rounds 9] [--steps 800] [--quick] [--write docs/measurements.md]
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import event_loop, flows, picture, traffic
from tests.bench.decisions import decision
from tests.bench.domain import step
from tests.bench.load import Connection, at_a_rate, flat_out, percentile, spread
from tests.bench.processes import Measured, machine, pin_self
from tests.bench.stage import Stage, floor_server, make_stage, real_server, trace_step
from tests.import_corpus.twin import write_twin

SEED = 20261125
CONNECTIONS = 16
DESKS = 500
RATE = 60.0
WARM = 100
BY_HAND = "\n## Counted elsewhere"
"""From this heading on the page of measurements is written by people and stays."""


@dataclass
class Report:
    """Lines to print, and which goals were met."""

    lines: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)

    def goal(self, what: str, measured: str, goal: str, met: bool) -> None:
        self.rows.append((what, measured, goal, "met" if met else "missed"))
        print(f"{what}: {measured}; goal {goal}: {'met' if met else 'MISSED'}", flush=True)

    def table(self) -> str:
        head = "| What | Measured | Goal | |\n|---|---|---|---|"
        return "\n".join([head, *(f"| {' | '.join(row)} |" for row in self.rows)])


@dataclass(frozen=True, slots=True)
class Round:
    """One closed-loop run."""

    per_second: float
    cpu_us: float


async def measured(server: Measured, stage: Stage, first: int, steps: int, mark: str) -> Round:
    """Warm up, then as many steps as the server can do with sixteen connections."""
    await flat_out(server.port, stage.shots(first, WARM, server.port, f"{mark}w"), CONNECTIONS)
    shots = stage.shots(first + WARM, steps, server.port, mark)
    before = server.cpu_seconds()
    took = await flat_out(server.port, shots, CONNECTIONS)
    return Round(steps / took, (server.cpu_seconds() - before) / steps * 1e6)


def on_a_floor(report: Report, stage: Stage, folder: Path) -> tuple[Stage, Path]:
    """Trace a step, and lay out a copy of the stage for the floor."""
    trace = folder / "trace.json"
    count = trace_step(stage, 0, trace)
    report.say(f"a step runs {count} statements, BEGIN and COMMIT included; the floor runs the same")
    floor_stage = Stage(folder / "floor", stage.calls, stage.sequence, stage.tokens)
    floor_stage.folder.mkdir()
    for name in ("stayline.db", "stayline.db-wal", "stayline.db-shm"):
        if (stage.folder / name).exists():
            shutil.copy(stage.folder / name, floor_stage.folder / name)
    return floor_stage, trace


async def steps_against_the_floor(report: Report, stage: Stage, folder: Path, rounds: int, steps: int) -> None:
    floor_stage, trace = await asyncio.to_thread(on_a_floor, report, stage, folder)
    real, floor = real_server(stage), floor_server(floor_stage, trace)
    ours: list[Round] = []
    theirs: list[Round] = []
    latencies: list[float] = []
    try:
        for number in range(rounds):
            first = 20 + number * (steps + WARM)
            for server, on, kept, mark in ((real, stage, ours, "real"), (floor, floor_stage, theirs, "floor"))[:: 1 if number % 2 else -1]:
                kept.append(await measured(server, on, first, steps, mark))
            report.say(
                f"round {number + 1}: real {ours[-1].per_second:.0f}/s, {ours[-1].cpu_us:.0f} us;"
                f" floor {theirs[-1].per_second:.0f}/s, {theirs[-1].cpu_us:.0f} us"
            )
        first = 20 + rounds * (steps + WARM)
        shots = stage.shots(first, int(RATE * 20), real.port, "open")
        latencies = await at_a_rate(real.port, shots, RATE, CONNECTIONS, SEED)
    finally:
        real.stop()
        floor.stop()
    _tell_ratios(report, ours, theirs)
    told = ", ".join(f"{name} {percentile(latencies, share):.1f} ms" for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)))
    report.goal(f"{RATE:.0f} steps a second, open loop, {len(latencies)} steps", told, "p99 ≤ 20 ms", percentile(latencies, 0.99) <= 20)


def _tell_ratios(report: Report, ours: list[Round], theirs: list[Round]) -> None:
    shares = [one.per_second / other.per_second for one, other in zip(ours, theirs, strict=True)]
    times = [one.cpu_us / other.cpu_us for one, other in zip(ours, theirs, strict=True)]
    rate: Callable[[float], str] = lambda value: f"{value:.0f}/s"  # noqa: E731
    cost: Callable[[float], str] = lambda value: f"{value:.0f} us"  # noqa: E731
    report.say(f"real: {spread([one.per_second for one in ours], rate)}, CPU a step {spread([one.cpu_us for one in ours], cost)}")
    report.say(f"floor: {spread([one.per_second for one in theirs], rate)}, CPU a step {spread([one.cpu_us for one in theirs], cost)}")
    share, ratio = statistics.median(shares), statistics.median(times)
    report.goal("throughput of a step, share of the floor", spread(shares, lambda value: f"{value:.0%}"), "≥ 60 %", share >= 0.6)
    report.goal("CPU of a step, times the floor's", spread(times, lambda value: f"{value:.2f}×"), "≤ 2.00×", ratio <= 2.0)


async def live_desks(report: Report, stage: Stage, first: int) -> None:
    server = real_server(stage)
    try:
        await flat_out(server.port, stage.shots(first, 3 * WARM, server.port, "warm"), CONNECTIONS)
        for desk in [await _desk(server.port, stage, stage.calls[first], token) for token in stage.tokens[:20]]:
            desk.close()
        await asyncio.sleep(2)
        quiet = server.resident_kb()
        await flat_out(server.port, stage.shots(first + 3 * WARM, DESKS, server.port, "alone"), CONNECTIONS)
        await asyncio.sleep(1)
        alone = server.resident_kb()
        calls = stage.calls[first + 3 * WARM + DESKS : first + 3 * WARM + 2 * DESKS]
        desks = [await _desk(server.port, stage, call, token) for call, token in zip(calls, stage.tokens, strict=True)]
        await flat_out(server.port, stage.shots(first + 3 * WARM + DESKS, DESKS, server.port, "desks"), CONNECTIONS)
        await asyncio.gather(*(desk._reader.readuntil(b"step.entered") for desk in desks))
        await asyncio.sleep(6)  # every stream has checked its session once
        full = server.resident_kb()
        for desk in desks:
            desk.close()
    finally:
        server.stop()
    report.goal(f"{DESKS} live calls with a connected desk each, resident in all", f"{full / 1024:.0f} MB", "< 250 MB", full < 250 * 1024)
    each = (full - alone) / DESKS
    report.goal("each such call and desk", f"{each:.0f} KB", "< 80 KB", each < 80)
    report.goal(f"growth by {DESKS} live calls without desks", f"{(alone - quiet) / 1024:.1f} MB", "< 2 MB", alone - quiet < 2 * 1024)


async def _desk(port: int, stage: Stage, call: str, token: str) -> Connection:
    """A desk that follows a call; every reply so far has been read."""
    desk = await Connection("127.0.0.1", port).open()
    desk._writer.write(
        f"GET /live/calls/{call}?after={stage.sequence} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: stayline={token}\r\n"
        "Sec-Fetch-Site: same-origin\r\nAccept: text/event-stream\r\n\r\n".encode()
    )
    head = await desk._reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return desk


def importing(report: Report, folder: Path, rounds: int) -> None:
    from integrations.settings import Settings
    from integrations.wiring import import_file, open_database

    file = write_twin(folder / "twin.csv")
    took: list[float] = []
    for number in range(rounds):
        settings = Settings(data_directory=folder / f"import-{number}", _env_file=None)  # pyright: ignore[reportCallIssue]
        database = open_database(settings)
        began = time.perf_counter()
        told = import_file(
            database, file, Path("scripts_library/mappings/telco_customer_churn.yaml"), actor="bench", rejects=folder / "rejects.csv"
        )
        took.append(time.perf_counter() - began)
        database.close()
        assert told.read == told.new == 7_043, told
    seconds = spread(took, lambda value: f"{value:.2f} s")
    report.goal("import of 7,043 rows (generated twin)", seconds, "< 5 s", statistics.median(took) < 5)


def the_engine_alone(report: Report) -> None:
    """What needs no server: a step, a decision, and checking a flow."""
    report.say(f"a step in the engine alone: {step():.0f} us")
    whole, by_hand = decision()
    report.say(f"a decision over 50 offers and 200 conditions: {whole:.0f} us, {whole / by_hand:.1f} times the bare comparisons")
    for timing in (*flows.run(), *picture.run()):
        told, most = f"{timing.seconds * 1000:.0f} ms", f"< {timing.target * 1000:,.0f} ms"
        report.goal(timing.name, told, most, timing.seconds < timing.target)


def beside_live_calls(report: Report) -> None:
    """How long the event loop is held while a trainer works on a flow of 1,000 steps and it is published."""
    for one in event_loop.run():
        told = f"{one.longest * 1000:.1f} ms, of which {one.busy * 1000:.1f} ms its own work"
        report.goal(f"the event loop held while {one.name}, at most", told, "≤ 20 ms", one.longest <= event_loop.TARGET)


def many_calls(report: Report, calls: int) -> None:
    """The traffic of many calls counted in the workshop."""
    took, away = traffic.measured(calls)
    report.goal(f"count the traffic of {calls:,} calls", f"{took:.1f} s", "< 10 s", took < 10)
    report.goal("the event loop away meanwhile, at most", f"{away * 1000:.0f} ms", "< 20 ms", away < 0.020)


def main() -> None:
    asking = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asking.add_argument("--rounds", type=int, default=9)
    asking.add_argument("--steps", type=int, default=800)
    asking.add_argument("--quick", action="store_true", help="three short rounds, to see that it works")
    asking.add_argument("--write", type=Path, help="also write the result to this file")
    told = asking.parse_args()
    rounds, steps = (3, 400) if told.quick else (told.rounds, told.steps)
    report, began = Report(), time.perf_counter()
    report.say(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {SEED}, {machine()}")
    report.say(
        f"server on core 0, load on core 1, {CONNECTIONS} connections, {rounds} alternating rounds of {steps} steps, synchronous=FULL"
    )
    with tempfile.TemporaryDirectory(prefix="stayline-bench-") as name:
        folder = Path(name)
        used = 20 + rounds * (steps + WARM) + int(RATE * 20)
        stage = make_stage(folder / "data", used + 3 * WARM + 2 * DESKS, DESKS)
        importing(report, folder, rounds)
        the_engine_alone(report)
        beside_live_calls(report)
        many_calls(report, 5_000 if told.quick else 100_000)
        pin_self()
        asyncio.run(steps_against_the_floor(report, stage, folder, rounds, steps))
        asyncio.run(live_desks(report, stage, used))
    report.say(f"took {time.perf_counter() - began:.0f} s")
    print("\n" + report.table())
    if told.write:
        before = told.write.read_text(encoding="utf-8") if told.write.exists() else ""
        told.write.write_text(_page(report) + before[before.find(BY_HAND) :] if BY_HAND in before else _page(report), encoding="utf-8")


def _page(report: Report) -> str:
    intro = (
        "# Measurements\n\nWritten by `make bench` (`python -m tests.bench --write docs/measurements.md`); `tests/bench/` says how."
        " The floor (`tests/bench/floor.py`) is an async FastAPI route with raw sqlite3 that runs the very statements of the real step,"
        " and nothing else.\n"
    )
    return f"{intro}\n{report.table()}\n\n" + "\n".join(f"    {line}" for line in report.lines) + "\n"


if __name__ == "__main__":
    main()
