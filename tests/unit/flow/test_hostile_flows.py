"""What is thrown at the reader on purpose: bombs, floods and programs are refused quickly, and nothing is run.

The promise is under a second on the reference machine; measured here as this process's own CPU time, with room for slower machines.
"""

from collections.abc import Callable
from time import process_time

import pytest

from engine.flow.findings import errors
from engine.flow.reading import Reading, read_flow
from tests.unit.flow.sample_cast import FLOW_TEXT, library

pytestmark = [pytest.mark.unit, pytest.mark.safety]

TARGET, ROOM = 1.0, 3


def refused(text: str) -> Reading:
    """The reading of a hostile text, which has to be quick and to have an error."""
    began = process_time()
    reading = read_flow(text, "hostile.yaml", library())
    took = process_time() - began
    assert took < TARGET * ROOM, f"{took:.2f} s"
    assert reading.flow is None
    assert errors(reading.findings)
    return reading


def steps(count: int) -> str:
    """So many steps of one phase."""
    return "".join(f"  s{number}:\n    say: 您好。\n    go: s{number + 1}\n" for number in range(count))


def spoken(words: str) -> str:
    """The sample with these words in a sentence."""
    return FLOW_TEXT.replace("    say: 打扰了。\n", f"    say: |\n      {words}\n")


BILLION_LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
)
BOMBS = {
    "aliases": BILLION_LAUGHS,
    "merge keys": "a: &a {x: 1}\nb:\n  <<: *a\n",
    "a python tag": "format: !!python/object/apply:os.system ['true']\n",
    "depth in brackets": "[" * 50_000,
    "depth in braces": "{a: " * 20_000,
    "depth by indent": "".join(" " * n + "a:\n" for n in range(2_000)),
    "ten megabytes of one line": "title: " + "好" * 10_000_000,
    "ten megabytes of a flow": FLOW_TEXT * 3_000,
    "many small values": "a:\n" + "- {x: 1}\n" * 100_000,
    "one key a hundred thousand times": "a: 1\n" * 100_000,
    "five thousand steps": FLOW_TEXT.replace("discovery:\n", "discovery:\n" + steps(5_000)),
    "a NUL": FLOW_TEXT + "\0",
    "escape sequences": FLOW_TEXT.replace("样例挽留", "\x1b[2J"),
    "lone surrogates": FLOW_TEXT.replace("样例挽留", "\ud800"),
    "quotes never closed": 'a: "' + "x\n" * 100_000,
    "two documents": FLOW_TEXT + "---\n" + FLOW_TEXT,
    "nothing": "",
    "a list": "- a\n" * 1_000,
}
TEMPLATES = [
    "${ ''.__class__.__mro__[1].__subclasses__() }",
    "${ company.__class__ }",
    "${ company | attr('__class__') }",
    "${ [x for x in range(10)] }",
    "${ 9 ** 9 ** 9 }",
    "${ 'a' * 1000000000 }",
    "${ range(1000000000) | list }",
    "${ self._TemplateReference__context }",
    "${ cycler.__init__.__globals__.os.popen('id') }",
    "${ lipsum.__globals__ }",
    "${ request.application }",
    "${ offer.__class__ }",
    "${ offer._secret }",
    "${ offer.fee.real }",
    "${ company() }",
    "${ company[0] }",
    "${ company if true else company }",
    "${ company ~ company }",
    "${ {} }",
    "${" * 2_000,
    "${ " + "(" * 500 + ")" * 500 + " }",
    "{{ 7 * 7 }}",
    "{% for x in range(999999999) %}x{% endfor %}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<b>粗体</b>",
    "<!-- x -->",
]


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_under_a_second(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("words", TEMPLATES)
def test_a_program_in_a_sentence_is_refused_and_not_run(words: str) -> None:
    assert {finding.code for finding in refused(spoken(words)).findings} & {"F103", "F104", "F301", "F607"}


@pytest.mark.parametrize(
    "condition",
    [
        "[1,2,3].all(x, [1,2,3].all(y, [1,2,3].all(z, x + y + z > 0))) == tenure_months",
        "(" * 5_000 + "tenure_months" + ")" * 5_000 + " > 1",
        "__import__('os').system('true')",
        "tenure_months > " + "1 + " * 20_000 + "1",
        "salutation.matches('(a+)+$')" * 200,
    ],
    ids=["nested loops", "brackets", "an import", "a long sum", "a pattern"],
)
def test_a_hostile_condition_is_refused_or_harmless_and_quick(condition: str) -> None:
    text = FLOW_TEXT.replace("when: tenure_months > 12", f"when: {condition}")
    began = process_time()
    read_flow(text, "hostile.yaml", library())
    assert process_time() - began < TARGET * ROOM


def test_two_thousand_and_one_steps_are_refused_by_their_number() -> None:
    text = FLOW_TEXT.replace("discovery:\n", "discovery:\n" + steps(2_001))
    assert "F004" in {finding.code for finding in refused(text).findings}


def _chain(write: Callable[[int, str], str], count: int = 1_900) -> str:
    """So many steps before the question, each leading to the next."""
    last = count - 1
    written = "".join(write(number, "why" if number == last else f"s{number + 1}") for number in range(count))
    return FLOW_TEXT.replace("discovery:\n", "discovery:\n" + written).replace("-> why", "-> s0", 1)


def _everywhere(number: int, _: str) -> str:
    """A step with eight answers that lead all over the flow."""
    answers = "".join(f"      a{key}: 答{key} -> s{(number * 7 + key * 131) % 1_900}\n" for key in range(8))
    return f"  s{number}:\n    say: 您好。\n    tries: 2\n    else: best_offer\n    hear:\n{answers}"


def _nowhere(number: int, _: str) -> str:
    """A step whose answers lead to steps there are not."""
    answers = "".join(f"      a{key}: 答{key} -> x{number}_{key}\n" for key in range(8))
    return f"  s{number}:\n    say: 您好。\n    hear:\n{answers}"


def _conditions(number: int, onward: str) -> str:
    condition = f"leave_reason == 'price' && monthly_fee > {number} && tenure_months < {number}"
    return f"  s{number}:\n    go:\n      - when: {condition}\n        to: why\n      - to: {onward}\n"


FLOODS = {
    "loops all over with tries": _chain(_everywhere),
    "fifteen thousand unknown steps": _chain(_nowhere),
    "unknown keys": _chain(lambda number, _: f"  s{number}:\n    say: 您好。\n" + "".join(f"    k{key}: x\n" for key in range(25))),
    "conditions": _chain(_conditions),
    "facts asked one after another": _chain(
        lambda number, onward: f"  s{number}:\n    say: 您好。\n    ask: f{number % 900}\n    go: {onward}\n"
    ).replace("facts:\n", "facts:\n" + "".join(f"  f{number}: {{type: text}}\n" for number in range(900)), 1),
    "placeholders": _chain(lambda number, onward: f"  s{number}:\n    say: {'${monthly_fee} ' * 25}\n    go: {onward}\n"),
    "as many properties as there may be": _chain(lambda number, onward: f"  s{number}:\n    say: 您好。\n    go: {onward}\n").replace(
        "tests:\n", "properties:\n" + "  - never: offer after do_not_call\n" * 200 + "tests:\n", 1
    ),
    "more properties than that": FLOW_TEXT.replace(
        "tests:\n", "properties:\n" + "  - at_most: 1 offer after step greet\n" * 5_000 + "tests:\n", 1
    ),
    "red tests": FLOW_TEXT + "".join(f"  - {{name: t{n}, path: [nix.{n}, nox.{n}], expect: {{end: x}}}}\n" for n in range(5_000)),
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_the_largest_flows_allowed_are_checked_in_about_a_second_and_told_briefly(text: str) -> None:
    assert len(text) <= 1_000_000
    began = process_time()
    findings = read_flow(text, "flood.yaml", library()).findings
    took = process_time() - began
    assert took < TARGET * ROOM, f"{took:.2f} s"
    assert 0 < len(findings) <= 200
