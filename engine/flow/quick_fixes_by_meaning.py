"""Mends that change what a flow says, by the same edits as the studio's forms."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow.disclosing import DISCLOSURE_KEYS
from engine.flow.document import StepDocument
from engine.flow.editing import apply_edit
from engine.flow.editing_data import FlowData, arrow_parts, listed, mapped, one_or_more, worded
from engine.flow.editing_edits import AddBranch, AddFact, AddStep, ChangeReaction, MoveStep, SetAlways, SetField, SetFlow
from engine.flow.editing_meanings import ACCEPT, REJECT, meant_by
from engine.flow.editing_overlays import Translation
from engine.flow.editing_reading import ways_out
from engine.flow.editing_scalars import entry_lines
from engine.flow.editing_writing import canonical, written_back
from engine.flow.findings import Finding
from engine.flow.library import Library
from engine.flow.moves import RECORDING
from engine.flow.phase_machine import Phase
from engine.flow.quick_fixes_in_text import Mend, quoted_names, replacing
from engine.yaml_text import Loc, read_yaml

_NAME_OF_END = {"cancel": "cancel_registered", "do_not_call": "refused"}
_REMOVED = {"F215": ("handles",), "F217": ("tries", "else"), "F218": ("disclosures",)}
_KEYS = frozenset(field.alias or name for name, field in StepDocument.model_fields.items())


@dataclass(frozen=True, slots=True)
class Place:
    """A finding in a file that can be read."""

    text: str
    path: str
    finding: Finding
    library: Library

    def flow(self) -> FlowData:
        """The file's values. Raises BadYaml."""
        return FlowData(mapped(read_yaml(self.text, self.path).data))

    def loc(self) -> Loc:
        """The innermost thing that begins where the finding is, by its key or its value; () when nothing does."""
        file, at = read_yaml(self.text, self.path), (self.finding.line, self.finding.column)
        found = [loc for loc, place in file.places.items() if at in ((place.line, place.column), (place.key_line, place.key_column))]
        return max(found, key=len, default=())

    def step(self) -> str:
        """The step the finding stands in, "" outside of all."""
        loc = self.loc()
        return str(loc[1]) if len(loc) > 1 and loc[0] in Phase.__members__ else ""

    def set(self, text: str, step: str, field: str, value: str | tuple[str, ...]) -> str:
        """The text with one field of a step set."""
        return apply_edit(text, self.path, SetField(step, field, value))


def use_file(place: Place) -> Iterator[Mend]:
    """F102: a line that is in the library, in a file the flow does not use yet."""
    name = next(iter(quoted_names(place.finding.message_zh)), "").split(".", 1)[0]
    hint = place.finding.suggestion
    if hint.startswith("use 里加上 ") and (wanted := hint.removeprefix("use 里加上 ").strip()):
        used = one_or_more(place.flow().data.get("use"))
        after = apply_edit(place.text, place.path, SetFlow("use", (*used, wanted)))
        yield f"引用 {wanted or name}", f"Use {wanted or name}", after


def missing_step(place: Place) -> Iterator[Mend]:
    """F101: the step that is meant by its title, or a new one."""
    flow, wrong = place.flow(), next(iter(quoted_names(place.finding.message_zh)), "")
    titles = {name: worded(step.get("title")) for _, name, step in flow.steps()}
    by_title = [name for name, title in titles.items() if title and (title == wrong or wrong in title)]
    if by_title:
        meant = by_title[0]
        flow.redirect(lambda target: meant if target == wrong else target)
        zh, en = f"走到“{titles[meant]}”", f"Lead to {titles[meant]}"
        yield zh, en, written_back(canonical(place.text, place.path), place.path, flow.change())
    loc = place.loc()
    if wrong.isascii() and wrong.isidentifier() and wrong == wrong.lower():
        phase = str(loc[0]) if loc and loc[0] in Phase.__members__ else Phase.close.value
        yield f"新建步骤 {wrong}", f"Make a step {wrong}", apply_edit(place.text, place.path, AddStep(phase, wrong, wrong))


def declared(place: Place) -> Iterator[Mend]:
    """F301: the fact that is called so, or the fact declared, as something known from the customer's record."""
    name = next(iter(quoted_names(place.finding.message_zh)), "")
    facts = mapped(place.flow().data.get("facts"))
    for known in [fact for fact, one in facts.items() if worded(mapped(one).get("label")) == name]:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        yield from replacing(f"写成 {known}", f"Write {known}", pattern, known)(place.text, place.finding)
    yield f"声明变量 {name}（文字）", f"Declare {name} as text", apply_edit(place.text, place.path, AddFact("text", name, "customer"))


def otherwise(place: Place) -> Iterator[Mend]:
    """F204: all other cases go where the last one goes."""
    name = place.step()
    branches = [mapped(one) for one in listed(place.flow().step(name).get("go"))]
    if branches and all("when" in one for one in branches):
        to = worded(branches[-1].get("to"))
        yield "其余情况也走最后一条", "All other cases go the last way", apply_edit(place.text, place.path, AddBranch(name, to))


def way_out_of_tries(place: Place) -> Iterator[Mend]:
    """F205: the missing one of `tries` and `else`; when the tries are spent it goes where a refusal goes."""
    name = place.step()
    step = place.flow().step(name)
    if "else" in step:
        yield "最多两次", "At most twice", place.set(place.text, name, "tries", "2")
        return
    if to := _refused_to(step):
        yield f"用完走 {to}", f"Then on to {to}", place.set(place.text, name, "else", to)


def bounded_loop(place: Place) -> Iterator[Mend]:
    """F207: at most twice round, then where a refusal goes."""
    flow = place.flow()
    loop = [one.strip() for one in place.finding.message_zh.partition("：")[2].split("→")]
    steps = {name: step for _, name, step in flow.steps() if name in loop}
    for name, step in sorted(steps.items(), key=lambda one: "handles" not in one[1]):
        to = _refused_to(step)
        if to and to not in loop:
            after = place.set(place.set(place.text, name, "tries", worded(step.get("tries")) or "2"), name, "else", to)
            yield f"“{name}”最多两次，用完走 {to}", f"{name} at most twice, then on to {to}", after
            return


def _refused_to(step: Mapping[str, Any]) -> str:
    return next((to for how, _, to in ways_out(step) if how == "reject"), "")


def end_in_close(place: Place) -> Iterator[Mend]:
    """F206: a step that ends the call moves into the close phase."""
    name = place.step()
    if "close" in place.finding.message_zh:
        yield "移到结束阶段", "Move it into the close phase", apply_edit(place.text, place.path, MoveStep(name, Phase.close.value))


def handled(place: Place) -> Iterator[Mend]:
    """F208: the answer gets the key that says what it means, or the objection step it leads to handles it."""
    flow, loc, name = place.flow(), place.loc(), place.step()
    key, step = str(loc[-1]), flow.step(name)
    label, to = next(((said, to) for how, said, to in ways_out(step) if how == key), ("", ""))
    target = flow.step(to) if to in flow.names() else {}
    there = worded(target.get("handles"))
    heard = mapped(step.get("hear"))
    known = next((code for code, one in place.library.objections.items() if any(signal in label for signal in one.signals)), "")
    handler = next((one for _, one, fields in flow.steps() if known and fields.get("handles") == known), "")
    for meant in dict.fromkeys((there, meant_by(label))):
        if meant and meant not in heard:
            zh, en = _MEANING.get(meant, (f"这是异议“{meant}”", f"This is the objection {meant}"))
            yield zh, en, _keyed(place, place.text, name, key, meant)
    if handler and known not in heard:
        yield f"由“{handler}”处理", f"{handler} handles it", _keyed(place, place.text, name, key, known, handler)
    if not there and to and flow.place(to)[0] == Phase.objections:
        code = key if key in place.library.objections or not known or known in heard else known
        text = place.set(place.text, to, "handles", code)
        yield f"由“{to}”处理", f"{to} handles it", text if code == key else _keyed(place, text, name, key, code)


_MEANING = {ACCEPT: ("这个回应是接受", "This answer is a yes"), REJECT: ("这个回应是拒绝", "This answer is a no")}


def _keyed(place: Place, text: str, step: str, key: str, new: str, to: str = "") -> str:
    """The text with another key for an answer, and another step for it to lead to."""
    written = mapped(FlowData(mapped(read_yaml(text, place.path).data)).step(step).get("hear"))
    fields = mapped(written.get(key))
    label, target = (
        arrow_parts(written[key]) if isinstance(written.get(key), str) else (worded(fields.get("label")), worded(fields.get("go")))
    )
    return apply_edit(text, place.path, ChangeReaction(step, key, label, to or target, worded(fields.get("when")), new))


def acceptable(place: Place) -> Iterator[Mend]:
    """F211: the answer that means yes gets the key that says so."""
    name = place.step()
    hear = mapped(place.flow().step(name).get("hear"))
    labels = [(how, label) for how, label, _ in ways_out(place.flow().step(name)) if how in hear]
    if ACCEPT not in hear:
        for key, label in labels:
            if meant_by(label) == ACCEPT:
                yield f"“{label}”就是接受", f"“{label}” is a yes", _keyed(place, place.text, name, key, ACCEPT)


def confirming(place: Place) -> Iterator[Mend]:
    """F214: the first answer that is no refusal confirms."""
    name = place.step()
    step = place.flow().step(name)
    for how, label, _ in ways_out(step):
        if how in mapped(step.get("hear")) and meant_by(label) != REJECT:
            new = "yes" if step.get("confirms") == "consent" else "match"
            yield f"“{label}”就是核实通过", f"“{label}” confirms it", _keyed(place, place.text, name, how, new)
            return


def recording_notice(place: Place) -> Iterator[Mend]:
    """F701: the notice that the call is recorded, first of all."""
    flow = place.flow()
    first = next((name for phase, name, _ in flow.steps() if phase == Phase.opening), "")
    lines = [name for name, texts in place.library.lines.items() if RECORDING.search(next(iter(texts.values())))]
    lines.sort(key=lambda name: ("notice" not in name, "record" not in name))
    for line in lines[:1] if first else ():
        used, wanted = one_or_more(flow.data.get("use")), line.split(".", 1)[0]
        text = place.text if wanted in used else apply_edit(place.text, place.path, SetFlow("use", (*used, wanted)))
        after = place.set(text, first, "must_say", (*one_or_more(flow.step(first).get("must_say")), line))
        yield "开场先告知录音", "Tell of the recording first", after


def kept_rule(place: Place) -> Iterator[Mend]:
    """F706: what a rule wants before the end of a call is said at that step, or made plain at the offers on the way there."""
    sentence, flow, name = place.finding.message_zh, place.flow(), place.step()
    if (line := re.search(r"before must_say ([\w.]+)”", sentence)) and name:
        used, wanted = one_or_more(flow.data.get("use")), line[1].split(".", 1)[0]
        text = place.text if wanted in used else apply_edit(place.text, place.path, SetFlow("use", (*used, wanted)))
        after = place.set(text, name, "must_say", (*one_or_more(flow.step(name).get("must_say")), line[1]))
        yield f"这一步必说 {line[1]}", f"Here {line[1]} must be said", after
    if item := re.search(r"before disclosure (\w+)", sentence):
        text = place.text
        for step in (fields_name for _, fields_name, fields in flow.steps() if fields.get("offer")):
            told = one_or_more(flow.step(step).get("disclosures"))
            text = text if item[1] in told else place.set(text, step, "disclosures", _in_disclosed_order((*told, item[1])))
        yield f"报方案时说清 {item[1]}", f"Make {item[1]} plain with every offer", text


def _in_disclosed_order(names: tuple[str, ...]) -> tuple[str, ...]:
    known = [name for name in DISCLOSURE_KEYS if name in names]
    return (*known, *(name for name in names if name not in known))


def always_there(place: Place) -> Iterator[Mend]:
    """F006: where a request to cancel, or never to be called again, leads."""
    wanted = next(iter(quoted_names(place.finding.message_zh)), "")
    for _, name, step in place.flow().steps():
        if wanted in _NAME_OF_END and step.get("end") == _NAME_OF_END[wanted]:
            yield f"{wanted} 走到 {name}", f"{wanted} leads to {name}", apply_edit(place.text, place.path, SetAlways(wanted, name))
            return


def on_lines_of_its_own(place: Place) -> Iterator[Mend]:
    """F005: a step that was written in braces, on lines of its own."""
    loc, flow = place.loc(), place.flow()
    name = place.step()
    step = flow.step(name)
    file = read_yaml(place.text, place.path)
    at, lines = file.places[loc[:2]], place.text.split("\n")
    if set(step) <= _KEYS and at.inline and at.line == at.key_line and lines[at.line - 1].rstrip().endswith("}"):
        written = entry_lines(name, step, at.key_column - 1, loc[:2])
        yield "分行写", "Write it on lines of its own", "\n".join((*lines[: at.line - 1], *written, *lines[at.line :]))


def without_it(place: Place) -> Iterator[Mend]:
    """F215, F217, F218: what is of no use is taken out."""
    name, text = place.step(), place.text
    fields = _REMOVED[place.finding.code]
    for field in fields:
        text = place.set(text, name, field, "")
    yield f"去掉 {'、'.join(fields)}", f"Take out {', '.join(fields)}", text


def gone_translation(place: Place) -> Iterator[Mend]:
    """F504: a translation of what is not there any more."""
    loc = place.loc()
    if len(loc) > 1 and loc[0] in ("steps", "facts"):
        neat = canonical(place.text, place.path)
        translation = Translation(mapped(read_yaml(neat, place.path).data))
        translation.remove(loc)
        yield "去掉这条译文", "Take this translation out", written_back(neat, place.path, translation.change())


MENDS: Mapping[str, Callable[[Place], Iterator[Mend]]] = {
    "F005": on_lines_of_its_own,
    "F006": always_there,
    "F101": missing_step,
    "F102": use_file,
    "F204": otherwise,
    "F205": way_out_of_tries,
    "F206": end_in_close,
    "F207": bounded_loop,
    "F208": handled,
    "F211": acceptable,
    "F214": confirming,
    "F215": without_it,
    "F217": without_it,
    "F218": without_it,
    "F301": declared,
    "F504": gone_translation,
    "F701": recording_notice,
    "F706": kept_rule,
}
