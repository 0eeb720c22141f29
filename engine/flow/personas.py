"""Customers to rehearse with: what each is likely to answer at a step, and in which words. Data (`personas/1`), and one draw by seed.

    format: personas/1
    id: retention
    everybody: {answers: {self: 12}, wording: {}, phrases: {}}   # where a persona says nothing else
    personas:
      price_sensitive:
        label: 精打细算
        en: Price-sensitive
        about: {zh: 每一块钱都要算清楚, en: Counts every yuan}
        patience: {steps: 14, offers: 2, hangs_up_after: 24}
        answers: {price: 8, accept: 3}       # by the key of an answer; what is not named weighs 1
        wording: {贵: 3, cheap: 3}           # times so much when the label holds these words
        objections: {price: 4}               # times so much when the answer leads to that objection
        asked: {leave_reason: {price: 8}}    # by fact and option
        softened_by: [price]                 # objections that, once answered, make a yes twice as likely
        hurried: {busy: 4}                   # times so much after `patience.steps` steps
        fed_up: {decided: 6}                 # times so much after `patience.offers` offers were turned down
        openers: [{zh: 哎，, en: "Well,"}]
        phrases: {price: [{zh: 还是贵啊。, en: Still too dear.}]}

The same persona, seed and walk always come to the same answer: rehearsing again is the same call until another seed is asked for.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from engine.events.envelope import Json
from engine.flow.answering import CONTINUE
from engine.flow.definition import Flow, Step, Texts
from engine.flow.fact_values import FactType
from engine.flow.library_documents import PersonaDocument, PersonasDocument
from engine.flow.run import FlowRun
from engine.flow.schema_problems import checked_or_raise
from engine.flow.texts import pick
from engine.flow.view_parts import AnswerView, QuestionView, StepView
from engine.yaml_text import read_yaml

FORMAT = "personas/1"
SOFTER = 2.0
"""How much likelier a yes is for each objection that was answered and that this customer minds."""
_SPARING = ("accept", "agree", "willing")
_FIRST_DAYS, _DAYS = 2, 12
_SHOWN_MOOD, _SHOWN_OPENER = 0.5, 0.35
"""How often a mood is heard, and an opener stands before an answer that has no words of its own."""
_WARMING_UP = 2


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer to rehearse with. `weights` and `factors` already hold what is true of everybody."""

    code: str
    label: Texts
    about: Texts
    steps: int
    offers: int
    hangs_up_after: int
    weights: Mapping[str, float]
    factors: Mapping[str, float]
    objections: Mapping[str, float]
    asked: Mapping[str, Mapping[str, float]]
    softened_by: tuple[str, ...]
    moods: Mapping[str, Mapping[str, float]]
    openers: tuple[Texts, ...]
    phrases: Mapping[str, tuple[Texts, ...]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the persona says at a step. `answer`: the key it means, None when it has nothing to answer; `value`: what it says to a question
    that is answered by typing. `mood`: calm, hurried or fed_up. `chances`: answer → how likely it was, in per cent.
    """

    zh: str
    en: str
    answer: str | None
    value: Json
    mood: str
    hangs_up: bool
    chances: Mapping[str, int]


def read_personas(text: str, path: str) -> dict[str, Persona]:
    """The personas of a file by code. Raises BadFile with line and column."""
    document = checked_or_raise(PersonasDocument, read_yaml(text, path))
    return {code: _persona(code, one, document) for code, one in document.personas.items()}


def _persona(code: str, one: PersonaDocument, file: PersonasDocument) -> Persona:
    return Persona(
        code,
        {"zh": one.label, "en": one.en},
        one.about.texts(),
        one.patience.steps,
        one.patience.offers,
        one.patience.hangs_up_after,
        {**file.everybody.answers, **one.answers},
        {**file.everybody.wording, **one.wording},
        one.objections,
        one.asked,
        tuple(one.softened_by),
        {"calm": {}, "hurried": one.hurried, "fed_up": one.fed_up},
        tuple(opener.texts() for opener in one.openers),
        {key: tuple(phrase.texts() for phrase in phrases) for key, phrases in {**file.everybody.phrases, **one.phrases}.items()},
    )


def mood_of(persona: Persona, run: FlowRun, answered: int) -> str:
    """calm, hurried after many steps, fed_up after many refusals."""
    if run.refusals >= persona.offers:
        return "fed_up"
    return "hurried" if answered >= persona.steps else "calm"


def reply(persona: Persona, flow: Flow, run: FlowRun, shown: StepView, *, seed: int, answered: int, today: date) -> Reply:
    """What this customer says to the step shown. `answered` counts the answers before it; `today` is the day of the call."""
    mood = mood_of(persona, run, answered)
    draw = _Draw(f"{seed}:{persona.code}:{answered}:{shown.step}")
    if shown.ended is not None:
        return Reply(*_said(persona, "goodbye", draw, {"zh": "好，再见。", "en": "All right, goodbye."}), None, None, mood, False, {})
    if answered >= persona.hangs_up_after:
        return Reply(*_said(persona, "hangs_up", draw, {"zh": "（挂断了）", "en": "(hangs up)"}), None, None, mood, True, {})
    ways = [*(shown.question.options if shown.question else ()), *shown.answers]
    if not ways:
        return _typed(persona, shown.question, mood, draw, today)
    weights = {one.key: _weight(persona, flow, run, shown, one, mood) for one in ways}
    total = sum(weights.values())
    chosen = draw.among(weights)
    zh, en = _sentence(persona, flow, shown, chosen, mood, draw, early=answered < _WARMING_UP)
    return Reply(zh, en, chosen, None, mood, False, {key: round(100 * weight / total) for key, weight in weights.items()})


class _Draw:
    """Chance that comes out the same each time: numbers drawn from a hash of the place."""

    def __init__(self, place: str) -> None:
        self._place, self._drawn = place, 0

    def number(self) -> float:
        """From 0 up to but not including 1."""
        self._drawn += 1
        told = hashlib.sha256(f"{self._place}:{self._drawn}".encode()).digest()
        return int.from_bytes(told[:7], "big") / 2**56

    def among(self, weights: Mapping[str, float]) -> str:
        """One of the keys, each as likely as its weight."""
        at = self.number() * sum(weights.values())
        for key, weight in weights.items():
            at -= weight
            if at < 0:
                return key
        return next(reversed(list(weights)))

    def one_of(self, choices: tuple[Texts, ...]) -> Texts:
        return choices[int(self.number() * len(choices))]


def _weight(persona: Persona, flow: Flow, run: FlowRun, shown: StepView, way: AnswerView, mood: str) -> float:
    fact = shown.question.fact if shown.question and way in shown.question.options else None
    weight = persona.asked.get(fact, {}).get(way.key, 1.0) if fact else persona.weights.get(way.key, 1.0)
    told = " ".join(_label(flow, shown, way.key).values())
    for words, factor in persona.factors.items():
        weight *= factor if words in told else 1.0
    target = flow.steps.get(way.target)
    if target is not None and target.handles:
        weight *= persona.objections.get(target.handles, 1.0)
    weight *= persona.moods[mood].get(way.key, 1.0)
    if way.key in _SPARING:
        weight *= SOFTER ** len(_answered_objections(flow, run) & set(persona.softened_by))
    return max(weight, 0.001)


def _answered_objections(flow: Flow, run: FlowRun) -> set[str]:
    return {handles for name in run.visits if (handles := flow.steps[name].handles)} | set(run.drawer_used)


def _label(flow: Flow, shown: StepView, key: str) -> Texts:
    """An answer's words in every language of the flow."""
    step: Step = flow.steps[shown.step]
    reaction = step.reaction(key)
    if reaction is not None:
        return reaction.label
    fact = flow.facts.get(step.ask or "")
    return fact.options.get(key, {"zh": key}) if fact else {"zh": "嗯，您说。", "en": "Yes, go on."}


def _sentence(persona: Persona, flow: Flow, shown: StepView, key: str, mood: str, draw: _Draw, *, early: bool) -> tuple[str, str]:
    """The persona's own words for the answer, else its label; now and then with an opener, or a sign of the mood before it."""
    names = (f"{shown.question.fact}.{key}", key) if shown.question else (key,)
    own = next((one for one in names if one in persona.phrases), "listens" if key == CONTINUE else "")
    label = _label(flow, shown, key)
    zh, en = _said(persona, own, draw, {"zh": _full_stop(pick(label, "zh"), "。"), "en": _full_stop(pick(label, "en"), ".")})
    before: tuple[Texts, ...] = ()
    if mood in persona.phrases and draw.number() < _SHOWN_MOOD:
        before = persona.phrases[mood]
    elif not own and not early and draw.number() < _SHOWN_OPENER:
        before = persona.openers
    if not before:
        return zh, en
    opener = draw.one_of(before)
    return pick(opener, "zh") + zh, f"{pick(opener, 'en')} {en}"


def _full_stop(text: str, stop: str) -> str:
    return text if text[-1:] in "。！？!?.…" else text + stop


def _said(persona: Persona, name: str, draw: _Draw, otherwise: Texts) -> tuple[str, str]:
    phrases = persona.phrases.get(name)
    told = draw.one_of(phrases) if phrases else otherwise
    return pick(told, "zh"), pick(told, "en")


def _typed(persona: Persona, question: QuestionView | None, mood: str, draw: _Draw, today: date) -> Reply:
    """An answer to a question that is typed in: a day soon, a small number, a sample name."""
    if question is None:
        return Reply(*_said(persona, "listens", draw, {"zh": "嗯。", "en": "Mm."}), None, None, mood, False, {})
    day = today + timedelta(days=_FIRST_DAYS + int(draw.number() * _DAYS))
    value: Json = {
        FactType.date: day.isoformat(),
        FactType.month: day.isoformat()[:7],
        FactType.integer: 1 + int(draw.number() * 9),
        FactType.number: float(1 + int(draw.number() * 9)),
        FactType.money: f"{10 * (1 + int(draw.number() * 9))}.00",
        FactType.boolean: draw.number() < 0.5,
        FactType.phone: "+99913800000001",
    }.get(question.type, "样例")
    told = ("是", "yes") if value is True else ("不是", "no") if value is False else (str(value), str(value))
    return Reply(f"{told[0]}。", f"{told[1]}.", None, value, mood, False, {})
