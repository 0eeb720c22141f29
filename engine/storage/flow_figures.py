"""How many calls began with which version of which flow."""

from dataclasses import dataclass
from datetime import datetime

from engine.clock import to_millis
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class CallsOf:
    """Calls of one version since a moment, and how many of them are still under way."""

    flow_id: str
    version: str
    begun: int
    under_way: int


def calls_by_version(tx: Transaction, since: datetime) -> list[CallsOf]:
    """Every version that calls began with since a moment."""
    found = tx.rows(
        "SELECT flow_id, flow_version, COUNT(*) AS begun, SUM(CASE WHEN state IN ('wrap_up', 'closed') THEN 0 ELSE 1 END) AS under_way"
        " FROM call WHERE requested_at >= :since GROUP BY flow_id, flow_version",
        since=to_millis(since),
    )
    return [CallsOf(row["flow_id"], row["flow_version"], row["begun"], int(row["under_way"])) for row in found]
