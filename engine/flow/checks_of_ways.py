"""Checks of the ways through a flow: every step is reached, leads on, and ends; loops are bounded; the lawful path is open."""

from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.definition import Step
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.graph import loops, reachable, turned
from engine.flow.phase_machine import Phase, may_follow
from engine.yaml_text import Loc


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
    ending = _ending(checked)
    for step in checked.flow.steps.values():
        if step.id not in ending and (step.hear or step.go):
            yield at_key(checked.file, checked.loc(step), "F203", f"从“{step.id}”走不到结束", f"no path from {step.id!r} reaches an end")


def _ending(checked: Checked) -> set[str]:
    """The steps from which an end can be reached."""
    return reachable(turned(checked.graph), [step.id for step in checked.flow.steps.values() if step.end is not None])


def branches_have_an_otherwise(checked: Checked) -> Iterator[Finding]:
    """F204: a list of conditions without a last way that always holds; a condition above a way that always holds is never asked."""
    for step in checked.flow.steps.values():
        hint = "最后加一条没有 when 的 / end with one that has no `when`"
        written = checked.document_of(step)
        if step.go and written.go[-1].when is not None:
            yield at_value(checked.file, checked.loc(step, "go"), "F204", "没有“其余情况”", "no way for all other cases", hint)
        for number, branch in enumerate(written.go[:-1]):
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
    """F207: a loop that can go on for ever: no step in it has `tries`, or its `else` leads back into the loop.

    A step with `tries` is shown that often and then only passed through to its `else`; so a walk that never ends stays, from some
    moment on, among such passings and the steps without `tries`. If those have no loop, every loop ends.
    """
    steps = checked.flow.steps
    endless = [set(loop) for loop in loops(_passing(checked))]
    ending = _ending(checked)
    graph = checked.graph
    for loop in loops({name: _unlimited(step, graph[name]) for name, step in steps.items()}):
        if any(one <= set(loop) for one in endless) or not ending.intersection(loop):
            continue  # F213 and F203 tell those
        step = steps[min(loop, key=list(steps).index)]
        told = " → ".join(loop)
        zh, en = f"这里会绕圈，没有次数限制：{told}", f"an unbounded loop: {told}"
        yield at_key(
            checked.file, checked.loc(step), "F207", zh, en, "加上 tries 和 else，else 通向圈外 / add tries and an else that leads out"
        )


def _unlimited(step: Step, targets: tuple[str, ...]) -> tuple[str, ...]:
    """The ways on when every limit is used up; one of `tries` and `else` alone is F205's to tell."""
    if step.tries is None and step.otherwise is None:
        return targets
    return (step.otherwise,) if step.tries and step.otherwise else ()


def passing_through_stops(checked: Checked) -> Iterator[Finding]:
    """F213: steps that are only passed through lead round to themselves, so the call would stand still."""
    steps, ending = checked.flow.steps, _ending(checked)
    for loop in loops(_passing(checked)):
        if not ending.intersection(loop):
            continue  # F203 tells those
        step = steps[min(loop, key=list(steps).index)]
        told = " → ".join(loop)
        yield at_key(checked.file, checked.loc(step), "F213", f"一句话没说就绕回来了：{told}", f"goes round without a word: {told}")


def _passing(checked: Checked) -> dict[str, tuple[str, ...]]:
    passed = {name: _passed(step) for name, step in checked.flow.steps.items()}
    return {name: targets for name, targets in passed.items() if targets}


def _passed(step: Step) -> tuple[str, ...]:
    """Where a call goes on to without this step being shown."""
    found = [branch.to for branch in step.go] if step.automatic else []
    found += [step.otherwise] if step.tries and step.otherwise else []
    return tuple(found + ([step.offer.none] if step.offer else []))


def limits_are_in_loops(checked: Checked) -> Iterator[Finding]:
    """F217: `tries` on a step that no path comes to twice."""
    looping = {name for loop in loops(checked.graph) for name in loop}
    for step in checked.flow.steps.values():
        if step.tries and step.otherwise and step.id not in looping:
            zh, en = "没有路会第二次走到这里，tries 用不上", "no path comes here twice: `tries` has no effect"
            yield at_value(checked.file, checked.loc(step, "tries"), "F217", zh, en, "", Severity.warning)


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
