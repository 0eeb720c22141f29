"""The story of a call: steps with their times, going back, the drawer, points of interest, silences, and the desk replayed."""

import json
from datetime import timedelta

import pytest

from engine.errors import NotFound
from engine.flow.actions import Back, Cancel, CloseDrawer, DoNotCall, OpenDrawer, SayLine, UnsayLine, UseDrawerLine
from engine.flow.view import view
from engine.services.call_stories import CallStory, owner_of, story_of
from engine.services.review_points import PointKind
from engine.services.review_sound import Span, sound_of
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service


def wait(world: World, seconds: float) -> None:
    world.clock.advance(timedelta(seconds=seconds))


def kinds(story: CallStory) -> list[PointKind]:
    return [point.kind for point in story.points]


def test_every_step_has_its_place_in_the_recording_and_what_was_answered(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    story = story_of(world.house, call_id, "zh")
    first, second = story.steps[:2]
    assert (first.step, first.start_ms, first.chosen) == ("greet", 0, "self")
    assert second.start_ms == first.chosen_ms == first.end_ms
    for step, following in zip(story.steps, story.steps[1:], strict=False):
        assert step.end_ms == following.start_ms
    assert story.steps[-1].end_ms == story.length_ms == 5_000 * (len(TO_ACCEPTANCE) + 1)


def test_going_back_is_a_step_of_its_own_and_a_step_entered_again_is_counted(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, "self")
    world.act(call_id, Back())
    wait(world, 4)
    world.walk(call_id, "self")
    world.hears(call_id, "ended", ended_by="customer")
    steps = story_of(world.house, call_id, "zh").steps
    assert [(one.step, one.back, one.visit) for one in steps] == [
        ("greet", False, 1),
        ("verify", False, 1),
        ("greet", True, 1),
        ("verify", False, 2),
    ]


def test_the_drawer_is_shown_for_as_long_as_it_was_open(world: World) -> None:
    call_id = world.answered_call()
    wait(world, 2)
    world.act(call_id, OpenDrawer())
    wait(world, 3)
    objection = next(iter(world.flow(call_id).drawer))
    world.act(call_id, UseDrawerLine(objection))
    wait(world, 1)
    world.act(call_id, CloseDrawer())
    wait(world, 1)
    world.act(call_id, OpenDrawer())
    wait(world, 2)
    world.hears(call_id, "ended", ended_by="customer")
    story = story_of(world.house, call_id, "zh")
    assert story.drawers == ((2_000, 6_000), (7_000, 9_000))
    opened = [moment for moment in story.moments if moment.drawer]
    assert [moment.start_ms for moment in opened] == [2_000, 5_000, 7_000]
    assert not any(entry.used for entry in opened[0].drawer)
    assert [entry.code for entry in opened[1].drawer if entry.used] == [objection]
    assert PointKind.objection in kinds(story)


def test_points_tell_what_was_said_shown_and_agreed_with_their_times(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    story = story_of(world.house, call_id, "zh")
    told = {point.kind: point for point in story.points}
    assert told[PointKind.notice].offset_ms == 0
    assert told[PointKind.identity].offset_ms == 5_000
    assert told[PointKind.offer_presented].text == told[PointKind.offer_accepted].text != ""
    assert told[PointKind.reason].text
    disclosed = [point.offset_ms for point in story.points if point.kind is PointKind.disclosure]
    assert len(disclosed) >= 4
    assert max(disclosed) <= told[PointKind.offer_accepted].offset_ms
    assert [point.offset_ms for point in story.points] == sorted(point.offset_ms for point in story.points)


def test_a_tick_taken_back_and_the_lawful_wishes_are_points(world: World) -> None:
    call_id = world.answered_call()
    line = world.shown(call_id).must_say[0].key
    world.act(call_id, SayLine(line))
    world.act(call_id, UnsayLine(line))
    world.act(call_id, Cancel())
    world.act(call_id, DoNotCall())
    world.hears(call_id, "ended", ended_by="customer")
    story = story_of(world.house, call_id, "zh")
    told = {point.kind: point.text for point in story.points}
    assert {PointKind.unsaid, PointKind.cancel, PointKind.do_not_call} <= told.keys()
    assert told[PointKind.unsaid] == "".join(part.text for part in world.flow(call_id).steps["greet"].must_say[0].wording.render({}, "zh"))


def test_a_line_that_had_to_be_said_and_was_not_is_a_point_where_its_step_began(world: World) -> None:
    said = world.ended_call("self")
    assert PointKind.missed not in kinds(story_of(world.house, said, "zh"))
    world.close(said, "dropped")
    silent = world.answered_call(number="+99913800009999")
    line = world.shown(silent).must_say[0].key
    world.act(silent, SayLine(line))
    world.act(silent, UnsayLine(line))
    wait(world, 2)
    world.hears(silent, "ended", ended_by="customer")
    missed = [point for point in story_of(world.house, silent, "zh").points if point.kind is PointKind.missed]
    assert [point.offset_ms for point in missed] == [0]
    assert "录音" in missed[0].text


def test_each_moment_shows_exactly_what_the_desk_showed_then(world: World) -> None:
    call_id = world.answered_call()
    seen = {0: world.shown(call_id)}
    answered = world.call(call_id).line.answered_at
    assert answered is not None
    for answer in TO_ACCEPTANCE:
        world.walk(call_id, answer)
        run = world.call(call_id).run
        assert run is not None
        at = (world.clock.now() - answered) // timedelta(milliseconds=1) - 5_000  # `walk` moves the clock after the answer
        seen[at] = view(world.flow(call_id), run)
    world.hears(call_id, "ended", ended_by="customer")
    shown = {moment.start_ms: moment.view for moment in story_of(world.house, call_id, "zh").moments}
    for at, desk in seen.items():
        assert shown[at] == desk if at else shown[at].step == desk.step


def test_withdrawing_the_flow_and_the_offers_changes_nothing_of_what_was_seen(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    before = story_of(world.house, call_id, "zh")
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET live = :no WHERE kind IN ('flow', 'offers')", no=0 if tx.dialect == "sqlite" else False)
    assert story_of(world.house, call_id, "zh").moments == before.moments


def test_a_call_nobody_answered_has_a_story_without_steps(world: World) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason="busy")
    story = story_of(world.house, call_id, "zh")
    assert (story.steps, story.moments, story.points, story.length_ms) == ((), (), (), 0)


def test_silences_of_the_recording_become_points_and_its_length_the_storys(world: World) -> None:
    call_id = world.ended_call("self")
    lane = [100] * 10 + [0] * 240 + [100] * 10
    peaks = json.dumps({"per_second": 20, "left": lane, "right": [0] * 260})
    with world.database.transaction() as tx:
        tx.run(
            "INSERT INTO recording (id, call_id, state, carrier, carrier_ref, channel_map, duration_ms, peaks, made_at)"
            " VALUES ('r', :call, 'stored', 'scripted', 'x', :map, 13000, :peaks, 0)",
            call=call_id,
            map=json.dumps({"left": "customer", "right": "agent"}),
            peaks=peaks,
        )
    story = story_of(world.house, call_id, "zh")
    silence = next(point for point in story.points if point.kind is PointKind.silence)
    assert (silence.offset_ms, silence.length_ms, story.length_ms) == (500, 12_000, 13_000)
    assert story.recording is not None
    assert story.recording.sound is not None
    assert story.recording.sound.agent_share == 0


def test_a_call_that_is_not_there_has_no_story(world: World) -> None:
    for asked in (lambda: story_of(world.house, "no-such-call", "zh"), lambda: owner_of(world.house, "no-such-call")):
        with pytest.raises(NotFound):
            asked()


def test_ten_seconds_are_not_yet_a_long_silence_and_hiss_is_silence_too() -> None:
    quiet_ten = sound_of([90, *[2] * 200, 90], [0] * 202, 20)
    assert quiet_ten.quiet == (Span(50, 10_050),)
    assert quiet_ten.silences == ()
    assert quiet_ten.longest_silence_ms == 10_000
    hissing = sound_of([120] * 40 + [9] * 220 + [120] * 40, [0] * 300, 20)
    assert hissing.silences == (Span(2_000, 13_000),)


def test_whoever_speaks_while_the_other_is_silent_breaks_the_silence() -> None:
    both = sound_of([0] * 100 + [50] * 100, [50] * 100 + [0] * 100, 20)
    assert both.quiet == ()
    assert both.agent_share == 0.5
    assert sound_of([], [], 20).agent_share is None
