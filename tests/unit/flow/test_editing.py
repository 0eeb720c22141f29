"""Edits by meaning: what each does to the file, to its translations, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadInput
from engine.flow.editing import apply_edit, apply_edit_to_files, as_data, edit_from_form, facts_of, outline, step_form, step_id_for
from engine.flow.editing_edits import (
    AddBranch,
    AddFact,
    AddReaction,
    AddStep,
    AddTest,
    ChangeBranch,
    ChangeFact,
    ChangeReaction,
    Edit,
    MoveBranch,
    MoveReaction,
    MoveStep,
    RemoveBranch,
    RemoveFact,
    RemoveReaction,
    RemoveStep,
    RemoveTest,
    RenameStep,
    RenameTest,
    SetAlways,
    SetField,
    SetFlow,
    SetOffer,
)
from engine.flow.editing_known_facts import DECIDING_FACTS, KNOWN_FACTS
from engine.flow.editing_shown import WayIn
from engine.flow.formatting import formatted
from engine.yaml_text import BadYaml, read_yaml
from tests.unit.flow.sample_cast import FLOW_TEXT, OVERLAY_TEXT, reading

pytestmark = pytest.mark.unit

PATH = "flows/sample.yaml"
SAMPLE = formatted(FLOW_TEXT, PATH)
OVERLAY = formatted(OVERLAY_TEXT, PATH)
SMALL = """\
# 第一行
format: flow/1
id: small
locale: zh-CN
title: 小

# 开场
opening:
  # 问候
  greet:
    say: 您好。   # 慢
    hear:
      yes: 是 -> bye   # 好
      # 另一个
      no: 不是 -> ask

  # 问一问
  ask:
    say: 那是哪位？
    go: bye
# 结束
close:
  bye:
    say: 再见。
    end: refused   # 结果
# 完
"""


def done(edit: Edit, text: str = SAMPLE) -> str:
    """The text after an edit, which is canonical."""
    after = apply_edit(text, PATH, edit)
    assert formatted(after, PATH) == after
    return after


def step(text: str, name: str) -> dict[str, Any]:
    """A step's values."""
    data = read_yaml(text, PATH).data
    return next(data[phase][name] for phase in ("opening", "discovery", "offer", "objections", "close") if name in data.get(phase, {}))


def refused(edit: Edit, text: str = SAMPLE) -> dict[str, Any]:
    """The code and the fields of a refusal."""
    with pytest.raises(BadInput) as told:
        apply_edit(text, PATH, edit)
    return {"code": told.value.reason, **told.value.fields}


# ---------------------------------------------------------------- lines and comments


def test_a_step_moves_with_its_comments_and_leaves_those_of_others() -> None:
    after = done(MoveStep("ask", "opening", "greet"), SMALL)
    assert "opening:\n\n  # 问一问\n  ask:\n    say: 那是哪位？\n    go: bye\n  # 问候\n  greet:\n" in after
    assert done(MoveStep("ask", "opening"), after) == SMALL


def test_a_step_moves_into_a_phase_that_is_not_there_yet() -> None:
    after = done(MoveStep("ask", "discovery"), SMALL)
    assert "# 结束\nclose:" in after
    assert "discovery:\n\n  # 问一问\n  ask:\n    say: 那是哪位？\n    go: bye\n" in after
    assert outline(after, PATH).phases[1].cards[0].id == "ask"


def test_a_removed_step_takes_its_comments_and_no_others() -> None:
    after = done(RemoveStep("ask", force=True), SMALL)
    assert after == SMALL.replace("\n  # 问一问\n  ask:\n    say: 那是哪位？\n    go: bye\n", "")


def test_the_comment_behind_a_value_stays_when_the_value_changes() -> None:
    assert "    say: 早。   # 慢\n" in done(SetField("greet", "say", "早。"), SMALL)
    assert "    say: |   # 慢\n      一\n      二\n" in done(SetField("greet", "say", "一\n二"), SMALL)
    assert "      yes: 对 -> bye   # 好\n" in done(ChangeReaction("greet", "yes", "对", "bye"), SMALL)


def test_an_edit_touches_only_its_lines() -> None:
    after = done(SetField("verify", "tip", "慢一点"))
    assert [line for line in after.split("\n") if line not in SAMPLE.split("\n")] == ["    tip: 慢一点"]


def test_a_file_in_free_style_becomes_canonical_with_the_edit() -> None:
    free = SMALL.replace("    say: 那是哪位？", "    say:   那是哪位？   ").replace("\n", "\r\n")
    assert done(SetField("ask", "tip", "听"), free) == done(SetField("ask", "tip", "听"), SMALL)


def test_a_step_written_in_braces_is_written_out_when_words_come_in() -> None:
    text = SMALL.replace("  bye:\n    say: 再见。\n    end: refused   # 结果\n", "  bye: {end: refused}   # 结果\n")
    assert "  bye:   # 结果\n    end: refused\n    say: 再见, 您\n" in done(SetField("bye", "say", "再见, 您"), text)


# ---------------------------------------------------------------- steps


def test_a_renamed_step_is_followed_by_everything() -> None:
    with_property = SAMPLE.replace("tests:\n", "properties:\n  - never: step greet after answer ask_leave.old\ntests:\n")
    edited = apply_edit_to_files(with_property, PATH, {"en": OVERLAY}, RenameStep("ask_leave", "permission"))
    assert "ask_leave" not in edited.text
    assert "ask_leave" not in edited.overlays["en"]
    assert "after answer permission.old" in edited.text
    assert (edited.step, reading(edited.text).flow is not None) == ("permission", True)
    assert done(RenameStep("permission", "ask_leave"), edited.text) == with_property


def test_a_renamed_step_at_which_cancel_ends_is_followed() -> None:
    data = read_yaml(done(RenameStep("let_go", "farewell")), PATH).data
    assert data["always"]["cancel"] == "farewell"
    assert data["objections"]["too_dear"]["else"] == "farewell"
    assert done(RenameStep("explain_bill", "bill")).count("none: bill\n") == 1


def test_a_new_step_gets_an_id_from_its_title() -> None:
    edited = apply_edit_to_files(SAMPLE, PATH, {}, AddStep("offer", "再给一个办法", before="fix_line"))
    assert edited.step == "zai_gei_yi_ge_ban_fa"
    names = [card.id for card in outline(edited.text, PATH).phases[2].cards]
    assert names == ["best_offer", "zai_gei_yi_ge_ban_fa", "fix_line", "explain_bill"]
    assert step_id_for("再给一个办法", names) == "zai_gei_yi_ge_ban_fa_2"
    assert step_id_for("！！", ()) == "step"
    assert step_id_for("Plan B 99", ()) == "plan_b_99"
    assert step_id_for("绿色", ()).isascii()


def test_a_step_that_others_lead_to_is_not_removed_unawares() -> None:
    told = refused(RemoveStep("too_dear"))
    assert told["code"] == "flow.step_in_use"
    assert told["ways"] == (WayIn("best_offer", "方案编号${offer.publication_no}，每月${offer.f…", "price", "还是贵"),)
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, RemoveStep("too_dear", force=True))
    assert "  too_dear:" not in edited.text + edited.overlays["en"]
    assert edited.step == "need_time"
    assert done(RemoveStep("bye"), done(AddStep("close", "再见", "bye"))) == SAMPLE


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("say", "一句话", "一句话"),
        ("say", "第一行\n\n# 第三行", "第一行\n\n# 第三行\n"),
        ("line", "endings.thanks", {"use": "endings.thanks"}),
        ("must_say", ("notices.recording",), "notices.recording"),
        ("must_say", ("notices.recording", "notices.confirm"), ["notices.recording", "notices.confirm"]),
        ("disclosures", ("price",), ["price"]),
        ("confirms", "consent", "consent"),
        ("tries", "3", "3"),
        ("else", "let_go", "let_go"),
        ("layer", "problem", "problem"),
    ],
)
def test_a_field_is_set_and_taken_out_again(field: str, value: str | tuple[str, ...], found: object) -> None:
    after = done(SetField("moving_note", field, value))
    assert step(after, "moving_note")["say" if field == "line" else field] == found
    before = SAMPLE if field not in ("say", "line") else done(SetField("moving_note", "say", ""))
    assert done(SetField("moving_note", field, ()), after) == before if not isinstance(value, str) else True
    assert done(SetField("moving_note", field, ""), after) == before


def test_emptying_the_words_leaves_a_library_line_alone() -> None:
    assert done(SetField("explain_bill", "say", "")) == SAMPLE
    assert done(SetField("why", "line", "")) == SAMPLE


def test_a_translation_goes_with_its_original() -> None:
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, SetField("greet", "tip", ""))
    assert "do not discuss the account" not in edited.overlays["en"]
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, SetField("verify", "line", "endings.thanks"))
    assert "last four digits" not in edited.overlays["en"]
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY, "fr": "a: [\n"}, RemoveReaction("greet", "busy"))
    assert "busy: Busy" not in edited.overlays["en"]
    assert edited.overlays["fr"] == "a: [\n"


def test_an_offer_is_asked_for_and_no_longer() -> None:
    after = done(SetOffer("moving_note", ("r1", "r2"), (), "let_go"))
    assert step(after, "moving_note")["offer"] == {"rungs": ["r1", "r2"], "none": "let_go"}
    assert "      rungs: [r1, r2]\n" in after
    assert done(SetOffer("moving_note"), after) == SAMPLE
    assert step(done(SetOffer("best_offer", (), ("plan_79",), "let_go")), "best_offer")["offer"] == {"codes": ["plan_79"], "none": "let_go"}


# ---------------------------------------------------------------- answers and ways on


def test_answers_come_change_move_and_go() -> None:
    after = done(AddReaction("verify", "不想说", "let_go"))
    assert list(step(after, "verify")["hear"]) == ["match", "mismatch", "bu_xiang_shuo"]
    after = done(MoveReaction("verify", "bu_xiang_shuo", 0), after)
    assert list(step(after, "verify")["hear"]) == ["bu_xiang_shuo", "match", "mismatch"]
    after = done(ChangeReaction("verify", "bu_xiang_shuo", "不说", "third_party", "tenure_months > 1"), after)
    shown = step_form(after, PATH, "verify").reactions[0]
    assert (shown.label, shown.to.id, shown.when) == ("不说", "third_party", "tenure_months > 1")
    assert done(RemoveReaction("verify", "bu_xiang_shuo"), after) == SAMPLE
    assert "old: {label: 老客户, go: why, when: tenure_months > 12}" in done(
        ChangeReaction("ask_leave", "old", "老客户", "why", "tenure_months > 12")
    )


def test_another_key_is_followed_by_tests_and_translations() -> None:
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, ChangeReaction("greet", "self", "是我", "verify", new_key="me"))
    assert "greet.self" not in edited.text
    assert edited.text.count("greet.me") == 3
    assert 'me: "Yes"' in edited.overlays["en"] or "me: 'Yes'" in edited.overlays["en"] or "me: Yes" in edited.overlays["en"]


def test_answers_get_the_keys_that_say_what_they_mean_once_it_is_known() -> None:
    text = done(AddStep("offer", "报方案", "pitch"))
    for label, to in (("可以", "recap"), ("太贵了", "dear"), ("不要", "let_go"), ("随便", "care_end")):
        text = done(AddReaction("pitch", label, to), text)
    assert list(step(text, "pitch")["hear"]) == ["ke_yi", "tai_gui_le", "bu_yao", "sui_bian"]
    text = done(AddTest("一", ("pitch.ke_yi",)), done(SetOffer("pitch", ("r1",), (), "let_go"), text))
    assert list(step(text, "pitch")["hear"]) == ["accept", "tai_gui_le", "reject", "sui_bian"]
    text = done(AddStep("objections", "太贵", "dear"), text)
    text = done(SetField("dear", "handles", "price"), text)
    assert list(step(text, "pitch")["hear"]) == ["accept", "price", "reject", "sui_bian"]
    edited = apply_edit_to_files(text, PATH, {"en": OVERLAY}, ChangeReaction("verify", "match", "一致", "ask_leave", new_key="same"))
    edited = apply_edit_to_files(edited.text, PATH, edited.overlays, SetField("verify", "confirms", "consent"))
    assert list(step(edited.text, "verify")["hear"]) == ["yes", "mismatch"]
    assert "{yes: Match," in edited.overlays["en"]
    assert edited.text.count("verify.yes") == 3


def test_ways_on_come_change_move_and_go() -> None:
    after = done(AddBranch("route", "let_go", "tenure_months > 3"))
    assert [one.get("when") for one in step(after, "route")["go"]][-2:] == ["tenure_months > 3", None]
    assert done(RemoveBranch("route", 2), after) == SAMPLE
    after = done(MoveBranch("route", 1, 0))
    assert [one["to"] for one in step(after, "route")["go"]] == ["moving_note", "fix_line", "best_offer"]
    assert step(done(ChangeBranch("route", 0, "let_go", "tenure_months > 9")), "route")["go"][0] == {
        "when": "tenure_months > 9",
        "to": "let_go",
    }
    alone = done(RemoveBranch("route", 0), done(RemoveBranch("route", 0)))
    assert step(alone, "route")["go"] == "best_offer"
    assert step(done(AddBranch("route", "let_go", "tenure_months > 3"), alone), "route")["go"] == [
        {"when": "tenure_months > 3", "to": "let_go"},
        {"to": "best_offer"},
    ]
    assert "go" not in step(done(RemoveBranch("moving_note", 0)), "moving_note")


# ---------------------------------------------------------------- the whole flow


def test_the_flow_itself() -> None:
    data = read_yaml(done(SetFlow("title", "新标题: 一")), PATH).data
    assert data["title"] == "新标题: 一"
    assert "use: [notices]\n" in done(SetFlow("use", ("notices",)))
    assert "\nuse:" not in done(SetFlow("use", ()))
    assert "  do_not_call: let_go\n" in done(SetAlways("do_not_call", "let_go"))
    assert "locale: en\n" in done(SetFlow("locale", "en"))


def test_facts_come_change_and_go() -> None:
    after = done(AddFact("money", "", "customer", "欠费"))
    assert "  qian_fei: {type: money, from: customer, label: 欠费}\n" in after
    assert done(RemoveFact("qian_fei"), after) == SAMPLE
    after = done(ChangeFact("leave_reason", "choice", "", "为什么走", (("price", "太贵"), ("", "没信号"))))
    assert facts_of(after, PATH)[-1].options == (("price", "太贵"), ("mei_xin_hao", "没信号"))
    edited = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, ChangeFact("leave_reason", "choice", "", "", (("price", "太贵"),)))
    assert "quality: Poor speed" not in edited.overlays["en"]
    assert refused(RemoveFact("leave_reason"))["steps"] == ("why", "route")
    assert refused(RemoveFact("monthly_fee"))["steps"] == ("best_offer",)
    gone = apply_edit_to_files(SAMPLE, PATH, {"en": OVERLAY}, RemoveFact("leave_reason", force=True))
    assert "expect: {end: cancel_registered}" in gone.text
    assert "facts:" not in gone.overlays["en"]


def test_a_fact_that_records_have_is_known_by_what_people_call_it() -> None:
    after = done(AddFact("text", "", "", "携转状态"))
    assert facts_of(after, PATH)[-1] == next(fact for fact, _ in KNOWN_FACTS if fact.name == "port_state")
    assert facts_of(done(AddFact("text", "", "", "months left of the contract")), PATH)[-1].name == "contract_months_left"
    assert facts_of(done(AddFact("text", "", "session", "现套餐")), PATH)[-1].name == "xian_tao_can"


def test_the_first_offer_of_a_flow_declares_what_tariffs_are_decided_by() -> None:
    after = done(SetOffer("ask", ("r1",), (), "bye"), SMALL)
    assert {fact.name for fact in facts_of(after, PATH)} == {fact.name for fact in DECIDING_FACTS}
    assert done(SetOffer("greet", ("r1",), (), "bye"), after).count("port_state:") == 1


def test_the_facts_that_records_have_are_called_as_the_shipped_flows_call_them() -> None:
    known = {fact.name: fact for fact, _ in KNOWN_FACTS}
    shipped = [path for path in (Path(__file__).parents[3] / "flows").rglob("*.yaml") if path.name.count(".") == 1]
    told = [fact for path in shipped for fact in facts_of(path.read_text(encoding="utf-8"), path.name) if fact.source == "customer"]
    assert told
    assert {replace(fact, asked_at=()) for fact in told if known.get(fact.name) != replace(fact, asked_at=())} == set()


def test_examples_come_are_renamed_and_go() -> None:
    added = AddTest("新的: 例子", ("greet.other",), "third_party", "2026-11-22T10:00:00+08:00", (("monthly_fee", "199.00"),), (), ())
    after = done(added)
    assert reading(after).flow is not None
    assert "given: {monthly_fee: 199.00}\n    path: [greet.other]\n    expect: {end: third_party, offered: []}" in after
    assert outline(done(RenameTest(3, "又一个"), after), PATH).tests[3].name == "又一个"
    assert done(RemoveTest(3), after) == SAMPLE


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (SetField("nowhere", "say", "x"), "flow.no_step"),
        (SetField("greet", "wrong", "x"), "flow.no_field"),
        (SetField("greet", "tries", "many"), "flow.bad_value"),
        (SetField("greet", "confirms", "name"), "flow.bad_value"),
        (SetField("greet", "else", "不行"), "flow.bad_name"),
        (SetField("greet", "say", "a\x07b"), "flow.bad_character"),
        (SetField("greet", "say", "\ud800"), "flow.bad_character"),
        (SetField("greet", "say", "长" * 30_000), "flow.too_long"),
        (AddStep("middle", "x"), "flow.bad_phase"),
        (AddStep("close", "x", "let_go"), "flow.step_taken"),
        (AddStep("close", "x", "Bad"), "flow.bad_name"),
        (AddStep("close"), "flow.bad_value"),
        (RenameStep("greet", "let_go"), "flow.step_taken"),
        (MoveStep("greet", "middle"), "flow.bad_phase"),
        (SetOffer("greet", ("r1",)), "flow.bad_name"),
        (AddReaction("greet", "x", "let_go", "self"), "flow.reaction_taken"),
        (AddReaction("greet", " ", "let_go"), "flow.bad_label"),
        (AddReaction("greet", "x", ""), "flow.bad_name"),
        (ChangeReaction("greet", "gone", "x", "let_go"), "flow.no_reaction"),
        (ChangeReaction("greet", "self", "x", "let_go", new_key="busy"), "flow.reaction_taken"),
        (MoveReaction("greet", "gone", 0), "flow.no_reaction"),
        (RemoveReaction("greet", "gone"), "flow.no_reaction"),
        (AddBranch("route", "let_go"), "flow.otherwise_is_last"),
        (MoveBranch("route", 2, 0), "flow.otherwise_is_last"),
        (ChangeBranch("route", 9, "let_go"), "flow.no_branch"),
        (RemoveBranch("greet", 0), "flow.no_branch"),
        (AddFact("text", "company"), "flow.fact_taken"),
        (AddFact("colour", "x"), "flow.bad_value"),
        (AddFact("choice", "x"), "flow.bad_value"),
        (ChangeFact("gone", "text"), "flow.no_fact"),
        (RemoveFact("gone"), "flow.no_fact"),
        (RenameTest(9, "x"), "flow.no_test"),
        (RemoveTest(-1), "flow.no_test"),
        (SetFlow("title", ""), "flow.bad_value"),
        (SetFlow("locale", "fr"), "flow.bad_value"),
        (SetAlways("sometimes", "let_go"), "flow.no_field"),
    ],
)
def test_what_cannot_be_is_refused(edit: Edit, code: str) -> None:
    assert refused(edit)["code"] == code


def test_nine_answers_are_the_most() -> None:
    text = SAMPLE
    for number in range(6):
        text = done(AddReaction("greet", f"答{number}", "let_go"), text)
    assert refused(AddReaction("greet", "十", "let_go"), text)["code"] == "flow.too_many_reactions"


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    with pytest.raises(BadYaml):
        apply_edit("a: [\n", PATH, SetFlow("title", "x"))
    with pytest.raises(BadYaml):
        outline("a: b: c\n", PATH)


# ---------------------------------------------------------------- forms


def test_a_form_is_an_edit_and_the_edit_is_json() -> None:
    sent = {"kind": "move_reaction", "step": "greet", "key": "self", "position": "2", "csrf": "x"}
    assert edit_from_form(sent) == MoveReaction("greet", "self", 2)
    assert as_data(MoveReaction("greet", "self", 2)) == {"kind": "move_reaction", "step": "greet", "key": "self", "position": 2}
    assert edit_from_form({"kind": "remove_step", "step": "a", "force": "on"}) == RemoveStep("a", True)
    assert edit_from_form({"kind": "add_fact", "type": "choice", "options": {"a": "一"}}) == AddFact("choice", options=(("a", "一"),))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "flow.unknown_edit"),
        ({"kind": "drop_table"}, "flow.unknown_edit"),
        ({"kind": "add_reaction", "step": "greet"}, "flow.edit_incomplete"),
        ({"kind": "move_reaction", "step": "a", "key": "b", "position": "x"}, "flow.edit_incomplete"),
        ({"kind": "set_field", "step": {"a": 1}, "field": "say"}, "flow.edit_incomplete"),
        ({"kind": "add_fact", "type": "choice", "options": "ab"}, "flow.edit_incomplete"),
    ],
)
def test_a_form_that_is_no_edit_is_refused(sent: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as told:
        edit_from_form(sent)
    assert told.value.reason == code


# ---------------------------------------------------------------- what is shown


def test_a_form_shows_everything_and_where_it_leads() -> None:
    form = step_form(SAMPLE, PATH, "too_dear")
    assert (form.phase, form.handles, form.method, form.tries, form.line) == ("objections", "price", "guide", "2", "answers.value")
    assert form.otherwise is not None
    assert (form.otherwise.id, form.otherwise.title, form.otherwise.known) == ("let_go", "好的，现在为您登记停用。", True)
    assert [way.step for way in form.ways_in] == ["best_offer", "too_dear"]
    assert [way.how for way in step_form(SAMPLE, PATH, "let_go").ways_in][:1] == ["cancel"]


@pytest.mark.parametrize(
    "text",
    [
        "format: flow/1\n",
        "opening: [a, b]\nalways: x\nfacts: y\ntests: {}\n",
        "opening: {greet: hello}\nclose: {bye: {say: [a], hear: {x: 1, y: {z: 1}}, go: [{}], must_say: {a: b}, offer: 3}}\n",
        "tests: [1, {name: {}}]\nopening: {greet: {say: {text: 您好}, hear: {use: reactions.a}, else: nowhere}}\n",
    ],
)
def test_half_written_files_are_shown(text: str) -> None:
    shown = outline(text, PATH)
    for phase in shown.phases:
        for card in phase.cards:
            assert step_form(text, PATH, card.id).id == card.id
    facts_of(text, PATH)
    assert len(shown.phases) == 5


def test_a_step_that_is_not_there_has_no_form() -> None:
    with pytest.raises(BadInput) as told:
        step_form(SAMPLE, PATH, "gone")
    assert told.value.reason == "flow.no_step"
