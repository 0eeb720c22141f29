"""What an experiment has shown, as plain JSON: worked out anew while it runs, frozen in `result` when it stops, shown the same way.

{"at", "verdict", "found", "more", "saved": {"estimate", "low", "high"} | null, "guards": {name: the same}, "against": [name],
 "agents", "heaviest", "by_agents", "arms": {"a" | "b" | "holdout": {"customers", "calls", "unripe", "answered", "opportunities", …}}}
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.clock import to_millis
from engine.measures.experiments import ArmFigures, Plan, judge
from engine.measures.intervals import Interval
from engine.services import content
from engine.services.house import House
from engine.storage.asking import asking
from engine.storage.experiment_figures import figures_by_arm
from engine.storage.experiments import StoredExperiment, keep_result

_SUMS = ("answered", "opportunities", "saves", "verbal", "do_not_call", "cancelled", "complained")


def report(house: House, experiment: StoredExperiment, now: datetime) -> dict[str, Any]:
    """The figures and the judgement at a moment. Blocks: the calls are counted in another process. Raises Refused, see Workshop."""
    with house.database.reading() as tx:
        outcomes = content.dispositions(tx).values()
    return house.counting.run(
        counted,
        house.database.engine.url.render_as_string(hide_password=False),
        experiment.id,
        Plan.from_json(experiment.plan),
        now,
        house.company.zone,
        tuple(one.code for one in outcomes if one.opportunity),
        tuple(one.code for one in outcomes if one.effect == "do_not_call"),
    )


def freeze(house: House, experiment: StoredExperiment) -> None:
    """Write down what a stopped experiment had shown when it stopped, once. Blocks as `report` does."""
    if experiment.stopped_at is None or experiment.result is not None:
        return
    found = report(house, experiment, experiment.stopped_at)
    with house.database.transaction() as tx:
        keep_result(tx, experiment.id, found)


def counted(
    url: str, experiment_id: str, plan: Plan, now: datetime, zone: str, opportunities: tuple[str, ...], refusals: tuple[str, ...]
) -> dict[str, Any]:
    """Count the calls of an experiment and judge. For the workshop: it reads the database at `url` and can write nothing."""
    with asking(url) as ask:
        arms = figures_by_arm(ask, experiment_id, plan, now, zone, opportunities=opportunities, refusals=refusals)
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


def _interval(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {name: round(value, 6) for name, value in asdict(found).items()}


def _arm(arm: ArmFigures) -> dict[str, Any]:
    told: dict[str, Any] = {"customers": arm.customers, "calls": arm.calls, "unripe": arm.unripe}
    told |= {"cancellations": arm.cancel_honoured.trials, "honoured": arm.cancel_honoured.successes}
    return told | {name: arm.sum(name) for name in _SUMS} | {"handling_seconds": arm.handling_seconds}
