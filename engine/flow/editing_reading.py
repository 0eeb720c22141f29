"""Reads a flow file for the forms and cards of the studio. Works on files with any checker error, as long as they can be read: what has
not the expected shape is passed over.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.editing_data import ARROW, FlowData, arrow_parts, listed, mapped, one_or_more, worded
from engine.flow.editing_shown import (
    BranchForm,
    Card,
    FactRow,
    FlowOutline,
    OfferForm,
    PhaseCards,
    ReactionForm,
    StepForm,
    Target,
    TestLine,
    WayIn,
)
from engine.flow.phase_machine import PHASE_LABELS, Phase
from engine.yaml_text import read_yaml

_FEW = 40
_PLAIN = ("title", "tip", "confirms", "ask", "record", "layer", "method", "handles", "tries", "end")
_MARKS = ("must_say", "confirms", "ask", "offer", "handles", "tries", "end", "go")


def step_form(text: str, path: str, step_id: str) -> StepForm:
    """What a step's form shows. Raises BadYaml, BadInput("flow.no_step", step=)."""
    return _Reader(text, path).form(step_id)


def outline(text: str, path: str) -> FlowOutline:
    """The cards. Raises BadYaml."""
    return _Reader(text, path).outline()


def facts_of(text: str, path: str) -> tuple[FactRow, ...]:
    """The declared facts in their order. Raises BadYaml."""
    return _Reader(text, path).facts()


def ways_into(flow: FlowData, step_id: str) -> tuple[WayIn, ...]:
    """Everything that leads to a step, the step itself too."""
    titles = {name: _title(name, step) for _, name, step in flow.steps()}
    always = mapped(flow.data.get("always"))
    found = [WayIn("", "", key, "") for key in ("cancel", "do_not_call") if worded(always.get(key)) == step_id]
    for _, name, step in flow.steps():
        found += [WayIn(name, titles[name], how, label) for how, label, to in ways_out(step) if to == step_id]
    return tuple(found)


def ways_out(step: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(how, what the customer says, step) of every arrow of a step."""
    for key, one in mapped(step.get("hear")).items():
        label, to = _answer(one)
        if to:
            yield key, label, to
    go = step.get("go")
    for to in [worded(go)] if isinstance(go, str) else [worded(mapped(one).get("to")) for one in listed(go)]:
        if to:
            yield "go", "", to
    if worded(step.get("else")):
        yield "else", "", worded(step["else"])
    if worded(mapped(step.get("offer")).get("none")):
        yield "none", "", worded(step["offer"]["none"])


def _answer(written: Any) -> tuple[str, str]:
    if isinstance(written, str):
        return arrow_parts(written)
    return worded(mapped(written).get("label")), worded(mapped(written).get("go"))


def _title(name: str, step: Mapping[str, Any]) -> str:
    return worded(step.get("title")) or _first_words(step) or name


def _first_words(step: Mapping[str, Any]) -> str:
    words = " ".join(_said(step)[0].split())
    return words if len(words) <= _FEW else words[: _FEW - 1] + "…"


def _said(step: Mapping[str, Any]) -> tuple[str, str]:
    """(the words, the library line) of a step."""
    say = step.get("say")
    return worded(say) or worded(mapped(say).get("text")), worded(mapped(say).get("use"))


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._flow = FlowData(mapped(read_yaml(text, path).data))
        self._steps = {name: (phase, step) for phase, name, step in self._flow.steps()}

    def form(self, name: str) -> StepForm:
        if name not in self._steps:
            raise BadInput("flow.no_step", step=name)
        phase, step = self._steps[name]
        say, line = _said(step)
        hear = mapped(step.get("hear"))
        shared = worded(hear.get("use")) if list(hear) == ["use"] and ARROW not in worded(hear.get("use")) else ""
        plain = {key: worded(step.get(key)) for key in _PLAIN}
        return StepForm(
            id=name,
            phase=phase,
            say=say,
            line=line,
            must_say=one_or_more(step.get("must_say")),
            offer=self._offer(step),
            disclosures=one_or_more(step.get("disclosures")),
            reactions=() if shared else tuple(self._reaction(key, one) for key, one in hear.items()),
            hear_line=shared,
            branches=self._branches(step.get("go")),
            otherwise=self._target(worded(step["else"])) if worded(step.get("else")) else None,
            ways_in=ways_into(self._flow, name),
            **plain,
        )

    def outline(self) -> FlowOutline:
        data, always = self._flow.data, mapped(self._flow.data.get("always"))
        phases = tuple(_phase(phase, self._cards(phase)) for phase in Phase)
        opening = next((one.cards for one in phases), ())
        cancel, stop = (self._target(worded(always[key])) if worded(always.get(key)) else None for key in ("cancel", "do_not_call"))
        tests = tuple(_test(number, mapped(test)) for number, test in enumerate(listed(data.get("tests"))))
        name, title, locale = (worded(data.get(key)) for key in ("id", "title", "locale"))
        start = opening[0].id if opening else ""
        return FlowOutline(name, title, locale, one_or_more(data.get("use")), cancel, stop, start, phases, tests)

    def facts(self) -> tuple[FactRow, ...]:
        found: list[FactRow] = []
        for name, one in mapped(self._flow.data.get("facts")).items():
            fact = mapped(one)
            options = tuple((key, worded(label)) for key, label in mapped(fact.get("options")).items())
            asked = tuple(step for step, (_, fields) in self._steps.items() if fields.get("ask") == name)
            found.append(FactRow(name, worded(fact.get("type")), worded(fact.get("from")), worded(fact.get("label")), options, asked))
        return tuple(found)

    def _cards(self, phase: Phase) -> tuple[Card, ...]:
        return tuple(self._card(phase, name, step) for name, (of, step) in self._steps.items() if of == phase)

    def _card(self, phase: str, name: str, step: dict[str, Any]) -> Card:
        marks = tuple(mark for mark in _MARKS if step.get(mark))
        return Card(
            name,
            phase,
            _title(name, step),
            _first_words(step),
            _said(step)[1],
            len(mapped(step.get("hear"))),
            marks,
            worded(step.get("end")),
        )

    def _target(self, name: str) -> Target:
        known = name in self._steps
        return Target(name, _title(name, self._steps[name][1]) if known else name, known)

    def _reaction(self, key: str, written: Any) -> ReactionForm:
        label, to = _answer(written)
        return ReactionForm(key, label, self._target(to), worded(mapped(written).get("when")))

    def _branches(self, go: Any) -> tuple[BranchForm, ...]:
        ways: list[Any] = [{"to": go}] if isinstance(go, str) else listed(go)
        pairs = [(worded(mapped(one).get("to")), worded(mapped(one).get("when"))) for one in ways]
        return tuple(BranchForm(number, self._target(to), when) for number, (to, when) in enumerate(pairs))

    def _offer(self, step: Mapping[str, Any]) -> OfferForm | None:
        offer = step.get("offer")
        if not isinstance(offer, dict):
            return None
        written = mapped(cast("Any", offer))
        return OfferForm(one_or_more(written.get("rungs")), one_or_more(written.get("codes")), self._target(worded(written.get("none"))))


def _phase(phase: Phase, cards: tuple[Card, ...]) -> PhaseCards:
    return PhaseCards(phase.value, PHASE_LABELS[phase.value]["zh"], PHASE_LABELS[phase.value]["en"], cards)


def _test(number: int, test: Mapping[str, Any]) -> TestLine:
    return TestLine(number, worded(test.get("name")), one_or_more(test.get("path")), worded(mapped(test.get("expect")).get("end")))
