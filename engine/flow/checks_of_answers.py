"""Checks of single steps: what is shown can be said, told apart and answered."""

from collections import Counter
from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.definition import CONFIRMING_REACTIONS
from engine.flow.findings import Finding, Severity, at_key, at_value

ANSWERS_WITHOUT_OBJECTION = ("accept", "reject")


def answers_differ(checked: Checked) -> Iterator[Finding]:
    """F212: two answers of a step with the same words."""
    for step in checked.flow.steps.values():
        told = Counter(next(iter(one.label.values())) for one in step.hear)
        seen: set[str] = set()
        for one in step.hear:
            label = next(iter(one.label.values()))
            if told[label] > 1 and label in seen:
                zh, en = f"“{label}”写了两次，坐席分不清", f"the words {label!r} stand here twice: the agent cannot tell them apart"
                yield at_value(checked.file, checked.loc(step, "hear", one.key), "F212", zh, en, "", Severity.warning)
            seen.add(label)


def confirming_is_plain(checked: Checked) -> Iterator[Finding]:
    """F214: a step that confirms something, without an answer that says so: the first one would count."""
    for step in checked.flow.steps.values():
        if step.confirms is None or any(one.key in CONFIRMING_REACTIONS for one in step.hear):
            continue
        zh = "看不出哪个回应算核实通过" if step.hear else "核实没有可选的回应"
        en = "no answer here says that it is confirmed"
        hint = "把那个回应的键写成 match、self 或 yes / name that answer match, self or yes"
        yield at_value(checked.file, checked.loc(step, "confirms"), "F214", zh, en, hint)


def handlers_are_called(checked: Checked) -> Iterator[Finding]:
    """F215: a step that handles an objection no offer step hears."""
    heard = {one.key for step in checked.flow.steps.values() if step.offer for one in step.hear}
    for step in checked.flow.steps.values():
        if step.handles and step.handles not in heard:
            zh, en = f"没有方案步骤会听到“{step.handles}”", f"no offer step has the answer {step.handles!r}"
            yield at_value(checked.file, checked.loc(step, "handles"), "F215", zh, en, "", Severity.warning)


def objections_go_to_their_handler(checked: Checked) -> Iterator[Finding]:
    """F216: an objection that leads to a step which handles another one."""
    for step in checked.flow.steps.values():
        for one in step.hear if step.offer else ():
            target = checked.flow.steps.get(one.to)
            if target and target.handles and one.key not in (*ANSWERS_WITHOUT_OBJECTION, target.handles):
                zh = f"异议“{one.key}”走到了处理“{target.handles}”的步骤"
                en = f"the objection {one.key!r} leads to the step that handles {target.handles!r}"
                yield at_value(checked.file, checked.loc(step, "hear", one.key), "F216", zh, en, "", Severity.warning)


def disclosures_have_an_offer(checked: Checked) -> Iterator[Finding]:
    """F218: `disclosures` on a step without an offer."""
    for step in checked.flow.steps.values():
        if step.disclosures and step.offer is None:
            zh, en = "没有 offer，disclosures 不起作用", "without an offer, `disclosures` has no effect"
            yield at_value(checked.file, checked.loc(step, "disclosures"), "F218", zh, en, "", Severity.warning)


def questions_lead_on(checked: Checked) -> Iterator[Finding]:
    """F219: an `ask` without a way on once it is answered."""
    for step in checked.flow.steps.values():
        if step.ask and not step.go and step.hear:
            zh, en = "问到以后没有去处", "no way on once this is answered"
            yield at_key(checked.file, checked.loc(step, "ask"), "F219", zh, en, "加上 go / add `go`")


def every_shown_step_says_something(checked: Checked) -> Iterator[Finding]:
    """F222: a step that is shown, with nothing to say."""
    for step in checked.flow.steps.values():
        shown = step.hear or step.ask or step.offer or step.end
        if shown and step.say is None and checked.document_of(step).say is None:
            zh, en = f"“{step.id}”没有写要说的话", f"{step.id!r} has nothing to say"
            yield at_key(checked.file, checked.loc(step), "F222", zh, en, "加上 say / add `say`", Severity.warning)
