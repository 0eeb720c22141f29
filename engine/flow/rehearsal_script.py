"""What was said in a rehearsal: both voices in order, and how long the agent's words take to say, phase by phase."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.events.envelope import Json
from engine.events.flow_events import StepEntered
from engine.flow.advance import Turn
from engine.flow.definition import Flow
from engine.flow.personas import Reply
from engine.flow.run import FlowRun
from engine.flow.saying import lines_met
from engine.flow.speaking_time import LongSentence, long_sentences, spoken_ms
from engine.flow.texts import pick
from engine.flow.view import drawer
from engine.flow.view_parts import StepView
from engine.flow.wording import Wording, plain


@dataclass(frozen=True, slots=True)
class Talk:
    """One voice at a step: `who` is agent or customer; a customer's words are told in both languages, `other` is the second."""

    who: str
    step: str
    text: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class SaidStep:
    """A step that was said, with its phase and how long that takes."""

    step: str
    title: str
    phase: str
    spoken_ms: int
    long: tuple[LongSentence, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Both voices, the steps said so far, milliseconds by phase; `now_ms` and `now_long` are of the step that stands."""

    talks: tuple[Talk, ...]
    steps: tuple[SaidStep, ...]
    by_phase: Mapping[str, int]
    now_ms: int
    now_long: tuple[LongSentence, ...]
    lines: tuple[tuple[str, str, bool], ...]
    """The must-say lines met on the way: name, text, whether it was said."""
    offers: tuple[tuple[str, str], ...]
    """What was offered: code and name, in order."""


class Script:
    """Listens to a walk."""

    def __init__(self, flow: Flow, language: str) -> None:
        self._flow, self._language = flow, language
        self._talks: list[Talk] = []
        self._steps: list[SaidStep] = []
        self._by_phase: dict[str, int] = {}
        self._offers: list[tuple[str, str]] = []

    def begins(self, run: FlowRun) -> None:
        """The first step stands."""
        self._note_offers(run)

    def answered(self, before: FlowRun, after: Turn, shown: StepView, said: Reply, key: str) -> None:
        """The customer answered: the step's sentence was said before it."""
        self._say_step(before)
        self._talks.append(self._customer(before, shown, said, key))
        self._note_offers(after.run)
        if after.run.ended is not None:
            self._say_step(after.run)

    def pressed(self, kind: str, value: Json, before: FlowRun, after: Turn) -> None:
        """Something else was pressed: a line said or taken back, another offer, a reply from the drawer, a lawful key."""
        if kind in ("say", "unsay"):
            self._line(str(value), before, 1 if kind == "say" else -1)
        elif kind == "use_line":
            entry = next(one for one in drawer(self._flow, before) if one.code == value)
            self._spend(before.phase, " ".join(plain(part) for part in (entry.acknowledge, entry.explore, entry.response) if part))
            self._talks.append(Talk("agent", before.step, plain(entry.acknowledge) + plain(entry.response)))
        elif kind == "present":
            self._say_step(before)
        elif kind in ("cancel", "do_not_call") and any(isinstance(event, StepEntered) for event in after.events):
            self._say_step(before)
            zh, en = _WISHES[kind]
            self._talks.append(Talk("customer", before.step, *((en, zh) if self._language == "en" else (zh, en))))
            if after.run.ended is not None:
                self._say_step(after.run)
        self._note_offers(after.run)

    def so_far(self, run: FlowRun, shown: StepView) -> Spoken:
        """Everything up to now, and the time the standing sentence takes."""
        text = plain(shown.say)
        lines = [(name, self._told(line.wording, run), name in run.said) for name, line in lines_met(self._flow, run).items()]
        waiting = " ".join([told for _, told, said in lines if not said and told not in text] + [text])
        ended = run.ended is not None
        return Spoken(
            tuple(self._talks),
            tuple(self._steps),
            dict(self._by_phase),
            0 if ended else spoken_ms(waiting, self._language),
            () if ended else long_sentences(text, self._language),
            tuple(lines),
            tuple(self._offers),
        )

    def _told(self, wording: Wording | None, run: FlowRun) -> str:
        return plain(wording.render(run.known(), self._language)) if wording else ""

    def _say_step(self, run: FlowRun) -> None:
        step = self._flow.steps[run.step]
        text = self._told(step.say, run)
        if not text:
            return
        title = pick(step.title, self._language) if step.title else step.id
        took = spoken_ms(text, self._language)
        self._steps.append(SaidStep(step.id, title, run.phase, took, long_sentences(text, self._language)))
        self._by_phase[run.phase] = self._by_phase.get(run.phase, 0) + took
        self._talks.append(Talk("agent", step.id, text))

    def _line(self, key: str, run: FlowRun, times: int) -> None:
        """A must-say line takes its time unless the sentence holds it; a disclosure is part of the sentence that tells of the offer."""
        line = lines_met(self._flow, run).get(key)
        told = self._told(line.wording, run) if line is not None else ""
        if told and told not in self._told(self._flow.steps[run.step].say, run):
            self._by_phase[run.phase] = max(0, self._by_phase.get(run.phase, 0) + times * spoken_ms(told, self._language))
            if times > 0:
                self._talks.append(Talk("agent", run.step, told))

    def _spend(self, phase: str, text: str) -> None:
        self._by_phase[phase] = self._by_phase.get(phase, 0) + spoken_ms(text, self._language)

    def _customer(self, run: FlowRun, shown: StepView, said: Reply, key: str) -> Talk:
        if key == (said.answer if said.answer is not None else str(said.value)):
            zh, en = said.zh, said.en
        else:
            ways = [*(shown.question.options if shown.question else ()), *shown.answers]
            label = next((one.label for one in ways if one.key == key), key)
            zh = en = label
        return Talk("customer", run.step, en, zh) if self._language == "en" else Talk("customer", run.step, zh, en)

    def _note_offers(self, run: FlowRun) -> None:
        offer = run.offer
        if offer is not None and len(run.shown) > len(self._offers):
            translated: Mapping[str, Json] = offer["facts"].get(self._language) or {}
            self._offers.append((offer["code"], str(translated.get("name") or offer["name"])))


_WISHES = {
    "cancel": ("我要停用，给我办了吧。", "I want to cancel. Please do it."),
    "do_not_call": ("以后别再给我打电话了。", "Do not call me again."),
}
