"""The load: a small HTTP client of our own, so that the machine's other core measures the server and not a library."""

import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """A request, ready to be sent: the call, and the bytes."""

    call: str
    data: bytes


class Connection:
    """One kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def open(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send a request and read its reply: (status, body)."""
        self._writer.write(data)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        return int(head[9:12]), await self._reader.readexactly(length) if length else b""

    def close(self) -> None:
        self._writer.close()


def press(port: int, token: str, call: str, action: str, seen: int, value: str) -> Shot:
    """An agent's answer on a live call, with what a browser sends."""
    body = json.dumps({"id": action, "seen": seen, "kind": "answer", "value": value}).encode()
    head = (
        f"POST /desk/calls/{call}/act HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: stayline={token}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
        f"Accept: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Shot(call, head.encode() + body)


async def flat_out(port: int, shots: Sequence[Shot], connections: int) -> float:
    """Send all shots as fast as they are answered; seconds it took. Raises RuntimeError when one is refused."""
    waiting: Iterator[Shot] = iter(shots)
    opened = [await Connection("127.0.0.1", port).open() for _ in range(connections)]

    async def work(connection: Connection) -> None:
        for shot in waiting:
            status, body = await connection.ask(shot.data)
            if status != 200:
                raise RuntimeError(f"{status}: {body[:300]!r}")

    began = time.perf_counter()
    await asyncio.gather(*(work(one) for one in opened))
    took = time.perf_counter() - began
    for one in opened:
        one.close()
    return took


async def at_a_rate(port: int, shots: Sequence[Shot], per_second: float, connections: int, seed: int) -> list[float]:
    """Send shots at Poisson times whether or not earlier ones were answered; each latency in ms, from when it was due."""
    dice, due, schedule = random.Random(seed), 0.0, []
    for shot in shots:
        due += dice.expovariate(per_second)
        schedule.append((due, shot))
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await Connection("127.0.0.1", port).open())
    latencies: list[float] = []
    began = time.perf_counter()

    async def one(at: float, shot: Shot) -> None:
        connection = await free.get()
        status, body = await connection.ask(shot.data)
        free.put_nowait(connection)
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        latencies.append((time.perf_counter() - began - at) * 1000)

    tasks = []
    for at, shot in schedule:
        await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
        tasks.append(asyncio.create_task(one(at, shot)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return latencies


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def spread(values: Sequence[float], shown: Callable[[float], str]) -> str:
    """Median and range, in words."""
    return f"{shown(statistics.median(values))} ({shown(min(values))} to {shown(max(values))})"
