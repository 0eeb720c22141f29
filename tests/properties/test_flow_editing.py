"""Whatever a trainer types comes back as it was typed, and whatever is edited leaves the rest of the file as it was."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from engine.errors import BadInput
from engine.flow.editing import Edit, apply_edit, apply_edit_to_files, as_data, edit_from_form, facts_of, outline, step_form
from engine.flow.editing_edits import (
    AddBranch,
    AddFact,
    AddReaction,
    AddStep,
    AddTest,
    ChangeReaction,
    MoveBranch,
    MoveReaction,
    MoveStep,
    RemoveBranch,
    RemoveReaction,
    RemoveStep,
    RemoveTest,
    RenameStep,
    RenameTest,
    SetField,
    SetFlow,
    SetOffer,
)
from engine.flow.formatting import formatted
from engine.flow.phase_machine import Phase
from engine.yaml_text import read_yaml

pytestmark = pytest.mark.property

ROOT = Path(__file__).parents[2]
PATH = "flows/sample.yaml"
COMMENTED = """\
# yaml-language-server: $schema=../flow.schema.json
format: flow/1
id: sample
locale: zh-CN
title: 样例
# 引用的话
use: [notices]   # 一个文件
facts:
  company: {type: text, from: session}  # 公司
  # 他担心什么
  worry:
    type: choice
    options:
      price: 太贵    # 价格
      other: 别的
always:   # 任何一步都能走
  cancel: let_go
  do_not_call: let_go

# 开场从这里开始
opening:
  # 问候
  greet:
    title: 问候
    must_say: notices.recording
    say: |   # 慢一点
      您好，这里是${company}。

      请问是本人吗？
    # 提示在下面
    tip: 不谈账单。
    hear:
      # 最好的回答
      self: 是我 -> ask   # 往下走
      other: 不是本人 -> let_go
      # 没有别的了

  # 空一行
  ask:
    ask: worry
    say: 哪里不放心？
    go:
      # 价格
      - when: worry == "price"   # 条件
        to: let_go
      - to: let_go   # 其余情况
close:
  let_go:
    say: 好的。
    end: cancel_registered   # 登记
  # 关闭到此为止
tests:
  - name: 一开口就要停   # 例子
    given: {company: 样例}
    path: [cancel]
    expect: {end: cancel_registered}
# 最后一行
"""
SPICE = [
    *(": ", "#", " #", "- ", "? ", "| ", ">", "'", '"', "''", "\\", "\\n", "%", "@", "`", "&", "*", "!", "!!str ", "{", "}", "[", "]"),
    *(",", "，", "：", "${", "${company}", "${x | money}", "->", " -> ", "yes", "no", "null", "~", "199.00", "0x1f", "1e3", "<<", "---"),
    *("\n", "\n\n", "\n  ", "\t", " ", "  ", "\u3000", "\u00a0", "😀", "👨\u200d👩\u200d👧", "ａ", "您好", "。", "=", "2026-11-25", "..."),
    *("key: value", "- 项", "\ufe0f", "é"),
]
WORDS = st.lists(st.sampled_from(SPICE) | st.text(max_size=4), max_size=14).map("".join)


@cache
def shipped() -> tuple[str, ...]:
    """The file full of comments, and flows we ship: the smaller ones, for putting one in form takes a third of a second."""
    files = (ROOT / "flows/surveys/satisfaction_survey.yaml", ROOT / "flows/care/new_star_visit.yaml")
    return (COMMENTED, *(path.read_text(encoding="utf-8") for path in files))


def kept(text: str) -> str:
    """A text as it comes back: spaces at the ends of lines aside."""
    text = re.sub("\r\n|\r|\x85|\u2028|\u2029", "\n", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip()


def comments(text: str) -> list[str]:
    """Every comment of a file (ours hold no # in their words)."""
    return sorted(found.strip() for found in re.findall(r"(?m)(?:^|\s)#[^\n]*$", text))


def says(text: str, edit: Edit) -> str | None:
    """The file after an edit; None when it holds characters that are refused."""
    try:
        return apply_edit(text, PATH, edit)
    except BadInput as error:
        if error.reason in ("flow.bad_character", "flow.bad_label", "flow.bad_value"):
            return None
        raise


@settings(deadline=None, max_examples=40)
@given(WORDS, st.sampled_from(["say", "tip"]))
def test_spoken_text_comes_back_as_it_was_typed(words: str, field: str) -> None:
    after = says(COMMENTED, SetField("greet", field, words))
    if after is None:
        return
    form = step_form(after, PATH, "greet")
    assert getattr(form, field) == kept(words)
    assert formatted(after, PATH) == after
    assert apply_edit(after, PATH, SetField("greet", field, words)) == after
    written = read_yaml(after, PATH).data["opening"]["greet"].get(field, "")
    if "\n" in written.strip() and not re.search(r"[\t]|^\s", kept(words)):
        assert re.search(rf"(?m)^    {field}: \|", after)


@settings(deadline=None, max_examples=40)
@given(WORDS)
def test_titles_labels_and_names_come_back_in_one_line(words: str) -> None:
    line = " ".join(kept(words).split("\n")).strip()
    edits = {
        "title": SetField("ask", "title", words),
        "label": AddReaction("greet", words, "let_go", "third"),
        "long": ChangeReaction("greet", "self", words, "let_go", 'worry == "price"'),
        "fact": AddFact("choice", "mood", "", words, (("a", words), ("b", "x"))),
        "test": AddTest(words, ("greet.self",), "cancel_registered", "", (("company", words or "x"),)),
        "flow": SetFlow("title", words),
    }
    for kind, edit in edits.items():
        after = says(COMMENTED, edit)
        if after is None:
            continue
        assert formatted(after, PATH) == after, kind
        match kind:
            case "title":
                assert step_form(after, PATH, "ask").title == line
            case "label":
                assert step_form(after, PATH, "greet").reactions[2].label == line
            case "long":
                assert (step_form(after, PATH, "greet").reactions[0].label) == line
            case "fact":
                row = facts_of(after, PATH)[-1]
                assert (row.label, row.options) == (line, (("a", line), ("b", "x")))
            case "test":
                assert outline(after, PATH).tests[-1].name == line
            case _:
                assert outline(after, PATH).title == line


def _edits(text: str) -> st.SearchStrategy[Edit]:
    """Edits that fit a file."""
    shown = outline(text, PATH)
    steps = [card.id for phase in shown.phases for card in phase.cards]
    step, phase, small = st.sampled_from(steps), st.sampled_from([*Phase]).map(str), st.integers(0, 4)
    keys = {name: [one.key for one in step_form(text, PATH, name).reactions] for name in steps}
    answer = st.sampled_from([(name, key) for name, found in keys.items() for key in found])
    label = st.sampled_from(["再想想", "不用了: 谢谢", "#1", "- 好"])
    condition = st.sampled_from(["", "tenure_months > 12", "!done"])
    return st.one_of(
        st.builds(AddStep, phase, label, st.just(""), step),
        st.builds(RenameStep, step, st.sampled_from(["renamed", "yes"])),
        st.builds(MoveStep, step, phase, step),
        st.builds(RemoveStep, step, st.just(True)),
        st.builds(
            SetField, step, st.sampled_from(["say", "tip", "title", "line", "layer", "end"]), label | st.just("") | st.just("一\n二")
        ),
        st.builds(SetField, step, st.just("must_say"), st.lists(st.sampled_from(["a.b", "c.d"]), max_size=2).map(tuple)),
        st.builds(SetOffer, step, st.lists(st.sampled_from(["r1", "r2"])).map(tuple), st.just(()), step),
        st.builds(AddReaction, step, label, step, st.just(""), condition),
        answer.flatmap(
            lambda one: st.builds(ChangeReaction, st.just(one[0]), st.just(one[1]), label, step, condition, st.just("other_key"))
        ),
        answer.flatmap(lambda one: st.builds(MoveReaction, st.just(one[0]), st.just(one[1]), small)),
        answer.flatmap(lambda one: st.builds(RemoveReaction, st.just(one[0]), st.just(one[1]))),
        st.builds(AddBranch, step, step, condition),
        st.builds(MoveBranch, step, small, small),
        st.builds(RemoveBranch, step, small),
        st.builds(RenameTest, small, label),
        st.builds(RemoveTest, small),
    )


@pytest.mark.long
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_edit_leaves_canonical_text_and_loses_no_comment_of_what_stays(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(shipped()))
    for _ in range(3):
        if not any(phase.cards for phase in outline(text, PATH).phases):
            return
        edit = data.draw(_edits(text))
        assert edit_from_form(as_data(edit)) == edit
        try:
            after = apply_edit(text, PATH, edit)
        except BadInput:
            continue
        assert formatted(after, PATH) == after
        if not isinstance(edit, RemoveStep | RemoveReaction | RemoveBranch | RemoveTest):
            lost = set(comments(text)) - set(comments(after))
            assert not lost or isinstance(edit, SetField | SetOffer), (edit, lost)
        text = after


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_an_edit_of_one_step_touches_no_line_of_another(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(shipped()[1:]))
    names = [card.id for phase in outline(text, PATH).phases for card in phase.cards]
    step = data.draw(st.sampled_from(names))
    after = apply_edit(text, PATH, SetField(step, "tip", "新的提示"))
    before, now = text.split("\n"), after.split("\n")
    same_above = next((n for n, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), len(before))
    same_below = next((n for n, (a, b) in enumerate(zip(before[::-1], now[::-1], strict=False)) if a != b), 0)
    assert len(now) - same_above - same_below <= 1
    assert len(before) - same_above - same_below <= 1 or "tip: |" in text


def test_renaming_there_and_back_gives_the_same_files() -> None:
    text = (ROOT / "flows/retention/bill_too_high.yaml").read_text(encoding="utf-8")
    overlay = (ROOT / "flows/retention/bill_too_high.en.yaml").read_text(encoding="utf-8")
    there = apply_edit_to_files(text, PATH, {"en": overlay}, RenameStep("best_offer", "first_offer"))
    assert "best_offer" not in there.text
    assert "best_offer" not in there.overlays["en"]
    back = apply_edit_to_files(there.text, PATH, there.overlays, RenameStep("first_offer", "best_offer"))
    assert (back.text, back.overlays["en"]) == (text, overlay)
