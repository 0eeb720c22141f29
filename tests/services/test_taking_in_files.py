from pathlib import Path

import pytest

from engine.clock import SetClock
from engine.flow.publication import DraftState
from engine.ids import RandomIds
from engine.services import content, drafts, publication
from engine.services.publishing import Published
from engine.services.taking_in_files import published_files, take_in_files
from engine.storage.content import live_version
from engine.storage.database import Database
from integrations.content_files import read_content, write_content
from tests.services.world import World

pytestmark = pytest.mark.service

FLOW = "flows/retention/broadband_cancellation.yaml"
NAME = "broadband_cancellation"


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    """Two flows and the whole library: enough to see which is touched."""
    kept = ("scripts_library/", "flows/retention/broadband_cancellation", "flows/care/birthday_care")
    return {path: text for path, text in read_content(Path()).items() if path.startswith(kept)}


def take(world: World, files: dict[str, str], message: str = "新的一季") -> Published:
    return take_in_files(world.database, world.clock, world.ids, files, by="operator", message=message)


def edited(files: dict[str, str], old: str = "title: 宽带", new: str = "title: 家里宽带", path: str = FLOW) -> dict[str, str]:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new, 1)}


def live(world: World, name: str = NAME) -> str:
    with world.database.reading() as tx:
        return live_version(tx, "flow", name)


def open_draft(world: World, name: str = NAME) -> drafts.Draft | None:
    with world.database.reading() as tx:
        return drafts.open_draft_of(tx, name)


def test_an_empty_installation_has_everything_live_at_once(
    database: Database, clock: SetClock, ids: RandomIds, shipped: dict[str, str]
) -> None:
    report = take_in_files(database, clock, ids, shipped, by="operator", message="first")
    assert (report.failed, report.drafts, ("flow", NAME) in report.taken) == (False, [], True)


def test_a_changed_flow_file_waits_as_a_draft_for_another_person(world: World, shipped: dict[str, str]) -> None:
    before = live(world)
    report = take(world, edited(shipped))
    assert (report.failed, report.taken, report.drafts) == (False, [], [NAME])
    draft = open_draft(world)
    assert draft is not None
    assert (draft.state, draft.message, draft.submitted_by, draft.based_on) == (DraftState.in_review, "新的一季", "operator", before)
    assert (live(world), draft.text) == (before, edited(shipped)[FLOW])
    publication.approve(world.house, world.agent.user_id, draft.id, draft.version)
    assert live(world) != before


def test_files_that_say_nothing_new_change_nothing(world: World, shipped: dict[str, str]) -> None:
    for _ in range(2):
        report = take(world, shipped)
        assert (report.taken, report.drafts, report.failed) == ([], [], False)


def test_an_old_file_does_not_come_back_over_what_was_published_in_the_studio(world: World, shipped: dict[str, str]) -> None:
    draft = drafts.begin_draft(world.house, "writer", NAME)
    draft = drafts.save(world.house, "writer", draft.id, draft.version, text=edited(shipped)[FLOW], what={"code": "text"})
    draft = publication.submit(world.house, "writer", draft.id, draft.version, "改名")
    publication.approve(world.house, "another", draft.id, draft.version)
    published = live(world)
    report = take(world, shipped)
    assert (report.drafts, live(world), open_draft(world)) == ([], published, None)


def test_a_draft_that_a_person_writes_is_never_overwritten_and_that_is_told(world: World, shipped: dict[str, str]) -> None:
    draft = drafts.begin_draft(world.house, "writer", NAME)
    draft = drafts.save(world.house, "writer", draft.id, draft.version, text="我在写", what={"code": "text"})
    report = take(world, edited(shipped))
    assert (report.failed, report.drafts, open_draft(world)) == (True, [], draft)
    assert any(FLOW in problem and "有人正在改" in problem for problem in report.problems)


def test_files_that_change_again_before_they_are_approved_replace_what_was_offered(world: World, shipped: dict[str, str]) -> None:
    take(world, edited(shipped))
    first = open_draft(world)
    take(world, edited(shipped, new="title: 我家宽带"), "再改一次")
    second = open_draft(world)
    assert first is not None
    assert second is not None
    assert (second.id, second.head, second.message) == (first.id, 2, "再改一次")
    assert second.version > first.version  # whoever looks at the first one cannot approve the second unseen
    assert "我家宽带" in second.text


def test_what_somebody_discarded_is_not_offered_again(world: World, shipped: dict[str, str]) -> None:
    take(world, edited(shipped))
    draft = open_draft(world)
    assert draft is not None
    publication.send_back(world.house, "another", draft.id, "不要")
    publication.discard(world.house, "another", draft.id)
    assert take(world, edited(shipped)).drafts == []


def test_a_new_flow_file_is_a_draft_too(world: World, shipped: dict[str, str]) -> None:
    path = "flows/retention/another.yaml"
    files = {**shipped, path: shipped[FLOW].replace(f"id: {NAME}", "id: another", 1)}
    assert take(world, files).drafts == ["another"]


def test_an_error_is_told_and_the_flow_left_alone(world: World, shipped: dict[str, str]) -> None:
    before = live(world)
    report = take(world, edited(shipped, "always:", "alwais:"))
    assert (report.failed, report.drafts, live(world), open_draft(world)) == (True, [], before, None)
    assert any("F003" in problem for problem in report.problems)


def test_a_changed_line_of_the_library_reaches_the_live_flows_that_say_it(world: World, shipped: dict[str, str]) -> None:
    path, before = "scripts_library/lines/closings.yaml", live(world)
    files = {**shipped, path: shipped[path].replace("祝您和家人一切顺利，再见", "祝您一切顺利，再见")}
    report = take(world, files, "结束语短一点")
    assert ("flow", NAME) in report.taken
    assert live(world) != before
    with world.database.reading() as tx:
        texts = content.flow_version(tx, NAME, live_version(tx, "flow", NAME))
        assert any("祝您一切顺利" in text for step in texts.steps.values() if step.say for text in step.say.texts.values())
        assert [one.what for one in publication.history(tx, NAME)] == ["published"]
    assert take(world, files).taken == []


def test_files_of_a_version_from_before_they_were_kept_are_kept_now(world: World, shipped: dict[str, str]) -> None:
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET source = NULL WHERE kind = 'flow'")
    assert take(world, shipped).drafts == []
    assert drafts.begin_draft(world.house, "writer", NAME).text == shipped[FLOW]


def test_what_is_exported_is_what_was_loaded_byte_for_byte(world: World, shipped: dict[str, str], tmp_path: Path) -> None:
    with world.database.reading() as tx:
        files, without = published_files(tx)
    assert without == []
    written = write_content(tmp_path / "out", files)
    assert "flows/retention/bill_too_high.en.yaml" in written
    for path in written:
        assert (tmp_path / "out" / path).read_bytes() == Path(path).read_bytes(), path
    assert read_content(tmp_path / "out") == read_content(Path())
    assert write_content(tmp_path / "out", files) == []


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    from engine.errors import BadInput

    for path in ("../up.yaml", "/etc/x.yaml", "flows/../../x.yaml"):
        with pytest.raises(BadInput):
            write_content(tmp_path, {"flows/a.yaml": "x", path: "x"})
    assert list(tmp_path.iterdir()) == []
