"""Checks of what is known when: facts are declared, known in time, and a yes has an offer before it."""

import re
from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.conditions import Condition
from engine.flow.definition import ACCEPTED_END, Step
from engine.flow.fact_values import FactType
from engine.flow.facts_known import ALWAYS_KNOWN, facts_known
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.graph import reachable, turned
from engine.flow.wording import OFFER, Wording
from engine.yaml_text import Loc


def a_yes_has_an_offer(checked: Checked) -> Iterator[Finding]:
    """F211: a yes that some path reaches without an offer before it; an offer step without `accept`, or one leading elsewhere."""
    known = facts_known(checked.flow)
    for step in checked.flow.steps.values():
        if step.end == ACCEPTED_END and step.id in known and OFFER not in known[step.id]:
            zh, en = "有的路没有介绍方案就到了接受", "some path gets to this acceptance without an offer"
            yield at_value(checked.file, checked.loc(step, "end"), "F211", zh, en)
        accept = step.reaction("accept") if step.offer is not None else None
        target = checked.flow.steps.get(accept.to) if accept else None
        if target is not None and target.id not in checked.flow.agreeing:
            zh, en = "接受以后要走到 close 里、能以 accepted_pending 结束的步骤", "a yes must lead into close, to an accepted end"
            yield at_value(checked.file, checked.loc(step, "hear", "accept"), "F211", zh, en)
        if step.offer is not None and accept is None:
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


def facts_are_found_out(checked: Checked) -> Iterator[Finding]:
    """F303: a fact that nobody knows before the call and no step asks for."""
    asked = {step.ask for step in checked.flow.steps.values()}
    for fact in checked.flow.facts.values():
        if fact.source is None and fact.name not in asked:
            zh, en = f"没有步骤问“{fact.name}”，来电时也不知道", f"no step asks for {fact.name!r}, and it is not known before the call"
            hint = "加上 from，或在一个步骤里 ask / add `from`, or ask for it"
            yield at_key(checked.file, ("facts", fact.name), "F303", zh, en, hint, Severity.warning)


def nothing_known_is_asked(checked: Checked) -> Iterator[Finding]:
    """F304: an `ask` for what every path has found out before, or what was known before the call."""
    known = facts_known(checked.flow)
    for step in checked.flow.steps.values():
        if step.ask and step.ask in known.get(step.id, ()):
            zh, en = f"走到这里时“{step.ask}”已经知道了，又问一遍", f"{step.ask!r} is known here already"
            yield at_value(checked.file, checked.loc(step, "ask"), "F304", zh, en, "", Severity.warning)


_FITS: dict[str, tuple[FactType, ...]] = {
    "money": (FactType.money, FactType.number, FactType.integer),
    "date": (FactType.date,),
    "month": (FactType.month, FactType.date),
    "percent": (FactType.number, FactType.integer),
    "phone_tail": (FactType.phone, FactType.text),
}
_FILTERED = re.compile(r"\$\{\s*(\w+)\s*\|\s*(\w+)\s*\}")


def filters_fit(checked: Checked) -> Iterator[Finding]:
    """F306: a filter on a fact of another kind: a date shown as money."""
    for step in checked.flow.steps.values():
        for name in ("say", "tip"):
            for fact_name, filter_name in _FILTERED.findall(step.own_texts.get(name, "")):
                fact = checked.flow.facts.get(fact_name)
                if fact and fact.type not in _FITS.get(filter_name, tuple(FactType)):
                    zh, en = (
                        f"“{fact_name}”是 {fact.type}，不能用 {filter_name}",
                        f"{fact_name!r} is {fact.type}: {filter_name} does not fit",
                    )
                    yield at_value(checked.file, checked.loc(step, name), "F306", zh, en, f"写成 ${{{fact_name}}}")


def answers_are_used(checked: Checked) -> Iterator[Finding]:
    """F307: a question whose answer changes nothing: no condition or wording uses it, and no offer is decided after it."""
    flow = checked.flow
    used = {name for step in flow.steps.values() for _, names in _uses(checked, step) for name in names}
    graph, offering = checked.graph, [step.id for step in flow.steps.values() if step.offer]
    before_an_offer = reachable(turned(graph), offering) - set(offering)
    for step in flow.steps.values():
        if not step.ask or step.ask not in flow.facts or step.ask in used or flow.facts[step.ask].type is not FactType.choice:
            continue
        if step.id not in before_an_offer and not any(to in offering for to in graph[step.id]):
            zh, en = f"问了“{step.ask}”，后面没有用到", f"{step.ask!r} is asked and nothing depends on it"
            yield at_value(checked.file, checked.loc(step, "ask"), "F307", zh, en, "", Severity.warning)
