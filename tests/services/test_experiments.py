"""Experiments on a real database: what a call is pinned to, what is counted, and who may end one."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.clock import to_millis
from engine.errors import BadInput, Conflict, NotFound, Refused
from engine.flow.arms import Arm, arm_of
from engine.services import content, experiments, publication
from engine.services.desk_brief import brief_of
from engine.services.experiment_reports import report
from engine.services.experiments import Wish
from engine.services.looking_after_experiments import look_after
from engine.services.orders import move_order
from engine.services.taking_leads import take
from engine.storage.content import publish_content, retire_content
from engine.storage.database import Database, Transaction
from engine.storage.experiments import StoredExperiment, load_experiment
from engine.storage.tables.content import FlowDraftRow
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = [pytest.mark.service, pytest.mark.safety]

FLOW = "broadband_cancellation"


def other_version(world: World, title: str = "换个说法") -> tuple[str, str]:
    """(live, other): a second published version of the flow, which is not live."""
    with world.database.transaction() as tx:
        live = content.live_flow_version(tx, FLOW)
        row = tx.row("SELECT body FROM content_version WHERE kind = 'flow' AND name = :n AND sha256 = :s", n=FLOW, s=live)
        assert row is not None
        body = json.loads(row["body"])
        body["title"] = {"zh": title, "en": f"Another {title}"}
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        other = hashlib.sha256(text.encode()).hexdigest()
        publish_content(tx, "flow", FLOW, other, text, at=world.clock.now(), by="trainer", message="另一种说法")
        publish_content(tx, "flow", FLOW, live, "", at=world.clock.now(), by="trainer", message="")
    return live, other


def wish(world: World, **changes: Any) -> Wish:
    live, other = other_version(world)
    return replace(Wish("先关心再报价", live, other), **changes)


def started(world: World, **changes: Any) -> StoredExperiment:
    asked = wish(world, **changes)
    experiment_id = experiments.start(world.house, world.agent.user_id, FLOW, asked)
    with world.database.reading() as tx:
        return load_experiment(tx, experiment_id)


def customer_in(world: World, experiment: StoredExperiment, arm: Arm, count: int = 0) -> tuple[str, str]:
    """(customer, number) of a new customer who falls into this arm."""
    for number in range(1000):
        phone = f"+99913{count:03d}{number:06d}"
        customer = world.customer(phone)
        if arm_of(experiment.id, customer, experiment.share_b, experiment.holdout) is arm:
            return customer, phone
    raise AssertionError(f"nobody falls into {arm}")


def dialled(world: World, customer: str) -> str:
    rows = world.rows("SELECT id FROM lead WHERE customer_id = :id", id=customer)
    return world.dial(take(world.house, world.agent, rows[0]["id"] if rows else world.lead(customer)))


def arm_kept(world: World, call_id: str) -> str | None:
    rows = world.rows("SELECT arm FROM experiment_call WHERE call_id = :id", id=call_id)
    return rows[0]["arm"] if rows else None


def ended(world: World, call_id: str, *answers: str) -> str:
    """The call answered, walked and hung up."""
    world.clock.advance(timedelta(seconds=3))
    world.hears(call_id, "answered", answered_by="human")
    world.walk(call_id, *answers)
    world.clock.advance(timedelta(seconds=5))
    world.hears(call_id, "ended", ended_by="customer")
    return call_id


def hung_up(world: World, call_id: str) -> None:
    """Free the desk for the next call."""
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "dropped")


def now_reported(world: World, experiment_id: str) -> dict[str, Any]:
    with world.database.reading() as tx:
        experiment = load_experiment(tx, experiment_id)
    return report(world.house, experiment, world.clock.now())


# ---------------------------------------------------------------- what a call is pinned to


@pytest.mark.parametrize("arm", list(Arm))
def test_a_call_is_pinned_to_the_version_of_its_customers_arm_and_the_arm_is_written_with_it(world: World, arm: Arm) -> None:
    experiment = started(world, holdout=30)
    customer, _ = customer_in(world, experiment, arm)
    call_id = dialled(world, customer)
    wanted = {Arm.a: experiment.version_a, Arm.b: experiment.version_b, Arm.holdout: experiment.plan["live"]}[arm]
    assert world.call(call_id).flow_version == wanted
    assert arm_kept(world, call_id) == arm.value


def test_of_two_versions_that_are_not_live_the_hold_out_gets_neither(world: World) -> None:
    live, other = other_version(world)
    _, third = other_version(world, "第三种说法")
    asked = Wish("两个新说法", other, third, holdout=30)
    experiment_id = experiments.start(world.house, world.agent.user_id, FLOW, asked)
    with world.database.reading() as tx:
        experiment = load_experiment(tx, experiment_id)
    for arm, version in ((Arm.a, other), (Arm.b, third), (Arm.holdout, live)):
        customer, _ = customer_in(world, experiment, arm, len(arm.value))
        with world.database.reading() as tx:
            assert experiments.pinned(tx, FLOW, customer).version == version


def test_the_brief_names_the_version_the_call_will_be_walked_with(world: World) -> None:
    experiment = started(world)
    for arm in (Arm.a, Arm.b):
        customer, _ = customer_in(world, experiment, arm, len(arm.value) + ord(arm.value))
        lead = take(world.house, world.agent, world.lead(customer))
        told = brief_of(world.house, world.agent, lead).flow_title["zh"]
        call_id = world.dial(lead)
        assert told == world.flow(call_id).title["zh"]
        assert (told == "换个说法") == (arm is Arm.b)
        world.hears(call_id, "answered", answered_by="human")
        hung_up(world, call_id)


def test_a_call_under_way_stays_on_its_version_when_the_experiment_stops(world: World) -> None:
    experiment = started(world)
    customer, _ = customer_in(world, experiment, Arm.b)
    call_id = dialled(world, customer)
    experiments.stop(world.house, world.agent.user_id, FLOW, experiment.id, "够了")
    assert world.call(call_id).flow_version == experiment.version_b
    with world.database.reading() as tx:
        assert experiments.pinned(tx, FLOW, customer).version == experiment.plan["live"]


def test_without_an_experiment_a_call_gets_the_live_version_and_no_arm(world: World) -> None:
    live, _ = other_version(world)
    call_id = dialled(world, world.customer())
    assert world.call(call_id).flow_version == live
    assert arm_kept(world, call_id) is None


def test_the_hook_asks_one_indexed_question_a_dial(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = started(world)
    customer, _ = customer_in(world, experiment, Arm.b)
    asked: list[str] = []
    with world.database.reading() as tx:
        experiments.pinned(tx, FLOW, customer)  # the version is compiled once in a process
        execute = Transaction._execute
        monkeypatch.setattr(Transaction, "_execute", lambda self, sql, values: asked.append(sql) or execute(self, sql, values))
        experiments.pinned(tx, FLOW, customer)
        assert len(asked) == 1
        if tx.dialect == "sqlite":
            plan = tx.rows("EXPLAIN QUERY PLAN " + asked[0], flow=FLOW)
            assert [row["detail"] for row in plan if "SCAN" in row["detail"]] == []


# ---------------------------------------------------------------- an experiment that cannot go on stops by itself


def test_when_the_live_version_changes_under_it_the_experiment_stops_at_the_next_dial_and_the_call_goes_to_the_live_one(
    world: World,
) -> None:
    experiment = started(world)
    customer, _ = customer_in(world, experiment, Arm.a)
    with world.database.transaction() as tx:
        publish_content(tx, "flow", FLOW, experiment.version_b, "", at=world.clock.now(), by="operator", message="")
    call_id = dialled(world, customer)
    assert world.call(call_id).flow_version == experiment.version_b
    assert arm_kept(world, call_id) is None
    stopped = world.one("SELECT stopped_by, message, result FROM experiment WHERE id = :id", id=experiment.id)
    assert (stopped["stopped_by"], stopped["message"]) == ("system", "live_changed")
    look_after(world.house, experiment.id)
    assert world.one("SELECT result FROM experiment WHERE id = :id", id=experiment.id)["result"] is not None


def test_when_a_version_cannot_be_loaded_any_more_the_call_goes_to_the_live_one(world: World) -> None:
    experiment = started(world)
    customer, _ = customer_in(world, experiment, Arm.b)
    content._compiled.clear()
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET body = '{}' WHERE sha256 = :sha", sha=experiment.version_b)
    call_id = dialled(world, customer)
    assert world.call(call_id).flow_version == experiment.plan["live"]
    assert world.one("SELECT message FROM experiment WHERE id = :id", id=experiment.id)["message"] == "version_unusable"


def test_a_retired_flow_takes_its_experiment_with_it(world: World) -> None:
    experiment = started(world)
    customer, _ = customer_in(world, experiment, Arm.b)
    with world.database.transaction() as tx:
        retire_content(tx, "flow", FLOW)
    with pytest.raises(NotFound), world.database.reading() as tx:
        experiments.pinned(tx, FLOW, customer)
    look_after(world.house, experiment.id)
    assert world.one("SELECT message FROM experiment WHERE id = :id", id=experiment.id)["message"] == "flow_retired"


@pytest.mark.parametrize(("how", "reason"), [("roll_back", "live_changed"), ("retire", "flow_retired")])
def test_rolling_back_and_retiring_are_never_held_up_and_end_the_experiment(world: World, how: str, reason: str) -> None:
    experiment = started(world)
    if how == "roll_back":
        publication.roll_back(world.house, world.agent.user_id, FLOW, experiment.version_b, "旧版有误")
    else:
        publication.retire(world.house, world.agent.user_id, FLOW, "不再使用")
    ended_as = world.one("SELECT stopped_by, message FROM experiment WHERE id = :id", id=experiment.id)
    assert (ended_as["stopped_by"], ended_as["message"]) == ("system", reason)
    world.run_jobs()
    assert world.one("SELECT result FROM experiment WHERE id = :id", id=experiment.id)["result"] is not None


def test_a_version_that_would_not_be_published_today_stops_the_experiment(world: World) -> None:
    experiment = started(world)
    look_after(world.house, experiment.id)
    assert world.one("SELECT stopped_at FROM experiment WHERE id = :id", id=experiment.id)["stopped_at"] is None
    assert world.rows("SELECT 1 FROM job WHERE kind = :kind AND not_before > :now", kind=experiments.LOOK_AFTER, now=0)
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET body = 'format: forbidden/1' WHERE kind = 'library' AND name LIKE '%disclosures%' AND live")
        tx.run("UPDATE content_version SET body = '' WHERE kind = 'library' AND name LIKE '%lines/%' AND live")
    look_after(world.house, experiment.id)
    stopped = world.one("SELECT stopped_by, message FROM experiment WHERE id = :id", id=experiment.id)
    assert stopped["stopped_by"] == "system"
    assert stopped["message"].startswith("version_unpublishable F")


# ---------------------------------------------------------------- beginning and ending


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "  "}, "experiment.title"),
        ({"version_b": "same"}, "experiment.same_version"),
        ({"version_b": "0" * 64}, "experiment.version_unknown"),
        ({"share_b": 0}, "experiment.share"),
        ({"share_b": 100}, "experiment.share"),
        ({"holdout": 51}, "experiment.holdout"),
        ({"window_days": 0}, "experiment.window"),
        ({"smallest_effect": 0.0}, "experiment.effect"),
        ({"smallest_effect": float("nan")}, "experiment.effect"),
        ({"expected_rate": 1.0}, "experiment.rate"),
        ({"maximum": 10}, "experiment.maximum"),
    ],
)
def test_nonsense_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    asked = wish(world)
    if change.get("version_b") == "same":
        change = {"version_b": asked.version_a}
    with pytest.raises(BadInput) as refused:
        experiments.start(world.house, world.agent.user_id, FLOW, replace(asked, **change))
    assert refused.value.reason == code
    assert world.rows("SELECT 1 FROM experiment") == []


def test_a_flow_has_one_running_experiment(world: World) -> None:
    first = started(world)
    with pytest.raises(Conflict) as refused:
        experiments.start(world.house, world.agent.user_id, FLOW, wish(world))
    assert refused.value.reason == "experiment.runs_already"
    experiments.stop(world.house, world.agent.user_id, FLOW, first.id, "换一个")
    experiments.start(world.house, world.agent.user_id, FLOW, wish(world))


def test_nothing_is_published_under_a_running_experiment(world: World) -> None:
    experiment = started(world)
    with world.database.reading() as tx:
        with pytest.raises(Refused) as refused:
            experiments.refuse_while_running(tx, FLOW)
        assert refused.value.fields["title"] == "先关心再报价"
        experiments.refuse_while_running(tx, "bill_too_high")
    experiments.stop(world.house, world.agent.user_id, FLOW, experiment.id, "够了")
    with world.database.reading() as tx:
        experiments.refuse_while_running(tx, FLOW)


def test_none_begins_while_a_version_waits_for_its_hour(world: World) -> None:
    now, by = world.clock.now(), world.agent.user_id
    with world.database.transaction() as tx:
        tx.session.add(
            FlowDraftRow(
                id=world.ids.new(), flow_id=FLOW, path="flows/x.yaml", state="scheduled", made_by=by, made_at=now, changed_by=by,
                changed_at=now,
            )
        )  # fmt: skip
    with pytest.raises(Refused) as refused:
        started(world)
    assert refused.value.reason == "experiment.publishing_scheduled"


def test_stopping_wants_a_message_the_right_flow_and_happens_once(world: World) -> None:
    experiment = started(world)
    house, by = world.house, world.agent.user_id
    with pytest.raises(BadInput):
        experiments.stop(house, by, FLOW, experiment.id, "  ")
    with pytest.raises(NotFound):
        experiments.stop(house, by, "bill_too_high", experiment.id, "够了")
    experiments.stop(house, by, FLOW, experiment.id, "够了")
    world.run_jobs()
    with world.database.reading() as tx:
        stopped = load_experiment(tx, experiment.id)
    assert stopped.result is not None
    assert stopped.result["verdict"] == "go_on"
    assert (stopped.stopped_by, stopped.message) == (by, "够了")
    with pytest.raises(Refused):
        experiments.stop(house, by, FLOW, experiment.id, "再停一次")


# ---------------------------------------------------------------- what is counted


def test_a_verbal_yes_is_no_save_and_a_confirmed_one_is(world: World) -> None:
    experiment = started(world, window_days=2)
    for number, confirmed in enumerate((True, False)):
        customer, _ = customer_in(world, experiment, Arm.b, 100 + number)
        call_id = ended(world, dialled(world, customer), *TO_ACCEPTANCE)
        world.close(call_id, "accepted_pending")
        order = world.one("SELECT id FROM sales_order WHERE call_id = :id", id=call_id)["id"]
        move_order(world.house, order, "send_confirmation", actor="system")
        if confirmed:
            move_order(world.house, order, "confirm", actor="system", confirmed_by="sms")
    young = now_reported(world, experiment.id)["arms"]["b"]
    assert (young["customers"], young["unripe"], young["answered"], young["saves"]) == (2, 2, 0, 0)
    world.clock.advance(timedelta(days=3, minutes=10))
    found = now_reported(world, experiment.id)["arms"]["b"]
    assert (found["unripe"], found["answered"], found["opportunities"], found["verbal"], found["saves"]) == (0, 2, 2, 2, 1)
    assert found["handling_seconds"] > 0


def test_a_customer_counts_once_however_often_they_are_called(world: World) -> None:
    experiment = started(world, window_days=2)
    customer, _ = customer_in(world, experiment, Arm.a)
    unanswered = dialled(world, customer)
    world.hears(unanswered, "ended", reason="no_answer")
    world.close(unanswered, "no_answer")
    for answers, outcome in (((), "dropped"), (TO_ACCEPTANCE, "accepted_pending")):
        world.clock.advance(timedelta(hours=24, minutes=5))
        call_id = ended(world, dialled(world, customer), *answers)
        world.close(call_id, outcome)
    order = world.one("SELECT id FROM sales_order")["id"]
    move_order(world.house, order, "send_confirmation", actor="system")
    move_order(world.house, order, "confirm", actor="system", confirmed_by="sms")
    world.clock.advance(timedelta(days=4))
    found = now_reported(world, experiment.id)["arms"]["a"]
    assert (found["calls"], found["customers"], found["answered"], found["opportunities"], found["saves"]) == (3, 1, 1, 1, 1)


def test_what_happens_after_the_window_does_not_count(world: World) -> None:
    experiment = started(world, window_days=1)
    customer, _ = customer_in(world, experiment, Arm.a)
    first = ended(world, dialled(world, customer))
    world.close(first, "dropped")
    world.clock.advance(timedelta(days=2))
    later = ended(world, dialled(world, customer), *TO_ACCEPTANCE)
    world.close(later, "accepted_pending")
    order = world.one("SELECT id FROM sales_order")["id"]
    move_order(world.house, order, "send_confirmation", actor="system")
    move_order(world.house, order, "confirm", actor="system", confirmed_by="sms")
    world.clock.advance(timedelta(days=3))
    found = now_reported(world, experiment.id)["arms"]["a"]
    assert (found["answered"], found["opportunities"], found["verbal"], found["saves"]) == (1, 1, 0, 0)


def test_an_opportunity_after_the_window_is_none(world: World) -> None:
    experiment = started(world, window_days=1)
    customer, _ = customer_in(world, experiment, Arm.a)
    for outcome in ("third_party", "not_kept"):
        world.close(ended(world, dialled(world, customer)), outcome, reason="price")
        world.clock.advance(timedelta(days=2))
    found = now_reported(world, experiment.id)["arms"]["a"]
    assert (found["answered"], found["opportunities"]) == (1, 0)
    assert found["calls"] == 2


def test_an_order_made_after_the_window_is_no_save_of_it(world: World) -> None:
    """Its time to confirm would end after the customer was counted."""
    experiment = started(world, window_days=1)
    customer, _ = customer_in(world, experiment, Arm.a)
    world.close(ended(world, dialled(world, customer)), "dropped")
    with world.database.transaction() as tx:
        tx.run("UPDATE lead SET not_before = NULL WHERE customer_id = :id", id=customer)
    world.clock.advance(timedelta(hours=23, minutes=58))
    late = ended(world, dialled(world, customer), *TO_ACCEPTANCE)
    world.clock.advance(timedelta(minutes=10))
    world.close(late, "accepted_pending")
    order = world.one("SELECT id FROM sales_order")["id"]
    move_order(world.house, order, "send_confirmation", actor="system")
    move_order(world.house, order, "confirm", actor="system", confirmed_by="sms")
    world.clock.advance(timedelta(days=3))
    found = now_reported(world, experiment.id)["arms"]["a"]
    assert (found["opportunities"], found["verbal"], found["saves"]) == (1, 0, 0)


@pytest.mark.parametrize(("hours", "honoured"), [(3, 1), (20, 0)])
def test_a_cancellation_counts_as_honoured_when_it_is_executed_on_its_own_day(world: World, hours: int, honoured: int) -> None:
    experiment = started(world, window_days=1)
    customer, _ = customer_in(world, experiment, Arm.b)
    world.close(ended(world, dialled(world, customer)), "not_kept", reason="price")
    call_id = world.one("SELECT call_id FROM experiment_call")["call_id"]
    now = to_millis(world.clock.now())
    with world.database.transaction() as tx:
        tx.run(
            "INSERT INTO cancellation (id, reference, call_id, customer_id, state, registered_at, executed_at)"
            " VALUES (:id, 'C1', :call, :customer, 'executed', :at, :done)",
            id=world.ids.new(),
            call=call_id,
            customer=customer,
            at=now,
            done=now + hours * 3_600_000,
        )
    world.clock.advance(timedelta(days=3))
    found = now_reported(world, experiment.id)["arms"]["b"]
    assert (found["cancelled"], found["cancellations"], found["honoured"]) == (1, 1, honoured)


def test_the_guards_are_counted(world: World, database: Database) -> None:
    experiment = started(world, window_days=1)
    customer, _ = customer_in(world, experiment, Arm.b)
    call_id = ended(world, dialled(world, customer))
    world.close(call_id, "refused")
    with database.transaction() as tx:
        tx.run("UPDATE customer SET complaint_open = :yes WHERE id = :id", yes=tx.dialect == "postgresql" or 1, id=customer)
    world.clock.advance(timedelta(days=3))
    found = now_reported(world, experiment.id)["arms"]["b"]
    assert (found["answered"], found["opportunities"], found["do_not_call"], found["complained"]) == (1, 0, 1, 1)
