"""An import that is killed leaves nothing behind, and running it again brings everything in."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.ids import RandomIds
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from tests.import_corpus.telecom_sample import TELCO, counts, import_file
from tests.import_corpus.twin import write_twin

pytestmark = [pytest.mark.crash, pytest.mark.importing]

KILLED = """
import os, signal, sys
from pathlib import Path
from engine.clock import SystemClock
from engine.ids import RandomIds
from engine.services.importing_customers import import_customers
from engine.storage.database import Database
from integrations.customer_files.opening import open_customer_file, open_mapping

def until(rows, line):
    for row in rows:
        if row.line == line:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row

url, file, mapping_file, line = sys.argv[1:]
mapping = open_mapping(Path(mapping_file))
table = open_customer_file(Path(file), mapping)
clock = SystemClock()
import_customers(Database(url), clock, RandomIds(clock), until(table.rows(), int(line)), table.columns, mapping, actor="system")
"""


@pytest.mark.parametrize("line", [3, 600, 7_044])
def test_a_killed_import_leaves_nothing_and_the_next_one_is_whole(line: int, tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/stayline.db", write_twin(tmp_path / "twin.csv")
    database = Database(url)
    upgrade(database)
    database.close()
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(file), str(TELCO), str(line)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    database = Database(url)
    clock = SystemClock()
    with database.reading() as tx:
        left = {name: tx.rows(f"SELECT COUNT(*) AS many FROM {name}")[0]["many"] for name in ("customer", "customer_number", "consent")}
        assert left == {"customer": 0, "customer_number": 0, "consent": 0}
        assert [row["integrity_check"] for row in tx.rows("PRAGMA integrity_check")] == ["ok"]
    assert counts(import_file((database, clock, RandomIds(clock)), file)) == (7_043, 0, 0, 0)
    database.close()
