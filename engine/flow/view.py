"""What the desk shows of a call's place in its flow, in the script language of the call. Values only: no markup, no query."""

from collections.abc import Iterator, Mapping

from engine.events.envelope import Json
from engine.flow.answering import CONTINUE, holds, why_blocked
from engine.flow.definition import Fact, Flow, Step
from engine.flow.fact_values import show_plain
from engine.flow.phase_machine import PHASE_LABELS, Phase
from engine.flow.run import FlowRun
from engine.flow.saying import lines_met, required_disclosures
from engine.flow.texts import pick
from engine.flow.view_parts import (
    AnswerView,
    DrawerEntry,
    LineView,
    OfferView,
    PhaseView,
    QuestionView,
    RefusedView,
    StepView,
)
from engine.flow.walk import MOST_AUTOMATIC_MOVES, MOST_OFFERS_AFTER_CANCEL
from engine.flow.wording import OFFER, Placeholder, Segment, Wording

_MOST_RAILS = 4096
_rails: dict[tuple[object, ...], tuple[PhaseView, ...]] = {}
_CONTINUE_LABEL = {"zh": "继续", "en": "Continue"}


def view(flow: Flow, run: FlowRun, language: str | None = None) -> StepView:
    """What to show now; the language is the call's unless another is given."""
    return _Viewer(flow, run, language or run.language).view()


def drawer(flow: Flow, run: FlowRun, language: str | None = None) -> tuple[DrawerEntry, ...]:
    """The objection drawer, filled in for this call."""
    spoken, facts = language or run.language, run.known()
    reason = str(run.facts.get("leave_reason", ""))

    def told(wording: Wording | None) -> list[Segment]:
        return wording.render(facts, spoken) if wording else []

    return tuple(
        DrawerEntry(
            one.code,
            pick(one.label, spoken),
            one.signals,
            told(one.acknowledge),
            told(one.explore),
            told(one.responses.get(reason) or one.responses.get("default")),
            one.forbidden,
            pick(one.next_step, spoken) if one.next_step else "",
            one.code in run.drawer_used,
        )
        for one in flow.drawer.values()
    )


class _Viewer:
    """Builds one view; what several parts need is worked out once."""

    def __init__(self, flow: Flow, run: FlowRun, language: str) -> None:
        self.flow, self.run, self.language = flow, run, language
        self.step = flow.steps[run.step]
        self.facts = run.known()

    def view(self) -> StepView:
        run, step = self.run, self.step
        question = self._question() if step.ask and run.ended is None else None
        in_offer = step.offer is not None and run.decision is not None and run.decision.step == step.id
        return StepView(
            step.id,
            self._title(step),
            run.phase,
            self._told(step.say),
            self._told(step.tip),
            tuple(self._lines()),
            tuple(self._disclosures()),
            tuple(self._answers(len(question.options) if question else 0)),
            question,
            tuple(self._offers()) if in_offer else (),
            tuple(self._refused()) if in_offer else (),
            in_offer and run.ended is None and self._offers_left(),
            self._rail(),
            bool(run.path) and not run.do_not_call_requested,
            run.drawer_open,
            run.cancel_requested,
            run.do_not_call_requested,
            tuple(run.identity),
            run.accepted,
            run.ended,
            self.language,
        )

    def _told(self, wording: Wording | None) -> list[Segment]:
        return wording.render(self.facts, self.language) if wording else []

    def _title(self, step: Step) -> str:
        return pick(step.title, self.language) if step.title else step.id

    def _offers_left(self) -> bool:
        run = self.run
        return not run.do_not_call_requested and (not run.cancel_requested or run.offers_after_cancel < MOST_OFFERS_AFTER_CANCEL)

    def _lines(self) -> Iterator[LineView]:
        """The step's own lines, then those of earlier steps still to be said."""
        run = self.run
        own = {line.name for line in self.step.must_say}
        for line in self.step.must_say:
            yield LineView(line.name, line.name, self._told(line.wording), line.name in run.said)
        for name, line in lines_met(self.flow, run).items():
            if name not in own and name not in run.said:
                yield LineView(name, name, self._told(line.wording), False, here=False)

    def _disclosures(self) -> Iterator[LineView]:
        run, offer = self.run, self.run.offer
        if offer is None:
            return
        for key in required_disclosures(self.flow, run):
            said = (run.presented, key) in run.disclosed
            known = self.flow.disclosures.get(key)
            if known is not None:
                yield LineView(key, pick(known.label, self.language), known.wording.render(self.facts, self.language), said)
            else:
                text = show_plain(offer["facts"].get(key, key), self.language, self.facts)
                yield LineView(key, key, [Segment(text, f"{OFFER}.{key}")], said)

    def _answers(self, before: int) -> Iterator[AnswerView]:
        run, step = self.run, self.step
        if run.ended is not None:
            return
        if step.continues:
            yield self._answer(before + 1, CONTINUE, pick(_CONTINUE_LABEL, self.language), self._go(step, self.facts))
        digit = before
        for reaction in step.hear:
            if not holds(reaction, run):
                continue
            digit += 1
            yield self._answer(
                digit, reaction.key, pick(reaction.label, self.language), reaction.to, why_blocked(self.flow, run, step, reaction)
            )

    def _answer(
        self,
        digit: int,
        key: str,
        label: str,
        to: str,
        blocked: tuple[str, tuple[str, ...]] | None = None,
        facts: Mapping[str, Json] | None = None,
    ) -> AnswerView:
        target = self._shown(to, facts or self.facts)
        return AnswerView(
            digit if digit <= 9 else None,
            key,
            label,
            blocked is None,
            blocked[0] if blocked else None,
            blocked[1] if blocked else (),
            target.id,
            self._title(target),
            self._first_line(target, facts or self.facts),
        )

    def _first_line(self, target: Step, facts: Mapping[str, Json]) -> list[Segment]:
        """Empty where the sentence tells of an offer that has yet to be decided."""
        if target.say is None:
            return []
        if target.offer is not None and any(isinstance(p, Placeholder) and p.of_offer for p in pick(target.say.first, self.language)):
            return []
        return target.say.opening(facts, self.language)

    def _shown(self, name: str, facts: Mapping[str, Json]) -> Step:
        """The step that would be shown: through automatic ones and spent tries. What the policy would say is not asked."""
        step = self.flow.steps[name]
        for _ in range(MOST_AUTOMATIC_MOVES):
            if step.tries is not None and step.otherwise and self.run.visits.get(step.id, 0) >= step.tries:
                step = self.flow.steps[step.otherwise]
            elif step.automatic:
                step = self.flow.steps[self._go(step, facts)]
            else:
                break
        return step

    def _go(self, step: Step, facts: Mapping[str, Json]) -> str:
        return next((branch.to for branch in step.go if branch.when is None or branch.when.holds(facts)), step.id)

    def _question(self) -> QuestionView:
        fact = self.flow.facts[self.step.ask or ""]
        label = pick(fact.label, self.language) if fact.label else fact.name
        options = tuple(self._option(number, fact, key) for number, key in enumerate(fact.options, 1))
        return QuestionView(fact.name, label, fact.type, self.run.facts.get(fact.name), options)

    def _option(self, number: int, fact: Fact, key: str) -> AnswerView:
        facts = {**self.facts, fact.name: key}
        to = self._go(self.step, facts) if self.step.go else self.step.id
        return self._answer(number, key, pick(fact.options[key], self.language), to, None, facts)

    def _offers(self) -> Iterator[OfferView]:
        run, decision = self.run, self.run.decision
        refused = {one.code for one in run.declined}
        for one in decision.offered if decision else ():
            code = one["code"]
            translated: Mapping[str, Json] = one["facts"].get(self.language) or {}
            name = str(translated.get("name") or one["name"])
            reasons: Mapping[str, Json] = one["reason_fields"]
            yield OfferView(
                code, one["rung"], name, code == run.presented, code in run.shown, code in refused, one["facts"], one["reason"], reasons
            )

    def _refused(self) -> Iterator[RefusedView]:
        decision = self.run.decision
        for one in decision.refused if decision else ():
            name = one.get("names", {}).get(self.language) or one["name"]
            yield RefusedView(one["code"], one["rung"], name, one["reason"], one["reason_fields"], one.get("until"))

    def _rail(self) -> tuple[PhaseView, ...]:
        """Most presses change nothing of it, and many calls stand at the same place. Only of published flows, which never change."""
        run = self.run
        if not self.flow.version:
            return tuple(self._phases())
        key = (self.flow.id, self.flow.version, tuple(run.visits), run.phase, run.said, self.language)
        kept = _rails.get(key)
        if kept is None:
            if len(_rails) >= _MOST_RAILS:
                _rails.clear()
            kept = _rails[key] = tuple(self._phases())
        return kept

    def _phases(self) -> Iterator[PhaseView]:
        run, steps = self.run, self.flow.steps
        visited = {steps[name].phase for name in run.visits}
        met: dict[Phase, set[str]] = {}
        for name in run.visits:
            for line in steps[name].must_say:
                met.setdefault(steps[name].phase, set()).add(line.name)
        for phase in Phase:
            lines = met.get(phase, set[str]())
            state = "current" if phase == run.phase else "passed" if phase in visited else "ahead"
            yield PhaseView(phase.value, pick(PHASE_LABELS[phase], self.language), state, len(lines), sum(one in run.said for one in lines))
