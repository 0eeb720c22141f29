"""Recordings that are not settled: what stands on the operator's list, and what a person can do."""

from datetime import timedelta

import pytest

from engine.errors import CarrierError, NotFound
from engine.services.outstanding_recordings import Stage, code_of, outstanding_recordings, try_again
from engine.services.recordings import ASK_AFTER
from tests.services.world import World

pytestmark = pytest.mark.service


def test_nothing_is_listed_while_everything_goes_as_it_should(world: World) -> None:
    world.ended_call("self")
    assert outstanding_recordings(world.house) == [], "the carrier has two minutes to tell by itself"


def test_a_recording_that_is_not_ready_is_listed_with_its_tries_and_the_next_one(world: World) -> None:
    call_id = world.ended_call("self")
    since = world.clock.now()
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    world.run_jobs()
    (one,) = outstanding_recordings(world.house)
    assert (one.stage, one.call_id, one.agent, one.carrier, one.carrier_ref) == (Stage.fetching, call_id, "周敏", "scripted", "rec-1")
    assert (one.since, one.tries, one.problem, one.job, one.is_stuck) == (since, 1, "recording.not_ready", "waiting", False)
    assert one.next_try is not None
    assert one.next_try > world.clock.now()
    assert outstanding_recordings(world.house, team_id="another team") == []
    assert len(outstanding_recordings(world.house, team_id=world.agent.team_id)) == 1
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.clock.advance(timedelta(minutes=1))
    world.run_jobs()
    assert outstanding_recordings(world.house) == []


def test_a_recording_that_failed_is_stuck_until_a_person_has_it_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = world.ended_call("self")
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    with monkeypatch.context() as patched:
        patched.setattr(world.carrier, "recording", _wrong_form)
        world.run_jobs()
    (one,) = outstanding_recordings(world.house)
    assert (one.is_stuck, one.problem, one.job, one.next_try) == (True, "recording.wrong_form", "failed", None)
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.clock.advance(timedelta(hours=2))
    world.run_jobs()
    assert len(outstanding_recordings(world.house)) == 1, "nothing tries by itself"
    try_again(world.house, call_id)
    try_again(world.house, call_id)
    world.run_jobs()
    assert outstanding_recordings(world.house) == []
    with pytest.raises(NotFound, match="not_stuck"):
        try_again(world.house, call_id)


def test_a_recording_nothing_works_on_any_more_gets_a_job_again(world: World) -> None:
    call_id = world.ended_call("self")
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    with world.database.transaction() as tx:
        tx.run("DELETE FROM job WHERE kind = 'fetch_recording'")
    (one,) = outstanding_recordings(world.house)
    assert (one.is_stuck, one.job, one.tries) == (True, None, 0)
    world.carrier.recordings["rec-1"] = b"RIFF"
    try_again(world.house, call_id)
    world.run_jobs()
    assert outstanding_recordings(world.house) == []


def test_a_recording_the_carrier_never_told_of_is_listed_when_it_was_asked_in_vain(world: World) -> None:
    call_id = world.ended_call("self")
    world.clock.advance(ASK_AFTER)
    world.run_jobs()
    (one,) = outstanding_recordings(world.house)
    assert (one.stage, one.call_id, one.recording_id, one.problem) == (Stage.asking, call_id, None, "recording.never_told")
    assert not one.is_stuck
    for _ in range(40):
        world.clock.advance(timedelta(hours=1))
        world.run_jobs()
    assert outstanding_recordings(world.house)[0].is_stuck
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.run_jobs()
    assert outstanding_recordings(world.house) == [], "what came after all is asked for no more"


def test_a_copy_that_is_still_at_the_carrier_is_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = world.ended_call("self")
    world.carrier.recordings["rec-1"] = b"RIFF"
    world.hears(call_id, "recording_ready", recording_ref="rec-1")
    with monkeypatch.context() as patched:
        patched.setattr(world.carrier, "delete_recording", _out_of_reach)
        world.run_jobs()
    (one,) = outstanding_recordings(world.house)
    assert (one.stage, one.problem, one.job) == (Stage.letting_go, "carrier.not_reached", "waiting")
    world.clock.advance(timedelta(minutes=1))
    world.run_jobs()
    assert outstanding_recordings(world.house) == []
    assert world.carrier.deleted == ["rec-1"]


@pytest.mark.parametrize(
    ("problem", "code"),
    [(None, None), ("", None), ("recording.short(seconds=3)", "recording.short"), ("OperationalError", "OperationalError")],
)
def test_a_problem_begins_with_its_code(problem: str | None, code: str | None) -> None:
    assert code_of(problem) == code


def _wrong_form(_ref: str) -> None:
    raise CarrierError("recording.wrong_form", retryable=False)


def _out_of_reach(_ref: str) -> None:
    raise CarrierError("carrier.not_reached", retryable=True)
