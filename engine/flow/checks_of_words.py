"""Checks of the words: how they are written down, what they name, and what may not be said."""

from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.definition import Step
from engine.flow.findings import Finding, Severity, at_value, did_you_mean
from engine.yaml_text import Loc

MAX_STEPS = 2_000
MOST_REACTIONS = 9


def size(checked: Checked) -> Iterator[Finding]:
    """F003: too many steps, or more answers than digits."""
    flow, file = checked.flow, checked.file
    if len(flow.steps) > MAX_STEPS:
        yield at_value(file, (), "F003", f"超过 {MAX_STEPS} 个步骤", f"more than {MAX_STEPS} steps")
    for step in flow.steps.values():
        asked = flow.facts.get(step.ask or "")
        count = len(step.hear) + (len(asked.options) if asked else 0)
        if count > MOST_REACTIONS:
            zh, en = f"有 {count} 个回应，数字键只有 9 个", f"{count} answers, but only nine digit keys"
            yield at_value(file, checked.loc(step, "hear"), "F003", zh, en, "分成两步 / split the step")


def spoken_text_in_braces(checked: Checked) -> Iterator[Finding]:
    """F003: spoken text inside {…}, where a half-width comma would cut it."""
    for loc, place in checked.file.places.items():
        if len(loc) > 2 and loc[-1] in ("say", "tip") and place.inline and (*loc, "use") not in checked.file.places:
            hint = "改成分行写 / write it on lines of its own"
            yield at_value(checked.file, loc, "F003", "话术不能写在 { } 里", "spoken text may not stand inside {…}", hint)


def ends_are_dispositions(checked: Checked) -> Iterator[Finding]:
    """F102: an `end` that is no disposition."""
    for step in checked.flow.steps.values():
        if step.end and checked.dispositions and step.end not in checked.dispositions:
            hint = did_you_mean(step.end, checked.dispositions)
            yield at_value(
                checked.file, checked.loc(step, "end"), "F102", f"没有“{step.end}”这个结果", f"no disposition {step.end!r}", hint
            )


def braces_are_placeholders(checked: Checked) -> Iterator[Finding]:
    """F103: {fact} of a declared fact, where ${fact} was meant."""
    for step in checked.flow.steps.values():
        for name in ("say", "tip"):
            text = step.own_texts.get(name, "")
            for fact in checked.flow.facts:
                if f"{{{fact}}}" in text.replace(f"${{{fact}}}", ""):
                    zh, en = f"{{{fact}}} 少了 $", f"{{{fact}}} lacks its $"
                    yield at_value(checked.file, checked.loc(step, name), "F103", zh, en, f"写成 ${{{fact}}}", Severity.warning)


def nothing_forbidden_is_said(checked: Checked) -> Iterator[Finding]:
    """F601: another operator's name (CN-18), or a phrase that fails a call (l1); F602: one that costs points."""
    for step in checked.flow.steps.values():
        for loc, text in _spoken(checked, step):
            for phrase in checked.forbidden:
                words = phrase.found_in(text)
                if words is None:
                    continue
                hard = phrase.level in ("competitor", "l1")
                what = "其他运营商的名称" if phrase.level == "competitor" else "禁语"
                zh, en = f"不能出现{what}“{words}”", f"forbidden in a script ({phrase.code}): {words!r}"
                severity = Severity.error if hard else Severity.warning
                yield at_value(checked.file, loc, "F601" if hard else "F602", zh, en, phrase.hint, severity)


def _spoken(checked: Checked, step: Step) -> Iterator[tuple[Loc, str]]:
    for text in step.say.texts.values() if step.say else ():
        yield checked.loc(step, "say"), text
    for text in step.tip.texts.values() if step.tip else ():
        yield checked.loc(step, "tip"), text
    for line in step.must_say:
        for text in line.wording.texts.values():
            yield checked.loc(step, "must_say"), text
