"""A click to dial: cleared, written down, asked once, and never again by itself."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.campaigns.clearance import RULES, Verdict
from engine.errors import ActionReused, Conflict, IllegalMove, NotAllowed, NotCleared
from engine.ports.carrier import NotPlaced, PlaceCall, Placed, PlaceResult, Unknown
from engine.services import call_progress, sending
from engine.services.reconciling import recover
from engine.storage.attempts import add_attempt
from engine.storage.call_log import read_log
from engine.storage.do_not_call import refuse_number
from engine.storage.tables.calls import AttemptRow
from tests.services.world import NUMBER, World, rule_of

pytestmark = [pytest.mark.service, pytest.mark.safety]


def refuse(world: World, number: str = NUMBER) -> None:
    with world.database.transaction() as tx:
        refuse_number(tx, world.ids.new(), number, reason="customer_asked", source="test", at=world.clock.now(), call_id=None)


def held_back(world: World) -> list:
    """Work for later is held back from here on, as a busy server would; the list is what waits."""
    waiting: list = []
    world.house.later = waiting.append
    return waiting


def test_a_cleared_number_is_asked_for_once_and_everything_is_written_down(world: World) -> None:
    lead = world.lead_before()
    call_id = world.dial(lead)
    attempt = world.attempt(call_id)
    assert [order.number for order in world.carrier.orders] == [NUMBER]
    assert (attempt.state, attempt.carrier_call_id) == ("placed", "carrier-1")
    assert world.types(call_id) == ["call.requested", "call.posted", "call.placed"]
    assert world.desk() == {"state": "on_call", "lead_id": lead, "call_id": call_id}
    assert world.one("SELECT state, attempts FROM lead WHERE id = :id", id=lead) == {"state": "in_call", "attempts": 1}


def test_the_receipt_keeps_every_rule_of_a_dial(world: World) -> None:
    world.dial(world.lead_before())
    receipt = world.one("SELECT decision, policy, local_time, rules FROM receipt")
    assert receipt["decision"] == "allow"
    assert receipt["policy"].startswith("cn_telecom@")
    assert receipt["local_time"] == "2026-11-25T10:00:00+08:00"
    assert all(f'"kind":"{kind.value}"' in receipt["rules"] for kind, _ in RULES)


def test_a_refusal_keeps_its_receipt_with_every_rule_and_nothing_is_sent(world: World) -> None:
    refuse(world)
    lead = world.lead_before()
    with pytest.raises(NotCleared) as refused:
        world.dial(lead)
    assert rule_of(refused) == "do_not_call"
    assert world.carrier.orders == []
    receipt = world.one("SELECT decision, rules, lead_id FROM receipt")
    assert (receipt["decision"], receipt["lead_id"]) == (Verdict.block, lead)
    assert all(f'"kind":"{kind.value}"' in receipt["rules"] for kind, _ in RULES)
    assert world.rows("SELECT 1 FROM attempt") == world.rows("SELECT 1 FROM call") == []
    assert world.desk()["state"] == "preview"


@pytest.mark.parametrize(
    ("customer", "rule"),
    [
        ({"consents": ()}, "consent"),
        ({"port_state": "in_progress"}, "port_out"),
        ({"zone": None, "province": "", "city": "", "country": ""}, None),
    ],
)
def test_what_the_record_says_stands_in_the_way(world: World, customer: dict, rule: str | None) -> None:
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before(**customer))
    assert rule is None or rule_of(refused) == rule
    assert world.carrier.orders == []


def test_outside_the_calling_hours_of_the_callee_nobody_is_dialled(world: World) -> None:
    lead = world.lead_before()
    world.clock.advance(timedelta(hours=13))
    with pytest.raises(NotCleared) as refused:
        world.dial(lead)
    assert rule_of(refused) in ("window", "soft_times")


# ------------------------------------------------------------ do-not-call, before and after


def test_a_refusal_that_comes_between_clearance_and_the_request_stops_the_request(world: World) -> None:
    waiting = held_back(world)
    call_id = world.dial(world.lead_before())
    refuse(world)
    for work in waiting:
        work()
    assert world.carrier.orders == []
    assert world.attempt(call_id).state == "not_placed"
    assert (world.call(call_id).line.state, world.call(call_id).line.end_reason) == ("wrap_up", "not_placed")


def test_a_refusal_that_comes_before_clearance_stops_the_dial(world: World) -> None:
    lead = world.lead_before()
    refuse(world)
    with pytest.raises(NotCleared):
        world.dial(lead)
    assert world.carrier.orders == []


def test_a_refusal_that_comes_after_the_request_has_left_holds_for_the_next_dial(world: World) -> None:
    first = world.dial(world.lead_before())
    refuse(world)
    world.hears(first, "ended", reason="busy")
    world.close(first, "busy")
    with pytest.raises(NotCleared):
        world.dial(world.lead_before())
    assert len(world.carrier.orders) == 1


def test_hours_that_end_while_the_request_waits_stop_it(world: World) -> None:
    waiting = held_back(world)
    call_id = world.dial(world.lead_before())
    world.clock.advance(timedelta(seconds=61))
    waiting[0]()
    assert world.carrier.orders == []
    assert world.rows("SELECT state, reason FROM attempt") == [{"state": "not_placed", "reason": "intent_too_old"}]
    assert world.call(call_id).line.state == "wrap_up"


def test_a_caller_who_hung_up_before_the_request_left_rings_nobody(world: World) -> None:
    from engine.services import call_desk

    waiting = held_back(world)
    call_id = world.dial(world.lead_before())
    call_desk.hang_up(world.house, world.agent, call_id, world.press())
    for work in waiting:
        work()
    assert world.carrier.orders == []
    assert world.call(call_id).line.end_reason == "not_placed"


# ------------------------------------------------------------ one open attempt per number


def test_a_household_number_is_on_one_call_at_a_time(world: World) -> None:
    mother = world.lead_before()
    son = world.lead_before(world.colleague)
    world.dial(mother)
    with pytest.raises(NotCleared) as refused:
        world.dial(son, caller=world.colleague)
    assert rule_of(refused) == "open_attempt"
    assert len(world.carrier.orders) == 1


def test_a_call_to_one_of_a_household_counts_for_all_of_it(world: World) -> None:
    first = world.dial(world.lead_before())
    world.hears(first, "ended", reason="no_answer")
    world.close(first, "no_answer")
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before())
    assert rule_of(refused) in ("attempt_caps", "contact_caps")


def test_the_database_itself_refuses_a_second_open_attempt(world: World) -> None:
    """Clearance is looked at first; this index is what holds when two processes look at once."""
    world.dial(world.lead_before())
    first = world.one("SELECT receipt_id, customer_id FROM attempt")
    row = AttemptRow(
        id=world.ids.new(), call_id="another", number=NUMBER, space="test", carrier="scripted", trunk="simulated",
        trunk_kind="simulated", state="intent", made_at=world.clock.now(), changed_at=world.clock.now(), **first,
    )  # fmt: skip
    with pytest.raises(Conflict, match=r"number\.in_use"), world.database.transaction() as tx:
        add_attempt(tx, row)
    assert len(world.rows("SELECT id FROM attempt")) == 1


# ------------------------------------------------------------ pressed twice


def test_the_same_press_twice_is_one_call(world: World) -> None:
    lead, press = world.lead_before(), world.press()
    first, second = world.dial(lead, press), world.dial(lead, press)
    assert first == second
    assert len(world.carrier.orders) == 1


def test_the_same_press_four_times_at_once_is_one_call(world: World) -> None:
    lead, press, ready = world.lead_before(), world.press(), threading.Barrier(4)

    def presses() -> str:
        ready.wait()
        return world.dial(lead, press)

    with ThreadPoolExecutor(4) as pool:
        calls = {each.result() for each in [pool.submit(presses) for _ in range(4)]}
    assert len(calls) == 1
    assert len(world.carrier.orders) == 1


def test_another_press_while_it_rings_is_refused(world: World) -> None:
    lead = world.lead_before()
    world.dial(lead)
    with pytest.raises((NotCleared, IllegalMove)):
        world.dial(lead)
    assert len(world.carrier.orders) == 1


def test_one_action_id_for_two_leads_is_refused(world: World) -> None:
    press = world.press(meaning="first")
    world.dial(world.lead_before(), press)
    with pytest.raises(ActionReused):
        world.dial(world.lead_before(world.colleague, "+99913800005678"), world.press(press.id, meaning="second"))
    assert len(world.carrier.orders) == 1


def test_a_lead_of_somebody_else_cannot_be_dialled(world: World) -> None:
    lead = world.lead_before(world.colleague)
    with pytest.raises(NotAllowed):
        world.dial(lead)
    assert world.carrier.orders == []


def test_work_that_is_run_again_sends_nothing_again(world: World) -> None:
    call_id = world.dial(world.lead_before())
    for _ in range(3):
        sending.send(world.house, world.attempt(call_id).id)
    assert len(world.carrier.orders) == 1


# ------------------------------------------------------------ what the carrier may answer


def test_a_timeout_is_unknown_shown_as_such_and_never_dialled_again(world: World) -> None:
    world.carrier.results = [Unknown("ReadTimeout")]
    lead = world.lead_before()
    call_id = world.dial(lead)
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("unknown", "unknown")
    recover(world.house)
    sending.send(world.house, world.attempt(call_id).id)
    with pytest.raises((NotCleared, IllegalMove)):
        world.dial(lead)
    with pytest.raises(NotCleared):
        world.dial(world.lead_before(world.colleague), caller=world.colleague)
    assert len(world.carrier.orders) == 1


def test_a_request_that_provably_rang_nobody_leads_to_wrap_up(world: World) -> None:
    world.carrier.results = [NotPlaced("throttled", retryable=True)]
    call_id = world.dial(world.lead_before())
    assert world.attempt(call_id).state == "not_placed"
    assert world.call(call_id).line.state == "wrap_up"
    assert world.close(call_id, "no_answer").line.state == "closed"
    assert world.desk()["state"] == "available"


def test_an_answer_that_overtakes_the_reply_is_kept(world: World) -> None:
    """The carrier's event arrives while our own request still waits for its reply."""
    place = world.carrier.place_call

    def answered_at_once(order: PlaceCall) -> PlaceResult:
        reply = place(order)
        call_progress.hear(world.house, "scripted", world.carrier.event(order.attempt_id, "answered", answered_by="human"))
        return reply

    world.carrier.place_call = answered_at_once  # pyright: ignore[reportAttributeAccessIssue]
    call_id = world.dial(world.lead_before())
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("live", "connected")
    assert world.shown(call_id).step == "greet"


@pytest.mark.parametrize("reply", [Unknown("ReadTimeout"), NotPlaced("refused", retryable=False), Placed("carrier-9")])
def test_whatever_the_reply_says_an_event_that_overtook_it_counts(world: World, reply: PlaceResult) -> None:
    place = world.carrier.place_call
    world.carrier.results = [reply]

    def rings_first(order: PlaceCall) -> PlaceResult:
        call_progress.hear(world.house, "scripted", world.carrier.event(order.attempt_id, "ringing"))
        return place(order)

    world.carrier.place_call = rings_first  # pyright: ignore[reportAttributeAccessIssue]
    call_id = world.dial(world.lead_before())
    assert (world.attempt(call_id).state, world.call(call_id).line.state) == ("ringing", "ringing")


def test_while_the_carrier_is_asked_no_transaction_is_open(world: World) -> None:
    """Others write while a slow carrier makes us wait."""
    place = world.carrier.place_call

    def slow(order: PlaceCall) -> PlaceResult:
        refuse(world, "+99913800009999")
        with world.database.reading() as tx:
            assert [one.event.type for one in read_log(tx, tx.rows("SELECT id FROM call")[0]["id"])] == ["call.requested", "call.posted"]
        return place(order)

    world.carrier.place_call = slow  # pyright: ignore[reportAttributeAccessIssue]
    world.dial(world.lead_before())
    assert len(world.rows("SELECT 1 FROM do_not_call")) == 1
