"""What is proved over every path of a flow: the law's own properties, the library's, and the author's."""

from collections.abc import Iterator

from engine.flow.checked import Checked
from engine.flow.definition import Flow, Step
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.moves import ANY, Happening, Moves, moves_of
from engine.flow.phase_machine import Phase
from engine.flow.properties import BadProperty, Property, read_property, told
from engine.flow.proving import MOST_STATES, Verdict, prove
from engine.flow.walk import MOST_OFFERS_AFTER_CANCEL
from engine.offers.offer import Rung
from engine.yaml_text import Loc

MOST_OFFERS_AFTER_A_REFUSAL = 5
MOST_STATES_OF_A_FLOW, LEAST_STATES = 200_000, 2_000
"""What all proofs of a flow may look at together, and what each still may when that is spent."""
OFFER: Happening = ("offer", ANY)
BUILT_IN: tuple[tuple[str, Property, str, str], ...] = (
    (
        "F701",
        Property("never", OFFER, "before", ("recording_notice", ANY)),
        "还没告知录音就介绍方案",
        "an offer before the recording notice",
    ),
    ("F702", Property("never", OFFER, "before", ("identity", ANY)), "还没核实机主就介绍方案", "an offer before the holder is confirmed"),
    (
        "F704",
        Property("at_most", OFFER, "after", ("cancel", ANY), MOST_OFFERS_AFTER_CANCEL),
        f"客户要停用以后介绍方案超过 {MOST_OFFERS_AFTER_CANCEL} 次",
        f"more than {MOST_OFFERS_AFTER_CANCEL} offers after the customer asked to cancel",
    ),
    (
        "F704",
        Property("at_most", OFFER, "after", ("refusal", ANY), MOST_OFFERS_AFTER_A_REFUSAL),
        f"客户说不要以后介绍方案超过 {MOST_OFFERS_AFTER_A_REFUSAL} 次",
        f"more than {MOST_OFFERS_AFTER_A_REFUSAL} offers after a refusal",
    ),
)


def every_path_keeps_the_law(checked: Checked) -> Iterator[Finding]:
    """F701 to F704, F706 and F710: what is proved of every path, or the path that breaks it."""
    if not _is_whole(checked.flow):
        return
    prover = _Prover(checked, moves_of(checked.flow))
    for code, one, zh, en in BUILT_IN:
        yield from prover.proved(one, code, zh, en)
    for one in checked.library.properties:
        because = f"（{one.because}）" if one.because else ""
        yield from prover.proved(one, "F706", f"不符合话术库的规定“{one}”{because}", f"the library's {str(one)!r} is broken")
    yield from prover.own()


def _is_whole(flow: Flow) -> bool:
    """Whether every next step exists; else F101 is told and there are no paths to speak of."""
    named = {to for step in flow.steps.values() for _, to in step.targets()} | {flow.start, flow.cancel, flow.do_not_call}
    return named <= set(flow.steps)


class _Prover:
    """Proves one property after another of a flow. `_left`: the states still to be looked at, so that no flow takes for ever."""

    def __init__(self, checked: Checked, moves: Moves) -> None:
        self._checked, self._moves, self._left = checked, moves, MOST_STATES_OF_A_FLOW

    def proved(self, one: Property, code: str, zh: str, en: str, loc: Loc | None = None) -> Iterator[Finding]:
        """Nothing when it holds; else the path that breaks it, at the step where it does or at `loc`. F710 when it is not decided."""
        checked = self._checked
        proof = prove(self._moves, one, min(MOST_STATES, self._left))
        self._left = max(self._left - proof.states, LEAST_STATES)
        if proof.verdict is Verdict.proved:
            return
        at_step = checked.loc(checked.flow.steps[proof.step]) if proof.step else ("title",)
        place = at_step if loc is None else loc
        if proof.verdict is Verdict.undecided:
            zh, en = f"没能证明“{one}”", f"{str(one)!r} could not be proved"
            yield at_key(checked.file, place, "F710", zh, en, "减少 tries 或拆开流程 / fewer tries, or split the flow")
            return
        yield at_key(checked.file, place, code, f"{zh}：{proof}", f"{en}: {proof}")

    def own(self) -> Iterator[Finding]:
        """The flow's own properties: F706 with the path that breaks it, F707 and F708 when it cannot be read, F709 when it says nothing."""
        checked = self._checked
        happens = {one for node in self._moves.of for move in node for one in move.happenings}
        for number, written in enumerate(checked.document.properties):
            loc: Loc = ("properties", number, written.written()[0][0])
            try:
                one = read_property(written)
            except BadProperty as error:
                yield at_value(checked.file, loc, "F707", error.zh, str(error), error.hint)
                continue
            unknown = [found for what in (one.what, one.other) if what and (found := _unknown(checked, what))]
            for name, hint in unknown:
                yield at_value(checked.file, loc, "F708", f"没有“{name}”", f"there is no {name!r}", hint)
            if unknown:
                continue
            idle = one.what if one.kind != "always" else one.other
            if idle is not None and idle not in happens:
                zh, en = f"这个流程里没有“{told(idle)}”，这条规定等于没写", f"nothing here is {told(idle)!r}: this says nothing"
                yield at_value(checked.file, loc, "F709", zh, en, "", Severity.warning)
            yield from self.proved(one, "F706", f"有的路不符合“{one}”", f"some path breaks {str(one)!r}", loc)


def _unknown(checked: Checked, what: Happening) -> tuple[str, str] | None:
    """(name, hint) of something the flow or the library does not have."""
    kind, name = what
    flow, library = checked.flow, checked.library
    answers = {f"{step.id}.{key}" for step in flow.steps.values() for key in (*(one.key for one in step.hear), *_options(flow, step))}
    known: dict[str, set[str]] = {
        "must_say": set(library.lines),
        "step": set(flow.steps),
        "answer": answers,
        "ask": set(flow.facts),
        "phase": set(Phase),
        "end": set(library.dispositions),
        "offer": {*Rung, *library.offers} if library.offers else set(),
    }
    names = known.get(kind)
    if name == ANY or not names or name in names:
        return None
    return name, did_you_mean(name, names)


def nothing_is_demanded_before_a_no(checked: Checked) -> Iterator[Finding]:
    """F703: an answer for which the disclosures are demanded, as for a yes, but which may lead to another end than an acceptance."""
    flow = checked.flow
    if not _is_whole(flow):
        return
    for step in flow.steps.values():
        for one in step.hear:
            if one.to in flow.accepting and flow.steps[one.to].automatic:
                elsewhere = sorted(to for to in _through(flow, flow.steps[one.to]) if to not in flow.agreeing)
                if elsewhere:
                    zh = f"这个回应要先说清资费才能点，却可能走到“{elsewhere[0]}”，那不是接受"
                    en = f"the disclosures are demanded here as for a yes, but this may lead to {elsewhere[0]!r}, which is none"
                    hint = "把判断放到回应之前 / decide before the answer"
                    yield at_value(checked.file, checked.loc(step, "hear", one.key), "F703", zh, en, hint)


def _through(flow: Flow, step: Step) -> set[str]:
    """The steps that passing through an automatic one may come to be shown."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [step.id]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        here = flow.steps[name]
        if here.automatic:
            waiting += [branch.to for branch in here.go]
        else:
            found.add(name)
    return found


def _options(flow: Flow, step: Step) -> tuple[str, ...]:
    asked = flow.facts.get(step.ask or "")
    return tuple(asked.options) if asked else ()
