"""Whatever files come one after the other: every row is stored or listed, and the store is what the last good row of each id says."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.clock import SystemClock
from engine.customers.row import FileRow
from engine.ids import RandomIds
from engine.services.importing_customers import import_customers
from engine.storage.customers import load_customers
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from tests.services.test_importing_customers import COLUMNS, MAPPING

pytestmark = [pytest.mark.property, pytest.mark.importing]

SOURCES = count()
CELLS = st.tuples(
    st.sampled_from(("A1", "A2", "A3", "")),
    st.sampled_from(("王芳", "李强", "王\x00芳")),
    st.sampled_from(("199", "59", "", "一百")),
    st.sampled_from(("2026-12-31", "", "31/12")),
    st.just(""),
    st.sampled_from(("13800001234", "13900001234", "12")),
    st.sampled_from(("是", "否")),
)
FILES = st.lists(st.lists(CELLS, max_size=8), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('any')}/stayline.db")
    upgrade(database)
    yield database
    database.close()


def good(cells: tuple[str, ...]) -> bool:
    external_id, name, charge, end, _, number, _ = cells
    return bool(external_id) and "\x00" not in name and charge != "一百" and end != "31/12" and number != "12"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_the_store_is_what_the_first_good_row_of_each_id_in_the_last_file_says(
    sqlite: Database, files: list[list[tuple[str, ...]]]
) -> None:
    mapping = replace(MAPPING, source=f"s{next(SOURCES)}")
    clock = SystemClock()
    expected: dict[str, tuple[str, ...]] = {}
    for cells in files:
        rows = [FileRow(line, dict(zip(COLUMNS, row, strict=True))) for line, row in enumerate(cells, 2)]
        report = import_customers(sqlite, clock, RandomIds(clock), rows, COLUMNS, mapping, actor="system")
        told: dict[str, tuple[str, ...]] = {}
        for row in cells:
            if good(row):
                told.setdefault(row[0], row)
        new = sum(external_id not in expected for external_id in told)
        assert report.read == len(cells)
        assert (report.new, report.changed + report.unchanged) == (new, len(told) - new)
        assert report.rejected == len(cells) - len(told) == len({problem.line for problem in report.problems})
        expected |= told
    with sqlite.reading() as tx:
        ids = [row["id"] for row in tx.rows("SELECT id FROM customer WHERE source = :source", source=mapping.source)]
        stored = {customer.external_id: customer for customer in load_customers(tx, ids).values()}
        changes = tx.rows("SELECT changes FROM customer_change")
    assert set(stored) == set(expected)
    assert all(change["changes"] != "{}" for change in changes)
    for external_id, (_, name, charge, end, _, number, _) in expected.items():
        customer = stored[external_id]
        assert customer.name == name
        assert str(customer.monthly_charge.amount if customer.monthly_charge else "") == (f"{charge}.00" if charge else "")
        assert str(customer.contract_end or "") == end
        assert [one.number for one in customer.numbers] == [f"+86{number}"]
