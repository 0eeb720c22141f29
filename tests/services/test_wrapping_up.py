"""After the call: one outcome, everything it brings in one commit, once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import ActionReused, BadInput, IllegalMove, NotFound
from engine.flow.actions import DoNotCall
from engine.services.wrapping_up import RETRY_AFTER, WrapUpForm, close_call, proposed_disposition
from engine.storage.call_log import Action
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service

URUMQI = ZoneInfo("Asia/Urumqi")
TOMORROW_AT_THREE = datetime(2026, 11, 26, 15, 0, tzinfo=URUMQI)


def proposal(world: World, call_id: str) -> str:
    call = world.call(call_id)
    return proposed_disposition(call.line, call.run)


@pytest.mark.parametrize(
    ("reason", "outcome"), [("busy", "busy"), ("no_answer", "no_answer"), ("invalid_number", "invalid"), ("machine", "machine")]
)
def test_the_outcome_of_a_call_nobody_took_is_proposed_from_its_end(world: World, reason: str, outcome: str) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason=reason)
    assert proposal(world, call_id) == outcome


def test_the_outcome_of_a_conversation_is_proposed_from_its_route(world: World) -> None:
    assert proposal(world, world.ended_call(*TO_ACCEPTANCE)) == "accepted_pending"


def test_a_conversation_cut_off_midway_is_proposed_as_dropped(world: World) -> None:
    assert proposal(world, world.ended_call("self")) == "dropped"


def test_what_the_customer_asked_for_wins_over_where_the_line_dropped(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, DoNotCall())
    world.hears(call_id, "ended", ended_by="customer")
    assert proposal(world, call_id) == "refused"


def test_saving_closes_the_call_and_frees_the_agent(world: World) -> None:
    call_id = world.ended_call("self")
    lead = world.call(call_id).lead_id
    world.close(call_id, "dropped", note="信号断了")
    line = world.call(call_id).line
    assert (line.state, line.disposition, line.note) == ("closed", "dropped", "信号断了")
    assert world.desk() == {"state": "available", "lead_id": None, "call_id": None}
    row = world.one("SELECT state, not_before, agent_id FROM lead WHERE id = :id", id=lead)
    assert row == {"state": "later", "not_before": int((world.clock.now() + RETRY_AFTER).timestamp() * 1000), "agent_id": None}
    assert [one["summary"] for one in world.rows("SELECT summary FROM contact")] == ["信号断了"]


def test_a_pause_may_follow_the_call(world: World) -> None:
    world.close(world.ended_call("self"), "dropped", pause_after=True)
    assert world.desk()["state"] == "on_break"


def test_pressing_save_twice_saves_once(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    press = world.press()
    for _ in range(2):
        world.close(call_id, "accepted_pending", press)
    assert len(world.rows("SELECT 1 FROM sales_order")) == 1
    assert world.types(call_id).count("call.closed") == 1
    assert [row["kind"] for row in world.rows("SELECT kind FROM message ORDER BY kind")] == ["call_summary", "order_confirmation"]


def test_the_same_press_with_another_outcome_is_refused(world: World) -> None:
    call_id = world.ended_call("self")
    world.close(call_id, "dropped", Action("one", "dropped", world.agent.actor))
    with pytest.raises(ActionReused):
        world.close(call_id, "wrong_party", Action("one", "wrong_party", world.agent.actor))


def test_a_second_tab_cannot_close_a_closed_call(world: World) -> None:
    call_id = world.ended_call("self")
    world.close(call_id, "dropped")
    with pytest.raises(IllegalMove, match=r"call\.not_in_wrap_up"):
        world.close(call_id, "wrong_party")
    assert world.call(call_id).line.disposition == "dropped"


def test_a_call_that_is_still_up_cannot_be_closed(world: World) -> None:
    with pytest.raises(IllegalMove, match=r"call\.not_in_wrap_up"):
        world.close(world.answered_call(), "dropped")


def test_nobody_closes_a_colleagues_call(world: World) -> None:
    call_id = world.ended_call("self")
    with pytest.raises(NotFound):
        close_call(world.house, world.colleague, call_id, WrapUpForm("dropped"), world.press(caller=world.colleague))


@pytest.mark.parametrize(
    ("disposition", "form", "missing"),
    [
        ("callback", {}, ["callback_at"]),
        ("callback", {"callback_at": TOMORROW_AT_THREE - timedelta(days=2)}, ["callback_at"]),
        ("accepted_pending", {}, ["order"]),
        ("cancel_registered", {}, ["reason"]),
        ("not_kept", {}, ["reason"]),
    ],
)
def test_an_outcome_says_what_it_needs(world: World, disposition: str, form: dict, missing: list[str]) -> None:
    call_id = world.ended_call("self")
    with pytest.raises(BadInput, match=r"disposition\.needs") as refused:
        world.close(call_id, disposition, **form)
    assert refused.value.fields["missing"] == missing
    assert world.call(call_id).line.state == "wrap_up"
    assert world.rows("SELECT 1 FROM message") == world.rows("SELECT 1 FROM callback") == []


def test_an_outcome_nobody_knows_is_refused(world: World) -> None:
    with pytest.raises(BadInput, match=r"disposition\.unknown"):
        world.close(world.ended_call("self"), "great")


def test_a_callback_is_booked_in_the_customers_own_time(world: World) -> None:
    world.clock.advance(timedelta(hours=6))  # four in the afternoon in Beijing
    call_id = world.ended_call(zone="Asia/Urumqi", city="乌鲁木齐", province="新疆")
    world.close(call_id, "callback", callback_at=TOMORROW_AT_THREE, note="下午三点后")
    row = world.one("SELECT at, zone, state FROM callback")
    assert row == {"at": int(TOMORROW_AT_THREE.timestamp() * 1000), "zone": "Asia/Urumqi", "state": "booked"}
    lead = world.one("SELECT state, not_before, agent_id FROM lead WHERE id = :id", id=world.call(call_id).lead_id)
    assert lead == {"state": "callback", "not_before": row["at"], "agent_id": world.agent.user_id}
    (message,) = world.rows("SELECT kind, body FROM message")
    assert message["kind"] == "callback_reminder"
    assert "11月26日15:00" in message["body"]


def test_an_outcome_that_settles_the_lead_settles_it(world: World) -> None:
    call_id = world.ended_call("self", "match", "decided", "confirm")
    world.close(call_id, "cancel_registered", reason="price")
    assert world.one("SELECT state, last_disposition FROM lead") == {"state": "done", "last_disposition": "cancel_registered"}


def test_every_outcome_that_needs_nothing_can_be_saved(world: World) -> None:
    """All of them in one world: the next call waits a day, as the caps ask."""
    for serial, disposition in enumerate(world.dispositions().values()):
        if disposition.needs & {"order", "callback_at"}:
            continue
        call_id = world.ended_call("self", number=f"+9991{serial:010d}")
        assert world.close(call_id, disposition.code, reason="price").line.disposition == disposition.code
