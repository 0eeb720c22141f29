"""Runs the simulated carrier: one process per directory, on loopback, until SIGTERM."""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from integrations.journal import Journal
from integrations.simulated.app import CarrierApp, build_app
from integrations.simulated.background import Background
from integrations.simulated.exchange import Exchange
from integrations.simulated.process import INTERFACE
from integrations.simulated.sped_clock import SpedClock
from integrations.simulated.studio import Studio
from integrations.simulated.teller import Teller
from integrations.simulated.voices import Espeak, Hum, best_speaker

LOCK_FILE, STATE_FILE, JOURNAL_FILE = "lock", "simulated.json", "journal.jsonl"


class AlreadyRunning(Exception):
    """Another simulated carrier works in this directory."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run. `speed` is how many times faster than the wall time passes; `speech` False hums instead of speaking."""

    directory: Path
    port: int
    callback_url: str
    secret: str
    speed: float = 1.0
    speech: bool = True


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises AlreadyRunning, or OSError when the port is taken."""
    settings.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one(settings.directory), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listening, settings)
        asyncio.run(_run(settings, listening))


async def _run(settings: Settings, listening: socket.socket) -> None:
    clock, background = SpedClock(settings.speed), Background()
    journal = Journal(settings.directory / JOURNAL_FILE)
    speaker: Espeak | Hum = best_speaker() if settings.speech else Hum()
    studio = Studio(settings.directory, speaker)
    teller = Teller(journal, settings.callback_url, settings.secret, clock, background)
    exchange = Exchange(journal, teller, studio, clock, background)
    exchange.come_back()
    server = _Server(build_app(CarrierApp(exchange, studio, teller, journal, clock, _cut_off), settings.secret))
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, server.stop)
    listening.listen(256)
    _write_state(settings, listening.getsockname()[1], clock.wall_ms())
    try:
        await server.serve(sockets=[listening])
    finally:
        await background.stop()
        await teller.close()
        studio.close()
        journal.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: it would end the process by the signal instead of with 0."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(app, http=_CuttableProtocol, lifespan="off", log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        )

    def stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class _CuttableProtocol(H11Protocol):
    """Remembers each client's connection, so that a scenario can cut it."""

    open_connections: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 (shared on purpose: the endpoints look it up)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            self.open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            self.open_connections.pop(self.client, None)
        super().connection_lost(exc)


def _cut_off(request: Request) -> None:
    """Reset the connection: the other side sees ECONNRESET, not a polite end."""
    if request.client is None:
        return
    transport = _CuttableProtocol.open_connections[(request.client.host, request.client.port)]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@contextlib.contextmanager
def _only_one(directory: Path) -> Generator[None]:
    lock = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(str(directory)) from None
        yield
    finally:
        os.close(lock)


def _bind(listening: socket.socket, settings: Settings) -> None:
    """The port asked for; when any will do, the one of last time if it is free: a Stayline that still runs finds us again."""
    if settings.port == 0 and (last := _last_port(settings.directory)):
        try:
            listening.bind(("127.0.0.1", last))
        except OSError:
            pass
        else:
            return
    listening.bind(("127.0.0.1", settings.port))


def _last_port(directory: Path) -> int:
    try:
        return int(json.loads((directory / STATE_FILE).read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError):
        return 0


def _write_state(settings: Settings, port: int, started: int) -> None:
    """Tell where the carrier is to be found, whole or not at all."""
    state = {
        "pid": os.getpid(),
        "port": port,
        "started": started,
        "callback_url": settings.callback_url,
        "speed": settings.speed,
        "interface": INTERFACE,
    }
    temporary = settings.directory / f"{STATE_FILE}.part"
    temporary.write_text(json.dumps(state), encoding="utf-8")
    temporary.replace(settings.directory / STATE_FILE)
