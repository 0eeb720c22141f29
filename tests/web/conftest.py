"""Web tests run the real application on a real SQLite file at migration head, with a clock that stands still."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import SetClock
from engine.errors import NotAllowed
from engine.ids import RandomIds
from engine.people.account import SignedIn
from engine.phone_number import TrunkKind
from engine.ports.carrier import Trunk
from engine.services.accounts import add_first_people
from engine.services.house import House, Line
from engine.services.live import LiveBus
from engine.services.signing_in import Doorkeeper
from engine.storage import people
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from integrations.recordings_on_disk import RecordingsOnDisk
from integrations.settings import Settings
from integrations.wiring import company_of
from tests.fakes.carrier import ScriptedCarrier
from tests.fakes.workshop import Bench
from tests.services.world import ScriptedRecords, ScriptedSender
from web.app import create_app
from web.signed_in import cookie_name

ORIGIN = "http://stayline.test"
FROM_OUR_PAGE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True, kw_only=True)
class Shell(House):
    """An installation with a scripted outside."""

    settings: Settings
    clock: SetClock  # pyright: ignore[reportIncompatibleVariableOverride]
    ids: RandomIds  # pyright: ignore[reportIncompatibleVariableOverride]

    def read_callback(self, carrier: str, headers: dict[str, str], body: bytes) -> NoReturn:
        """Nothing that tests send here is signed."""
        raise NotAllowed("carrier.forged", carrier=carrier)

    def read_webhook(self, carrier: str, *_request: object) -> NoReturn:
        """Nor is this."""
        raise NotAllowed("callback.unsigned", carrier=carrier)

    @property
    def door(self) -> Doorkeeper:
        return Doorkeeper(self.database, self.clock, self.ids)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at migration head, made once and copied."""
    path = tmp_path_factory.mktemp("template") / "stayline.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def stayline(empty_file: Path, tmp_path: Path) -> Iterator[Shell]:
    shutil.copy(empty_file, tmp_path / "stayline.db")
    clock = SetClock(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))
    settings = Settings(data_directory=tmp_path, public_url=ORIGIN, _env_file=None)  # pyright: ignore[reportCallIssue]
    shell = Shell(
        settings=settings,
        database=Database(f"sqlite:///{tmp_path}/stayline.db"),
        clock=clock,
        ids=RandomIds(clock),
        live=LiveBus(),
        company=company_of(settings),
        demo=False,
        lines={"simulated": Line(Trunk("simulated", TrunkKind.simulated, "10050"), ScriptedCarrier(clock))},
        recordings=RecordingsOnDisk(tmp_path / "recordings"),
        messages=ScriptedSender(),
        records=ScriptedRecords(),
        workshop=Bench(),
        counting=Bench(),
    )
    add_first_people(shell.door, demo=True)
    yield shell
    shell.database.close()


@pytest.fixture
def app(stayline: Shell) -> FastAPI:
    return create_app(stayline)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser that is not signed in, coming from our own pages."""
    return TestClient(app, base_url=ORIGIN, follow_redirects=False, headers=FROM_OUR_PAGE)


def person_named(stayline: Shell, name: str) -> SignedIn:
    with stayline.database.reading() as tx:
        account = people.account_by_name(tx, name)
    assert account is not None
    return account.person


def session_for(stayline: Shell, person: SignedIn) -> str:
    """A fresh session's token, without the password dance."""
    from engine.services.signing_in import hashed

    token, now = stayline.ids.secret(), stayline.clock.now()
    with stayline.database.transaction() as tx:
        people.add_session(tx, hashed(token), person.user_id, now, now.replace(hour=14))
    return token


@pytest.fixture
def signed_in(app: FastAPI, stayline: Shell) -> Callable[[str], TestClient]:
    """A browser signed in as one of the first people: "agent", "trainer", "reviewer", "supervisor", "administrator"."""

    def sign(name: str) -> TestClient:
        token = session_for(stayline, person_named(stayline, name))
        return TestClient(
            app, base_url=ORIGIN, follow_redirects=False, headers=FROM_OUR_PAGE, cookies={cookie_name(stayline.settings): token}
        )

    return sign
