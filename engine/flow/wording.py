"""What the agent says: text with placeholders `${fact}` or `${fact | money}`, compiled once, filled in per call.

An allow-list over Jinja2's parser: text, names, `offer.<name>` and one of the fixed filters, nothing else. Filling in runs no template
engine: it is a walk over a short list of parts. `**strong**` marks emphasis.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from engine.events.envelope import Json
from engine.flow.fact_values import FILTERS, OWN_FILTER, FactType, Shown, show_plain
from engine.flow.texts import pick

OFFER = "offer"
_MISSING = "\0missing"
_LONGEST_PLACEHOLDER = 200
"""Deeply nested brackets would overrun the parser."""
_INSIDE = re.compile(r"\$\{([^}]*)")
_STRONG = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?=\s|$)")
_PARSER = Environment(  # noqa: S701 - it only parses; nothing is rendered
    variable_start_string="${",
    variable_end_string="}",
    block_start_string="\0{",
    block_end_string="\0}",
    comment_start_string="\0#",
    comment_end_string="\0#",
    keep_trailing_newline=False,
)


class BadPlaceholder(ValueError):
    """A placeholder is not of the allowed form; `code` is F103 (form) or F104 (code inside)."""

    def __init__(self, code: str, zh: str, en: str, suggestion: str = "") -> None:
        super().__init__(en)
        self.code, self.zh, self.en, self.suggestion = code, zh, en, suggestion


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a sentence. `fact` names the fact it was filled in from; `missing`: the fact is not known, `text` names it visibly."""

    text: str
    fact: str | None = None
    emphasis: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place to fill in: a fact, or with `of_offer` a fact of the presented offer."""

    name: str
    of_offer: bool
    show: Shown
    emphasis: bool
    options: Mapping[str, Mapping[str, str]]

    @property
    def fact(self) -> str:
        """The name as written, e.g. `monthly_fee` or `offer.fee`."""
        return f"{OFFER}.{self.name}" if self.of_offer else self.name


Part = Segment | Placeholder
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FactKind:
    """What filling in needs to know of a declared fact: its type, and the labels of its options by language."""

    type: FactType
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in one or more languages, the original first, with its compiled parts and those of its first sentence."""

    texts: Mapping[str, str]
    parts: Mapping[str, Parts]
    first: Mapping[str, Parts]

    @classmethod
    def of(cls, texts: Mapping[str, str], kinds: Mapping[str, FactKind]) -> "Wording":
        """Compile. Raises BadPlaceholder."""
        parts = {language: compile_wording(text, kinds) for language, text in texts.items()}
        return cls(dict(texts), parts, {language: first_sentence(compiled) for language, compiled in parts.items()})

    def render(self, facts: Mapping[str, Json], language: str) -> list[Segment]:
        """The text filled in, in this language or else the original's."""
        return render(pick(self.parts, language), facts, language)

    def opening(self, facts: Mapping[str, Json], language: str) -> list[Segment]:
        """The first sentence, filled in."""
        return render(pick(self.first, language), facts, language)

    def names(self, language: str | None = None) -> tuple[str, ...]:
        """The facts used, as written, in order; of the original without a language."""
        parts = next(iter(self.parts.values())) if language is None else self.parts[language]
        return tuple(part.fact for part in parts if isinstance(part, Placeholder))


def render(parts: Parts, facts: Mapping[str, Json], language: str) -> list[Segment]:
    """Fill in. `facts["offer"]` holds the presented offer's facts. An unknown fact becomes a visible segment with `missing`."""
    return [part if isinstance(part, Segment) else _filled(part, facts, language) for part in parts]


def plain(segments: list[Segment]) -> str:
    """The sentence as one string."""
    return "".join(segment.text for segment in segments)


def _filled(place: Placeholder, facts: Mapping[str, Json], language: str) -> Segment:
    value = _offer_value(place.name, facts, language) if place.of_offer else facts.get(place.name)
    if value is None or value == "":
        return Segment(f"[{place.fact}]", place.fact, place.emphasis, missing=True)
    if place.options:
        option = place.options.get(value)
        text = pick(option, language) if option else str(value)
    else:
        text = place.show(value, language, facts)
    return Segment(text, place.fact, place.emphasis)


def _offer_value(name: str, facts: Mapping[str, Json], language: str) -> Json:
    offer: Mapping[str, Json] = facts.get(OFFER) or {}
    translated: Mapping[str, Json] = offer.get(language) or {}
    return translated[name] if name in translated else offer.get(name)


def compile_wording(text: str, kinds: Mapping[str, FactKind]) -> Parts:
    """The parts of a text. `kinds` gives facts their own way of being shown. Raises BadPlaceholder."""
    parts: list[Part] = []
    position = 0
    clean = text.strip("\n")
    for found in _STRONG.finditer(clean):
        parts += _plain_parts(clean[position : found.start()], kinds, False)
        parts += _plain_parts(found[1], kinds, True)
        position = found.end()
    return tuple(parts + _plain_parts(clean[position:], kinds, False))


def _plain_parts(text: str, kinds: Mapping[str, FactKind], emphasis: bool) -> list[Part]:
    parts: list[Part] = []
    for raw in _pieces(text):
        if isinstance(raw, str):
            parts.append(Segment(raw, None, emphasis))
        else:
            parts.append(_placeholder(raw[0], raw[1], kinds, emphasis))
    return parts


def _placeholder(name: str, filter_name: str | None, kinds: Mapping[str, FactKind], emphasis: bool) -> Placeholder:
    of_offer = name.startswith(f"{OFFER}.")
    kind = None if of_offer else kinds.get(name)
    show = FILTERS[filter_name] if filter_name else OWN_FILTER.get(kind.type, show_plain) if kind else show_plain
    options: Mapping[str, Mapping[str, str]] = kind.options if kind and not filter_name else {}
    return Placeholder(name.removeprefix(f"{OFFER}."), of_offer, show, emphasis, options)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str | tuple[str, str | None], ...]:
    if "${" not in text:
        return (text,) if text else ()
    if any(len(inside) > _LONGEST_PLACEHOLDER for inside in _INSIDE.findall(text)):
        raise _malformed("too long")
    try:
        tree = _PARSER.parse(text)
    except TemplateSyntaxError as error:
        raise _malformed(str(error.message)) from None
    pieces: list[str | tuple[str, str | None]] = []
    for output in tree.body:
        if not isinstance(output, nodes.Output):
            raise _code_inside(type(output).__name__)
        pieces += [_piece(node) for node in output.nodes]
    return tuple(pieces)


def _malformed(problem: str) -> BadPlaceholder:
    return BadPlaceholder("F103", "占位符写得不对", f"bad placeholder: {problem}", "写成 ${变量} 或 ${变量 | money}")


def _piece(node: nodes.Expr) -> str | tuple[str, str | None]:
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Filter):
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
            raise _code_inside("Filter")
        if node.name not in FILTERS:
            raise BadPlaceholder("F103", f"没有“{node.name}”这种格式", f"unknown filter {node.name}", f"可用：{'、'.join(FILTERS)}")
        return _name(node.node), node.name
    return _name(node), None


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == OFFER and not node.attr.startswith("_"):
        return f"{OFFER}.{node.attr}"
    raise _code_inside(type(node).__name__)


def _code_inside(what: str) -> BadPlaceholder:
    return BadPlaceholder(
        "F104", f"占位符里只能写变量名，不能写程序（{what}）", f"only a fact may stand in a placeholder, not code ({what})"
    )


def first_sentence(parts: Parts) -> Parts:
    """The parts up to the end of the first sentence."""
    kept: list[Part] = []
    for part in parts:
        found = _SENTENCE_END.search(part.text) if isinstance(part, Segment) else None
        if found and isinstance(part, Segment):
            kept.append(Segment(part.text[: found.end()].rstrip("\n"), part.fact, part.emphasis))
            break
        kept.append(part)
    return tuple(kept)
