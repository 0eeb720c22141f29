"""Translations: `<id>.<language>.yaml` beside a flow, keyed by its step ids, each with the fingerprint of what it was made from."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.flow.definition import Fact, Flow, Reaction, Step, Texts
from engine.flow.document import OverlayDocument
from engine.flow.findings import Finding, Severity, at_key, at_value, did_you_mean, of_duplicates, of_yaml
from engine.flow.schema_problems import checked
from engine.flow.texts import short
from engine.flow.wording import BadPlaceholder, FactKind, Wording
from engine.yaml_text import BadYaml, Loc, YamlFile, read_yaml

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A translation. `steps`: step → field (say, tip, title, hear.<key>) → text; `options`: fact → option → label."""

    of: str
    language: str
    title: str | None
    steps: Mapping[str, Mapping[str, str]]
    fact_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


@dataclass(frozen=True, slots=True)
class OverlayReading:
    """An overlay, or None when it cannot be used, and what is wrong with it."""

    overlay: Overlay | None
    findings: tuple[Finding, ...]


def fingerprint(step: Step) -> str:
    """Of the texts written in the step itself: "h" and six hex digits; changes with any of them."""
    own = "\n".join(f"{name}={text.strip()}" for name, text in sorted(step.own_texts.items()))
    return "h" + hashlib.sha256(own.encode()).hexdigest()[:6]


def read_overlay(text: str, path: str, flow: Flow) -> OverlayReading:
    """Read and check a translation of a flow (F001-F003, F103, F104, F501-F506)."""
    try:
        file = read_yaml(text, path)
    except BadYaml as error:
        return OverlayReading(None, (of_yaml(error),))
    document, findings = checked(OverlayDocument, file)
    findings = of_duplicates(file) + findings
    if document is None:
        return OverlayReading(None, tuple(findings))
    overlay = _overlay(document)
    if overlay.of != flow.id:
        findings.append(at_value(file, ("of",), "F504", f"这不是“{flow.id}”的译文", f"this does not translate {flow.id!r}"))
    if overlay.language == short(flow.locale):
        zh, en = "译文的语言和原文一样", "this is the original's own language"
        findings.append(at_value(file, ("locale",), "F505", zh, en, "locale: en"))
    findings += _Check(flow, overlay, document, file).findings()
    usable = not any(finding.severity is Severity.error for finding in findings)
    return OverlayReading(overlay if usable else None, tuple(findings))


def _overlay(document: OverlayDocument) -> Overlay:
    steps: dict[str, dict[str, str]] = {}
    for name, step in document.steps.items():
        texts = {"say": step.say, "tip": step.tip, "title": step.title} | {f"hear.{key}": label for key, label in step.hear.items()}
        steps[name] = {field_name: text for field_name, text in texts.items() if text}
    labels = {name: fact.label for name, fact in document.facts.items() if fact.label}
    options = {name: dict(fact.options) for name, fact in document.facts.items()}
    return Overlay(document.of, short(document.locale), document.title, steps, labels, options)


class _Check:
    """The translation rules F501 to F504, and the form of placeholders."""

    def __init__(self, flow: Flow, overlay: Overlay, document: OverlayDocument, file: YamlFile) -> None:
        self._flow, self._overlay, self._document, self._file = flow, overlay, document, file

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for name, texts in self._overlay.steps.items():
            step = self._flow.steps.get(name)
            if step is None:
                hint = did_you_mean(name, self._flow.steps)
                found.append(at_key(self._file, ("steps", name), "F504", f"步骤“{name}”已经没有了", f"there is no step {name!r}", hint))
            else:
                found += self._of_step(step, texts)
        return found + self._untranslated() + self._of_facts()

    def _of_step(self, step: Step, texts: Mapping[str, str]) -> list[Finding]:
        found: list[Finding] = []
        for name, text in texts.items():
            loc: Loc = ("steps", step.id, *name.split(".", 1))
            if name not in step.own_texts and name != "title":
                zh, en = f"原文没有“{name}”，译文用不上", f"the original has no {name!r} of its own"
                found.append(at_value(self._file, loc, "F504", zh, en))
            elif name in ("say", "tip"):
                found += self._placeholders(text, step.own_texts.get(name, ""), loc)
            if self._overlay.language == "en" and (left := _CHINESE.search(text)):
                zh, en = f"英文里还有中文“{left[0]}”", f"Chinese is left in the English: {left[0]!r}"
                found.append(at_value(self._file, loc, "F506", zh, en, "", Severity.warning))
        src = self._document.steps[step.id].src
        if src is not None and src != fingerprint(step):
            zh, en = "原文改过了，请核对译文", "the original changed since this was translated"
            found.append(at_value(self._file, ("steps", step.id, "src"), "F502", zh, en, f"src: {fingerprint(step)}", Severity.warning))
        return found

    def _placeholders(self, text: str, original: str, loc: Loc) -> list[Finding]:
        try:
            names = set(Wording.of({"x": text}, {}).names())
        except BadPlaceholder as error:
            return [at_value(self._file, loc, error.code, error.zh, str(error), error.suggestion)]
        wanted = set(_names_of(original))
        if names == wanted:
            return []
        missing, extra = sorted(wanted - names), sorted(names - wanted)
        told = "；".join(([f"缺少 {'、'.join(missing)}"] if missing else []) + ([f"多出 {'、'.join(extra)}"] if extra else []))
        return [
            at_value(self._file, loc, "F503", f"译文的占位符和原文不同：{told}", f"placeholders differ: missing {missing}, extra {extra}")
        ]

    def _untranslated(self) -> list[Finding]:
        found: list[Finding] = []
        for step in self._flow.steps.values():
            texts = self._overlay.steps.get(step.id, {})
            lacking = [name for name in step.own_texts if name not in texts and not self._has_label(step, name)]
            if lacking:
                told = "、".join(lacking)
                zh, en = f"步骤“{step.id}”没有译文：{told}", f"step {step.id!r} is not translated: {', '.join(lacking)}"
                found.append(at_key(self._file, ("steps", step.id), "F501", zh, en, "", Severity.warning))
        return found

    def _has_label(self, step: Step, name: str) -> bool:
        if not name.startswith("hear."):
            return False
        reaction = step.reaction(name.removeprefix("hear."))
        return reaction is not None and self._overlay.language in reaction.label

    def _of_facts(self) -> list[Finding]:
        found: list[Finding] = []
        for name in {*self._overlay.fact_labels, *self._overlay.options}:
            fact = self._flow.facts.get(name)
            if fact is None:
                hint = did_you_mean(name, self._flow.facts)
                found.append(at_key(self._file, ("facts", name), "F504", f"没有变量“{name}”", f"there is no fact {name!r}", hint))
                continue
            for option in self._overlay.options.get(name, {}):
                if option not in fact.options:
                    loc: Loc = ("facts", name, "options", option)
                    hint = did_you_mean(option, fact.options)
                    found.append(at_key(self._file, loc, "F504", f"没有选项“{option}”", f"there is no option {option!r}", hint))
        for fact in self._flow.facts.values():
            lacking = [key for key in fact.options if key not in self._overlay.options.get(fact.name, {})]
            if lacking:
                zh, en = f"选项没有译文：{'、'.join(lacking)}", f"options not translated: {', '.join(lacking)}"
                found.append(at_key(self._file, ("facts", fact.name), "F501", zh, en, "", Severity.warning))
        return found


def _names_of(text: str) -> tuple[str, ...]:
    try:
        return Wording.of({"x": text}, {}).names()
    except BadPlaceholder:
        return ()


def with_overlay(flow: Flow, overlay: Overlay) -> Flow:
    """The flow with a translation laid over it; what it does not translate keeps its original."""
    language = overlay.language
    facts = {name: _fact(fact, overlay) for name, fact in flow.facts.items()}
    kinds = {name: fact.kind for name, fact in facts.items()}
    steps = {name: _step(step, overlay.steps.get(name, {}), language, kinds) for name, step in flow.steps.items()}
    languages = tuple(dict.fromkeys((*flow.languages, language)))
    title = _merged(flow.title, language, overlay.title)
    return replace(flow, title=title, languages=languages, facts=facts, steps=steps)


def _merged(texts: Texts, language: str, text: str | None) -> Texts:
    return {**texts, language: text} if text else texts


def _fact(fact: Fact, overlay: Overlay) -> Fact:
    labels = overlay.options.get(fact.name, {})
    options = {key: _merged(label, overlay.language, labels.get(key)) for key, label in fact.options.items()}
    return replace(fact, label=_merged(fact.label, overlay.language, overlay.fact_labels.get(fact.name)), options=options)


def _step(step: Step, texts: Mapping[str, str], language: str, kinds: Mapping[str, FactKind]) -> Step:
    def worded(wording: Wording | None, name: str) -> Wording | None:
        # Recompiled even when untranslated: an option's label may have been, and wording shows options by label.
        return Wording.of(_merged(wording.texts, language, texts.get(name)), kinds) if wording else None

    def reaction(one: Reaction) -> Reaction:
        return replace(one, label=_merged(one.label, language, texts.get(f"hear.{one.key}")))

    return replace(
        step,
        title=_merged(step.title, language, texts.get("title")),
        say=worded(step.say, "say"),
        tip=worded(step.tip, "tip"),
        hear=tuple(reaction(one) for one in step.hear),
    )
