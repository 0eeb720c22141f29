"""The figures of an experiment, counted in the database: per arm and agent, customers followed from their first answered call.

What is counted is defined in engine.measures.experiments.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.clock import to_millis
from engine.measures.experiments import ArmFigures, Cell, Plan
from engine.offers.order import OrderState, is_save
from engine.storage.database import Transaction

_SAVES = ", ".join(f"'{state.value}'" for state in OrderState if is_save(state))
_ENTERED = (
    "SELECT x.arm, c.customer_id, c.agent_id, c.answered_at AS entered,"
    " ROW_NUMBER() OVER (PARTITION BY c.customer_id ORDER BY c.answered_at, c.id) AS place"
    " FROM experiment_call x JOIN call c ON c.id = x.call_id WHERE x.experiment_id = :experiment AND c.answered_at IS NOT NULL"
)
"""Each customer's answered calls, the first with place 1."""


def figures_by_arm(
    tx: Transaction, experiment_id: str, plan: Plan, now: datetime, *, opportunities: Iterable[str], refusals: Iterable[str]
) -> dict[str, ArmFigures]:
    """Arm → its figures at `now`. `opportunities` and `refusals` are the outcomes that count as such."""
    ripe_before = to_millis(now - plan.ripe_after)
    cells = _cells(tx, experiment_id, plan, ripe_before, list(opportunities), list(refusals))
    unripe = {
        row["arm"]: row["customers"]
        for row in tx.rows(
            "SELECT e.arm, COUNT(*) AS customers"  # noqa: S608 - ours
            f" FROM ({_ENTERED}) e WHERE e.place = 1 AND e.entered > :ripe GROUP BY e.arm",
            experiment=experiment_id,
            ripe=ripe_before,
        )
    }
    called = tx.rows(
        "SELECT x.arm, COUNT(*) AS calls, COUNT(DISTINCT c.customer_id) AS customers"
        " FROM experiment_call x JOIN call c ON c.id = x.call_id WHERE x.experiment_id = :experiment GROUP BY x.arm",
        experiment=experiment_id,
    )
    found = {row["arm"]: row for row in called}

    def figures(arm: str) -> ArmFigures:
        row = found.get(arm)
        return ArmFigures(cells[arm], row["customers"] if row else 0, row["calls"] if row else 0, unripe.get(arm, 0))

    return {arm: figures(arm) for arm in ("a", "b", "holdout")}


def _cells(
    tx: Transaction, experiment_id: str, plan: Plan, ripe_before: int, opportunities: list[str], refusals: list[str]
) -> Mapping[str, Mapping[str, Cell]]:
    """Arm → agent → the ripe customers whose first answered call that agent made."""
    values: dict[str, Any] = {"experiment": experiment_id, "ripe": ripe_before, "window": plan.window_days * _DAY}
    counts, refused = _listed("o", opportunities, values), _listed("r", refusals, values)
    rows = tx.rows(
        f"WITH entered AS ({_ENTERED}), followed AS ("  # noqa: S608 - outcomes are parameters
        " SELECT e.arm, e.agent_id, e.customer_id,"
        f" MAX(CASE WHEN c.disposition IN ({counts}) THEN 1 ELSE 0 END) AS opportunity,"
        f" MAX(CASE WHEN c.disposition IN ({refused}) THEN 1 ELSE 0 END) AS refused,"
        " MAX(CASE WHEN o.id IS NOT NULL THEN 1 ELSE 0 END) AS verbal,"
        f" MAX(CASE WHEN o.state IN ({_SAVES}) THEN 1 ELSE 0 END) AS saved,"
        " MAX(CASE WHEN EXISTS (SELECT 1 FROM cancellation ca WHERE ca.call_id = c.id AND ca.state NOT IN ('unverified', 'withdrawn'))"
        "  THEN 1 ELSE 0 END) AS cancelled,"
        " COUNT(DISTINCT c.id) AS handled, SUM(COALESCE(c.closed_at, c.ended_at, c.answered_at) - c.answered_at) AS handling_ms"
        " FROM entered e JOIN call c ON c.customer_id = e.customer_id AND c.answered_at BETWEEN e.entered AND e.entered + :window"
        " JOIN experiment_call x ON x.call_id = c.id AND x.experiment_id = :experiment"
        " LEFT JOIN sales_order o ON o.call_id = c.id AND o.made_at <= e.entered + :window"
        " WHERE e.place = 1 AND e.entered <= :ripe GROUP BY e.arm, e.agent_id, e.customer_id)"
        " SELECT f.arm, f.agent_id, COUNT(*) AS answered, SUM(f.opportunity) AS opportunities,"
        " SUM(f.opportunity * f.saved) AS saves, SUM(f.opportunity * f.verbal) AS verbal, SUM(f.refused) AS do_not_call,"
        " SUM(f.cancelled) AS cancelled, SUM(CASE WHEN k.complaint_open THEN 1 ELSE 0 END) AS complained,"
        " SUM(f.handled) AS handled, SUM(f.handling_ms) AS handling_ms"
        " FROM followed f JOIN customer k ON k.id = f.customer_id GROUP BY f.arm, f.agent_id",
        **values,
    )
    found: dict[str, dict[str, Cell]] = defaultdict(dict)
    for row in rows:
        found[row["arm"]][row["agent_id"]] = Cell(**{name: int(row[name]) for name in _CELL})
    return defaultdict(dict, found)


_DAY = timedelta(days=1) // timedelta(milliseconds=1)
_CELL = ("answered", "opportunities", "saves", "verbal", "do_not_call", "cancelled", "complained", "handling_ms", "handled")


def _listed(prefix: str, codes: list[str], values: dict[str, Any]) -> str:
    """Parameters for a list of outcomes; an empty list fits nothing."""
    names = [f"{prefix}{number}" for number in range(len(codes))]
    values.update(zip(names, codes, strict=True))
    return ", ".join(f":{name}" for name in names) or "NULL"
