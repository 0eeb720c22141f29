"""What an experiment has shown, as plain JSON: worked out anew while it runs, frozen in `result` when it stops, shown the same way.

{"at", "verdict", "found", "more", "saved": {"estimate", "low", "high"} | null, "guards": {name: the same}, "against": [name],
 "agents", "heaviest", "by_agents", "arms": {"a" | "b" | "holdout": {"customers", "calls", "unripe", "answered", "opportunities", …}}}
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.clock import to_millis
from engine.measures.experiments import ArmFigures, Interval, Plan, judge
from engine.services import content
from engine.storage.database import Transaction
from engine.storage.experiment_figures import figures_by_arm
from engine.storage.experiments import StoredExperiment, keep_result

_SUMS = ("answered", "opportunities", "saves", "verbal", "do_not_call", "cancelled", "complained")


def report(tx: Transaction, experiment: StoredExperiment, now: datetime) -> dict[str, Any]:
    """The figures and the judgement at a moment."""
    plan = Plan.from_json(experiment.plan)
    outcomes = content.dispositions(tx).values()
    arms = figures_by_arm(
        tx,
        experiment.id,
        plan,
        now,
        opportunities=[one.code for one in outcomes if one.opportunity],
        refusals=[one.code for one in outcomes if one.effect == "do_not_call"],
    )
    found = judge(plan, arms["a"], arms["b"])
    return {
        "at": to_millis(now),
        "verdict": found.verdict.value,
        "found": found.found,
        "more": found.more,
        "saved": _interval(found.saved),
        "guards": {guard.value: _interval(interval) for guard, interval in found.guards.items()},
        "against": [guard.value for guard in found.against],
        "agents": found.difference.agents if found.difference else 0,
        "heaviest": round(found.difference.heaviest, 4) if found.difference else 0.0,
        "by_agents": bool(found.difference and found.difference.by_agents),
        "arms": {name: _arm(arm) for name, arm in arms.items()},
    }


def freeze(tx: Transaction, experiment: StoredExperiment, now: datetime) -> Mapping[str, Any]:
    """Write the figures of this moment down as the result of an experiment that has stopped."""
    found = report(tx, experiment, now)
    keep_result(tx, experiment.id, found)
    return found


def _interval(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {name: round(value, 6) for name, value in asdict(found).items()}


def _arm(arm: ArmFigures) -> dict[str, Any]:
    told: dict[str, Any] = {"customers": arm.customers, "calls": arm.calls, "unripe": arm.unripe}
    return told | {name: arm.sum(name) for name in _SUMS} | {"handling_seconds": arm.handling_seconds}
