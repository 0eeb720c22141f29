import pytest

from engine.clock import SetClock
from engine.ids import RandomIds
from engine.storage.database import Database
from tests.databases import clock, database, ids
from tests.services.world import World, make_world

__all__ = ["clock", "database", "ids"]


@pytest.fixture
def world(database: Database, clock: SetClock, ids: RandomIds) -> World:
    return make_world(database, clock, ids)
