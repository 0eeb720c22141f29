"""Two published versions of a shipped flow, an experiment on them, and calls in it as the engine would have left them."""

import hashlib
import json
from datetime import timedelta

from engine.flow.arms import Arm, arm_of
from engine.people.account import SignedIn
from engine.services import content
from engine.services.experiments import Wish, start
from engine.storage.content import publish_content
from engine.storage.experiments import StoredExperiment, add_experiment_call, load_experiment, running_experiment as running_now
from engine.storage.tables.calls import OfferDecisionRow
from engine.storage.tables.outcomes import OrderRow
from tests.web.conftest import Shell
from tests.web.desk.stage import desk_world
from tests.web.rows import make_call

FLOW = "broadband_cancellation"


def two_versions(stayline: Shell) -> tuple[str, str]:
    """(live, other): the flow as it ships, and a published version that is not live. Made again, they are the same ones."""
    desk_world(stayline)
    with stayline.database.transaction() as tx:
        live = content.live_flow_version(tx, FLOW)
        row = tx.row("SELECT body FROM content_version WHERE kind = 'flow' AND name = :name AND sha256 = :sha", name=FLOW, sha=live)
        assert row is not None
        body = json.loads(row["body"]) | {"title": {"zh": "先关心再报价", "en": "Care before price"}}
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        other = hashlib.sha256(text.encode()).hexdigest()
        now = stayline.clock.now()
        publish_content(tx, "flow", FLOW, other, text, at=now, by="trainer", message="先问原因")
        publish_content(tx, "flow", FLOW, live, "", at=now, by="trainer", message="")
    return live, other


def running_experiment(stayline: Shell, by: SignedIn, **changes: object) -> str:
    """The experiment that runs on the flow, begun if none does."""
    live, other = two_versions(stayline)
    with stayline.database.reading() as tx:
        found = running_now(tx, FLOW)
    if found is not None:
        return found.id
    return start(stayline, by.user_id, FLOW, Wish("先关心再报价", live, other, window_days=1, holdout=10, **changes))  # pyright: ignore[reportArgumentType]


def loaded(stayline: Shell, experiment_id: str) -> StoredExperiment:
    with stayline.database.reading() as tx:
        return load_experiment(tx, experiment_id)


def call_in(stayline: Shell, experiment: StoredExperiment, agent: SignedIn, outcome: str, *, confirmed: bool = False) -> Arm:
    """A closed call of a new customer in the experiment; the arm it fell into."""
    at = stayline.clock.now()
    call = make_call(stayline.database, stayline.ids, agent, at, state="closed", events=1)
    with stayline.database.transaction() as tx:
        row = tx.row("SELECT customer_id FROM call WHERE id = :id", id=call)
        assert row is not None
        arm = arm_of(experiment.id, row["customer_id"], experiment.share_b, experiment.holdout)
        tx.run(
            "UPDATE call SET flow_id = :flow, answered_at = requested_at, closed_at = requested_at + 120000, disposition = :outcome"
            " WHERE id = :id",
            flow=FLOW,
            outcome=outcome,
            id=call,
        )
        add_experiment_call(tx, call, experiment.id, arm.value)
        if outcome == "accepted_pending":
            decision = stayline.ids.new()
            tx.session.add(OfferDecisionRow(id=decision, call_id=call, step="s", at=at, policy_version="p"))
            tx.session.flush()
            tx.session.add(
                OrderRow(
                    id=stayline.ids.new(), call_id=call, customer_id=row["customer_id"], offer_code="x", rung="R1", publication_no="1",
                    decision_id=decision, state="provisioned" if confirmed else "expired", made_at=at, expires_at=at + timedelta(days=1),
                    changed_at=at,
                )
            )  # fmt: skip
    return arm
