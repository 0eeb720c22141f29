"""Rows of wording: what is translated, what is stale since when, what is missing."""

import pytest

from engine.flow.wording_rows import Kind, LineState, TextPlace, WordingTable, fingerprint_of, own_texts, word_changes, wording_table
from engine.yaml_text import BadYaml, read_yaml

pytestmark = pytest.mark.unit

FLOW = """\
format: flow/1
id: talk
locale: zh-CN
title: 谈一谈
facts:
  worry: {type: choice, label: 担心什么, options: {price: 贵}}
opening:
  greet:
    title: 问候
    say: 您每月99元，行吗？
    hear: {self: 是我 -> bye, other: {label: 不是, en: It is not, go: bye}}
close:
  bye:
    say: {use: closings.thanks}
    tip: 等客户先挂
    hear: {use: reactions.standard}
"""
OLDER = FLOW.replace("99元", "199元")
OLDEST = OLDER.replace("问候", "招呼")


def mark(text: str, step: str) -> str:
    return fingerprint_of(own_texts(read_yaml(text, "x").data)[step])


def english(src: str) -> str:
    return (
        "format: locale/1\nof: talk\nlocale: en\nsteps:\n  greet:\n"
        f"    src: {src}\n    title: Greeting\n    say: You pay 199 a month, right?\n    hear: {{self: That's me}}\n"
    )


def table(overlay: str | None, *earlier: str) -> WordingTable:
    return wording_table(FLOW, "talk.yaml", overlay, "talk.en.yaml", "en", earlier)


def states(found: WordingTable) -> dict[str, str]:
    return {str(row.place): row.state.value for row in found.rows}


def test_every_text_of_the_flow_itself_has_a_row_in_its_order_and_library_lines_have_none() -> None:
    assert [str(row.place) for row in table(None).rows] == [
        "flow:flow:title",
        "fact:worry:label",
        "fact:worry:option.price",
        "step:greet:title",
        "step:greet:say",
        "step:greet:hear.self",
        "step:greet:hear.other",
        "step:bye:tip",
    ]
    assert table(None).shared == {"bye": "closings.thanks"}


def test_an_answer_that_carries_its_english_is_translated() -> None:
    assert states(table(None))["step:greet:hear.other"] == "ok"
    assert table(None).count(LineState.missing) == 7


def test_a_translation_of_what_stands_there_is_sound() -> None:
    found = table(english(mark(FLOW, "greet")))
    assert found.count(LineState.stale) == 0
    assert states(found)["step:greet:say"] == "ok"


def test_only_the_line_that_changed_is_stale_when_the_older_text_is_known() -> None:
    found = table(english(mark(OLDER, "greet")), FLOW, OLDER)
    assert [place for place, state in states(found).items() if state == "stale"] == ["step:greet:say"]
    row = found.row(TextPlace(Kind.step, "greet", "say"))
    assert row is not None
    assert row.was == "您每月199元，行吗？"


def test_every_line_of_the_step_is_stale_when_nobody_knows_what_it_was() -> None:
    found = table(english("h000000"), OLDER, "not: [yaml")
    assert [place for place, state in states(found).items() if state == "stale"] == [
        "step:greet:title",
        "step:greet:say",
        "step:greet:hear.self",
    ]
    assert {row.was for row in found.rows} == {None}


def test_two_lines_that_changed_are_both_stale() -> None:
    found = table(english(mark(OLDEST, "greet")), OLDER, OLDEST)
    assert found.count(LineState.stale) == 2


def test_the_words_that_changed_are_told_placeholders_whole() -> None:
    assert word_changes("每月${fee | money}，好吗", "每月${fee}，行吗") == (
        ("same", "每月"),
        ("gone", "${fee | money}"),
        ("new", "${fee}"),
        ("same", "，"),
        ("gone", "好"),
        ("new", "行"),
        ("same", "吗"),
    )


def test_a_place_is_read_back_from_what_it_was_written_as() -> None:
    for row in table(None).rows:
        assert TextPlace.read(str(row.place)) == row.place
    assert TextPlace.read("row 7") is None
    assert TextPlace.read("step:greet:") is None


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(BadYaml):
        wording_table("a: [", "talk.yaml", None, "talk.en.yaml", "en")
