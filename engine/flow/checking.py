"""The checks a flow must pass: one function per check, each yielding findings at the place of the mistake.

Codes are stable and documented in docs/flow-language.md. An error keeps the flow from being published, a warning is shown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.flow.conditions import Condition
from engine.flow.definition import ACCEPTED_END, Flow, Step
from engine.flow.facts_known import ALWAYS_KNOWN, facts_known
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.graph import loops, reachable, turned
from engine.flow.library import ForbiddenPhrase
from engine.flow.phase_machine import Phase, may_follow
from engine.flow.wording import OFFER, Wording
from engine.yaml_text import Loc, YamlFile

MAX_STEPS = 2_000
MOST_REACTIONS = 9


@dataclass(frozen=True, slots=True)
class Checked:
    """A flow under check: where its steps stand, what the dispositions are, what may not be said."""

    flow: Flow
    file: YamlFile
    places: Mapping[str, Loc]
    dispositions: frozenset[str]
    forbidden: tuple[ForbiddenPhrase, ...]

    def loc(self, step: Step, *more: str | int) -> Loc:
        """The location of something in a step."""
        return (*self.places[step.id], *more)

    def way(self, step: Step, how: str) -> Loc:
        """The location of a way out of a step."""
        return self.loc(step, *{"go": ("go",), "else": ("else",), "none": ("offer", "none")}.get(how, ("hear", how)))

    @property
    def graph(self) -> dict[str, tuple[str, ...]]:
        """Step → steps it may lead to."""
        return {step.id: tuple(to for _, to in step.targets()) for step in self.flow.steps.values()}

    @property
    def roots(self) -> tuple[str, str, str]:
        """Where a walk may begin: the start, and the two steps reached from anywhere."""
        return self.flow.start, self.flow.cancel, self.flow.do_not_call


def check(checked: Checked) -> list[Finding]:
    """Every finding, in the order of the file."""
    findings = [finding for one in CHECKS for finding in one(checked)]
    return sorted(findings, key=lambda finding: (finding.line, finding.column, finding.code))


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


def next_steps_exist(checked: Checked) -> Iterator[Finding]:
    """F101: a next step that does not exist."""
    flow = checked.flow
    for name in ("cancel", "do_not_call"):
        target: str = getattr(flow, name)
        if target not in flow.steps:
            yield _unknown_step(checked, ("always", name), target)
    for step in flow.steps.values():
        for number, branch in enumerate(step.go):
            if branch.to not in flow.steps:
                yield _unknown_step(checked, checked.loc(step, "go", number, "to"), branch.to)
        for how, target in step.targets():
            if how != "go" and target not in flow.steps:
                yield _unknown_step(checked, checked.way(step, how), target)


def _unknown_step(checked: Checked, loc: Loc, target: str) -> Finding:
    hint = did_you_mean(target, checked.flow.steps)
    return at_value(checked.file, loc, "F101", f"没有步骤“{target}”", f"there is no step {target!r}", hint)


def ends_are_dispositions(checked: Checked) -> Iterator[Finding]:
    """F102: an `end` that is no disposition."""
    for step in checked.flow.steps.values():
        if step.end and checked.dispositions and step.end not in checked.dispositions:
            hint = did_you_mean(step.end, checked.dispositions)
            yield at_value(
                checked.file, checked.loc(step, "end"), "F102", f"没有“{step.end}”这个结果", f"no disposition {step.end!r}", hint
            )


def every_step_is_reached(checked: Checked) -> Iterator[Finding]:
    """F201: a step no path leads to."""
    reached = reachable(checked.graph, checked.roots)
    for step in checked.flow.steps.values():
        if step.id not in reached:
            yield at_key(checked.file, checked.loc(step), "F201", f"没有路能走到“{step.id}”", f"nothing leads to {step.id!r}")


def no_dead_ends(checked: Checked) -> Iterator[Finding]:
    """F202: a step with no way on that is not an end."""
    for step in checked.flow.steps.values():
        if not step.hear and not step.go and step.end is None:
            hint = "加上 hear、go 或 end / add hear, go or end"
            yield at_key(checked.file, checked.loc(step), "F202", f"“{step.id}”走不下去了", f"{step.id!r} leads nowhere", hint)


def every_path_ends(checked: Checked) -> Iterator[Finding]:
    """F203: a step from which no end can be reached."""
    ends = [step.id for step in checked.flow.steps.values() if step.end is not None]
    ending = reachable(turned(checked.graph), ends)
    for step in checked.flow.steps.values():
        if step.id not in ending and (step.hear or step.go):
            yield at_key(checked.file, checked.loc(step), "F203", f"从“{step.id}”走不到结束", f"no path from {step.id!r} reaches an end")


def branches_have_an_otherwise(checked: Checked) -> Iterator[Finding]:
    """F204: a list of conditions without a last way that always holds; a condition above a way that always holds is never asked."""
    for step in checked.flow.steps.values():
        hint = "最后加一条没有 when 的 / end with one that has no `when`"
        if step.go and step.go[-1].when is not None:
            yield at_value(checked.file, checked.loc(step, "go"), "F204", "没有“其余情况”", "no way for all other cases", hint)
        for number, branch in enumerate(step.go[:-1]):
            if branch.when is None:
                loc = checked.loc(step, "go", number)
                yield at_value(checked.file, loc, "F204", "它后面的几条永远走不到", "the ways below this one are never taken")
        if step.hear and not step.ask and all(one.when is not None for one in step.hear):
            zh, en = "所有回应都有条件，可能一个都不能选", "every answer has a condition: there may be none to choose"
            yield at_value(checked.file, checked.loc(step, "hear"), "F204", zh, en, hint)


def tries_have_an_else(checked: Checked) -> Iterator[Finding]:
    """F205: `tries` without `else`, or the other way round."""
    for step in checked.flow.steps.values():
        if (step.tries is None) != (step.otherwise is None):
            yield at_key(checked.file, checked.loc(step), "F205", "tries 和 else 要一起写", "`tries` and `else` go together")


def ends_lie_in_close(checked: Checked) -> Iterator[Finding]:
    """F206: an `end` outside the close phase, or one that has ways on."""
    for step in checked.flow.steps.values():
        if step.end is None:
            continue
        loc = checked.loc(step, "end")
        if step.phase is not Phase.close:
            yield at_value(checked.file, loc, "F206", "end 只能写在 close 里", "`end` belongs in the close phase")
        if step.hear or step.go or step.ask:
            yield at_value(checked.file, loc, "F206", "有 end 的步骤不能再往下走", "a step with `end` has no way on")


def loops_are_bounded(checked: Checked) -> Iterator[Finding]:
    """F207: a loop in which no step has `tries`."""
    bounded = {step.id for step in checked.flow.steps.values() if step.tries is not None}
    graph = {name: tuple(one for one in targets if one not in bounded) for name, targets in checked.graph.items() if name not in bounded}
    for loop in loops(graph):
        step = checked.flow.steps[min(loop, key=list(checked.flow.steps).index)]
        told = " → ".join(loop)
        yield at_key(
            checked.file, checked.loc(step), "F207", f"这里会绕圈，没有次数限制：{told}", f"an unbounded loop: {told}", "加上 tries 和 else"
        )


def objections_are_handled(checked: Checked) -> Iterator[Finding]:
    """F208: an answer to an offer that is neither accept nor reject, and no step handles it."""
    handled = {step.handles for step in checked.flow.steps.values() if step.handles}
    for step in checked.flow.steps.values():
        if step.offer is None:
            continue
        for reaction in step.hear:
            if reaction.key not in ("accept", "reject") and reaction.key not in handled:
                zh, en = f"没有步骤处理异议“{reaction.key}”", f"no step handles the objection {reaction.key!r}"
                hint = f"在一个步骤里写 handles: {reaction.key}"
                yield at_key(checked.file, checked.loc(step, "hear", reaction.key), "F208", zh, en, hint)


def phases_follow_the_table(checked: Checked) -> Iterator[Finding]:
    """F209: a way from one phase to another that the table of phases does not have."""
    flow = checked.flow
    for step in flow.steps.values():
        for how, name in step.targets():
            target = flow.steps.get(name)
            if target and not may_follow(step.phase, target.phase):
                zh = f"不能从 {step.phase} 直接到 {target.phase}（“{step.id}” → “{name}”）"
                en = f"{target.phase} may not follow {step.phase} ({step.id!r} → {name!r})"
                yield at_value(checked.file, checked.way(step, how), "F209", zh, en)


def the_lawful_path_is_open(checked: Checked) -> Iterator[Finding]:
    """F210: cancel and do-not-call must lead to a spoken step of the close phase, without an offer or a question in the way."""
    for name in ("cancel", "do_not_call"):
        step = checked.flow.steps.get(getattr(checked.flow, name))
        if step is None:
            continue
        if step.phase is not Phase.close or step.offer or step.ask or step.automatic or step.tries:
            zh, en = f"always.{name} 要直接到 close 里的一句话", f"always.{name} must lead straight to a spoken step in close"
            yield at_value(checked.file, ("always", name), "F210", zh, en)


def a_yes_has_an_offer(checked: Checked) -> Iterator[Finding]:
    """F211: an acceptance that some path reaches without an offer before it; and an offer step without `accept`."""
    known = facts_known(checked.flow)
    for step in checked.flow.steps.values():
        if step.end == ACCEPTED_END and step.id in known and OFFER not in known[step.id]:
            zh, en = "有的路没有介绍方案就到了接受", "some path gets to this acceptance without an offer"
            yield at_value(checked.file, checked.loc(step, "end"), "F211", zh, en)
        if step.offer is not None and step.reaction("accept") is None:
            hint = "hear 里加上 accept / add `accept` to hear"
            yield at_key(checked.file, checked.loc(step), "F211", "方案步骤要能接受", "an offer step needs an `accept` answer", hint)


def facts_are_declared(checked: Checked) -> Iterator[Finding]:
    """F301: a fact that is used, asked or given without being declared."""
    flow = checked.flow
    known = {*flow.facts, *ALWAYS_KNOWN}
    for step in flow.steps.values():
        if step.ask and step.ask not in flow.facts:
            yield _undeclared(checked, checked.loc(step, "ask"), step.ask)
        for loc, names in _uses(checked, step):
            for name in names:
                if not name.startswith(f"{OFFER}.") and name not in known:
                    yield _undeclared(checked, loc, name)
    for number, test in enumerate(flow.tests):
        for name in test.given:
            if name not in flow.facts:
                yield _undeclared(checked, ("tests", number, "given", name), name)


def _undeclared(checked: Checked, loc: Loc, name: str) -> Finding:
    hint = did_you_mean(name, checked.flow.facts) or "在 facts 里声明 / declare it under facts"
    return at_value(checked.file, loc, "F301", f"没有声明变量“{name}”", f"the fact {name!r} is not declared", hint)


def _uses(checked: Checked, step: Step) -> Iterator[tuple[Loc, tuple[str, ...]]]:
    """(place, facts) for each wording and condition of a step."""
    yield from _wordings(checked, step)
    for number, branch in enumerate(step.go):
        yield checked.loc(step, "go", number, "when"), _reads(branch.when)
    for one in step.hear:
        yield checked.loc(step, "hear", one.key, "when"), _reads(one.when)


def _wordings(checked: Checked, step: Step) -> Iterator[tuple[Loc, tuple[str, ...]]]:
    yield checked.loc(step, "say"), _names(step.say)
    yield checked.loc(step, "tip"), _names(step.tip)
    for line in step.must_say:
        yield checked.loc(step, "must_say"), _names(line.wording)


def _names(wording: Wording | None) -> tuple[str, ...]:
    return wording.names() if wording else ()


def _reads(condition: Condition | None) -> tuple[str, ...]:
    return condition.reads if condition else ()


def facts_are_known_in_time(checked: Checked) -> Iterator[Finding]:
    """F302: a fact used where some path has not found it out yet; a warning in a condition, which then does not hold."""
    known = facts_known(checked.flow)
    for step in checked.flow.steps.values():
        here = known.get(step.id)
        if here is None:
            continue
        spoken = {loc for loc, _ in _wordings(checked, step)}
        for loc, names in _uses(checked, step):
            for name in names:
                fact = OFFER if name.startswith(f"{OFFER}.") else name
                own = fact == step.ask and loc not in spoken
                if fact not in here and not own and (fact == OFFER or fact in checked.flow.facts):
                    severity = Severity.error if loc in spoken else Severity.warning
                    zh, en = f"走到这里时“{name}”可能还不知道", f"{name!r} may not be known here"
                    yield at_value(checked.file, loc, "F302", zh, en, "先问到它，或换一句话 / ask for it first", severity)


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


Check = Callable[[Checked], Iterator[Finding]]

CHECKS: list[Check] = [
    size,
    spoken_text_in_braces,
    next_steps_exist,
    ends_are_dispositions,
    every_step_is_reached,
    no_dead_ends,
    every_path_ends,
    branches_have_an_otherwise,
    tries_have_an_else,
    ends_lie_in_close,
    loops_are_bounded,
    objections_are_handled,
    phases_follow_the_table,
    the_lawful_path_is_open,
    a_yes_has_an_offer,
    facts_are_declared,
    facts_are_known_in_time,
    braces_are_placeholders,
    nothing_forbidden_is_said,
]
