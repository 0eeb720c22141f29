from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import BadInput, Conflict, IllegalMove, NotFound, Refused
from engine.flow.publication import DraftState
from engine.services import drafts
from engine.services.drafts import Draft
from engine.storage.content import content_source, live_version
from engine.storage.drafts import Present
from tests.services.world import World

pytestmark = [pytest.mark.service, pytest.mark.safety]

FLOW = "broadband_cancellation"


def begun(world: World) -> Draft:
    return drafts.begin_draft(world.house, world.agent.user_id, FLOW)


def saved(world: World, draft: Draft, text: str) -> Draft:
    return drafts.save(world.house, world.agent.user_id, draft.id, draft.version, text=text, what={"code": "text"})


def test_a_draft_begins_with_the_files_of_the_live_version(world: World) -> None:
    draft = begun(world)
    with world.database.reading() as tx:
        live = live_version(tx, "flow", FLOW)
        source = content_source(tx, "flow", FLOW, live)
    assert source is not None
    assert (draft.state, draft.based_on, draft.text, draft.overlays) == (DraftState.draft, live, source["text"], source["overlays"])
    assert draft.files == {
        "flows/retention/broadband_cancellation.yaml": source["text"],
        "flows/retention/broadband_cancellation.en.yaml": source["overlays"]["en"],
    }
    assert (draft.can_undo, draft.can_redo) == (False, False)


def test_a_flow_has_one_open_draft_whoever_asks(world: World) -> None:
    first = begun(world)
    assert drafts.begin_draft(world.house, world.colleague.user_id, FLOW) == first
    with world.database.reading() as tx:
        assert drafts.open_draft_of(tx, FLOW) == first
        assert drafts.open_draft_of(tx, "bill_too_high") is None


def test_no_draft_of_a_flow_that_is_not_live_or_whose_files_were_not_kept(world: World) -> None:
    with pytest.raises(NotFound) as unknown:
        drafts.begin_draft(world.house, world.agent.user_id, "no_such_flow")
    assert unknown.value.reason == "content.not_live"
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET source = NULL WHERE name = :name", name=FLOW)
    with pytest.raises(Refused) as old:
        begun(world)
    assert old.value.reason == "flow.no_source"


def test_what_is_saved_is_a_revision_and_the_ones_before_it_stay(world: World) -> None:
    draft = begun(world)
    first = draft.text
    draft = saved(world, draft, "一")
    draft = drafts.save(world.house, world.colleague.user_id, draft.id, draft.version, overlays={"en": "one"}, what={"code": "translation"})
    assert (draft.text, draft.overlays, draft.version, draft.head, draft.changed_by) == ("一", {"en": "one"}, 3, 3, world.colleague.user_id)
    with world.database.reading() as tx:
        kept = drafts.revisions(tx, draft.id)
        assert [(one.number, one.parent, one.what["code"], one.made_by) for one in kept] == [
            (1, None, "draft.begun", world.agent.user_id),
            (2, 1, "text", world.agent.user_id),
            (3, 2, "translation", world.colleague.user_id),
        ]
        assert drafts.revision_text(tx, draft.id, 1)[0] == first
        assert drafts.revision_text(tx, draft.id, 3) == ("一", {"en": "one"})
        with pytest.raises(NotFound):
            drafts.revision_text(tx, draft.id, 4)


def test_whoever_saves_over_a_change_they_have_not_seen_is_told_and_nothing_is_written(world: World) -> None:
    draft = begun(world)
    drafts.save(world.house, world.colleague.user_id, draft.id, draft.version, text="二", what={"code": "text"})
    with pytest.raises(Conflict) as told:
        saved(world, draft, "一")
    assert told.value.reason == "draft.changed"
    assert told.value.fields == {"version": 2, "by": world.colleague.user_id, "at": world.clock.now()}
    with world.database.reading() as tx:
        assert drafts.load_draft(tx, draft.id).text == "二"
        assert len(drafts.revisions(tx, draft.id)) == 2


def test_the_same_texts_change_nothing(world: World) -> None:
    draft = begun(world)
    assert saved(world, draft, draft.text) == draft
    with world.database.reading() as tx:
        assert len(drafts.revisions(tx, draft.id)) == 1


def test_undo_and_redo_walk_the_revisions_and_what_was_undone_can_be_found(world: World) -> None:
    house, by, draft = world.house, world.agent.user_id, begun(world)
    draft = saved(world, saved(world, draft, "一"), "二")
    draft = drafts.undo(house, by, draft.id, draft.version)
    assert (draft.text, draft.can_undo, draft.can_redo) == ("一", True, True)
    assert drafts.redo(house, by, draft.id, draft.version).text == "二"
    draft = drafts.undo(house, by, draft.id, draft.version + 1)
    draft = saved(world, draft, "三")
    assert (draft.text, draft.can_redo, draft.head) == ("三", False, 4)
    draft = drafts.undo(house, by, draft.id, draft.version)
    assert drafts.redo(house, by, draft.id, draft.version).text == "三"
    with world.database.reading() as tx:
        assert drafts.revision_text(tx, draft.id, 3)[0] == "二"


def test_there_is_an_end_to_undo_and_redo_and_both_want_the_present_version(world: World) -> None:
    house, by, draft = world.house, world.agent.user_id, begun(world)
    with pytest.raises(IllegalMove) as first:
        drafts.undo(house, by, draft.id, draft.version)
    assert first.value.reason == "draft.nothing_to_undo"
    draft = saved(world, draft, "一")
    with pytest.raises(IllegalMove) as last:
        drafts.redo(house, by, draft.id, draft.version)
    assert last.value.reason == "draft.nothing_to_redo"
    with pytest.raises(Conflict):
        drafts.undo(house, by, draft.id, draft.version - 1)


def test_only_what_is_being_written_can_be_written_to(world: World) -> None:
    draft = begun(world)
    with world.database.transaction() as tx:
        tx.run("UPDATE flow_draft SET state = 'in_review' WHERE id = :id", id=draft.id)
    with pytest.raises(IllegalMove) as told:
        saved(world, draft, "一")
    assert told.value.reason == "draft.not_editable"


def test_what_no_database_can_hold_is_refused(world: World) -> None:
    draft = begun(world)
    for text, reason in (("x" * 1_000_001, "draft.too_large"), ("a\0b", "draft.bad_character"), ("\ud800", "draft.bad_character")):
        with pytest.raises(BadInput) as told:
            saved(world, draft, text)
        assert told.value.reason == reason
    with pytest.raises(BadInput) as tag:
        drafts.save(world.house, world.agent.user_id, draft.id, draft.version, overlays={"../en": ""}, what={})
    assert tag.value.reason == "draft.bad_language"


def test_a_new_flow_has_a_path_and_an_id_that_nobody_else_has(world: World) -> None:
    house, by = world.house, world.agent.user_id
    draft = drafts.begin_flow(house, by, "early_upgrade", "提前 换机", "retention")
    assert (draft.path, draft.based_on, draft.state) == ("flows/retention/early_upgrade.yaml", None, DraftState.draft)
    assert "id: early_upgrade" in draft.text
    assert drafts.begin_flow(house, by, "copied", "抄来的", "care", text="format: flow/1\n").text == "format: flow/1\n"
    for flow_id, title, family, reason in (
        ("early_upgrade", "又一个", "retention", "flow.id_taken"),
        (FLOW, "又一个", "retention", "flow.id_taken"),
        ("../up", "坏名", "retention", "flow.bad_id"),
        ("Up", "坏名", "retention", "flow.bad_id"),
        ("good", "坏夹", "a/b", "flow.bad_family"),
        ("good", "  ", "retention", "flow.bad_title"),
    ):
        with pytest.raises(BadInput) as told:
            drafts.begin_flow(house, by, flow_id, title, family)
        assert told.value.reason == reason


def test_who_has_a_draft_open_is_told_to_the_others_for_twenty_seconds(world: World) -> None:
    draft = begun(world)
    mine, theirs = world.agent, world.colleague
    assert drafts.seen_by(world.house, mine.user_id, draft.id) == []
    seen_at = world.clock.now()
    world.clock.advance(drafts.PRESENT_FOR)
    assert drafts.seen_by(world.house, theirs.user_id, draft.id) == [Present(mine.user_id, mine.display_name, seen_at)]
    world.clock.advance(drafts.PRESENT_FOR / 20)
    assert drafts.seen_by(world.house, theirs.user_id, draft.id) == []
    with pytest.raises(NotFound):
        drafts.seen_by(world.house, mine.user_id, "no-such-draft")


def test_many_who_begin_in_one_moment_share_one_draft(world: World) -> None:
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda who: drafts.begin_draft(world.house, f"person-{who}", FLOW), range(6)))
    assert len({draft.id for draft in begun}) == 1


def test_of_many_who_save_on_one_version_one_is_written_and_the_others_are_told(world: World) -> None:
    draft = begun(world)

    def go(who: int) -> str:
        try:
            return drafts.save(world.house, f"person-{who}", draft.id, draft.version, text=f"文 {who}", what={"code": "text"}).text
        except Conflict as told:
            return told.reason

    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(go, range(6)))
    assert ended.count("draft.changed") == 5
    with world.database.reading() as tx:
        assert drafts.load_draft(tx, draft.id).text in ended
        assert len(drafts.revisions(tx, draft.id)) == 2
