"""How routes call services: on the event loop where that is quick, in a thread where it waits for a network, in a small pool where it
burns CPU.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from engine.clock import Clock
from engine.ids import Ids
from engine.services.live import LiveBus
from engine.services.signing_in import Doorkeeper
from engine.storage.database import Database

if TYPE_CHECKING:  # the shell itself needs less; it loads and is tested without every adapter
    from integrations.wiring import Stayline


class WebSettings(Protocol):
    """The settings the web shell reads (integrations.settings.Settings)."""

    @property
    def demo(self) -> bool: ...
    @property
    def effective_public_url(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def data_directory(self) -> Path: ...
    @property
    def zone(self) -> str: ...


class Installation(Protocol):
    """What the web shell needs of a running Stayline (integrations.wiring.Stayline)."""

    @property
    def settings(self) -> WebSettings: ...
    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def live(self) -> LiveBus: ...


HASHING_THREADS = 2
"""Argon2 takes 40 ms of CPU and 19 MiB: two at once leave the machine to the calls."""


P = ParamSpec("P")
T = TypeVar("T")


async def run(stayline: Installation, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a service. An embedded database answers in microseconds, so no thread is worth its price there."""
    if stayline.database.inline:
        return service(*args, **kwargs)
    return await in_thread(service, *args, **kwargs)


async def run_slowly(limiter: CapacityLimiter, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a service that hashes a password, in the bounded pool of this application."""
    return await to_thread.run_sync(partial(service, *args, **kwargs), limiter=limiter)


async def in_thread(service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what waits for the workshop, or takes long, on a thread of its own: calls go on meanwhile."""
    return await to_thread.run_sync(partial(service, *args, **kwargs))


async def in_workshop(stayline: "Stayline", work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do heavy work on flows in the other process; only a waiting thread is spent on it here. Raises Refused, see engine.ports.workshop."""
    return await in_thread(lambda: stayline.workshop.run(work, *args, **kwargs))


def wired_of(request: Request) -> "Stayline":
    """The whole installation, for areas that call its services."""
    return request.app.state.stayline


def stayline_of(request: Request) -> Installation:
    """The installation this application serves."""
    return request.app.state.stayline


def door_of(stayline: Installation) -> Doorkeeper:
    return Doorkeeper(stayline.database, stayline.clock, stayline.ids)
