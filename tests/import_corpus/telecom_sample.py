"""What must be true of importing the telecom sample, the real file or its twin."""

from pathlib import Path

from engine.clock import Clock
from engine.customers.import_report import ImportReport
from engine.ids import RandomIds
from engine.services.importing_customers import import_customers
from engine.storage.database import Database
from integrations.customer_files.opening import open_customer_file, open_mapping

TELCO = Path("scripts_library/mappings/telco_customer_churn.yaml")
Desk = tuple[Database, Clock, RandomIds]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected; together they are all that was read."""
    assert report.read == report.new + report.changed + report.unchanged + report.rejected
    return report.new, report.changed, report.unchanged, report.rejected


def import_file(desk: Desk, path: Path, seen: list[tuple[int, int | None]] | None = None) -> ImportReport:
    mapping = open_mapping(TELCO)
    table = open_customer_file(path, mapping)
    progress = None if seen is None else lambda done, total: seen.append((done, total))
    return import_customers(
        *desk,
        table.rows(),
        table.columns,
        mapping,
        actor="system",
        file=path.name,
        encoding=table.encoding,
        total=table.total,
        progress=progress,
    )


def check_the_sample(desk: Desk, path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    report = import_file(desk, path, seen)
    assert counts(report) == (7_043, 0, 0, 0)
    assert report.blanks == {"TotalCharges": 11}
    assert report.test_numbers
    assert set(report.constants) == {"name", "salutation", "country", "zone", "language", "currency", "consents.retention"}
    assert seen[-1] == (7_043, None)
    assert len(seen) == 15
    assert counts(import_file(desk, path)) == (0, 0, 7_043, 0)
    with desk[0].reading() as tx:
        [totals] = tx.rows("SELECT COUNT(*) AS many, SUM(CASE WHEN churn_score = 90 THEN 1 ELSE 0 END) AS left_us FROM customer")
        [outside] = tx.rows("SELECT COUNT(*) AS many FROM customer_number WHERE space <> 'test'")
    assert (totals["many"], totals["left_us"], outside["many"]) == (7_043, 1_869, 0)
    english, chinese = "\n".join(report.lines("en")), "\n".join(report.lines("zh-CN"))
    assert "7043 rows read: 7043 new, 0 changed, 0 unchanged, 0 rejected" in english
    assert "The file has no telephone numbers" in english
    assert "币种 = USD" in chinese
