"""Wording written into flow files and translations: only the wording changes, comments and order stay."""

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from engine.errors import BadInput
from engine.flow.formatting import formatted
from engine.flow.translating import settled, with_originals, with_translations
from engine.flow.wording_refusals import refusal_of, tidy
from engine.flow.wording_rows import Kind, LineState, TextPlace, WordingTable, wording_table
from engine.yaml_text import read_yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path for path in (ROOT / "flows").rglob("*.yaml") if not path.name.endswith(".en.yaml"))
FLOW = """\
# what we say
format: flow/1
id: talk
locale: zh-CN
title: 谈一谈          # shown in the list
facts:
  company: {type: text, from: session}
  fee: {type: money, from: customer, label: 月费}
  worry:
    type: choice
    label: 担心什么
    options: {price: 贵, other: 别的}
always: {cancel: bye, do_not_call: bye}
opening:
  greet:               # first
    say: |
      您好，我是${company}。
      您每月${fee | money}。
    tip: 慢一点        # slowly
    hear:
      self: 是我 -> ask
      long: {label: 谁啊, en: Who is it, go: ask}
discovery:
  ask:
    say: 您担心什么？
    ask: worry
    go: bye
close:
  bye:
    say: {use: closings.thanks}
    title: 再见
    end: not_kept
"""
ENGLISH = """\
format: locale/1
of: talk
locale: en
facts:
  fee: {label: Monthly fee}
steps:
  greet:            # by the first hour
    src: h000000
    tip: Slowly   # they listen
    hear:
      self: That's me
"""
SAY, ASK = TextPlace(Kind.step, "greet", "say"), TextPlace(Kind.step, "ask", "say")
GOOD = "Hello from ${company}.\nYou pay ${fee}."


def table(flow: str = FLOW, english: str | None = ENGLISH, *earlier: str) -> WordingTable:
    return wording_table(flow, "talk.yaml", english, "talk.en.yaml", "en", earlier)


def translated(changes: dict[TextPlace, str], renew: tuple[str, ...] = (), english: str = ENGLISH) -> str:
    return with_translations(english, "talk.en.yaml", FLOW, "talk.yaml", "en", changes, renew)


def test_a_new_line_stands_where_the_flow_has_it_and_everything_else_stays() -> None:
    written = translated({ASK: "What worries you?", SAY: GOOD})
    assert written == ENGLISH.replace("    tip:", "    say: |\n      Hello from ${company}.\n      You pay ${fee}.\n    tip:") + (
        "  ask:\n    say: What worries you?\n"
    )


def test_steps_are_put_in_the_order_of_the_flow() -> None:
    written = translated({TextPlace(Kind.step, "bye", "title"): "Bye"})
    written = translated({ASK: "What worries you?"}, english=written)
    assert list(read_yaml(written, "x").data["steps"]) == ["greet", "ask", "bye"]


def test_an_option_an_answer_and_the_title_are_written() -> None:
    written = translated(
        {
            TextPlace(Kind.flow, "flow", "title"): "A talk",
            TextPlace(Kind.fact, "worry", "option.other"): "Something else",
            TextPlace(Kind.fact, "worry", "label"): "What worries them",
            TextPlace(Kind.step, "greet", "hear.long"): "Who's calling, please",
        }
    )
    data = read_yaml(written, "x").data
    assert data["title"] == "A talk"
    assert list(data) == ["format", "of", "locale", "title", "facts", "steps"]
    assert data["facts"]["worry"] == {"label": "What worries them", "options": {"other": "Something else"}}
    assert data["steps"]["greet"]["hear"] == {"self": "That's me", "long": "Who's calling, please"}


def test_a_translation_is_begun_from_nothing() -> None:
    written = translated({ASK: "What worries you?"}, ("ask",), english="")
    ask = table().fingerprints["ask"]
    assert written == f"format: locale/1\nof: talk\nlocale: en\nsteps:\n  ask:\n    src: {ask}\n    say: What worries you?\n"


def test_an_emptied_line_is_taken_out_and_an_emptied_step_goes_whole() -> None:
    written = translated({TextPlace(Kind.step, "greet", "tip"): "", TextPlace(Kind.step, "greet", "hear.self"): ""})
    assert "greet" not in written


def test_a_place_the_flow_does_not_have_is_refused() -> None:
    for place in (TextPlace(Kind.step, "gone", "say"), TextPlace(Kind.fact, "gone", "label")):
        with pytest.raises(BadInput, match=r"wording\.no_place"):
            translated({place: "text"})


def test_originals_are_reworded_and_nothing_else_changes() -> None:
    changes = {
        SAY: "早上好，我是${company}。\n您现在每月${fee | money}。",
        TextPlace(Kind.step, "greet", "hear.self"): "对，是我",
        TextPlace(Kind.step, "greet", "hear.long"): "哪位",
        TextPlace(Kind.fact, "worry", "option.price"): "太贵",
        TextPlace(Kind.flow, "flow", "title"): "聊一聊",
    }
    written = with_originals(FLOW, "talk.yaml", changes)
    wanted = formatted(FLOW, "talk.yaml").replace("您好，我是", "早上好，我是").replace("您每月", "您现在每月")
    wanted = wanted.replace("self: 是我 ->", "self: 对，是我 ->").replace("label: 谁啊", "label: 哪位").replace("price: 贵", "price: 太贵")
    assert written == wanted.replace("谈一谈", "聊一聊")


def test_what_comes_from_the_library_and_what_would_be_empty_is_not_reworded() -> None:
    with pytest.raises(BadInput, match=r"wording\.no_place"):
        with_originals(FLOW, "talk.yaml", {TextPlace(Kind.step, "bye", "say"): "再见"})
    with pytest.raises(BadInput, match=r"wording\.empty_original"):
        with_originals(FLOW, "talk.yaml", {ASK: "  "})


@pytest.mark.parametrize(
    ("place", "text", "code"),
    [
        (SAY, "Hello from ${company}.", "F503"),
        (SAY, "Hello from ${company}, you pay ${fee} until ${contract_end}.", "F503"),
        (SAY, "Hello from ${company, you pay ${fee}.", "F103"),
        (SAY, "Hello from ${company}, you pay ${fee | dollars}.", "F103"),
        (SAY, "Hello from ${company}, you pay ${fee * 2}.", "F104"),
        (TextPlace(Kind.step, "greet", "title"), "Greeting ${company}", "F503"),
        (TextPlace(Kind.step, "greet", "hear.self"), "me -> ask", "F008"),
        (SAY, "bell \a", "F001"),
        (SAY, "long" * 1001, "too_long"),
    ],
)
def test_what_would_break_a_call_is_refused_with_a_reason(place: TextPlace, text: str, code: str) -> None:
    row = table().row(place)
    refused = refusal_of(place, row.original if row else "", text)
    assert refused is not None
    assert refused.code == code
    assert refused.zh
    assert refused.en


def test_the_same_placeholders_in_another_order_and_format_are_taken() -> None:
    row = table().row(SAY)
    assert row is not None
    assert refusal_of(SAY, row.original, "${fee | money} a month, says ${company}. **${fee}**!") is None
    assert refusal_of(SAY, row.original, "") is None


def test_a_label_is_kept_in_one_line() -> None:
    assert tidy(TextPlace(Kind.step, "greet", "hear.self"), " That's \r\n  me ") == "That's me"


def test_a_step_is_settled_when_no_stale_line_is_left_unseen() -> None:
    stale = table()
    tip = TextPlace(Kind.step, "greet", "tip")
    label = TextPlace(Kind.step, "greet", "hear.self")
    assert settled(stale, {tip}) == ()
    assert settled(stale, {tip, label}) == ("greet",)
    assert settled(stale, {ASK}) == ("ask",)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_writing_every_line_of_a_shipped_flow_back_changes_no_byte(path: Path) -> None:
    overlay = path.with_suffix(".en.yaml")
    text, english = path.read_text(encoding="utf-8"), overlay.read_text(encoding="utf-8")
    rows = wording_table(text, path.name, english, overlay.name, "en")
    everything = {row.place: row.translation for row in rows.rows}
    steps = tuple(rows.fingerprints)
    assert with_translations(english, overlay.name, text, path.name, "en", everything, steps) == formatted(english, overlay.name)
    assert with_originals(text, path.name, {row.place: row.original for row in rows.rows}) == formatted(text, path.name)
    assert rows.count(LineState.ok) == len(rows.rows)


words = st.text(st.sampled_from("ab 是:#'\"-{}[]|>&*!%@`,?\n→/"), max_size=30)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(say=words, label=words, tip=words)
def test_any_words_come_back_as_they_were_typed(say: str, label: str, tip: str) -> None:
    typed = {ASK: say, TextPlace(Kind.step, "greet", "hear.self"): label, TextPlace(Kind.step, "greet", "tip"): tip}
    kept = {place: text for place, text in typed.items() if refusal_of(place, "", text) is None}
    rows = table(english=translated(kept))
    for place, text in kept.items():
        row = rows.row(place)
        assert row is not None
        assert row.translation == tidy(place, text)
