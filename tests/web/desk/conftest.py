import pytest
from fastapi.testclient import TestClient

from tests.services.world import World
from tests.web.conftest import Shell
from tests.web.desk.stage import desk_world


@pytest.fixture
def world(stayline: Shell) -> World:
    """The shipped content and one campaign, with the first agent at the desk."""
    return desk_world(stayline)


@pytest.fixture
def desk(signed_in, world: World) -> TestClient:
    """The agent's browser."""
    return signed_in("agent")
