"""Shared steps: taken in where they are led to, told in their own file, translated once."""

import pytest

from engine.flow.advance import start
from engine.flow.library import Library
from engine.flow.reading import Reading, read_flow
from engine.flow.snapshot import load, publish
from engine.flow.view import view
from engine.flow.wording import plain
from tests.unit.flow.sample_cast import FLOW_TEXT, LIBRARY_FILES, SamplePolicy

pytestmark = pytest.mark.unit

PART = """format: steps/1
id: shared_open
use: [notices]
facts:
  caller: {type: text, from: session}
opening:
  hello:
    must_say: notices.recording
    say: 您好，我是${caller}，请问是本人吗？
    hear:
      self: 是我 -> verify
      other: 不是本人 -> wrong_person
  never_used:
    say: 没人走到这里。
    hear:
      on: 好 -> verify
close:
  wrong_person:
    say: 打扰您了。
    end: third_party
"""
ENGLISH = """format: locale/1
of: shared_open
locale: en
steps:
  hello:
    say: Hello, this is ${caller}. Am I speaking with the account holder?
    hear: {self: "Yes", other: Someone else}
  wrong_person:
    say: Sorry to have troubled you.
"""
OWN_OPENING = FLOW_TEXT[FLOW_TEXT.index("  greet:\n") : FLOW_TEXT.index("  verify:\n")]
SHARING = FLOW_TEXT.replace("use: [notices, answers, endings]", "use: [answers, endings, notices, shared_open]").replace(OWN_OPENING, "")
HEAD, OPENING, REST = SHARING.partition("opening:\n")


def sharing() -> str:
    """The sample with its greeting from the shared file, and its own verification moved behind it."""
    text = SHARING.replace("opening:\n", "opening:\n  open:\n    go: hello\n", 1).replace("greet.self", "hello.self")
    return (
        text.replace("  third_party:\n    say: 打扰了。\n    end: third_party\n", "")
        .replace("-> third_party", "-> wrong_person")
        .replace("      busy: 在忙 -> book_callback\n", "")
    )


def read(text: str, part: str = PART, english: str = ENGLISH) -> Reading:
    """A flow against the sample library and the shared steps."""
    return read_flow(text, "flows/sample.yaml", Library.load({**LIBRARY_FILES, "parts/open.yaml": part, "parts/open.en.yaml": english}))


def test_shared_steps_are_walked_like_own_ones_and_unused_ones_stay_out() -> None:
    reading = read(sharing())
    assert [str(one) for one in reading.findings] == []
    assert reading.flow is not None
    assert "hello" in reading.flow.steps
    assert "wrong_person" in reading.flow.steps
    assert "never_used" not in reading.flow.steps
    assert "caller" in reading.flow.facts


def test_a_flow_without_an_opening_begins_with_the_shared_one() -> None:
    asking = "  ask_first:\n    confirms: identity\n    say: 证件后四位？\n    hear:\n      match: 一致 -> why\n  never_used:"
    part = PART.replace("-> verify", "-> ask_first").replace("  never_used:", asking)
    shorter = (HEAD + REST[REST.index("discovery:\n") :]).split("  third_party:\n")[
        0
    ] + "  book_later:\n    say: 好的。\n    end: callback\n"
    text = shorter.replace("-> book_callback", "-> book_later").replace("else: book_callback", "else: book_later")
    text = text.replace("  book_callback:\n    say: 好的，按约定时间再联系您。\n    end: callback\n", "")
    text += "  stop_calling:\n    say: 好的，不再打扰。\n    end: refused\n"
    reading = read(text, part)
    assert {one.code for one in reading.findings} == {"F408"}, [str(one) for one in reading.findings]
    assert reading.flow is not None
    assert reading.flow.start == "hello"
    assert list(reading.flow.steps)[:2] == ["hello", "ask_first"]


def test_a_mistake_in_shared_steps_is_told_in_their_file() -> None:
    broken = PART.replace("-> wrong_person", "-> wrong_persn")
    (finding,) = [one for one in read(sharing(), broken).findings if one.code == "F101"]
    assert (finding.path, broken.splitlines()[finding.line - 1].strip()) == ("parts/open.yaml", "other: 不是本人 -> wrong_persn")


def test_what_does_not_fit_the_format_is_told_with_the_library() -> None:
    loaded = Library.load({"parts/open.yaml": PART.replace("    say: 打扰", "    sey: 打扰")})
    assert [(one.code, one.path) for one in loaded.findings] == [("F003", "parts/open.yaml")]
    assert loaded.parts == {}


def test_a_name_that_both_have_is_told() -> None:
    clash = read(sharing().replace("  care_end:\n", "  wrong_person:\n    say: 打扰。\n    end: third_party\n  care_end:\n"))
    assert "F112" in {one.code for one in clash.findings}
    types = read(sharing().replace("facts:\n", "facts:\n  caller: {type: date, from: session}\n", 1))
    assert "F112" in {one.code for one in types.findings}


def test_a_translation_serves_every_flow() -> None:
    flow = read(sharing()).flow
    assert flow is not None
    loaded = load(publish(flow).text)
    run = start(loaded, {"caller": "Zhou"}, "en", SamplePolicy()).run
    assert plain(view(loaded, run).say) == "Hello, this is Zhou. Am I speaking with the account holder?"
    assert [one.label for one in view(loaded, run).answers] == ["Yes", "Someone else"]


def test_a_translation_that_does_not_fit_is_told() -> None:
    codes = [
        one.code
        for english in (
            ENGLISH.replace("${caller}", "me"),
            ENGLISH.replace("wrong_person", "wrong_persons"),
            ENGLISH.replace("of: shared_open", "of: shared_opening"),
            ENGLISH.replace("${caller}", "${caller.x}"),
        )
        for one in Library.load({**LIBRARY_FILES, "parts/open.yaml": PART, "parts/open.en.yaml": english}).findings
    ]
    assert codes == ["F503", "F504", "F504", "F104"]
