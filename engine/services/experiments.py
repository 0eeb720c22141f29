"""Two versions of a flow side by side: started by a person, pinned when a call is opened, watched, stopped by a person or by itself.

An experiment publishes nothing: both versions were approved when they were published, and the better one becomes the live one the way
any version does, after the experiment was stopped.
"""

from dataclasses import dataclass

from engine.errors import BadInput, NotFound, Refused, StaylineError
from engine.flow.arms import Arm, arm_of
from engine.measures.experiments import Plan
from engine.measures.sequential import sample_needed
from engine.services import content
from engine.services.house import House
from engine.storage.database import Transaction
from engine.storage.experiments import (
    StoredExperiment,
    add_experiment,
    add_experiment_call,
    guiding,
    load_experiment,
    running_experiment,
    stop_experiment,
)
from engine.storage.jobs import add_job
from engine.storage.tables.content import ExperimentRow

LOOK_AFTER = "look_after_experiment"
"""The job that looks every hour whether an experiment may go on, and writes down the result of one that stopped by itself."""
BY_ITSELF = "system"
_TITLE = range(1, 81)
_SHARE = range(1, 100)
_HOLDOUT = range(51)
_WINDOW = range(1, 31)
_MAXIMUM = range(50, 1_000_001)
_MESSAGE = range(1, 501)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to try. Shares are per cent, rates between 0 and 1; without a `maximum` it is worked out."""

    title: str
    version_a: str
    version_b: str
    share_b: int = 50
    holdout: int = 0
    smallest_effect: float = 0.05
    expected_rate: float = 0.3
    window_days: int = 7
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """The version a new call is walked with, and why: the arm it is in, or what is wrong with the experiment that should have said."""

    version: str
    experiment: StoredExperiment | None = None
    arm: Arm | None = None
    wrong: str | None = None


# ---------------------------------------------------------------- a call


def pinned(tx: Transaction, flow_id: str, customer_id: str) -> Pinned:
    """What a call to this customer would be walked with now. Raises NotFound("content.not_live")."""
    found = guiding(tx, flow_id)
    experiment = found.experiment
    if experiment is None:
        return Pinned(found.live)
    arm = arm_of(experiment.id, customer_id, experiment.share_b, experiment.holdout)
    version = {Arm.a: experiment.version_a, Arm.b: experiment.version_b, Arm.holdout: found.live}[arm]
    wrong = "live_changed" if found.live != experiment.plan["live"] else _unusable(tx, flow_id, version)
    return Pinned(found.live, experiment, None, wrong) if wrong else Pinned(version, experiment, arm)


def pin(house: House, tx: Transaction, flow_id: str, customer_id: str) -> Pinned:
    """The same for a call that is being opened: an experiment that cannot go on stops here, and the call goes to the live version."""
    found = pinned(tx, flow_id, customer_id)
    if found.experiment is not None and found.wrong is not None:
        stop_by_itself(house, tx, found.experiment, found.wrong)
    return found


def keep_arm(tx: Transaction, call_id: str, found: Pinned) -> None:
    """Write down the arm of a call in the transaction that opens it."""
    if found.experiment is not None and found.arm is not None:
        add_experiment_call(tx, call_id, found.experiment.id, found.arm.value)


def _unusable(tx: Transaction, flow_id: str, version: str) -> str | None:
    """Why a version cannot guide a call. It is loaded for the call anyway, once per process."""
    try:
        content.flow_version(tx, flow_id, version)
    except (StaylineError, ValueError, KeyError, TypeError):
        return "version_unusable"
    return None


# ---------------------------------------------------------------- beginning and ending


def start(house: House, by: str, flow_id: str, wish: Wish) -> str:
    """Begin an experiment and return its id. Raises BadInput("experiment.…"), NotFound, Refused, Conflict("experiment.runs_already")."""
    _check(wish)
    share = wish.share_b / 100
    maximum = wish.maximum or min(max(sample_needed(wish.expected_rate, wish.smallest_effect, share), _MAXIMUM.start), _MAXIMUM.stop - 1)
    plan = Plan.make(wish.smallest_effect, wish.expected_rate, maximum, wish.window_days, wish.share_b)
    now, experiment_id = house.clock.now(), house.ids.new()
    with house.database.transaction() as tx:
        live = content.live_flow_version(tx, flow_id)
        for version in (wish.version_a, wish.version_b):
            _require_published(tx, flow_id, version)
        if tx.row("SELECT 1 FROM flow_draft WHERE flow_id = :flow AND state = 'scheduled'", flow=flow_id):
            raise Refused("experiment.publishing_scheduled")
        add_experiment(
            tx,
            ExperimentRow(
                id=experiment_id,
                flow_id=flow_id,
                title=wish.title.strip(),
                version_a=wish.version_a,
                version_b=wish.version_b,
                share_b=wish.share_b,
                holdout=wish.holdout,
                plan=plan.to_json() | {"live": live},
                started_by=by,
                started_at=now,
            ),
        )
        add_job(tx, house.ids.new(), LOOK_AFTER, experiment_id, at=now)
    return experiment_id


def stop(house: House, by: str, flow_id: str, experiment_id: str, message: str) -> None:
    """End a running experiment with a message; new calls go to the live version. Its figures of this moment are its result.

    Raises NotFound, BadInput("experiment.message"), Refused("experiment.stopped_already").
    """
    told = message.strip()
    if len(told) not in _MESSAGE:
        raise BadInput("experiment.message", longest=_MESSAGE.stop - 1)
    with house.database.transaction() as tx:
        if load_experiment(tx, experiment_id).flow_id != flow_id:
            raise NotFound("experiment.not_found", experiment_id=experiment_id)
        if not _stopped(house, tx, experiment_id, by, told):
            raise Refused("experiment.stopped_already")


def stop_by_itself(house: House, tx: Transaction, experiment: StoredExperiment, reason: str) -> None:
    """End an experiment that cannot go on; `reason` is a code, with what it is about after a blank."""
    _stopped(house, tx, experiment.id, BY_ITSELF, reason)


def _stopped(house: House, tx: Transaction, experiment_id: str, by: str, message: str) -> bool:
    """The result follows by a job: it is counted elsewhere, and stopping must not wait for it."""
    now = house.clock.now()
    done = stop_experiment(tx, experiment_id, at=now, by=by, message=message)
    if done:
        add_job(tx, house.ids.new(), LOOK_AFTER, experiment_id, at=now)
    return done


def running(tx: Transaction, flow_id: str) -> StoredExperiment | None:
    """The experiment of this flow that runs now."""
    return running_experiment(tx, flow_id)


def refuse_while_running(tx: Transaction, flow_id: str) -> None:
    """Nothing may become the live version, or cease to be it, while an experiment runs. Raises Refused("experiment.stands_in_the_way")."""
    found = running_experiment(tx, flow_id)
    if found is not None:
        raise Refused("experiment.stands_in_the_way", title=found.title)


def _check(wish: Wish) -> None:
    """Refuse nonsense, one sentence for each kind."""
    if len(wish.title.strip()) not in _TITLE:
        raise BadInput("experiment.title", longest=_TITLE.stop - 1)
    if wish.version_a == wish.version_b:
        raise BadInput("experiment.same_version")
    whole = {"share": (wish.share_b, _SHARE), "holdout": (wish.holdout, _HOLDOUT), "window": (wish.window_days, _WINDOW)}
    if wish.maximum is not None:
        whole["maximum"] = (wish.maximum, _MAXIMUM)
    for name, (value, allowed) in whole.items():
        if value not in allowed:
            raise BadInput(f"experiment.{name}", least=allowed.start, most=allowed.stop - 1)
    if not 0.005 <= wish.smallest_effect <= 0.5:
        raise BadInput("experiment.effect")
    if not 0.01 <= wish.expected_rate <= 0.99:
        raise BadInput("experiment.rate")


def _require_published(tx: Transaction, flow_id: str, version: str) -> None:
    try:
        content.flow_version(tx, flow_id, version)
    except NotFound:
        raise BadInput("experiment.version_unknown") from None
