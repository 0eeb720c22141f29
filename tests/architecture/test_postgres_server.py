"""The test run's own PostgreSQL is what the tests believe it is."""

import pytest
from sqlalchemy import create_engine, text

pytestmark = [pytest.mark.architecture, pytest.mark.postgres]


def test_the_postgresql_of_the_run_keeps_what_it_acknowledges(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        shown = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("fsync", "synchronous_commit", "data_checksums")}
    engine.dispose()
    assert shown == {"fsync": "on", "synchronous_commit": "on", "data_checksums": "on"}
