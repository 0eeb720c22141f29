"""Properties are proved over every path, and a false one comes with a path that really breaks it."""

import pytest

from engine.flow.library import Library
from engine.flow.moves import moves_of
from engine.flow.properties import BadProperty, PropertyDocument, read_property
from engine.flow.proving import Proof, Verdict, prove
from engine.flow.reading import read_flow
from tests.unit.flow.sample_cast import FLOW_TEXT, LIBRARY_FILES, flow, reading

pytestmark = pytest.mark.unit


def proof(text: str = "", **written: str) -> Proof:
    """The proof of a property of the sample flow, or of a changed one."""
    changed = reading(text).flow if text else flow()
    assert changed is not None, [str(one) for one in reading(text).findings]
    return prove(moves_of(changed), read_property(PropertyDocument(**written)))


@pytest.mark.parametrize(
    "written",
    [
        {"never": "offer before recording_notice"},
        {"never": "offer before must_say notices.recording"},
        {"never": "offer before identity"},
        {"never": "end accepted_pending before offer"},
        {"never": "offer after do_not_call"},
        {"never": "offer after end"},
        {"never": "step too_dear before objection price"},
        {"always": "step verify before ask leave_reason"},
        {"always": "end"},
        {"always": "end after offer"},
        {"always": "step greet"},
        {"at_most": "2 step too_dear"},
        {"at_most": "3 step need_time"},
        {"at_most": "1 ask leave_reason"},
        {"at_most": "6 offer r1"},
    ],
    ids=str,
)
def test_what_holds_on_every_path_is_proved(written: dict[str, str]) -> None:
    assert proof(**written) == Proof(Verdict.proved)


@pytest.mark.parametrize(
    ("written", "path", "step"),
    [
        ({"never": "end third_party"}, ("greet.other",), "third_party"),
        ({"never": "offer before accept"}, ("greet.self", "verify.match", "ask_leave.agree", "why.price"), "fix_line"),
        ({"always": "identity"}, ("greet.other",), "third_party"),
        ({"never": "cancel"}, ("cancel",), "let_go"),
        ({"at_most": "1 step too_dear"}, None, "too_dear"),
        ({"at_most": "2 step need_time"}, None, "need_time"),
        ({"at_most": "5 offer r1"}, None, "best_offer"),
        ({"always": "accept after offer"}, None, "let_go"),
    ],
    ids=str,
)
def test_what_fails_is_told_with_a_shortest_path(written: dict[str, str], path: tuple[str, ...] | None, step: str) -> None:
    told = proof(**written)
    assert told.verdict is Verdict.falsified
    assert told.step == step
    assert path is None or told.path[: len(path)] == path


def test_a_counter_example_counts_the_tries_and_names_the_conditions_it_assumes() -> None:
    told = proof(at_most="1 step too_dear")
    assert told.path[-1] == "too_dear.again"
    assert proof(never="step fix_line").reasons == ('leave_reason == "quality"',)


def test_an_option_just_chosen_decides_the_branch_after_it() -> None:
    direct = FLOW_TEXT.replace(
        "    go: route\n", '    go:\n      - when: leave_reason == "quality"\n        to: fix_line\n      - to: route\n'
    )
    assert proof(direct, never="step fix_line after answer why.price").verdict is Verdict.falsified, "route may still lead there"
    later = '      - when: leave_reason == "quality"\n        to: fix_line\n      - when: leave_reason == "moving"'
    only = direct.replace(later, '      - when: leave_reason == "moving"')
    assert proof(only, never="step fix_line after answer why.price").verdict is Verdict.proved


def test_too_many_states_are_not_called_a_proof() -> None:
    told = prove(moves_of(flow()), read_property(PropertyDocument(at_most="9 step best_offer")), most_states=20)
    assert told.verdict is Verdict.undecided


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ({"never": "offers before identity"}, "offer"),
        ({"never": "offer before"}, ""),
        ({"never": "step"}, "step"),
        ({"never": "offer before identity before accept"}, ""),
        ({"at_most": "many offer"}, "at_most: 3"),
        ({"at_most": "3 offer before accept"}, "after"),
        ({"always": "recording_notice please"}, ""),
    ],
    ids=str,
)
def test_what_is_no_property_is_told_with_a_hint(written: dict[str, str], hint: str) -> None:
    with pytest.raises(BadProperty) as told:
        read_property(PropertyDocument(**written))
    assert hint in told.value.hint
    assert told.value.zh


def test_a_falsified_property_keeps_a_flow_back_and_stands_at_its_line() -> None:
    text = FLOW_TEXT.replace("tests:\n", "properties:\n  - never: end third_party\n    because: 试试\ntests:\n", 1)
    read = reading(text)
    assert read.flow is None
    (finding,) = read.findings
    assert (finding.code, text.splitlines()[finding.line - 1]) == ("F706", "  - never: end third_party")
    assert "greet.other → third_party" in finding.message_zh


@pytest.mark.parametrize(
    ("words", "is_notice"),
    [
        ("为保障服务质量，本次通话会录音。", True),
        ("This call is recorded.", True),
        ("您的要求已经记录。", False),
        ("We have recorded your request.", False),
    ],
)
def test_only_a_line_that_speaks_of_recording_the_call_is_a_recording_notice(words: str, is_notice: bool) -> None:
    notices = f"format: lines/1\nid: notices\nlines:\n  recording: {words}\n  confirm: 好。\n"
    library = Library.load({**LIBRARY_FILES, "lines/notices.yaml": notices})
    codes = {one.code for one in read_flow(FLOW_TEXT, "x.yaml", library).findings}
    assert ("F701" not in codes) == is_notice
