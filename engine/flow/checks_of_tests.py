"""Checks of the embedded tests, before they are walked."""

from collections.abc import Iterator
from datetime import datetime

from engine.flow.checked import Checked
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean

KEY_WORDS = ("cancel", "do_not_call", "back")


def tests_expect_something(checked: Checked) -> Iterator[Finding]:
    """F404: a test that expects nothing, and so can never fail."""
    for number, test in enumerate(checked.flow.tests):
        if test.end is None and test.offered is None and not test.facts:
            zh, en = f"“{test.name}”没有写要得到什么", f"{test.name!r} expects nothing"
            yield at_key(checked.file, ("tests", number, "expect"), "F404", zh, en, "写上 end / expect an end", Severity.warning)


def tests_have_their_own_names(checked: Checked) -> Iterator[Finding]:
    """F405: two tests of the same name."""
    seen: set[str] = set()
    for number, test in enumerate(checked.flow.tests):
        if test.name in seen:
            zh, en = f"有两个例子都叫“{test.name}”", f"two tests are named {test.name!r}"
            yield at_value(checked.file, ("tests", number, "name"), "F405", zh, en, "", Severity.warning)
        seen.add(test.name)


def moments_are_whole(checked: Checked) -> Iterator[Finding]:
    """F406: an `as_of` that is no moment, or lacks its offset from UTC."""
    for number, test in enumerate(checked.flow.tests):
        if test.as_of is not None and not _is_moment(test.as_of):
            zh, en = f"“{test.as_of}”不是完整的时刻", f"{test.as_of!r} is not a moment with its offset"
            yield at_value(checked.file, ("tests", number, "as_of"), "F406", zh, en, "写成 2026-11-22T10:00:00+08:00")


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def paths_name_what_exists(checked: Checked) -> Iterator[Finding]:
    """F407: a test that names a step or an answer the flow does not have."""
    for number, test in enumerate(checked.flow.tests):
        for place, word in enumerate(test.path):
            problem = _unknown(checked, word)
            if problem is not None:
                zh, en, hint = problem
                yield at_value(checked.file, ("tests", number, "path", place), "F407", zh, en, hint)


def _unknown(checked: Checked, word: str) -> tuple[str, str, str] | None:
    if word in KEY_WORDS:
        return None
    name, dot, key = word.partition(".")
    flow = checked.flow
    step = flow.steps.get(name)
    if not dot or step is None:
        hint = did_you_mean(name, (*flow.steps, *KEY_WORDS)) if step is None else "写成 步骤.回应 / write step.answer"
        return f"没有“{word}”", f"there is no {word!r}", hint
    asked = flow.facts.get(step.ask or "")
    known = [*(one.key for one in step.hear), *(asked.options if asked else ()), *(("continue",) if step.continues else ())]
    if key in known or (asked is not None and not asked.options):
        return None
    return f"步骤“{name}”没有回应“{key}”", f"step {name!r} has no answer {key!r}", did_you_mean(key, known) or f"可用：{'、'.join(known)}"


def flows_have_tests(checked: Checked) -> Iterator[Finding]:
    """F408: a flow without a test."""
    if not checked.flow.tests:
        zh, en = "流程没有例子", "the flow has no test"
        yield at_key(
            checked.file, ("title",), "F408", zh, en, "stayline flow test --write-missing 能代拟 / can propose some", Severity.warning
        )
