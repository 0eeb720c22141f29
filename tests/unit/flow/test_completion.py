"""What is offered at a place of a flow file, also of one that is not finished: the cursor stands at the mark ▮."""

import pytest
from hypothesis import given, settings, strategies as st

from engine.flow.completion import Completions, completions
from tests.unit.flow.sample_cast import FLOW_TEXT, OVERLAY_TEXT, library

pytestmark = pytest.mark.unit


def at_mark(text: str, original: str | None = None) -> Completions:
    """The completions at ▮."""
    before = text.split("▮")[0]
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return completions(text.replace("▮", ""), line, column, library(), original)


def labels(text: str, original: str | None = None) -> list[str]:
    return [one.label for one in at_mark(text, original).options]


def after(marked: str, written: str, text: str = FLOW_TEXT) -> str:
    """The sample with something written instead of a text that stands in it once or more."""
    assert marked in text
    return text.replace(marked, written, 1)


def test_the_arrow_offers_every_step_with_its_phase() -> None:
    found = at_mark(after("-> verify", "-> ver▮"))
    assert {"verify", "why", "best_offer", "let_go"} <= {one.label for one in found.options}
    assert next(one.en for one in found.options if one.label == "verify") == "opening"


def test_what_is_offered_replaces_the_word_before_the_cursor() -> None:
    text = after("-> verify", "-> ver▮")
    line = next(line for line in text.split("\n") if "▮" in line)
    assert at_mark(text).column == line.index("ver▮") + 1


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("  step:\n    end: ▮", "cancel_registered"),
        ("  step:\n    must_say: ▮", "notices.recording"),
        ("  step:\n    say: {use: ▮", "answers.value"),
        ("  step:\n    say: {▮", "use"),
        ("  step:\n    confirms: ▮", "identity"),
        ("  step:\n    handles: ▮", "price"),
        ("  step:\n    else: ▮", "let_go"),
        ("  step:\n    go: ▮", "let_go"),
        ("  step:\n    go:\n      - to: ▮", "let_go"),
        ("  step:\n    go:\n      - when: a\n        ▮", "to"),
        ("  step:\n    go:\n      - when: ▮", "leave_reason"),
        ("  step:\n    offer: {▮", "rungs"),
        ("  step:\n    offer:\n      rungs: [r1, ▮", "r5"),
        ("  step:\n    offer: {rungs: [r1], none: ▮", "let_go"),
        ("  step:\n    disclosures: [▮", "early_exit_fee"),
        ("  step:\n    ▮", "hear"),
        ("  step:\n    la▮", "layer"),
        ("  step:\n    layer: ▮", "problem"),
        ("  step:\n    hear:\n      ▮", "price"),
        ("  step:\n    hear:\n      price:\n        ▮", "when"),
        ("  step:\n    say: 您好${▮", "salutation"),
        ("  step:\n    say: |\n      您好，${▮", "salutation"),
        ("  step:\n    say: |\n      每月${offer.▮", "offer.fee"),
        ("  step:\n    say: |\n      每月${monthly_fee | ▮", "money"),
        ("  step:\n    ask: ▮", "leave_reason"),
    ],
)
def test_a_value_is_offered_what_it_may_name(written: str, wanted: str) -> None:
    assert wanted in labels(after("discovery:\n", f"discovery:\n{written}\n"))


def test_a_question_is_not_offered_what_is_known_before_the_call() -> None:
    assert "salutation" not in labels(after("discovery:\n", "discovery:\n  step:\n    ask: ▮\n"))


def test_in_spoken_words_nothing_is_offered_but_placeholders() -> None:
    assert labels(after("discovery:\n", "discovery:\n  step:\n    say: |\n      您好 ▮\n")) == []
    assert labels(after("discovery:\n", "discovery:\n  step:\n    say: |\n      you▮\n")) == []


def test_a_key_that_stands_there_already_is_not_offered_again() -> None:
    found = labels(FLOW_TEXT + "▮")
    assert "tests" not in found
    assert "properties" in found


def test_a_step_that_something_leads_to_and_nobody_wrote_is_offered_as_a_key() -> None:
    text = after("-> verify", "-> not_yet").replace("discovery:\n", "discovery:\n  ▮\n")
    assert [one.apply for one in at_mark(text).options] == ["not_yet:"]


def test_a_test_is_offered_answers_outcomes_and_facts() -> None:
    start = "tests:\n  - name: x\n    "
    head = FLOW_TEXT.split("tests:\n")[0]
    assert "greet.self" in labels(head + start + "path: [▮")
    assert "why.price" in labels(head + start + "path: [greet.self, ▮")
    assert "end" in labels(head + start + "expect: {▮")
    assert "refused" in labels(head + start + "expect: {end: ▮")
    assert "monthly_fee" in labels(head + start + "given: {▮")
    assert "as_of" in labels(head + start + "▮")


def test_a_property_is_offered_its_kinds_and_what_may_happen() -> None:
    head = FLOW_TEXT.split("tests:\n")[0]
    assert labels(head + "properties:\n  - ▮") == ["never", "always", "at_most", "because"]
    found = labels(head + "properties:\n  - never: offer before ▮")
    assert {"identity", "recording_notice", "notices.recording"} <= set(found)


def test_a_translation_is_offered_the_steps_and_answers_of_its_flow() -> None:
    head = OVERLAY_TEXT.split("steps:\n")[0]
    assert "verify" in labels(f"{head}steps:\n  ▮", FLOW_TEXT)
    assert {"src", "say", "hear"} <= set(labels(f"{head}steps:\n  greet:\n    ▮", FLOW_TEXT))
    assert "self" in labels(f"{head}steps:\n  greet:\n    hear:\n      ▮", FLOW_TEXT)


def test_options_of_things_have_their_names_in_the_authors_language() -> None:
    found = at_mark(after("discovery:\n", "discovery:\n  step:\n    end: ▮\n"))
    assert next((one.zh, one.en) for one in found.options if one.label == "refused") == ("不再来电", "Not to be called again")


@given(st.integers(-3, 300), st.integers(-3, 200), st.integers(0, len(FLOW_TEXT)), st.text(alphabet="\n :-{}[]$|>#ab好", max_size=12))
@settings(max_examples=200, deadline=None)
def test_no_place_in_no_text_breaks_it(line: int, column: int, cut: int, more: str) -> None:
    found = completions(FLOW_TEXT[:cut] + more, line, column, library())
    assert len(found.options) <= 400
