"""Checks of the words: how they are written down, what they name, and what may not be said."""

import re
from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.definition import Flow, Step
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.graph import loops
from engine.flow.texts import pick, short
from engine.offers.offer import Rung
from engine.yaml_text import Loc

MOST_REACTIONS = 9


def size(checked: Checked) -> Iterator[Finding]:
    """F004: more answers than digits; too many steps are refused before they are read."""
    flow, file = checked.flow, checked.file
    for step in flow.steps.values():
        asked = flow.facts.get(step.ask or "")
        count = len(step.hear) + (len(asked.options) if asked else 0)
        if count > MOST_REACTIONS:
            zh, en = f"有 {count} 个回应，数字键只有 9 个", f"{count} answers, but only nine digit keys"
            yield at_key(file, checked.loc(step, "hear"), "F004", zh, en, "分成两步 / split the step")


def spoken_text_in_braces(checked: Checked) -> Iterator[Finding]:
    """F005: spoken text inside {…}, where a half-width comma would cut it."""
    for loc, place in checked.file.places.items():
        if len(loc) > 2 and loc[-1] in ("say", "tip") and place.inline and (*loc, "use") not in checked.file.places:
            hint = "改成分行写 / write it on lines of its own"
            yield at_value(checked.file, loc, "F005", "话术不能写在 { } 里", "spoken text may not stand inside {…}", hint)


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


_WIDE = re.compile(r"[$＄]\s*｛|＄\s*\{|\$\{[^}]*｝")
_MARKUP = re.compile(r"<\s*/?\s*[A-Za-z!][^>\n]*>|\{\{|\{%|\bjavascript\s*:|\bon(?:click|load|error)\s*=", re.IGNORECASE)
LAYERS = ("leave", "information", "problem", "solution")
LONGEST_SAYING = 300
LONGEST_CALL_SECONDS = 20 * 60
CHARACTERS_A_SECOND = {"zh": 4.0, "en": 14.0}


def placeholders_are_half_width(checked: Checked) -> Iterator[Finding]:
    """F106: a placeholder written with full-width signs, which would be read out as it stands."""
    yield from _in_own_words(checked, _WIDE, "F106", "占位符用了全角符号：", "a placeholder with full-width signs: ", "改成半角 ${…}")


def no_program_is_said(checked: Checked) -> Iterator[Finding]:
    """F607: markup or program text in a script."""
    yield from _in_own_words(
        checked, _MARKUP, "F607", "话术里不能写网页代码或程序：", "no markup or program belongs in a script: ", "只写要说的话"
    )


def _in_own_words(checked: Checked, pattern: re.Pattern[str], code: str, zh: str, en: str, hint: str) -> Iterator[Finding]:
    for step in checked.flow.steps.values():
        for name, text in step.own_texts.items():
            found = pattern.search(text)
            if found:
                loc = checked.loc(step, *name.split(".", 1))
                yield at_value(checked.file, loc, code, f"{zh}{found[0][:40]}", f"{en}{found[0][:40]!r}", hint)


def used_files_exist(checked: Checked) -> Iterator[Finding]:
    """F107: `use` names a file the library does not have."""
    for number, name in enumerate(checked.document.use):
        if name not in checked.library.files:
            hint = did_you_mean(name, checked.library.files)
            yield at_value(checked.file, ("use", number), "F107", f"话术库里没有“{name}”这个文件", f"no library file {name!r}", hint)


def layers_are_the_trades(checked: Checked) -> Iterator[Finding]:
    """F108: a `layer` that is none of the four."""
    for step in checked.flow.steps.values():
        if step.layer and step.layer not in LAYERS:
            hint = did_you_mean(step.layer, LAYERS) or f"可用：{'、'.join(LAYERS)}"
            loc = checked.loc(step, "layer")
            yield at_value(checked.file, loc, "F108", f"没有“{step.layer}”这一层", f"no layer {step.layer!r}", hint, Severity.warning)


def rungs_exist(checked: Checked) -> Iterator[Finding]:
    """F109: a rung the ladder does not have."""
    for step in checked.flow.steps.values():
        for number, rung in enumerate(step.offer.rungs if step.offer else ()):
            if rung not in Rung.__members__:
                hint = did_you_mean(rung, Rung) or f"可用：{'、'.join(Rung)}"
                yield at_value(
                    checked.file, checked.loc(step, "offer", "rungs", number), "F109", f"没有“{rung}”这一档", f"no rung {rung!r}", hint
                )


def offers_exist(checked: Checked) -> Iterator[Finding]:
    """F110: an offer code that no policy of the library has."""
    known = checked.library.offers
    for step in checked.flow.steps.values():
        for number, code in enumerate(step.offer.codes if step.offer and known else ()):
            if code not in known:
                loc = checked.loc(step, "offer", "codes", number)
                yield at_value(checked.file, loc, "F110", f"没有方案“{code}”", f"no offer {code!r}", did_you_mean(code, known))


def sayings_are_short(checked: Checked) -> Iterator[Finding]:
    """F605: more than a customer listens to in one breath."""
    for step in checked.flow.steps.values():
        text = step.own_texts.get("say", "")
        most = LONGEST_SAYING if checked.flow.locale.startswith("zh") else 3 * LONGEST_SAYING
        if len(text) > most:
            zh, en = f"一口气 {len(text)} 个字，客户听不住", f"{len(text)} characters in one go are more than anyone listens to"
            yield at_value(checked.file, checked.loc(step, "say"), "F605", zh, en, "分成两步 / split the step", Severity.warning)


def calls_are_short(checked: Checked) -> Iterator[Finding]:
    """F604: the longest way through, each step once, takes more than twenty minutes to say."""
    seconds = longest_seconds(checked.flow)
    if seconds > LONGEST_CALL_SECONDS:
        minutes = round(seconds / 60)
        zh, en = f"最长的路要说 {minutes} 分钟", f"the longest way takes {minutes} minutes to say"
        yield at_key(checked.file, ("title",), "F604", zh, en, "", Severity.warning)


def longest_seconds(flow: Flow) -> float:
    """How long it takes to say everything on the longest way, steps of one loop together, each once."""
    graph = {step.id: tuple(to for _, to in step.targets() if to in flow.steps) for step in flow.steps.values()}
    part = {name: frozenset({name}) for name in graph}
    for loop in loops(graph):
        part |= dict.fromkeys(loop, frozenset(loop))
    longest: dict[frozenset[str], float] = {}
    waiting = [(part[flow.start], False)] if flow.start in part else []
    while waiting:
        here, ready = waiting.pop()
        if here in longest:
            continue
        onward = {part[to] for name in here for to in graph[name]} - {here}
        if ready:
            own = sum(speaking_seconds(flow.steps[name], flow.locale) for name in here)
            longest[here] = own + max((longest[one] for one in onward), default=0.0)
        else:
            waiting += [(here, True), *((one, False) for one in onward if one not in longest)]
    return longest.get(part.get(flow.start, frozenset()), 0.0)


def speaking_seconds(step: Step, locale: str) -> float:
    """How long a step's own words take at speaking speed."""
    language = short(locale)
    said = [step.say] if step.say else []
    said += [line.wording for line in step.must_say]
    return sum(len(pick(one.texts, language)) for one in said) / CHARACTERS_A_SECOND[language]
