import pickle

import pytest

from engine.flow.differences import Became, differences
from engine.flow.text_difference import MOST, LineKind, text_lines
from tests.unit.flow.sample_cast import FLOW_TEXT

pytestmark = pytest.mark.unit

EN = "format: locale/1\nof: sample\nlocale: en\nsteps:\n  too_dear:\n    src: h111111\n    say: It is worth it.\n"


def told(*edits: tuple[str, str], language: str = "en") -> list[str]:
    """What is said of these edits to the sample."""
    new = FLOW_TEXT
    for old, put in edits:
        assert old in new, old
        new = new.replace(old, put, 1)
    return differences({"": FLOW_TEXT}, {"": new}).sentences(language)


def test_the_example_of_the_issue() -> None:
    edits = (
        ("    say: {use: answers.value}\n", "    say: 您现在每月${monthly_fee}，我们一起看看。\n"),
        ("      another: 有别的吗 -> best_offer\n", "      another: 有别的吗 -> best_offer\n      delay: 我再想想 -> need_time\n"),
    )
    assert told(*edits) == ["step “too_dear”: wording changed; new answer '我再想想', leading to “need_time”"]
    assert told(*edits, language="zh") == ["步骤“too_dear”：话术改了；新回应“我再想想”，走到“need_time”"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("    tip: 不是本人时，不谈业务。\n", "", "step “greet”: tip removed"),
        ("    say: 麻烦您说一下证件后四位。\n", "    say: 请说后四位。\n", "step “verify”: wording changed"),
        ("    must_say: notices.recording\n", "", "step “greet”: must be said: notices.recording removed"),
        (
            "busy: 在忙 -> book_callback",
            "busy: 在忙 -> let_go",
            "step “greet”: answer '在忙' now leads to “let_go” instead of “book_callback”",
        ),
        ("      self: 是我 -> verify\n", "      self: 我就是 -> verify\n", "step “greet”: answer '是我' now reads '我就是'"),
        ("      busy: 在忙 -> book_callback\n", "", "step “greet”: answer '在忙' removed"),
        ("when: tenure_months > 12", "when: tenure_months > 24", "step “ask_leave”: answer '我是老客户': condition changed"),
        ('when: leave_reason == "quality"', 'when: leave_reason == "price"', "step “route”: conditions of the ways on changed"),
        ("      - to: best_offer\n", "      - to: let_go\n", "step “route”: the ways on changed"),
        ("    go: route\n", "    go: best_offer\n", "step “why”: now goes on to “best_offer” instead of “route”"),
        ("    tries: 2\n", "    tries: 1\n", "step “too_dear”: tries: 2 → 1"),
        ("    else: book_callback\n", "    else: let_go\n", "step “need_time”: after the last try it now leads to “let_go”"),
        ("rungs: [r1, r2, r5]", "rungs: [r1, r5]", "step “best_offer”: rungs: r2 removed"),
        ("      none: explain_bill\n", "      none: let_go\n", "step “best_offer”: with nothing to offer it now leads to “let_go”"),
        ("[price, scenario, validity, restriction]", "[price, scenario, validity]", "step “best_offer”: disclosures: restriction removed"),
        ("    end: care_only\n", "    end: no_interest\n", "step “care_end”: outcome: care_only → no_interest"),
        ("    confirms: identity\n", "", "step “verify”: confirms: identity → nothing"),
        ("  cancel: let_go\n", "  cancel: care_end\n", "at every step: 'I want to cancel' now leads to “care_end”"),
        ("  tenure_months: {type: integer,", "  tenure_months: {type: number,", "facts: tenure_months: type integer → number"),
        ("      moving: 搬家\n", "      moving: 搬走\n", "facts: leave_reason: options changed"),
        ("title: 样例挽留", "title: 挽留样例", "whole flow: title: 样例挽留 → 挽留样例"),
        ("use: [notices, answers, endings]", "use: [notices, answers]", "whole flow: no longer uses the library file 'endings'"),
        ("  - name: 一开口就要停\n", "  - name: 直接停\n", "tests: new test '直接停'; test '一开口就要停' removed"),
        ("given: {salutation: 李先生}", "given: {salutation: 赵先生}", "tests: test '一开口就要停' changed"),
        ("tests:\n", "properties:\n  - never: offer before identity\ntests:\n", "properties: new: never: offer before identity"),
    ],
)
def test_every_kind_of_change_is_told_in_a_sentence(old: str, new: str, sentence: str) -> None:
    assert told((old, new)) == [sentence]


def test_steps_that_came_and_went_are_told_with_their_phase() -> None:
    added = told(("  explain_bill:\n", "  pause:\n    say: 要不先停机保号？\n    go: let_go\n  explain_bill:\n"))
    assert added == ["new step “pause”: in phase offer"]
    removed = told(("  third_party:\n    say: 打扰了。\n    end: third_party\n", ""))
    assert removed == ["step “third_party” removed"]


def test_a_renamed_step_is_one_step_and_those_that_lead_to_it_did_not_change() -> None:
    new = FLOW_TEXT.replace("need_time", "think_it_over")
    assert differences({"": FLOW_TEXT}, {"": new}).sentences("en") == ["step “think_it_over”: was called 'need_time'"]


def test_a_renamed_and_reworded_step_is_still_the_same_one() -> None:
    new = FLOW_TEXT.replace("need_time", "later").replace("理解。我改天再打给您？", "理解。我改天再给您打？")
    assert differences({"": FLOW_TEXT}, {"": new}).sentences("en") == ["step “later”: was called 'need_time'; wording changed"]


def test_a_step_that_moved_is_told_and_the_others_are_not() -> None:
    care = "  care_end:\n    say: {use: endings.thanks}\n    end: care_only\n"
    assert told((care, ""), ("tests:\n", f"{care}tests:\n")) == ["step “care_end”: moved to another place"]
    moved = told((care, ""), ("objections:\n", f"objections:\n{care}"))
    assert moved == ["step “care_end”: moved from close to objections"]


def test_sentences_come_in_the_order_of_the_flow() -> None:
    groups = told(("    end: refused\n", "    end: callback\n"), ("不谈业务", "别谈业务"), ("    tries: 2", "    tries: 3"))
    assert [one.split("”")[0] for one in groups] == ["step “greet", "step “too_dear", "step “stop_calling"]


def test_translations_are_told_at_their_step() -> None:
    new = EN.replace("It is worth it.", "It is worth every cent.")
    found = differences({"": FLOW_TEXT, "en": EN}, {"": FLOW_TEXT, "en": new})
    assert found.sentences("en") == ["step “too_dear”: en translation changed (wording)"]
    assert found.groups[0].changes[0].before == "It is worth it."
    checked = differences({"": FLOW_TEXT, "en": EN}, {"": FLOW_TEXT, "en": EN.replace("h111111", "h222222")})
    assert checked.sentences("en") == ["step “too_dear”: en translation looked at again"]
    assert differences({"": FLOW_TEXT}, {"": FLOW_TEXT, "en": EN}).sentences("en")[-1] == "translation: new translation: en"


def test_remarks_and_layout_are_no_change_but_stand_in_the_text() -> None:
    found = differences({"": FLOW_TEXT}, {"": "# 备注\n" + FLOW_TEXT})
    assert (found.groups, found.nothing) == ((), False)
    assert [(line.kind, line.text) for line in found.texts[0][1] if line.kind is LineKind.added] == [(LineKind.added, "# 备注")]


def test_the_same_is_nothing_and_a_new_flow_is_all_new() -> None:
    assert differences({"": FLOW_TEXT}, {"": FLOW_TEXT}).nothing
    new = differences({}, {"": FLOW_TEXT})
    assert {one.became for one in new.groups if one.part == "step"} == {Became.added}


def test_what_cannot_be_read_is_compared_as_text_alone() -> None:
    found = differences({"": FLOW_TEXT}, {"": FLOW_TEXT + "  : : ["})
    assert (found.readable, found.groups) == (False, ())
    assert found.texts
    assert differences({"": FLOW_TEXT, "en": EN}, {"": FLOW_TEXT, "en": "[["}).sentences("en")[-1].endswith("cannot be read")


@pytest.mark.parametrize(
    "text",
    ["[1, 2]", "opening: 3", "opening: {a: 1}\nclose: []", "tests: [1]\nfacts: x\nalways: [a]", "opening: {a: {hear: [x], go: {a: b}}}"],
)
def test_no_shape_takes_it_down(text: str) -> None:
    for pair in ((FLOW_TEXT, text), (text, FLOW_TEXT), (text, text + "\n# x\n")):
        differences({"": pair[0]}, {"": pair[1]}).sentences("zh")


def test_it_travels_between_processes() -> None:
    found = differences({"": FLOW_TEXT}, {"": FLOW_TEXT.replace("tries: 2", "tries: 1")})
    assert pickle.loads(pickle.dumps(found)) == found


def test_lines_around_a_change_are_shown_and_the_rest_is_a_gap() -> None:
    old = "\n".join(str(number) for number in range(1, 21))
    lines = text_lines(old, old.replace("\n10\n", "\nten\n"))
    told = [(line.kind.value, line.before, line.after, line.text) for line in lines]
    assert told[0] == ("gap", 1, 1, "")
    assert told[1:8] == [
        ("same", 7, 7, "7"), ("same", 8, 8, "8"), ("same", 9, 9, "9"), ("removed", 10, 0, "10"), ("added", 0, 10, "ten"),
        ("same", 11, 11, "11"), ("same", 12, 12, "12"),
    ]  # fmt: skip
    assert told[-1] == ("gap", 14, 14, "")
    assert text_lines(old, old) == ()


def test_of_an_enormous_difference_the_beginning_is_shown() -> None:
    lines = text_lines("", "\n".join(str(number) for number in range(20_000)))
    assert (len(lines), lines[-1].kind) == (MOST + 1, LineKind.gap)
