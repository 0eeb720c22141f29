"""The report of a draft: what the checker finds, how the tests go, what is proved, what is kept, and in which process it was worked out."""

import itertools
import os
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import Refused
from engine.flow import snapshot
from engine.flow.proving import Verdict
from engine.services import checking_drafts, drafts, writing_text
from engine.services.checking_drafts import Report, check_files, forget_reports, kept_report, question_of, report_of
from engine.services.drafts import Draft
from integrations.other_process import OtherProcess
from tests.fakes.workshop import Bench
from tests.services.world import World

pytestmark = pytest.mark.service

FLOW, WRITER = "broadband_cancellation", "writer"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_reports()


@pytest.fixture
def draft(world: World) -> Draft:
    return drafts.begin_draft(world.house, WRITER, FLOW)


def changed(world: World, draft: Draft, old: str, new: str, *, every: bool = False) -> Draft:
    """The draft with something else in its text."""
    assert old in draft.text
    text = draft.text.replace(old, new) if every else draft.text.replace(old, new, 1)
    return drafts.save(world.house, WRITER, draft.id, draft.version, text=text, what={"code": "text.edited"})


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def test_a_sound_flow_has_a_snapshot_green_tests_proved_properties_and_full_coverage(world: World, draft: Draft) -> None:
    report = report_of(world.house, draft)
    assert (report.error_count, report.warning_count) == (0, 0)
    assert report.snapshot is not None
    assert report.snapshot == report.walkable
    with world.database.reading() as tx:
        live = tx.row("SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = :name AND live", name=FLOW)
    assert live is not None
    assert report.snapshot.sha256 == live["sha256"]
    assert report.tests
    assert all(one.passed for one in report.tests)
    assert [one.name for one in report.examples] == [one.name for one in report.tests]
    assert report.coverage is not None
    assert report.coverage.missing == ()
    assert {one.verdict for one in report.properties} == {Verdict.proved}
    assert report.titles["greet"]["zh"]
    assert report.outcomes["cancel_registered"]["en"]


def test_the_law_s_the_library_s_and_the_author_s_properties_are_all_told(world: World, draft: Draft) -> None:
    draft = changed(world, draft, "tests:\n", "properties:\n  - never: offer before phase discovery\n    because: 先问清楚\ntests:\n")
    properties = report_of(world.house, draft).properties
    names = [one.name_zh for one in properties]
    assert "每条路都走得到结束" in names
    assert "告知录音以后才介绍方案" in names
    assert names[-1] == "never: offer before phase discovery（先问清楚）"
    line = draft.text[: draft.text.index("  - never: offer before phase discovery")].count("\n") + 1
    assert (properties[-1].line, properties[-1].verdict) == (line, Verdict.proved)


def test_a_broken_property_comes_with_a_path_and_leaves_a_flow_that_can_be_walked(world: World, draft: Draft) -> None:
    report = report_of(world.house, changed(world, draft, "tests:\n", "properties:\n  - never: offer\ntests:\n"))
    broken = report.properties[-1]
    assert broken.verdict is Verdict.falsified
    assert broken.path[0] == "greet.self"
    assert broken.step in report.step_lines
    assert report.snapshot is None
    assert report.walkable is not None
    assert snapshot.load(report.walkable.text).id == FLOW
    assert "F706" in codes(report)


def test_a_red_test_is_an_error_at_its_name_and_keeps_the_flow_from_being_published(world: World, draft: Draft) -> None:
    draft = changed(world, draft, "expect: {end: cancel_registered", "expect: {end: care_only")
    report = report_of(world.house, draft)
    (red,) = [one for one in report.tests if not one.passed]
    (finding,) = [one for one in report.findings if one.code == "F402"]
    assert red.name in draft.text.splitlines()[finding.line - 1]
    assert report.snapshot is None
    assert report.walkable is not None
    assert report.error_count == 1


def test_a_flow_with_a_gap_is_not_walked_and_its_properties_are_not_looked_at(world: World, draft: Draft) -> None:
    report = report_of(world.house, changed(world, draft, "-> verify", "-> verfy"))
    assert report.snapshot is report.walkable is report.coverage is None
    assert report.tests == ()
    proofs = [one for one in report.properties if one.code not in ("F203", "F207", "F703")]
    assert len(proofs) > 4
    assert not any(one.looked_at for one in proofs)
    assert report.step_lines["verify"][0] < report.step_lines["verify"][1]


def test_what_is_no_yaml_is_told_and_nothing_else(world: World, draft: Draft) -> None:
    report = report_of(world.house, changed(world, draft, "always:", "always: ["))
    assert codes(report) == {"F001"}
    assert report.step_lines == {}
    assert report.walkable is None
    assert not any(one.looked_at for one in report.properties)


def test_a_broken_translation_is_told_in_its_own_file_and_leaves_the_flow_walkable(world: World, draft: Draft) -> None:
    english = draft.overlays["en"].replace("steps:\n", "steps:\n  nowhere:\n    say: Hello.\n", 1)
    draft = drafts.save(world.house, WRITER, draft.id, draft.version, overlays={"en": english}, what={"code": "translation.edited"})
    report = report_of(world.house, draft)
    (finding,) = [one for one in report.findings if one.code == "F504"]
    assert finding.path == draft.path.replace(".yaml", ".en.yaml")
    assert report.snapshot is None
    assert report.walkable is not None


def test_steps_stand_where_their_keys_are_and_end_before_what_follows(world: World, draft: Draft) -> None:
    lines, text = report_of(world.house, draft).step_lines, draft.text.splitlines()
    for step, (first, last) in lines.items():
        assert text[first - 1].startswith(f"  {step}:")
        assert text[last - 1].strip()
        assert not text[last - 1].lstrip().startswith("#")
    spans = sorted(lines.values())
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


# ---------------------------------------------------------------- where it is worked out


@pytest.fixture
def workshop(world: World) -> Iterator[OtherProcess]:
    """The real other process in the place of the bench."""
    shop = OtherProcess()
    world.house.workshop = shop
    yield shop
    shop.close()


def test_the_work_is_done_in_another_process_than_the_server_s(world: World, draft: Draft, workshop: OtherProcess) -> None:
    report = report_of(world.house, changed(world, draft, "title: 宽带", "title: 别的进程里检查的宽带"))
    assert report.process == workshop.run(os.getpid)
    assert report.process != os.getpid()
    assert report.snapshot is not None


def test_a_refused_piece_of_work_is_not_kept(world: World, draft: Draft) -> None:
    class Shut(Bench):
        def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            raise Refused("workshop.busy", seconds=0)

    draft = changed(world, draft, "title: 宽带", "title: 没人做的宽带")
    bench, world.house.workshop = world.house.workshop, Shut()
    with pytest.raises(Refused, match=r"workshop\.busy"):
        report_of(world.house, draft)
    world.house.workshop = bench
    assert report_of(world.house, draft).snapshot is not None


class Counting(Bench):
    """A bench that counts, and can be made to wait."""

    def __init__(self) -> None:
        self.done = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        self.done += 1
        self.go_on.wait(10)
        return super().run(work, *args, **kwargs)


def test_the_same_files_are_checked_once_and_other_files_or_another_library_anew(world: World, draft: Draft) -> None:
    world.house.workshop = counting = Counting()
    draft = changed(world, draft, "title: 宽带", "title: 数一数的宽带")
    first = report_of(world.house, draft)
    assert report_of(world.house, draft) is first is kept_report(world.house, draft.files, draft.path)
    assert counting.done == 1
    assert report_of(world.house, draft, fresh=True).snapshot == first.snapshot
    assert counting.done == 2
    with world.database.transaction() as tx:
        tx.run(
            "UPDATE content_version SET body = body || :more WHERE kind = 'library' AND name LIKE :name", more="# x\n", name="%closings%"
        )
    assert report_of(world.house, draft) is not first
    assert counting.done == 3


def test_two_who_ask_at_once_share_one_piece_of_work(world: World, draft: Draft) -> None:
    world.house.workshop = counting = Counting()
    draft = changed(world, draft, "title: 宽带", "title: 两个人看的宽带")
    counting.go_on.clear()
    found: list[Report] = []
    asking = [threading.Thread(target=lambda: found.append(report_of(world.house, draft))) for _ in range(2)]
    for one in asking:
        one.start()
    counting.go_on.set()
    for one in asking:
        one.join()
    assert counting.done == 1
    assert found[0] is found[1]


def test_no_more_reports_are_kept_than_said(world: World, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_drafts, "MOST_KEPT", 2)
    written: list[Draft] = []
    for number in range(3):
        draft = changed(world, draft, draft.text.splitlines()[4], f"title: 第{number}个名字")
        report_of(world.house, draft)
        written.append(draft)
    kept = [kept_report(world.house, one.files, one.path) is not None for one in written]
    assert kept == [False, True, True]


def test_a_report_can_be_sent_between_processes(world: World, draft: Draft) -> None:
    report = check_files(*question_of(world.house, draft.files, draft.path))
    assert pickle.loads(pickle.dumps(report)) == report


# ---------------------------------------------------------------- help for whoever writes


def test_tests_are_proposed_for_what_none_walks_and_one_is_taken_in_under_its_name(world: World, draft: Draft) -> None:
    text = draft.text[: draft.text.index("tests:\n")]
    draft = drafts.save(world.house, WRITER, draft.id, draft.version, text=text, what={"code": "text.edited"})
    question = question_of(world.house, draft.files, draft.path)
    found = writing_text.propose(*question)
    assert found is not None
    assert len(found.tests) > 5
    way = found.tests[0][1][0]
    written = writing_text.take_in(*question, way, "我的例子")
    assert written.text is not None
    assert "name: 我的例子" in written.text
    draft = drafts.save(world.house, WRITER, draft.id, draft.version, text=written.text, what={"code": "test.added"})
    report = report_of(world.house, draft)
    assert [one.passed for one in report.tests] == [True]
    assert report.coverage is not None
    assert way not in report.coverage.missing
    again = writing_text.take_in(*question_of(world.house, draft.files, draft.path), way, "再来一次")
    assert (again.text, again.problem_en) == (None, "this test is not needed any more")


def test_a_text_is_put_in_form_or_its_place_is_told(world: World, draft: Draft) -> None:
    assert writing_text.in_form(draft.text, draft.path).text == draft.text
    assert writing_text.in_form(draft.text.replace("format: flow/1", "format:   flow/1"), draft.path).text == draft.text
    broken = writing_text.in_form("format: flow/1\nid: [\n", draft.path)
    assert broken.text is None
    assert broken.line > 1
    assert broken.problem_zh
    assert broken.problem_en
