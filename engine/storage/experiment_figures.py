"""The figures of an experiment, counted in the database: per arm and agent, customers followed from their first answered call.

What is counted is defined in engine.measures.experiments.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import from_millis, to_millis
from engine.measures.experiments import ArmFigures, Cell, Plan
from engine.measures.proportions import Share
from engine.offers.order import OrderState, is_save
from engine.storage.asking import Ask

_SAVES = ", ".join(f"'{state.value}'" for state in OrderState if is_save(state))
_HEARD = (
    "SELECT x.arm, c.id, c.customer_id, c.answered_at, c.ended_at, c.closed_at, c.disposition,"
    " FIRST_VALUE(c.answered_at) OVER w AS entered, FIRST_VALUE(c.agent_id) OVER w AS agent_id"
    " FROM experiment_call x JOIN call c ON c.id = x.call_id WHERE x.experiment_id = :experiment AND c.answered_at IS NOT NULL"
    " WINDOW w AS (PARTITION BY c.customer_id ORDER BY c.answered_at, c.id)"
)
"""The answered calls, each with when and by whom its customer was first reached."""


def figures_by_arm(
    ask: Ask, experiment_id: str, plan: Plan, now: datetime, zone: str, *, opportunities: Iterable[str], refusals: Iterable[str]
) -> dict[str, ArmFigures]:
    """Arm → its figures at `now`. `opportunities` and `refusals` are the outcomes that count as such; days are those of `zone`."""
    ripe_before = to_millis(now - plan.ripe_after)
    cells = _cells(ask, experiment_id, plan, ripe_before, list(opportunities), list(refusals))
    honoured = _honoured(ask, experiment_id, plan, ripe_before, ZoneInfo(zone))
    counted = {
        row["arm"]: row
        for row in ask(
            "SELECT x.arm, COUNT(*) AS calls, COUNT(DISTINCT c.customer_id) AS customers,"
            " COUNT(DISTINCT CASE WHEN c.answered_at IS NOT NULL THEN c.customer_id END) AS reached"
            " FROM experiment_call x JOIN call c ON c.id = x.call_id WHERE x.experiment_id = :experiment GROUP BY x.arm",
            experiment=experiment_id,
        )
    }

    def figures(arm: str) -> ArmFigures:
        row, ripe = counted.get(arm), sum(cell.answered for cell in cells[arm].values())
        if row is None:
            return ArmFigures({})
        return ArmFigures(cells[arm], row["customers"], row["calls"], row["reached"] - ripe, honoured[arm])

    return {arm: figures(arm) for arm in ("a", "b", "holdout")}


def _cells(
    ask: Ask, experiment_id: str, plan: Plan, ripe_before: int, opportunities: list[str], refusals: list[str]
) -> Mapping[str, Mapping[str, Cell]]:
    """Arm → agent → the ripe customers whose first answered call that agent made."""
    values: dict[str, Any] = {"experiment": experiment_id, "ripe": ripe_before, "window": plan.window_days * _DAY}
    counts, refused = _listed("o", opportunities, values), _listed("r", refusals, values)
    rows = ask(
        f"WITH heard AS ({_HEARD}), followed AS ("  # noqa: S608 - outcomes are parameters
        " SELECT h.arm, h.agent_id, h.customer_id,"
        f" MAX(CASE WHEN h.disposition IN ({counts}) THEN 1 ELSE 0 END) AS opportunity,"
        f" MAX(CASE WHEN h.disposition IN ({refused}) THEN 1 ELSE 0 END) AS refused,"
        " MAX(CASE WHEN o.id IS NOT NULL THEN 1 ELSE 0 END) AS verbal,"
        f" MAX(CASE WHEN o.state IN ({_SAVES}) THEN 1 ELSE 0 END) AS saved,"
        " MAX(CASE WHEN EXISTS (SELECT 1 FROM cancellation ca WHERE ca.call_id = h.id AND ca.state NOT IN ('unverified', 'withdrawn'))"
        "  THEN 1 ELSE 0 END) AS cancelled,"
        " COUNT(DISTINCT h.id) AS handled, SUM(COALESCE(h.closed_at, h.ended_at, h.answered_at) - h.answered_at) AS handling_ms"
        " FROM heard h LEFT JOIN sales_order o ON o.call_id = h.id AND o.made_at <= h.entered + :window"
        " WHERE h.answered_at <= h.entered + :window AND h.entered <= :ripe GROUP BY h.arm, h.agent_id, h.customer_id)"
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


def _honoured(ask: Ask, experiment_id: str, plan: Plan, ripe_before: int, zone: ZoneInfo) -> Mapping[str, Share]:
    """Arm → cancellations of its ripe customers' calls that were executed on the day they were registered, of all not withdrawn."""
    rows = ask(
        f"WITH heard AS ({_HEARD}) SELECT h.arm, ca.registered_at, ca.executed_at"  # noqa: S608 - ours
        " FROM heard h JOIN cancellation ca ON ca.call_id = h.id AND ca.state NOT IN ('unverified', 'withdrawn')"
        " WHERE h.answered_at <= h.entered + :window AND h.entered <= :ripe",
        experiment=experiment_id,
        window=plan.window_days * _DAY,
        ripe=ripe_before,
    )
    found: dict[str, Share] = defaultdict(lambda: Share(0, 0))
    for row in rows:
        days = [None if row[name] is None else from_millis(row[name]).astimezone(zone).date() for name in ("registered_at", "executed_at")]
        before = found[row["arm"]]
        found[row["arm"]] = Share(before.successes + (days[0] == days[1]), before.trials + 1)
    return found


_DAY = timedelta(days=1) // timedelta(milliseconds=1)
_CELL = ("answered", "opportunities", "saves", "verbal", "do_not_call", "cancelled", "complained", "handling_ms", "handled")


def _listed(prefix: str, codes: list[str], values: dict[str, Any]) -> str:
    """Parameters for a list of outcomes; an empty list fits nothing."""
    names = [f"{prefix}{number}" for number in range(len(codes))]
    values.update(zip(names, codes, strict=True))
    return ", ".join(f":{name}" for name in names) or "NULL"
