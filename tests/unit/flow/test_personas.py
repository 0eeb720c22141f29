"""Personas: read from data, the same for the same seed, leaning as they are described, and with patience that runs out."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.errors import BadFile
from engine.flow.actions import Answer
from engine.flow.advance import advance, start
from engine.flow.definition import Flow
from engine.flow.library import Library
from engine.flow.personas import Persona, Reply, read_personas, reply
from engine.flow.run import FlowRun
from engine.flow.view import view
from engine.offers.decision import Decision, OfferRequest
from tests.unit.flow.sample_cast import FACTS, PLAN_79, flow, offered

pytestmark = pytest.mark.unit
PATH = "scripts_library/personas.yaml"
SHIPPED = read_personas(Path(PATH).read_text(encoding="utf-8"), PATH)
TODAY = date(2026, 11, 25)
WANTED = ("price_sensitive", "angry", "hurried", "loyal", "elderly", "suspicious", "decided", "porting")


def decide(_: OfferRequest) -> Decision:
    return Decision("d", "p", (offered(*PLAN_79),), ())


def at(*answers: str) -> FlowRun:
    run = start(flow(), FACTS, "zh", decide).run
    for one in answers:
        run = advance(flow(), run, Answer(one), decide).run
    return run


def said(persona: Persona, run: FlowRun, seed: int = 1, answered: int = 0, of: Flow | None = None) -> Reply:
    return reply(persona, of or flow(), run, view(of or flow(), run), seed=seed, answered=answered, today=TODAY)


def test_the_desk_is_rehearsed_against_at_least_the_seven_that_are_asked_for() -> None:
    assert set(WANTED) <= set(SHIPPED)
    for one in SHIPPED.values():
        assert one.label["zh"]
        assert one.label["en"]
        assert one.about["en"]
        assert all(phrase.get("en") for phrases in one.phrases.values() for phrase in phrases), one.code


def test_the_library_reads_them_and_tells_what_is_wrong() -> None:
    good = {PATH: Path(PATH).read_text(encoding="utf-8")}
    assert Library.load(good).findings == []
    broken = Library.load({PATH: "format: personas/1\nid: x\npersonas: {a: {label: 甲}}\n"}).findings
    assert {finding.code for finding in broken} == {"F006"}
    with pytest.raises(BadFile):
        read_personas("format: personas/1\nid: x\npersonas: {a: {label: 甲}}\n", PATH)


@pytest.mark.parametrize("code", WANTED)
def test_the_same_seed_says_the_same_and_other_seeds_say_other_things(code: str) -> None:
    run = at("self", "match", "agree")
    replies = [said(SHIPPED[code], run, seed) for seed in range(1, 40)]
    assert replies == [said(SHIPPED[code], run, seed) for seed in range(1, 40)]
    assert len({(one.answer, one.zh) for one in replies}) > 1


def test_every_answer_it_means_is_one_of_those_shown_with_words_in_both_languages() -> None:
    for answers in ((), ("self",), ("self", "match"), ("self", "match", "agree")):
        run = at(*answers)
        shown = view(flow(), run)
        keys = {one.key for one in (*shown.answers, *(shown.question.options if shown.question else ()))}
        for persona in SHIPPED.values():
            one = said(persona, run)
            assert one.answer in keys
            assert one.zh
            assert one.en
            assert set(one.chances) == keys
            assert 97 <= sum(one.chances.values()) <= 103


def often(persona: Persona, run: FlowRun, answered: int = 0) -> Counter[str | None]:
    return Counter(said(persona, run, seed, answered).answer for seed in range(1, 200))


def test_weights_lean_the_way_they_are_written() -> None:
    run = at("self", "match", "agree")
    leaning = replace(SHIPPED["loyal"], asked={"leave_reason": {"quality": 50.0}})
    assert often(leaning, run)["quality"] > 150
    averse = replace(SHIPPED["loyal"], asked={"leave_reason": {"quality": 0.0}})
    assert often(averse, run)["quality"] < 5


def test_after_enough_steps_the_hurried_words_count() -> None:
    run = at()
    hasty = replace(SHIPPED["loyal"], steps=3, moods={"calm": {}, "hurried": {"refuse": 10_000.0}, "fed_up": {}})
    assert said(hasty, run, answered=2).mood == "calm"
    assert said(hasty, run, answered=3).mood == "hurried"
    key = next(one.key for one in view(flow(), run).answers if one.key != "self")
    hasty = replace(hasty, moods={"calm": {}, "hurried": {key: 10_000.0}, "fed_up": {}})
    assert often(hasty, run, answered=3)[key] > 150


def test_patience_ends_in_a_hang_up_that_answers_nothing() -> None:
    one = said(SHIPPED["hurried"], at(), answered=SHIPPED["hurried"].hangs_up_after)
    assert one.hangs_up
    assert one.answer is None
    assert one.zh


def test_what_is_typed_in_is_answered_with_a_value_of_its_type() -> None:
    from engine.flow.fact_values import FactType
    from engine.flow.view_parts import QuestionView

    run = at("self")
    shown = view(flow(), run)
    kinds = (
        (FactType.date, str),
        (FactType.integer, int),
        (FactType.number, float),
        (FactType.money, str),
        (FactType.text, str),
    )
    for kind, expected in kinds:
        asked = replace(shown, answers=(), question=QuestionView("when", "哪天", kind, None, ()))
        one = reply(SHIPPED["loyal"], flow(), run, asked, seed=1, answered=3, today=TODAY)
        assert one.answer is None
        assert isinstance(one.value, expected)
        if kind is FactType.date:
            assert str(one.value) > TODAY.isoformat()
