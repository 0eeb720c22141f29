from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import pytest

from engine.errors import BadInput, Busy, Conflict, IllegalMove, NotAllowed, NotFound, Refused
from engine.flow import snapshot
from engine.flow.publication import DraftState
from engine.flow.snapshot import cached
from engine.services import content, draft_comments, drafts, experiments, publication
from engine.services.drafts import Draft
from engine.storage.content import ContentVersion, content_source, content_versions, live_version, publish_content
from tests.fakes.workshop import Bench
from tests.services.world import World

pytestmark = [pytest.mark.service, pytest.mark.safety]

P = ParamSpec("P")
T = TypeVar("T")
FLOW = "broadband_cancellation"
WRITER, SUBMITTER, APPROVER = "writer", "submitter", "approver"


def changed(world: World, old: str = "title: 宽带", new: str = "title: 家里宽带") -> Draft:
    """A draft of the flow that says something else."""
    draft = drafts.begin_draft(world.house, WRITER, FLOW)
    assert old in draft.text
    return drafts.save(world.house, WRITER, draft.id, draft.version, text=draft.text.replace(old, new, 1), what={"code": "text"})


def submitted(world: World, **how: Any) -> Draft:
    draft = changed(world, **how)
    return publication.submit(world.house, SUBMITTER, draft.id, draft.version, "名字说清楚")


def live(world: World, flow_id: str = FLOW) -> str:
    with world.database.reading() as tx:
        return live_version(tx, "flow", flow_id)


def told(world: World) -> list[tuple[str, str, str]]:
    """(what, who, message), the oldest first."""
    with world.database.reading() as tx:
        return [(one.what, one.made_by, one.message) for one in reversed(publication.history(tx, FLOW))]


def reload(world: World, draft: Draft) -> Draft:
    with world.database.reading() as tx:
        return drafts.load_draft(tx, draft.id)


def test_another_person_approves_and_the_draft_is_live_with_its_message_its_author_and_its_files(world: World) -> None:
    before, draft = live(world), submitted(world)
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert (draft.state, draft.published_version) == (DraftState.published, live(world))
    assert live(world) != before
    with world.database.reading() as tx:
        version = next(one for one in content_versions(tx, "flow") if one.name == FLOW and one.live)
        source = content_source(tx, "flow", FLOW, live_version(tx, "flow", FLOW))
        assert drafts.open_draft_of(tx, FLOW) is None
    assert (version.number, version.message, version.published_by, version.approved_by) == (2, "名字说清楚", SUBMITTER, APPROVER)
    assert source == {"path": draft.path, "text": draft.text, "overlays": draft.overlays}
    assert told(world) == [
        ("submitted", SUBMITTER, "名字说清楚"),
        ("approved", APPROVER, "名字说清楚"),
        ("published", APPROVER, "名字说清楚"),
    ]


def test_a_version_for_an_experiment_is_approved_like_any_other_and_does_not_go_live(world: World) -> None:
    before, draft = live(world), submitted(world)
    with pytest.raises(NotAllowed):
        publication.approve(world.house, WRITER, draft.id, draft.version, aside=True)
    with pytest.raises(BadInput):
        publication.approve(
            world.house, APPROVER, draft.id, draft.version, aside=True, publish_at=world.house.clock.now() + timedelta(days=1)
        )
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version, aside=True)
    assert live(world) == before
    with world.database.reading() as tx:
        versions = [one for one in content_versions(tx, "flow") if one.name == FLOW]
    assert [(one.number, one.live) for one in versions] == [(1, True), (2, False)]
    assert versions[1].sha256 == draft.published_version
    assert [what for what, _, _ in told(world)] == ["submitted", "approved", "set_aside"]
    asked = experiments.Wish("更短的开场", version_a=before, version_b=versions[1].sha256)
    assert experiments.start(world.house, SUBMITTER, FLOW, asked)


@pytest.mark.parametrize("who", [WRITER, SUBMITTER])
def test_nobody_approves_what_they_wrote_or_submitted(world: World, who: str) -> None:
    before, draft = live(world), submitted(world)
    with pytest.raises(NotAllowed) as refused:
        publication.approve(world.house, who, draft.id, draft.version)
    assert refused.value.reason == "draft.own_work"
    assert (live(world), reload(world, draft).state) == (before, DraftState.in_review)


def test_whoever_wrote_any_part_of_it_does_not_approve_it_even_if_that_was_undone(world: World) -> None:
    draft = changed(world)
    draft = drafts.save(world.house, APPROVER, draft.id, draft.version, text=draft.text + "# x\n", what={"code": "text"})
    draft = drafts.undo(world.house, WRITER, draft.id, draft.version)
    draft = publication.submit(world.house, SUBMITTER, draft.id, draft.version, "改名")
    with pytest.raises(NotAllowed):
        publication.approve(world.house, APPROVER, draft.id, draft.version)


@pytest.mark.parametrize("message", ["", " \n\t "])
def test_nothing_is_submitted_sent_back_rolled_back_or_retired_without_a_message(world: World, message: str) -> None:
    draft = changed(world)
    with pytest.raises(BadInput) as refused:
        publication.submit(world.house, SUBMITTER, draft.id, draft.version, message)
    assert refused.value.reason == "draft.no_message"
    draft = publication.submit(world.house, SUBMITTER, draft.id, draft.version, "改名")
    with pytest.raises(BadInput):
        publication.send_back(world.house, APPROVER, draft.id, message)
    with pytest.raises(BadInput):
        publication.roll_back(world.house, APPROVER, FLOW, live(world), message)
    with pytest.raises(BadInput):
        publication.retire(world.house, APPROVER, FLOW, message)
    with pytest.raises(BadInput) as long:
        publication.retire(world.house, APPROVER, FLOW, "长" * 501)
    assert long.value.reason == "draft.long_message"


def test_a_draft_in_review_whose_message_is_gone_is_not_published(world: World) -> None:
    before, draft = live(world), submitted(world)
    with world.database.transaction() as tx:
        tx.run("UPDATE flow_draft SET message = '' WHERE id = :id", id=draft.id)
    with pytest.raises(Refused):
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert live(world) == before


def test_the_approver_approves_the_very_version_they_saw(world: World) -> None:
    before, draft = live(world), submitted(world)
    back = publication.take_back(world.house, WRITER, draft.id)
    other = drafts.save(world.house, WRITER, draft.id, back.version, text=draft.text + "# 悄悄加的\n", what={"code": "text"})
    publication.submit(world.house, SUBMITTER, draft.id, other.version, "名字说清楚")
    with pytest.raises(Conflict) as refused:
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert refused.value.reason == "draft.changed"
    assert live(world) == before


def test_a_change_while_the_checker_works_is_not_published(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before, draft = live(world), submitted(world)

    def meddled(*args: Any, **how: Any) -> Any:
        publication.take_back(world.house, WRITER, draft.id)
        return checked(*args, **how)

    checked = publication.report_of
    monkeypatch.setattr(publication, "report_of", meddled)
    with pytest.raises(Conflict):
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert (live(world), reload(world, draft).state) == (before, DraftState.draft)


def test_a_library_that_changes_while_the_checker_works_means_checking_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before, draft = live(world), submitted(world)

    def meddled(*args: Any, **how: Any) -> Any:
        with world.database.transaction() as tx:
            publish_content(tx, "library", "scripts_library/new.yaml", "0" * 64, "x", at=world.clock.now(), by="t", message="t")
        return checked(*args, **how)

    checked = publication.report_of
    monkeypatch.setattr(publication, "report_of", meddled)
    with pytest.raises(Conflict) as refused:
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert (refused.value.reason, live(world)) == ("library.changed", before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("always:", "alwais:"),  # the shape
        ("format: flow/1", "format: [flow/1"),  # the text itself
        ("tests:\n", "tests:\n  - name: 红的\n    path: [cancel]\n    expect: {end: accepted_pending}\n"),  # a red test
        ("tests:\n", "properties:\n  - never: end cancel_registered\ntests:\n"),  # a property that does not hold
    ],
)
def test_errors_red_tests_and_false_properties_are_not_published(world: World, old: str, new: str) -> None:
    before, draft = live(world), submitted(world, old=old, new=new)
    with pytest.raises(Refused) as refused:
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert refused.value.reason == "draft.has_errors"
    assert refused.value.fields["count"]
    assert (live(world), reload(world, draft).state) == (before, DraftState.in_review)


def test_an_error_is_not_published_whatever_else_the_report_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before, checked = live(world), publication.report_of
    draft = submitted(world, old="tests:\n", new="properties:\n  - never: end cancel_registered\ntests:\n")

    def hopeful(*args: Any, **how: Any) -> Any:
        report = checked(*args, **how)
        assert (report.snapshot, report.walkable is not None) == (None, True)
        return replace(report, snapshot=report.walkable)

    monkeypatch.setattr(publication, "report_of", hopeful)
    with pytest.raises(Refused) as refused:
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert (refused.value.reason, live(world)) == ("draft.has_errors", before)


def test_what_changed_since_it_was_read_is_not_submitted_unread(world: World) -> None:
    draft = changed(world)
    drafts.save(world.house, "another", draft.id, draft.version, text=draft.text + "# x\n", what={"code": "text"})
    with pytest.raises(Conflict):
        publication.submit(world.house, SUBMITTER, draft.id, draft.version, "改名")
    assert reload(world, draft).state is DraftState.draft


def test_a_draft_whose_text_is_another_flow_is_not_published_over_it(world: World) -> None:
    draft = submitted(world, old=f"id: {FLOW}", new="id: bill_too_high")
    overlay = draft.overlays["en"].replace(f"of: {FLOW}", "of: bill_too_high")
    draft = publication.take_back(world.house, WRITER, draft.id)
    draft = drafts.save(world.house, WRITER, draft.id, draft.version, overlays={"en": overlay}, what={"code": "text"})
    draft = publication.submit(world.house, SUBMITTER, draft.id, draft.version, "换号")
    with pytest.raises(Refused) as refused:
        publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert refused.value.reason == "draft.other_id"


def test_what_was_submitted_is_not_written_to_until_it_is_taken_or_sent_back(world: World) -> None:
    draft = submitted(world)
    with pytest.raises(IllegalMove):
        drafts.save(world.house, WRITER, draft.id, draft.version, text="x", what={})
    draft = publication.send_back(world.house, APPROVER, draft.id, "第三步说得太急")
    assert (draft.state, draft.message) == (DraftState.draft, "名字说清楚")
    assert drafts.save(world.house, WRITER, draft.id, draft.version, text="x", what={}).text == "x"
    assert told(world)[-1] == ("sent_back", APPROVER, "第三步说得太急")


def test_what_is_live_already_is_not_submitted(world: World) -> None:
    draft = drafts.begin_draft(world.house, WRITER, FLOW)
    with pytest.raises(Refused) as refused:
        publication.submit(world.house, SUBMITTER, draft.id, draft.version, "没改")
    assert refused.value.reason == "draft.no_change"


def test_remarks_that_no_call_sees_are_kept_with_the_version_that_is_live(world: World) -> None:
    before, draft = live(world), submitted(world, old="always:", new="# 想走就让走\nalways:")
    publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert live(world) == before
    assert "# 想走就让走" in drafts.begin_draft(world.house, WRITER, FLOW).text


def test_a_discarded_draft_keeps_its_texts_and_the_flow_may_get_another(world: World) -> None:
    draft = changed(world)
    publication.discard(world.house, WRITER, draft.id)
    with world.database.reading() as tx:
        assert drafts.revision_text(tx, draft.id, draft.head)[0] == draft.text
    assert drafts.begin_draft(world.house, WRITER, FLOW).id != draft.id
    with pytest.raises(IllegalMove):
        publication.approve(world.house, APPROVER, draft.id, draft.version + 1)


def test_a_scheduled_draft_is_published_at_its_moment_and_not_before(world: World) -> None:
    before, draft = live(world), submitted(world)
    at = world.house.clock.now() + timedelta(hours=20)
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=at)
    assert (draft.state, draft.publish_at, live(world)) == (DraftState.scheduled, at, before)
    world.clock.advance(timedelta(hours=19))
    world.run_jobs()
    assert live(world) == before
    world.clock.advance(timedelta(hours=1))
    world.run_jobs()
    assert live(world) == reload(world, draft).published_version != before
    assert told(world)[-2:] == [("scheduled", APPROVER, "名字说清楚"), ("published", "system", "名字说清楚")]
    publication.publish_scheduled(world.house, draft.id)  # a job that runs twice
    assert len(told(world)) == 4


def test_what_fails_at_its_moment_goes_back_to_its_author_with_the_reason(world: World) -> None:
    before, draft = live(world), submitted(world)
    at = world.house.clock.now() + timedelta(hours=1)
    publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=at)
    with world.database.transaction() as tx:  # meanwhile a line the flow uses has left the library
        tx.run("UPDATE content_version SET live = :no WHERE kind = 'library' AND name LIKE '%openings%'", no=tx.dialect == "never")
    world.clock.set(at)
    world.run_jobs()
    draft = reload(world, draft)
    assert (draft.state, draft.publish_at, draft.approved_by, live(world)) == (DraftState.draft, None, None, before)
    what, who, why = told(world)[-1]
    assert (what, who) == ("sent_back", "system")
    assert "openings" in why


def test_a_checker_with_no_time_at_that_moment_is_asked_again(world: World) -> None:
    draft, at = submitted(world), world.house.clock.now() + timedelta(hours=1)
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=at)
    before, able = live(world), world.house.workshop
    world.clock.set(at)
    world.house.workshop = Overrun()
    world.run_jobs()
    assert (reload(world, draft).state, live(world)) == (DraftState.scheduled, before)
    world.house.workshop = able
    world.clock.set(at + timedelta(minutes=1))
    world.run_jobs()
    assert reload(world, draft).state is DraftState.published


class Overrun(Bench):
    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        raise Busy("workshop.busy")


def test_a_schedule_that_was_stopped_or_moved_does_not_fire(world: World) -> None:
    before, draft = live(world), submitted(world)
    first = world.house.clock.now() + timedelta(hours=1)
    publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=first)
    draft = publication.send_back(world.house, WRITER, draft.id, "等一等")
    draft = publication.submit(world.house, SUBMITTER, draft.id, draft.version, "改名")
    publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=first + timedelta(hours=1))
    world.clock.set(first)
    world.run_jobs()
    assert live(world) == before
    world.clock.set(first + timedelta(hours=1))
    world.run_jobs()
    assert live(world) != before


def test_what_waits_for_its_moment_may_be_published_at_once_by_another_person(world: World) -> None:
    draft, at = submitted(world), world.house.clock.now() + timedelta(hours=1)
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=at)
    with pytest.raises(NotAllowed):
        publication.approve(world.house, WRITER, draft.id, draft.version)
    draft = publication.approve(world.house, "third", draft.id, draft.version)
    assert (draft.state, draft.approved_by, live(world)) == (DraftState.published, "third", draft.published_version)
    world.clock.set(at)
    world.run_jobs()
    assert [what for what, _, _ in told(world)].count("published") == 1


def test_many_who_decide_in_one_moment_leave_one_version_live(world: World) -> None:
    first, draft = live(world), submitted(world)
    publication.approve(world.house, APPROVER, draft.id, draft.version)
    second = live(world)

    def go(turn: int) -> str:
        try:
            publication.roll_back(world.house, APPROVER, FLOW, (first, second)[turn % 2], "来回")
        except Refused as refused:
            return refused.reason
        return "done"

    with ThreadPoolExecutor(6) as pool:
        ended = set(pool.map(go, range(24)))
    assert ended <= {"done", "flow.already_live"}
    assert live(world) in (first, second)
    assert world.one("SELECT COUNT(*) AS n FROM content_version WHERE kind = 'flow' AND name = :name AND live", name=FLOW)["n"] == 1


def test_a_moment_that_is_past_or_years_away_is_refused(world: World) -> None:
    draft, now = submitted(world), world.clock.now()
    for at in (now, now - timedelta(hours=1), now + timedelta(days=400)):
        with pytest.raises(BadInput) as refused:
            publication.approve(world.house, APPROVER, draft.id, draft.version, publish_at=at)
        assert refused.value.reason == "draft.bad_moment"


def test_rolling_back_makes_the_earlier_version_live_again_with_its_number(world: World) -> None:
    before, draft = live(world), submitted(world)
    publication.approve(world.house, APPROVER, draft.id, draft.version)
    publication.roll_back(world.house, SUBMITTER, FLOW, before, "客户听不懂")
    assert live(world) == before
    with world.database.reading() as tx:
        assert [one.number for one in content_versions(tx, "flow") if one.name == FLOW] == [1, 2]
    assert told(world)[-1] == ("rolled_back", SUBMITTER, "客户听不懂")
    with pytest.raises(Refused) as refused:
        publication.roll_back(world.house, SUBMITTER, FLOW, before, "再来一次")
    assert refused.value.reason == "flow.already_live"
    with pytest.raises(NotFound):
        publication.roll_back(world.house, SUBMITTER, FLOW, "0" * 64, "没有这个")


def test_a_call_under_way_keeps_the_version_it_began_with(world: World) -> None:
    call_id = world.answered_call()
    before, draft = world.call(call_id).flow_version, submitted(world)
    publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert world.call(call_id).flow_version == before
    world.walk(call_id, "self")
    assert world.flow(call_id).version == before
    publication.retire(world.house, APPROVER, FLOW, "不用了")
    world.walk(call_id, "match")
    later = world.call(call_id)
    assert (later.flow_version, world.flow(call_id).version) == (before, before)


def test_no_call_begins_with_a_retired_flow_until_a_version_is_made_live_again(world: World) -> None:
    version, lead_id = live(world), world.lead_before()
    publication.retire(world.house, APPROVER, FLOW, "活动结束")
    with pytest.raises(NotFound) as refused:
        world.dial(lead_id)
    assert (refused.value.reason, world.carrier.orders) == ("content.not_live", [])
    with pytest.raises(NotFound):
        publication.retire(world.house, APPROVER, FLOW, "再一次")
    publication.roll_back(world.house, APPROVER, FLOW, version, "又开了")
    assert world.call(world.dial(lead_id)).flow_version == version
    assert [what for what, _, _ in told(world)] == ["retired", "rolled_back"]


def test_a_new_flow_is_published_as_its_first_version(world: World) -> None:
    with world.database.reading() as tx:
        source = content_source(tx, "flow", FLOW, live_version(tx, "flow", FLOW))
    assert source is not None
    text = source["text"].replace(f"id: {FLOW}", "id: another")
    draft = drafts.begin_flow(world.house, WRITER, "another", "又一个", "retention", text)
    draft = publication.submit(world.house, WRITER, draft.id, draft.version, "新的")
    publication.approve(world.house, APPROVER, draft.id, draft.version)
    with world.database.reading() as tx:
        assert content.flow_version(tx, "another", live_version(tx, "flow", "another")).id == "another"


def test_comments_are_raised_at_a_step_and_settled_once(world: World) -> None:
    draft = changed(world)
    comment = draft_comments.raise_comment(world.house, APPROVER, draft.id, "greet", " 太快 ")
    draft_comments.raise_comment(world.house, APPROVER, draft.id, None, "总的不错")
    draft_comments.settle(world.house, WRITER, draft.id, comment.id)
    with world.database.reading() as tx:
        found = draft_comments.comments_of(tx, draft.id)
    assert [(one.step, one.body, one.settled_by) for one in found] == [(None, "总的不错", None), ("greet", "太快", WRITER)]
    with pytest.raises(NotFound):
        draft_comments.settle(world.house, WRITER, draft.id, comment.id)
    for body, reason in (("  ", "comment.empty"), ("长" * 1001, "comment.too_long")):
        with pytest.raises(BadInput) as refused:
            draft_comments.raise_comment(world.house, APPROVER, draft.id, None, body)
        assert refused.value.reason == reason


def test_what_is_published_is_compiled_before_a_call_comes_for_it(world: World) -> None:
    draft = submitted(world)
    world.house.workshop = Elsewhere()
    draft = publication.approve(world.house, APPROVER, draft.id, draft.version)
    assert cached(str(draft.published_version)) is not None
    forget()
    first = next(one.sha256 for one in versions(world) if one.number == 1)
    publication.roll_back(world.house, SUBMITTER, FLOW, first, "先用回老的")
    assert cached(first) is not None


def forget() -> None:
    """As in a process that has just started."""
    snapshot._loaded.clear()


class Elsewhere(Bench):
    """What is compiled in the other process is not compiled here."""

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        done = super().run(work, *args, **kwargs)
        forget()
        return done


def versions(world: World) -> list[ContentVersion]:
    with world.database.reading() as tx:
        return [one for one in content_versions(tx, "flow") if one.name == FLOW]
