"""From a validated document to a Flow: library wording resolved, wording and conditions compiled, each mistake told at its place."""

from collections.abc import Mapping

from engine.flow.conditions import BadCondition, Condition, compile_condition
from engine.flow.definition import (
    Disclosure,
    EmbeddedTest,
    Fact,
    Flow,
    GoBranch,
    Line,
    Objection,
    OfferClause,
    Reaction,
    Step,
    Texts,
    accepting_steps,
    agreeing_steps,
)
from engine.flow.disclosing import standard_disclosures
from engine.flow.document import FlowDocument, ReactionDocument, StepDocument, TestDocument, TextDocument
from engine.flow.findings import Finding, at_key, at_value, did_you_mean
from engine.flow.library import Library
from engine.flow.library_documents import ObjectionDocument
from engine.flow.phase_machine import Phase
from engine.flow.texts import short
from engine.flow.wording import BadPlaceholder, Wording
from engine.yaml_text import Loc, YamlFile


class Builder:
    """Builds one flow and keeps what is wrong with it. `places` tells where each step stands."""

    def __init__(self, document: FlowDocument, file: YamlFile, library: Library) -> None:
        self.findings: list[Finding] = []
        self.places: dict[str, Loc] = {}
        self._document, self._file, self._library = document, file, library
        self._language = short(document.locale)
        self._facts = {
            name: Fact(
                name,
                fact.type,
                fact.source,
                self._texts(fact.label) if fact.label else {},
                {key: self._texts(label) for key, label in fact.options.items()},
            )
            for name, fact in document.facts.items()
        }
        self._kinds = {name: fact.kind for name, fact in self._facts.items()}
        self._types = {name: fact.type for name, fact in self._facts.items()}

    def flow(self) -> Flow:
        """The flow; usable when `findings` stays free of errors."""
        document, steps = self._document, self._steps()
        return Flow(
            document.id,
            document.locale,
            self._texts(document.title),
            (self._language,),
            self._facts,
            document.always.cancel,
            document.always.do_not_call,
            steps,
            next(iter(document.opening)),
            self._disclosures(),
            {code: self._objection(code, one) for code, one in self._library.objections.items()},
            tuple(_test(test) for test in document.tests),
            accepting_steps(steps),
            agreeing_steps(steps),
        )

    def _texts(self, text: str) -> Texts:
        return {self._language: text}

    def _steps(self) -> dict[str, Step]:
        steps: dict[str, Step] = {}
        for phase in Phase:
            phase_steps: Mapping[str, StepDocument] = getattr(self._document, phase.value)
            for name, written in phase_steps.items():
                loc: Loc = (phase.value, name)
                if name in steps:
                    self.findings.append(at_key(self._file, loc, "F002", f"步骤“{name}”写了两次", f"step {name!r} is written twice"))
                    continue
                self.places[name] = loc
                steps[name] = self._step(name, phase, written, loc)
        return steps

    def _step(self, name: str, phase: Phase, written: StepDocument, loc: Loc) -> Step:
        told = self._translated(name)
        say = self._say(written.say, (*loc, "say"), told.get("say", {}))
        offer = written.offer
        return Step(
            name,
            phase,
            self._title(written) | told.get("title", {}),
            say,
            self._wording({**self._texts(written.tip), **told.get("tip", {})}, (*loc, "tip")) if written.tip else None,
            self._lines(written.must_say, (*loc, "must_say")),
            written.confirms,
            written.ask,
            OfferClause(tuple(offer.rungs), tuple(offer.codes), offer.none) if offer else None,
            tuple(written.disclosures),
            written.record == "pause",
            written.layer,
            written.method,
            self._hear(written, loc, told),
            tuple(GoBranch(one.to, self._condition(one.when, (*loc, "go", n, "when"))) for n, one in enumerate(written.go)),
            written.handles,
            written.tries,
            written.otherwise,
            written.end,
            {field: text for field, text in _own_texts(written).items() if field not in told},
        )

    def _translated(self, step: str) -> dict[str, dict[str, str]]:
        """The translations of a shared step: field (say, tip, title, hear.<key>) → language → text."""
        origin: str | None = getattr(self._file, "parts", {}).get(step)
        found: dict[str, dict[str, str]] = {}
        for language, steps in self._library.parts[origin].translations.items() if origin else ():
            one = steps.get(step)
            if one is None or language == self._language:
                continue
            texts = {"say": one.say, "tip": one.tip, "title": one.title} | {f"hear.{key}": text for key, text in one.hear.items()}
            for field, text in texts.items():
                if text:
                    found.setdefault(field, {})[language] = text
        return found

    def _title(self, written: StepDocument) -> dict[str, str]:
        if written.title:
            return dict(self._texts(written.title))
        return dict(self._library.dispositions.get(written.end or "", {}))

    def _say(self, written: TextDocument | None, loc: Loc, translated: Texts) -> Wording | None:
        if written is None:
            return None
        if written.use is not None:
            texts = self._line_texts(written.use, (*loc, "use"))
            return self._wording(texts, loc) if texts else None
        return self._wording({**self._texts(written.text or ""), **translated}, loc)

    def _line_texts(self, name: str, loc: Loc) -> Texts | None:
        texts = self._library.lines.get(name)
        if texts is None:
            hint = did_you_mean(name, self._library.lines)
            self.findings.append(at_value(self._file, loc, "F102", f"话术库里没有“{name}”", f"no line {name!r} in the library", hint))
            return None
        if name.split(".", 1)[0] not in self._document.use:
            zh, en = f"“{name}”的文件没有写在 use 里", f"the file of {name!r} is not named in `use`"
            self.findings.append(at_value(self._file, loc, "F102", zh, en, f"use 里加上 {name.split('.', 1)[0]}"))
        return self._own_first(texts)

    def _own_first(self, texts: Texts) -> Texts:
        own = {self._language: texts[self._language]} if self._language in texts else {}
        return {**own, **texts}

    def _lines(self, names: list[str], loc: Loc) -> tuple[Line, ...]:
        lines: list[Line] = []
        for number, name in enumerate(names):
            texts = self._line_texts(name, (*loc, number))
            wording = self._wording(texts, (*loc, number)) if texts else None
            if wording:
                lines.append(Line(name, wording))
        return tuple(lines)

    def _hear(self, written: StepDocument, loc: Loc, translated: Mapping[str, Texts]) -> tuple[Reaction, ...]:
        spoken: Mapping[str, ReactionDocument] = written.hear
        if written.hear_use is not None:
            shared = self._library.reactions.get(written.hear_use)
            if shared is None:
                hint = did_you_mean(written.hear_use, self._library.reactions)
                zh, en = f"话术库里没有“{written.hear_use}”", f"no reactions {written.hear_use!r} in the library"
                self.findings.append(at_value(self._file, (*loc, "hear", "use"), "F102", zh, en, hint))
            spoken = shared or {}
        return tuple(
            Reaction(
                key,
                {self._language: one.label} | ({"en": one.en} if one.en else {}) | dict(translated.get(f"hear.{key}", {})),
                one.go,
                self._condition(one.when, (*loc, "hear", key, "when")),
            )
            for key, one in spoken.items()
        )

    def _condition(self, source: str | None, loc: Loc) -> Condition | None:
        if source is None:
            return None
        try:
            return compile_condition(source, self._types)
        except BadCondition as error:
            found = at_value(self._file, loc, "F105", "条件写得不对", f"bad condition: {error.problem}", '写法如 leave_reason == "price"')
            moved = Finding(
                found.code,
                found.severity,
                found.path,
                found.line,
                found.column + error.column - 1,
                found.message_zh,
                found.message_en,
                found.suggestion,
            )
            self.findings.append(moved)
            return None

    def _wording(self, texts: Texts, loc: Loc) -> Wording | None:
        try:
            return Wording.of(texts, self._kinds)
        except BadPlaceholder as error:
            self.findings.append(at_value(self._file, loc, error.code, error.zh, str(error), error.suggestion))
            return None

    def _disclosures(self) -> dict[str, Disclosure]:
        """The five standard ones, reworded by a library line `disclosures.<key>` where there is one, and the flow's own."""
        found = standard_disclosures()
        for name, loc in self._named_disclosures().items():
            texts = self._library.lines.get(f"disclosures.{name}")
            if texts is None and name not in found:
                hint = did_you_mean(name, found)
                self.findings.append(at_value(self._file, loc, "F102", f"没有“{name}”这项说明", f"no disclosure {name!r}", hint))
        for name in {*found, *self._named_disclosures()}:
            texts = self._library.lines.get(f"disclosures.{name}")
            wording = self._wording(self._own_first(texts), ("use",)) if texts else None
            if wording:
                label = found[name].label if name in found else {self._language: name}
                found[name] = Disclosure(name, label, wording)
        return found

    def _named_disclosures(self) -> dict[str, Loc]:
        named: dict[str, Loc] = {}
        for phase in Phase:
            phase_steps: Mapping[str, StepDocument] = getattr(self._document, phase.value)
            for step, written in phase_steps.items():
                for number, key in enumerate(written.disclosures):
                    named.setdefault(key, (phase.value, step, "disclosures", number))
        return named

    def _objection(self, code: str, written: ObjectionDocument) -> Objection:
        return Objection(
            code,
            {"zh": written.label} | ({"en": written.en} if written.en else {}),
            tuple(written.signals),
            Wording.of(written.acknowledge.texts(), self._kinds) if written.acknowledge else None,
            Wording.of(written.explore.texts(), self._kinds) if written.explore else None,
            {reason: Wording.of(one.texts(), self._kinds) for reason, one in written.responses.items()},
            tuple(written.forbidden),
            written.next_step.texts() if written.next_step else {},
        )


def _own_texts(written: StepDocument) -> dict[str, str]:
    own = {"title": written.title, "say": written.say.text if written.say else None, "tip": written.tip}
    own |= {f"hear.{key}": one.label for key, one in written.hear.items()}
    return {name: text for name, text in own.items() if text}


def _test(written: TestDocument) -> EmbeddedTest:
    expect = written.expect
    offered = tuple(expect.offered) if expect.offered is not None else None
    return EmbeddedTest(written.name, written.as_of, dict(written.given), tuple(written.path), expect.end, offered, dict(expect.facts))
