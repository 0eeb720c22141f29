"""What an author may write at a place in a flow file: keys, steps, facts, library lines, outcomes, offers.

Pure, and never in the way: a text that is not valid yet is completed all the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.flow.checks_of_words import LAYERS
from engine.flow.disclosing import DISCLOSURE_KEYS
from engine.flow.document import (
    AlwaysDocument,
    BranchDocument,
    ExpectDocument,
    FactDocument,
    FlowDocument,
    OfferDocument,
    OverlayDocument,
    OverlayStepDocument,
    ReactionDocument,
    StepDocument,
    TestDocument,
    TextDocument,
)
from engine.flow.fact_values import FILTERS, FactType
from engine.flow.key_names import KEYS
from engine.flow.library import Library
from engine.flow.outline import ITEM, Here, Outline, begins_at
from engine.flow.phase_machine import Phase
from engine.flow.properties import ALONE, NAMED, PropertyDocument
from engine.offers.offer import Rung

MOST_OPTIONS = 400
METHODS = ("guide", "empathise", "preempt", "comparison", "main_secondary", "experience", "direct", "either_or")
OFFER_FACTS = ("name", "publication_no", "fee", "contains", "term", *DISCLOSURE_KEYS)


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be written: the word itself, what kind of thing it is, what it stands for in Chinese and English."""

    label: str
    kind: str
    zh: str = ""
    en: str = ""
    apply: str = ""
    """What is put into the text, when that is not the word itself."""


@dataclass(frozen=True, slots=True)
class Completions:
    """The options at a place; they replace what stands from `column`, counted from 1, to the cursor."""

    column: int
    options: tuple[Option, ...] = ()


def completions(text: str, line: int, column: int, library: Library, original: str | None = None) -> Completions:
    """What may be written at a line and column, both counted from 1. `original`: the flow's text when `text` is a translation of it."""
    outline = Outline(text)
    if not 1 <= line <= len(outline.lines):
        return Completions(column)
    prefix = outline.lines[line - 1][: max(column - 1, 0)]
    found, token = _Place(outline, line, prefix, library, Outline(original) if original is not None else None).options()
    return Completions(len(prefix) - len(token) + 1, tuple(found)[:MOST_OPTIONS])


_Found = tuple[Iterator[Option], str]
_WORD = re.compile(r"[\w.]*$")
_PLACEHOLDER = re.compile(r"\$\{\s*(?P<name>[\w.]*)$")
_FILTER = re.compile(r"\$\{[^}|]*\|\s*(?P<name>\w*)$")
_ARROW = re.compile(r"->\s*(?P<name>\w*)$")
_BEGUN = re.compile(r"\s*(?:- +)*(?P<name>\w*)$")
_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[\w.]+)\s*:\s+(?P<value>.*)$")
_INNER_KEY = re.compile(r"[{,]\s*(?P<name>\w*)$")
_INNER_VALUE = re.compile(r"[{,]\s*(?P<key>\w+)\s*:\s*(?P<value>\[[^\]]*|[^{}\[\]]*)$")
_MODELS: Mapping[str, type] = {
    "always": AlwaysDocument,
    "offer": OfferDocument,
    "expect": ExpectDocument,
    "say": TextDocument,
}


class _Place:
    """A place in a text, and what may stand there."""

    def __init__(self, outline: Outline, line: int, prefix: str, library: Library, original: Outline | None) -> None:
        self._outline, self._library, self._prefix = outline, library, prefix
        self._flow = original or outline
        self._is_overlay = original is not None
        indent, self._item = begins_at(prefix)
        self._here: Here = outline.here(line, indent)

    def options(self) -> _Found:
        prefix = self._prefix
        if filtered := _FILTER.search(prefix):
            return (Option(name, "filter") for name in FILTERS), filtered["name"]
        if inside := _PLACEHOLDER.search(prefix):
            return self._placeholders(), inside["name"]
        if self._here.in_words or "#" in prefix.split('"')[0]:
            return iter(()), ""
        if arrow := _ARROW.search(prefix):
            return self._steps(), arrow["name"]
        if begun := _BEGUN.fullmatch(prefix):
            return self._keys(), begun["name"]
        if written := _VALUE.match(prefix):
            return self._value(written["key"], written["value"])
        return iter(()), ""

    def _value(self, key: str, value: str) -> _Found:
        token = _WORD.search(value)
        word = token.group() if token else ""
        inner = _INNER_VALUE.search(value) if value.startswith("{") else None
        if inner:
            return self._of((*self._here.path, key), inner["key"]), word
        if value.startswith("{") and (begun := _INNER_KEY.search(value)):
            return self._inside((*self._here.path, key)), begun["name"]
        return self._of(self._here.path, key), word

    # ---------------------------------------------------------------- keys

    def _keys(self) -> Iterator[Option]:
        path = (*self._here.path, *((ITEM,) if self._item else ()))
        there = set(self._outline.below(*path)) if not self._item else set[str]()
        yield from (one for one in self._inside(path) if one.label not in there)

    def _inside(self, path: tuple[str, ...]) -> Iterator[Option]:
        """The keys below a path."""
        if self._is_overlay:
            yield from self._inside_overlay(path)
        elif not path:
            yield from _fields(FlowDocument)
        elif path[0] in Phase.__members__:
            yield from self._inside_phase(path)
        elif path[0] == "facts" and len(path) == 2:
            yield from _fields(FactDocument)
        elif path == ("properties", ITEM):
            yield from _fields(PropertyDocument)
        elif path == ("tests", ITEM):
            yield from _fields(TestDocument)
        elif path[-1] in ("given", "facts") and path[0] == "tests":
            yield from self._facts()
        elif path[-1] in _MODELS:
            yield from _fields(_MODELS[path[-1]])

    def _inside_phase(self, path: tuple[str, ...]) -> Iterator[Option]:
        if len(path) == 1:
            yield from (Option(name, "step", "还没写的步骤", "led to, not written yet", f"{name}:") for name in self._missing())
        elif len(path) == 2:
            yield from _fields(StepDocument, but=("hear.use",))
        elif path[2] == "hear" and len(path) == 3:
            yield Option("accept", "answer", "接受", "yes", "accept: ")
            yield Option("reject", "answer", "不要", "no", "reject: ")
            yield from (Option(one.label, "answer", one.zh, one.en, f"{one.label}: ") for one in self._objections())
            yield Option("use", "key", "用话术库里的一组回应", "a set of answers from the library", "use: ")
        elif path[2] == "hear":
            yield from _fields(ReactionDocument)
        elif path[2:] == ("go", ITEM):
            yield from _fields(BranchDocument)
        elif path[-1] in _MODELS:
            yield from _fields(_MODELS[path[-1]])

    def _inside_overlay(self, path: tuple[str, ...]) -> Iterator[Option]:
        if not path:
            yield from _fields(OverlayDocument)
        elif path == ("steps",):
            yield from (Option(one.label, "step", one.zh, one.en, f"{one.label}:") for one in self._steps())
        elif path[0] == "steps" and len(path) == 2:
            yield from _fields(OverlayStepDocument)
        elif path[0] == "steps" and path[2:] == ("hear",):
            phase = self._flow.steps().get(path[1], "")
            yield from (Option(key, "answer", apply=f"{key}: ") for key in self._flow.below(phase, path[1], "hear"))
        elif path == ("facts",):
            yield from self._facts()

    def _missing(self) -> Iterator[str]:
        """The steps that something leads to and nobody has written."""
        there = self._outline.steps()
        led_to = (found["name"] for line in self._outline.lines if (found := _ARROW.search(line.split(" #")[0].rstrip())))
        yield from dict.fromkeys(name for name in led_to if name and name not in there)

    # ---------------------------------------------------------------- values

    def _of(self, path: tuple[str, ...], key: str) -> Iterator[Option]:
        """What the value of a key may be."""
        if key == "use":
            return self._uses(path)
        if path and path[0] == "properties":
            return self._happenings()
        if key == "offered":
            return self._offers()
        by_key: Mapping[str, Callable[[], Iterator[Option]]] = {
            **dict.fromkeys(("go", "to", "else", "none", "cancel", "do_not_call"), self._steps),
            "ask": self._asked,
            "when": self._facts,
            "handles": self._objections,
            "must_say": self._lines,
            "end": self._outcomes,
            "path": self._answers,
            "rungs": lambda: (Option(one, "rung") for one in Rung),
            "codes": self._offers,
            "disclosures": lambda: (Option(one, "disclosure") for one in DISCLOSURE_KEYS),
            "confirms": lambda: iter((Option("identity", "word", "核实机主", "the holder"), Option("consent", "word", "同意", "consent"))),
            "record": lambda: iter((Option("pause", "word", "录音暂停", "paused"),)),
            "layer": lambda: (Option(one, "word") for one in LAYERS),
            "method": lambda: (Option(one, "word") for one in METHODS),
            "type": lambda: (Option(one, "word") for one in FactType),
            "from": lambda: (Option(one, "word") for one in ("session", "customer")),
            "format": lambda: (Option(one, "word") for one in ("flow/1", "locale/1")),
            "locale": lambda: (Option(one, "word") for one in ("zh-CN", "en")),
        }
        if key in by_key:
            return by_key[key]()
        if path and path[-1] == "go":
            return self._steps()
        return iter(())

    def _uses(self, path: tuple[str, ...]) -> Iterator[Option]:
        if not path:
            return (Option(name, "file") for name in sorted(self._library.files))
        if path[-1] == "hear":
            return (Option(name, "answers") for name in sorted(self._library.reactions))
        return self._lines()

    def _steps(self) -> Iterator[Option]:
        for step, phase in self._flow.steps().items():
            yield Option(step, "step", self._flow.title(step), phase)
        for name in self._flow_uses():
            part = self._library.parts.get(name)
            for phase in Phase if part else ():
                written = part.file.data.get(phase.value) if part else None
                yield from (Option(str(step), "step", "话术库的共用步骤", "shared, from the library") for step in written or ())

    def _flow_uses(self) -> list[str]:
        written = next((key.value for key in self._flow.keys if key.path == ("use",)), "")
        return re.findall(r"\w+", written)

    def _answers(self) -> Iterator[Option]:
        for step, phase in self._flow.steps().items():
            for key in self._flow.below(phase, step, "hear"):
                yield Option(f"{step}.{key}", "answer", self._flow.title(step))
            asked = next((key.value for key in self._flow.keys if key.path == (phase, step, "ask")), "").split(" ")[0]
            yield from (Option(f"{step}.{key}", "answer") for key in self._flow.below("facts", asked, "options"))
        yield from (Option(word, "word") for word in ("cancel", "do_not_call", "back"))

    def _facts(self) -> Iterator[Option]:
        for name in self._flow.below("facts"):
            label = next((key.value for key in self._flow.keys if key.path == ("facts", name, "label")), "")
            inline = next((key.value for key in self._flow.keys if key.path == ("facts", name)), "")
            found = re.search(r"label:\s*([^,}]*)", inline)
            yield Option(name, "fact", label or (found[1].strip() if found else ""))

    def _asked(self) -> Iterator[Option]:
        known = {key.path[1] for key in self._flow.keys if key.path[:1] == ("facts",) and key.path[2:] == ("from",)}
        inline = {key.path[1] for key in self._flow.keys if key.path[:1] == ("facts",) and len(key.path) == 2 and "from:" in key.value}
        return (one for one in self._facts() if one.label not in known | inline)

    def _placeholders(self) -> Iterator[Option]:
        yield from self._facts()
        yield from (Option(f"offer.{name}", "fact", "方案", "of the offer") for name in OFFER_FACTS)

    def _lines(self) -> Iterator[Option]:
        for name, texts in sorted(self._library.lines.items()):
            yield Option(name, "line", texts.get("zh", "").strip()[:60], texts.get("en", "").strip()[:60])

    def _outcomes(self) -> Iterator[Option]:
        return (Option(code, "outcome", texts.get("zh", ""), texts.get("en", "")) for code, texts in self._library.dispositions.items())

    def _objections(self) -> Iterator[Option]:
        return (Option(code, "objection", one.label, one.en or "") for code, one in self._library.objections.items())

    def _offers(self) -> Iterator[Option]:
        return (Option(code, "offer") for code in sorted(self._library.offers))

    def _happenings(self) -> Iterator[Option]:
        yield from (Option(word, "word") for word in dict.fromkeys((*ALONE, *NAMED, "before", "after")))
        yield from self._lines()
        yield from self._steps()


def _fields(model: type, but: tuple[str, ...] = ()) -> Iterator[Option]:
    for name, field in getattr(model, "model_fields", {}).items():
        key = field.alias or name
        if key not in but and key != "en" and key != "text":
            yield Option(key, "key", *KEYS.get(key, ("", "")), f"{key}: ")
