"""Traffic of real calls: counted in the database, for the versions and the days asked for."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from engine.errors import BadInput, NotFound
from engine.flow.actions import Answer, Back, Cancel
from engine.measures.proportions import Share
from engine.services import content
from engine.services.flow_traffic import Asked, Counted, check_period, count, ground_of, versions_of
from engine.services.flow_traffic_rows import WayRow, percent
from engine.services.orders import move_order
from engine.storage.content import publish_content
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service
FLOW = "broadband_cancellation"


def live(world: World) -> str:
    with world.database.reading() as tx:
        return content.live_flow_version(tx, FLOW)


def counted(world: World, *, version: str | None = None, every: bool = True, days: int = 14, other: Asked | None = None) -> Counted:
    now = world.clock.now()
    asked = Asked(FLOW, version or live(world), every, now - timedelta(days=days), now + timedelta(minutes=1))
    return world.house.workshop.run(count, ground_of(world.house), asked, other, "zh")


def row(found: Counted, step: str, how: str) -> WayRow:
    return next(one for one in found.ways if (one.step, one.how) == (step, how))


def number(last: int) -> str:
    return f"+999138000{last:05}"


def saved_call(world: World, last: int, *, confirmed: bool) -> str:
    call_id = world.ended_call(*TO_ACCEPTANCE, number=number(last))
    world.close(call_id, "accepted_pending", reason="price")
    if confirmed:
        order = world.one("SELECT id FROM sales_order WHERE call_id = :call", call=call_id)["id"]
        for trigger in ("send_confirmation", "confirm"):
            if world.one("SELECT state FROM sales_order WHERE id = :id", id=order)["state"] != "confirmed":
                _move(world, order, trigger)
    return call_id


def _move(world: World, order: str, trigger: str) -> None:
    move_order(world.house, order, trigger, actor="system", confirmed_by="sms" if trigger == "confirm" else None)


def test_calls_are_counted_by_the_way_they_took(world: World) -> None:
    world.close(world.ended_call("other", number=number(1)), "third_party")
    world.close(world.ended_call("self", "match", number=number(2)), "care_only")
    found = counted(world)
    assert found.whole.traffic.calls == 2
    assert row(found, "greet", "self").figures.share == Share(1, 2)
    assert row(found, "greet", "self").label == "是我"
    assert row(found, "greet", "busy").figures.calls == 0
    assert row(found, "greet", "self").thin
    step = next(one for one in found.steps if one.step == "greet")
    assert step.calls == 2
    assert step.median is not None
    assert "50%" in found.picture.svg
    assert 'class="nd thin"' in found.picture.svg


def test_calls_under_way_are_not_counted_and_calls_nobody_answered_neither(world: World) -> None:
    world.answered_call(number(1))
    call = world.dial(world.lead_before(number=number(2), caller=world.colleague), caller=world.colleague)
    world.hears(call, "ended", reason="no_answer")
    assert counted(world).whole.traffic.calls == 0
    assert counted(world).whole.confirmed is None


def test_an_answer_taken_back_does_not_count_and_is_told(world: World) -> None:
    call_id = world.answered_call(number(1))
    world.say_everything(call_id)
    world.act(call_id, Answer("other"))
    world.act(call_id, Back())
    world.walk(call_id, "self")
    world.hears(call_id, "ended", ended_by="customer")
    found = counted(world)
    assert row(found, "greet", "other").figures.taken_back == 1
    assert row(found, "greet", "other").figures.calls == 0
    assert row(found, "greet", "self").figures.share == Share(1, 1)


def test_the_saved_rate_is_the_confirmed_one_and_waits_until_the_customer_had_their_time(world: World) -> None:
    saved_call(world, 1, confirmed=True)
    saved_call(world, 2, confirmed=False)
    found = counted(world)
    assert (found.whole.traffic.confirmed, found.whole.traffic.young) == (Share(0, 0), 2)
    assert found.whole.traffic.verbal == Share(2, 2)
    world.clock.advance(timedelta(hours=26))
    found = counted(world)
    assert (found.whole.traffic.confirmed, found.whole.traffic.young) == (Share(1, 2), 0)
    assert row(found, "greet", "self").figures.confirmed == Share(1, 2)
    assert found.whole.confirmed is not None
    assert found.whole.confirmed.low < 0.5 < found.whole.confirmed.high


def test_a_cancellation_is_told_beside_the_saves(world: World) -> None:
    call_id = world.answered_call(number(1))
    world.walk(call_id, "self", "match")
    world.act(call_id, Cancel())
    world.walk(call_id, world.shown(call_id).answers[0].key)
    world.hears(call_id, "ended", ended_by="customer")
    found = counted(world)
    assert found.whole.traffic.cancel_honoured.trials == 1
    assert found.whole.traffic.cancel_minutes is not None
    assert any(one.how == "cancel" and one.figures.calls == 1 for one in found.ways)


def test_only_the_days_asked_for_count(world: World) -> None:
    world.ended_call("other", number=number(1))
    world.clock.advance(timedelta(days=3))
    assert counted(world, days=1).whole.traffic.calls == 0
    assert counted(world, days=4).whole.traffic.calls == 1


def test_versions_are_counted_together_or_apart_and_compared(world: World) -> None:
    old = live(world)
    world.close(world.ended_call("other", number=number(1)), "third_party")
    with world.database.transaction() as tx:
        body = tx.row("SELECT body FROM content_version WHERE kind = 'flow' AND name = :n AND sha256 = :s", n=FLOW, s=old)
        assert body is not None
        changed = body["body"].replace("是我", "我就是")
        new = sha256(changed.encode()).hexdigest()
        publish_content(tx, "flow", FLOW, new, changed, at=world.clock.now(), by="x", message="y")
    assert [one.sha256 for one in versions_of(world.house, FLOW)] == [new, old]
    world.ended_call("self", number=number(2))
    together, apart = counted(world), counted(world, every=False)
    assert (together.whole.traffic.calls, apart.whole.traffic.calls) == (2, 1)
    now = world.clock.now()
    other = Asked(FLOW, old, False, now - timedelta(days=1), now + timedelta(days=1))
    compared = counted(world, every=False, other=other)
    line = row(compared, "greet", "self")
    assert line.label == "我就是"
    assert line.before is not None
    assert line.before.share == Share(0, 1)
    assert line.share_change is not None
    assert line.share_change.estimate == 1
    assert compared.before is not None
    assert compared.before.traffic.calls == 1


def test_a_flow_or_a_version_that_is_not_there_is_told(world: World) -> None:
    with pytest.raises(NotFound):
        versions_of(world.house, "nothing")
    with pytest.raises(NotFound):
        counted(world, version="0" * 64)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    day = datetime.fromisoformat("2026-11-25T00:00:00+08:00")
    for since, until in ((day, day), (day, day - timedelta(days=1)), (day, day + timedelta(days=400))):
        with pytest.raises(BadInput, match="period"):
            check_period(since, until)
    check_period(day, day + timedelta(days=366))


def test_little_is_told_as_less_than_one_per_cent() -> None:
    assert [percent(one) for one in (0, 0.001, 0.006, 0.5, 1)] == ["0%", "<1%", "1%", "50%", "100%"]
