"""The agent's hands on a live call: what is pressed is done once, whatever the page, the network or a second tab does."""

import threading
from datetime import timedelta

import pytest

from engine.errors import ActionReused, Conflict, IllegalMove, NotFound, StaleState
from engine.flow.actions import Answer, Back, CloseDrawer, DoNotCall, OpenDrawer, SayLine, UseDrawerLine
from engine.services import call_desk, call_record
from engine.storage.call_log import load_call, save_call
from tests.services.world import TO_ACCEPTANCE, TO_FIRST_OFFER, World

pytestmark = pytest.mark.service


def test_pressing_twice_with_one_id_is_one_step(world: World) -> None:
    call_id = world.answered_call()
    world.say_everything(call_id)
    press, seen = world.press(), world.call(call_id).sequence
    first = world.act(call_id, Answer("self"), press, seen)
    second = world.act(call_id, Answer("self"), press, seen)
    assert (first.run, first.sequence) == (second.run, second.sequence)
    assert second.done_before
    assert world.shown(call_id).step == "verify"
    assert world.types(call_id).count("answer.chosen") == 1


def test_the_same_id_with_another_meaning_is_refused(world: World) -> None:
    call_id = world.answered_call()
    world.say_everything(call_id)
    world.act(call_id, Answer("self"), world.press("one", meaning="self"))
    with pytest.raises(ActionReused):
        world.act(call_id, Answer("match"), world.press("one", meaning="match"))
    assert world.shown(call_id).step == "verify"


def test_two_tabs_do_one_step_and_the_late_one_is_told(world: World) -> None:
    call_id = world.answered_call()
    world.say_everything(call_id)
    seen = world.call(call_id).sequence
    world.act(call_id, Answer("self"), seen=seen)
    with pytest.raises(StaleState):
        world.act(call_id, Answer("self"), seen=seen)
    assert world.shown(call_id).step == "verify"


def test_two_presses_at_the_same_moment_are_one_step(world: World) -> None:
    call_id = world.answered_call()
    world.say_everything(call_id)
    press, seen = world.press(), world.call(call_id).sequence
    ready, outcomes = threading.Barrier(4), []

    def presses() -> None:
        ready.wait()
        try:
            outcomes.append(world.act(call_id, Answer("self"), press, seen).sequence)
        except Conflict as late:
            outcomes.append(late)

    threads = [threading.Thread(target=presses) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert any(isinstance(outcome, int) for outcome in outcomes)
    assert world.types(call_id).count("answer.chosen") == 1
    assert world.act(call_id, Answer("self"), press, seen).done_before  # and whoever lost the race finds it done


def test_a_ringing_or_a_note_does_not_make_a_page_stale(world: World) -> None:
    call_id = world.answered_call()
    world.say_everything(call_id)
    seen = world.call(call_id).sequence
    call_desk.save_note(world.house, world.agent, call_id, "爽快", world.press())
    world.act(call_id, Answer("self"), seen=seen)
    assert world.shown(call_id).step == "verify"


def test_the_compare_and_set_is_what_holds_when_two_have_read_the_same_state(world: World) -> None:
    call_id = world.answered_call()
    with world.database.reading() as tx:
        before = load_call(tx, call_id)
    world.say_everything(call_id)
    with pytest.raises(StaleState), world.database.transaction() as tx:
        save_call(tx, before, before.line, before.run, [], None)


def test_nobody_acts_on_a_colleagues_call(world: World) -> None:
    call_id = world.answered_call()
    with pytest.raises(NotFound):
        call_desk.act(world.house, world.colleague, call_id, DoNotCall(), world.press(caller=world.colleague), 99)
    with pytest.raises(NotFound):
        call_desk.hang_up(world.house, world.colleague, call_id, world.press(caller=world.colleague))
    with pytest.raises(NotFound):
        call_desk.save_note(world.house, world.colleague, call_id, "x", world.press(caller=world.colleague))


def test_before_the_answer_there_is_nothing_to_step_through(world: World) -> None:
    call_id = world.dial(world.lead_before())
    with pytest.raises(IllegalMove, match=r"call\.not_in_flow"):
        world.act(call_id, Answer("self"))


def test_no_yes_counts_before_everything_about_the_offer_was_said(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, *TO_FIRST_OFFER)
    with pytest.raises(IllegalMove):
        world.act(call_id, Answer("accept"))
    assert world.shown(call_id).step == "best_offer"


def test_a_refused_press_leaves_no_trace_and_may_be_pressed_again(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, *TO_FIRST_OFFER)
    press, before = world.press(), world.log(call_id)
    with pytest.raises(IllegalMove):
        world.act(call_id, Answer("accept"), press)
    assert world.log(call_id) == before
    world.say_everything(call_id)
    world.act(call_id, Answer("accept"), press)
    assert world.shown(call_id).step == "recap"


def test_the_drawer_leads_back_to_the_same_place_and_back_keeps_the_facts(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, *TO_FIRST_OFFER[:5])
    place = world.shown(call_id).step
    world.act(call_id, OpenDrawer())
    world.act(call_id, UseDrawerLine(next(iter(world.flow(call_id).drawer))))
    world.act(call_id, CloseDrawer())
    assert world.shown(call_id).step == place
    world.act(call_id, Back())
    run = world.call(call_id).run
    assert run is not None
    assert (run.step, run.facts["home_use"], run.facts["leave_reason"]) == ("why", "seldom", "price")


def test_an_offer_decision_is_kept_with_its_inputs_and_rule_version(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, *TO_FIRST_OFFER)
    row = world.one("SELECT step, policy_version, request, decision FROM offer_decision")
    assert row["step"] == "best_offer"
    assert '"churn_score"' in row["request"] or '"tenure_months"' in row["request"]
    assert '"offered"' in row["decision"]
    run = world.call(call_id).run
    assert run is not None
    assert run.decision is not None
    assert run.decision.policy_version == row["policy_version"]


def test_the_log_of_a_whole_call_replays_to_what_is_stored(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    world.close(call_id, "accepted_pending", note="约了装维")
    state = call_record.replay(world.flow(call_id), world.log(call_id))
    stored = world.call(call_id)
    assert (state.line, state.run) == (stored.line, stored.run)
    assert [one.sequence for one in world.log(call_id)] == list(range(1, stored.sequence + 1))


# ------------------------------------------------------------ note and hang-up


def test_a_note_is_kept_as_it_reads_now_and_the_same_again_is_nothing_new(world: World) -> None:
    call_id = world.answered_call()
    press = world.press()
    for _ in range(2):
        call_desk.save_note(world.house, world.agent, call_id, "先写一半", press)
    call_desk.save_note(world.house, world.agent, call_id, "先写一半", world.press())
    call_desk.save_note(world.house, world.agent, call_id, "写完了", world.press())
    assert world.call(call_id).line.note == "写完了"
    assert world.types(call_id).count("note.saved") == 2


def test_a_note_that_is_too_long_or_comes_too_late_is_refused(world: World) -> None:
    call_id = world.ended_call("self")
    with pytest.raises(IllegalMove, match=r"note\.too_long"):
        call_desk.save_note(world.house, world.agent, call_id, "长" * 4001, world.press())
    world.close(call_id, "dropped")
    with pytest.raises(IllegalMove, match=r"call\.closed"):
        call_desk.save_note(world.house, world.agent, call_id, "晚了", world.press())


def test_hanging_up_twice_is_one_event(world: World) -> None:
    call_id = world.answered_call()
    press = world.press()
    for _ in range(2):
        call_desk.hang_up(world.house, world.agent, call_id, press)
    assert world.types(call_id).count("call.hang_up_requested") == 1


def test_steps_may_still_be_marked_after_the_line_went_but_not_after_wrap_up(world: World) -> None:
    call_id = world.ended_call()
    world.act(call_id, SayLine(world.shown(call_id).must_say[0].key))
    world.clock.advance(timedelta(seconds=1))
    world.close(call_id, "dropped")
    with pytest.raises(IllegalMove, match=r"call\.not_in_flow"):
        world.act(call_id, DoNotCall())
