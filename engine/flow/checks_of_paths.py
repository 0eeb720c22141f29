"""What is proved over every path of a flow: the law's own properties, the library's, and the author's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.flow.checked import Checked
from engine.flow.definition import Flow, Step
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean
from engine.flow.moves import ANY, Happening, Moves, moves_of
from engine.flow.phase_machine import Phase
from engine.flow.properties import BadProperty, Property, read_property, told
from engine.flow.proving import MOST_STATES, Proof, Verdict, prove
from engine.flow.walk import MOST_OFFERS_AFTER_CANCEL
from engine.offers.offer import Rung
from engine.yaml_text import Loc

MOST_OFFERS_AFTER_A_REFUSAL = 5
MOST_STATES_OF_A_FLOW, LEAST_STATES = 200_000, 2_000
"""What all proofs of a flow may look at together, and what each still may when that is spent."""
OFFER: Happening = ("offer", ANY)


@dataclass(frozen=True, slots=True)
class Proved:
    """One property of all paths and what came of it. `proof` is None when the property cannot be read; `findings`: what is to be told."""

    code: str
    name_zh: str
    name_en: str
    proof: Proof | None
    findings: tuple[Finding, ...]
    line: int = 0
    """Where the author wrote it in the flow; 0 for the law's and the library's."""


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """A property of the law: its name, and what is told when it is broken."""

    code: str
    property: Property
    name_zh: str
    name_en: str
    zh: str
    en: str


BUILT_IN: tuple[_BuiltIn, ...] = (
    _BuiltIn(
        "F701",
        Property("never", OFFER, "before", ("recording_notice", ANY)),
        "告知录音以后才介绍方案",
        "No offer before the recording notice",
        "还没告知录音就介绍方案",
        "an offer before the recording notice",
    ),
    _BuiltIn(
        "F702",
        Property("never", OFFER, "before", ("identity", ANY)),
        "核实机主以后才介绍方案",
        "No offer before the holder is confirmed",
        "还没核实机主就介绍方案",
        "an offer before the holder is confirmed",
    ),
    _BuiltIn(
        "F704",
        Property("at_most", OFFER, "after", ("cancel", ANY), MOST_OFFERS_AFTER_CANCEL),
        f"客户要停用以后最多介绍 {MOST_OFFERS_AFTER_CANCEL} 次方案",
        f"At most {MOST_OFFERS_AFTER_CANCEL} offers after the customer asked to cancel",
        f"客户要停用以后介绍方案超过 {MOST_OFFERS_AFTER_CANCEL} 次",
        f"more than {MOST_OFFERS_AFTER_CANCEL} offers after the customer asked to cancel",
    ),
    _BuiltIn(
        "F704",
        Property("at_most", OFFER, "after", ("refusal", ANY), MOST_OFFERS_AFTER_A_REFUSAL),
        f"客户说不要以后最多介绍 {MOST_OFFERS_AFTER_A_REFUSAL} 次方案",
        f"At most {MOST_OFFERS_AFTER_A_REFUSAL} offers after a refusal",
        f"客户说不要以后介绍方案超过 {MOST_OFFERS_AFTER_A_REFUSAL} 次",
        f"more than {MOST_OFFERS_AFTER_A_REFUSAL} offers after a refusal",
    ),
)


def proofs(checked: Checked) -> Iterator[Proved]:
    """Every property of the law, the library and the author, proved one after another, with F701 to F704, F706 and F710 where it fails.

    Nothing for a flow with a missing next step.
    """
    if not _is_whole(checked.flow):
        return
    prover = _Prover(checked, moves_of(checked.flow))
    for law in BUILT_IN:
        yield prover.proved(law.property, law.code, (law.name_zh, law.name_en), (law.zh, law.en))
    for one in checked.library.properties:
        because = f"（{one.because}）" if one.because else ""
        told_as = f"不符合话术库的规定“{one}”{because}", f"the library's {str(one)!r} is broken"
        yield prover.proved(one, "F706", named(one), told_as)
    yield from prover.own()


def named(one: Property) -> tuple[str, str]:
    """A written property by its name in Chinese and English: its sentence, and why."""
    return (f"{one}（{one.because}）", f"{one} ({one.because})") if one.because else (str(one), str(one))


def _is_whole(flow: Flow) -> bool:
    """Whether every next step exists; else F101 is told and there are no paths to speak of."""
    named = {to for step in flow.steps.values() for _, to in step.targets()} | {flow.start, flow.cancel, flow.do_not_call}
    return named <= set(flow.steps)


class _Prover:
    """Proves one property after another of a flow. `_left`: the states still to be looked at, so that no flow takes for ever."""

    def __init__(self, checked: Checked, moves: Moves) -> None:
        self._checked, self._moves, self._left = checked, moves, MOST_STATES_OF_A_FLOW

    def proved(self, one: Property, code: str, name: tuple[str, str], broken: tuple[str, str], loc: Loc | None = None) -> Proved:
        """The proof; what is told stands at the step where it breaks or at `loc`. F710 when it is not decided."""
        checked = self._checked
        proof = prove(self._moves, one, min(MOST_STATES, self._left))
        self._left = max(self._left - proof.states, LEAST_STATES)
        line = checked.file.key_at(loc)[0] if loc else 0
        if proof.verdict is Verdict.proved:
            return Proved(code, *name, proof, (), line)
        at_step = checked.loc(checked.flow.steps[proof.step]) if proof.step else ("title",)
        place = at_step if loc is None else loc
        if proof.verdict is Verdict.undecided:
            zh, en = f"没能证明“{one}”", f"{str(one)!r} could not be proved"
            told_as = at_key(checked.file, place, "F710", zh, en, "减少 tries 或拆开流程 / fewer tries, or split the flow")
        else:
            told_as = at_key(checked.file, place, code, f"{broken[0]}：{proof}", f"{broken[1]}: {proof}")
        return Proved(code, *name, proof, (told_as,), line)

    def own(self) -> Iterator[Proved]:
        """The flow's own properties: F706 with the path that breaks it, F707 and F708 when it cannot be read, F709 when it says nothing."""
        happens = {one for node in self._moves.of for move in node for one in move.happenings}
        for number, written in enumerate(self._checked.document.properties):
            ((kind, text),) = written.written()
            loc: Loc = ("properties", number, kind)
            try:
                one = read_property(written)
            except BadProperty as error:
                yield self._unread(f"{kind}: {text}", loc, [at_value(self._checked.file, loc, "F707", error.zh, str(error), error.hint)])
                continue
            unknown = [found for what in (one.what, one.other) if what and (found := _unknown(self._checked, what))]
            told_as = [at_value(self._checked.file, loc, "F708", f"没有“{name}”", f"there is no {name!r}", hint) for name, hint in unknown]
            if unknown:
                yield self._unread(str(one), loc, told_as)
                continue
            broken = f"有的路不符合“{one}”", f"some path breaks {str(one)!r}"
            proved = self.proved(one, "F706", named(one), broken, loc)
            yield replace(proved, findings=(*self._idle(one, happens, loc), *proved.findings))

    def _idle(self, one: Property, happens: set[Happening], loc: Loc) -> Iterator[Finding]:
        idle = one.what if one.kind != "always" else one.other
        if idle is not None and idle not in happens:
            zh, en = f"这个流程里没有“{told(idle)}”，这条规定等于没写", f"nothing here is {told(idle)!r}: this says nothing"
            yield at_value(self._checked.file, loc, "F709", zh, en, "", Severity.warning)

    def _unread(self, name: str, loc: Loc, findings: list[Finding]) -> Proved:
        return Proved(findings[0].code, name, name, None, tuple(findings), self._checked.file.key_at(loc)[0])


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
