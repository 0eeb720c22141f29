"""Two processes on one PostgreSQL: what happens in one is heard in the other, once it is committed, and a broken line is made up for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import create_engine, make_url, text

from engine.flow.actions import Answer
from engine.services.live import LiveBus, Watch
from engine.storage.database import Database
from engine.storage.news import News
from tests.services.world import World

pytestmark = [pytest.mark.service, pytest.mark.parametrize("database", ["postgresql"], indirect=True)]
"""SQLite has one process."""

SOON = 10.0


@pytest.fixture
def elsewhere(world: World) -> Iterator[LiveBus]:
    """The bus of another process on the same database."""
    bus = LiveBus()
    news = News(url_of(world.database), bus.hear_from_others, bus.wake_all)
    assert news.listening.wait(SOON)
    yield bus
    news.close()


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@asynccontextmanager
async def watching(bus: LiveBus, topic: str) -> AsyncIterator[Watch]:
    watch = bus.watch(topic)
    yield watch
    bus.unwatch(topic, watch)


def test_a_step_taken_in_one_process_is_heard_in_the_other(world: World, elsewhere: LiveBus) -> None:
    call_id = world.answered_call()

    async def hear() -> tuple[bool, int]:
        async with watching(elsewhere, call_id) as watch:
            await asyncio.to_thread(world.act, call_id, Answer("self"))
            heard = await watch.changed(SOON)
            return heard, watch.latest

    assert asyncio.run(hear()) == (True, world.call(call_id).sequence)


def test_what_was_rolled_back_is_not_heard(world: World, elsewhere: LiveBus) -> None:
    async def hear() -> int:
        async with watching(elsewhere, "call") as watch:
            with pytest.raises(ZeroDivisionError):
                tell_and_fail(world.database)
            with world.database.transaction() as tx:
                tx.tell_others("call", 3)
            assert await watch.changed(SOON)
            return watch.latest

    assert asyncio.run(hear()) == 3


def test_after_a_broken_line_every_watcher_looks_again(world: World, elsewhere: LiveBus) -> None:
    async def hear() -> bool:
        async with watching(elsewhere, "call") as watch:
            await watch.changed(0.01)
            await asyncio.to_thread(cut_the_line, world.database)
            return await watch.changed(SOON)

    assert asyncio.run(hear())


def tell_and_fail(database: Database) -> None:
    with database.transaction() as tx:
        tx.tell_others("call", 7)
        raise ZeroDivisionError


def cut_the_line(database: Database) -> None:
    """What a restart of the server does to a listener."""
    server = create_engine(make_url(url_of(database)).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        told = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND query ILIKE 'LISTEN%'"
        assert connection.execute(text(told), {"name": database.engine.url.database}).rowcount
    server.dispose()
