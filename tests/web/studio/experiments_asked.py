"""How the routes of web/studio/experiments.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from tests.web.cast import Asked, Cast, asks
from tests.web.studio.experiments_stage import FLOW, running_experiment, two_versions


@asks("GET /flows/{flow_id}/experiments", owned=False)
def _show(cast: Cast, _owner: SignedIn) -> Asked:
    two_versions(cast.stayline)
    return Asked(f"/flows/{FLOW}/experiments")


@asks("POST /flows/{flow_id}/experiments", owned=False)
def _begin(cast: Cast, _owner: SignedIn) -> Asked:
    """A second one is refused with a sentence, which is an answer to whoever may ask."""
    live, other = two_versions(cast.stayline)
    form = {
        "title": "先关心再报价", "version_a": live, "version_b": other, "share_b": "50", "holdout": "5", "smallest_effect": "5",
        "expected_rate": "30", "window_days": "7",
    }  # fmt: skip
    return Asked(f"/flows/{FLOW}/experiments", form)


@asks("POST /flows/{flow_id}/experiments/{experiment_id}/stop", owned=False)
def _stop(cast: Cast, _owner: SignedIn) -> Asked:
    experiment = running_experiment(cast.stayline, cast.of("trainer"))
    return Asked(f"/flows/{FLOW}/experiments/{experiment}/stop", {"message": "够了"})
