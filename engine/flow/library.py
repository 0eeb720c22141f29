"""The shared wording that flows use by name: lines, reactions, objections, dispositions, forbidden phrases.

`scripts_library/` holds files of several formats; those this module does not know (scorecards, messages) are left alone.
A broken file is told as findings and left out; the others load.

lines/1:        id: closings / lines: {thanks: {zh: …, en: …}}            → the line `closings.thanks`
reactions/1:    id: reactions / reactions: {standard: {busy: 在忙 -> later}}  → `reactions.standard`
objections/1:   id: telecom / objections: {price: {label, en, signals, acknowledge, explore, responses, forbidden, next_step}}
dispositions/1: id: outcomes / dispositions: {callback: {label, en, …}}
properties/1:   id: telecom / properties: [{never: offer before identity, because: …}]
forbidden/1:    id: retention / phrases: [{code, level, scope, pattern, unless, hint}]
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from engine.flow.definition import Texts
from engine.flow.document import OverlayDocument, ReactionDocument
from engine.flow.findings import Finding, at_key, at_value, did_you_mean, of_duplicates, of_yaml
from engine.flow.library_documents import (
    DispositionsDocument,
    ForbiddenDocument,
    LinesDocument,
    ObjectionDocument,
    ObjectionsDocument,
    OffersDocument,
    PersonasDocument,
    PropertiesDocument,
    ReactionsDocument,
)
from engine.flow.parts import Part, PartDocument, translation_findings
from engine.flow.properties import BadProperty, Property, read_property
from engine.flow.schema_problems import checked
from engine.flow.texts import short
from engine.flow.wording import BadPlaceholder, compile_wording
from engine.yaml_text import BadYaml, Loc, YamlFile, read_yaml

Found = TypeVar("Found", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ForbiddenPhrase:
    """A phrase that must not stand in a script. `level`: competitor (CN-18), l1, l2 or sales."""

    code: str
    level: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    hint: str

    def found_in(self, text: str) -> str | None:
        """The words that break the rule, or None."""
        if self.unless and self.unless.search(text):
            return None
        found = self.pattern.search(text)
        return found.group() if found else None


@dataclass(slots=True)
class Library:
    """Everything flows may use, by name. Filled by `load` and not changed afterwards."""

    lines: dict[str, Texts] = field(default_factory=dict[str, Texts])
    reactions: dict[str, dict[str, ReactionDocument]] = field(default_factory=dict[str, dict[str, ReactionDocument]])
    objections: dict[str, ObjectionDocument] = field(default_factory=dict[str, ObjectionDocument])
    dispositions: dict[str, Texts] = field(default_factory=dict[str, Texts])
    forbidden: list[ForbiddenPhrase] = field(default_factory=list[ForbiddenPhrase])
    offers: set[str] = field(default_factory=set[str])
    """Codes of the offer policies that lie in the library; empty when there are none, and then no code is looked up."""
    files: set[str] = field(default_factory=set[str])
    """The ids of the files that `use` may name."""
    properties: list[Property] = field(default_factory=list[Property])
    """What every path of every flow must keep."""
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    """Shared steps, by the id of their file."""
    findings: list[Finding] = field(default_factory=list[Finding])

    @classmethod
    def load(cls, files: Mapping[str, str]) -> "Library":
        """Read every file of the library: path → text."""
        library = cls()
        translations: list[YamlFile] = []
        for path, text in sorted(files.items()):
            library._take_file(path, text, translations)
        for file in translations:
            library._take_translation(file)
        return library

    def _take_file(self, path: str, text: str, translations: list[YamlFile]) -> None:
        try:
            file = read_yaml(text, path)
        except BadYaml as error:
            self.findings.append(of_yaml(error))
            return
        written: Any = file.data
        kind = str(written.get("format")) if isinstance(file.data, dict) else ""
        if kind == "locale/1":
            translations.append(file)
        take = _KINDS.get(kind)
        if take is not None:
            self.findings += of_duplicates(file)
            take(self, file)

    def _checked(self, model: type[Found], file: YamlFile) -> Found | None:
        value, findings = checked(model, file)
        self.findings += findings
        return value

    def take_lines(self, file: YamlFile) -> None:
        """lines/1."""
        document = self._checked(LinesDocument, file)
        self.files |= {document.id} if document else set()
        for name, line in document.lines.items() if document else ():
            full = f"{document.id}.{name}" if document else name
            loc: Loc = ("lines", name)
            if full in self.lines:
                self.findings.append(at_key(file, loc, "F002", f"“{full}”写了两次", f"{full!r} is written twice"))
            elif self._wording_is_good(file, loc, line.texts()):
                self.lines[full] = line.texts()

    def take_reactions(self, file: YamlFile) -> None:
        """reactions/1."""
        document = self._checked(ReactionsDocument, file)
        self.files |= {document.id} if document else set()
        for name, reactions in document.reactions.items() if document else ():
            self.reactions[f"{document.id}.{name}" if document else name] = reactions

    def take_objections(self, file: YamlFile) -> None:
        """objections/1."""
        document = self._checked(ObjectionsDocument, file)
        for code, objection in document.objections.items() if document else ():
            said = [objection.acknowledge, objection.explore, *objection.responses.values()]
            if all(self._wording_is_good(file, ("objections", code), one.texts()) for one in said if one):
                self.objections[code] = objection

    def take_dispositions(self, file: YamlFile) -> None:
        """dispositions/1."""
        document = self._checked(DispositionsDocument, file)
        for code, entry in document.dispositions.items() if document else ():
            self.dispositions[code] = {"zh": entry.label} | ({"en": entry.en} if entry.en else {})

    def take_offers(self, file: YamlFile) -> None:
        """offers/1: the codes alone; the policy itself is read where offers are decided."""
        document = self._checked(OffersDocument, file)
        self.offers |= set(document.offers) if document else set()

    def take_personas(self, file: YamlFile) -> None:
        """personas/1: only whether it can be read; rehearsals use it."""
        self._checked(PersonasDocument, file)

    def take_part(self, file: YamlFile) -> None:
        """steps/1: shared steps."""
        document = self._checked(PartDocument, file)
        if document is not None:
            self.parts[document.id] = Part(document.id, file)
            self.files.add(document.id)

    def _take_translation(self, file: YamlFile) -> None:
        """locale/1 of shared steps."""
        document = self._checked(OverlayDocument, file)
        part = self.parts.get(document.of) if document else None
        if document is not None and part is not None:
            self.findings += translation_findings(part, document, file)
            part.translations[short(document.locale)] = document.steps
        elif document is not None:
            hint = did_you_mean(document.of, self.parts)
            zh, en = f"没有共用步骤“{document.of}”", f"there are no shared steps {document.of!r}"
            self.findings.append(at_value(file, ("of",), "F504", zh, en, hint))

    def take_properties(self, file: YamlFile) -> None:
        """properties/1."""
        document = self._checked(PropertiesDocument, file)
        for number, written in enumerate(document.properties if document else ()):
            try:
                self.properties.append(read_property(written))
            except BadProperty as error:
                loc: Loc = ("properties", number, written.written()[0][0])
                self.findings.append(at_value(file, loc, "F707", error.zh, str(error), error.hint))

    def take_forbidden(self, file: YamlFile) -> None:
        """forbidden/1: the phrases that scripts are searched for."""
        document = self._checked(ForbiddenDocument, file)
        for number, phrase in enumerate(document.phrases if document else ()):
            if phrase.scope != "script":
                continue
            try:
                unless = re.compile(phrase.unless) if phrase.unless else None
                self.forbidden.append(ForbiddenPhrase(phrase.code, phrase.level, re.compile(phrase.pattern), unless, phrase.hint))
            except re.error as error:
                problem = at_value(file, ("phrases", number, "pattern"), "F007", "正则写得不对", f"not a regular expression: {error}")
                self.findings.append(problem)

    def _wording_is_good(self, file: YamlFile, loc: Loc, texts: Texts) -> bool:
        names: dict[str, set[str]] = {}
        for language, text in texts.items():
            try:
                names[language] = {part.fact for part in compile_wording(text, {}) if hasattr(part, "of_offer") and part.fact}
            except BadPlaceholder as error:
                self.findings.append(at_value(file, (*loc, language), error.code, error.zh, str(error), error.suggestion))
                return False
        if len({frozenset(one) for one in names.values()}) > 1:
            finding = at_value(file, (*loc, "en"), "F503", "译文的占位符和原文不同", "placeholders differ from the original", "")
            self.findings.append(finding)
        return True


_KINDS: dict[str, Callable[[Library, YamlFile], None]] = {
    "lines/1": Library.take_lines,
    "reactions/1": Library.take_reactions,
    "objections/1": Library.take_objections,
    "dispositions/1": Library.take_dispositions,
    "forbidden/1": Library.take_forbidden,
    "offers/1": Library.take_offers,
    "properties/1": Library.take_properties,
    "steps/1": Library.take_part,
    "personas/1": Library.take_personas,
}


def phrase_of_words(words: tuple[str, ...]) -> list[ForbiddenPhrase]:
    """Competitors' names as forbidden phrases (CN-18); which operators are others is a matter of configuration."""
    return [ForbiddenPhrase("competitor", "competitor", re.compile(re.escape(word)), None, "") for word in words]
