"""The wording of a flow beside its translation, one row per text, read from the files as they are: half a flow has rows too.

A step's texts carry one fingerprint (`src` in the translation). When it is no longer that of the original, the lines that changed are found
by an earlier original that still has it; without one, every line of the step is to be looked at.
"""

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from engine.flow.phase_machine import Phase
from engine.flow.texts import short
from engine.yaml_text import BadYaml, read_yaml

STEP_FIELDS = ("title", "say", "tip")
_TOKEN = re.compile(r"\$\{[^}]*\}|[A-Za-z0-9_.'’-]+|\s+|.", re.DOTALL)
LOCALES = {"zh": "zh-CN", "en": "en"}


class Kind(StrEnum):
    """What a text belongs to."""

    flow = "flow"
    fact = "fact"
    step = "step"


class LineState(StrEnum):
    """How a translated line stands: stale means the original changed since, or may have."""

    ok = "ok"
    stale = "stale"
    missing = "missing"


@dataclass(frozen=True, slots=True, order=True)
class TextPlace:
    """Where a text stands: a step's `say`, `tip`, `title` or `hear.<key>`; a fact's `label` or `option.<key>`; the flow's `title`."""

    kind: Kind
    name: str
    field: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{self.field}"

    @classmethod
    def read(cls, written: str) -> "TextPlace | None":
        """The place a row was written with, or None for something else."""
        kind, _, rest = written.strip().partition(":")
        name, _, text_field = rest.partition(":")
        return cls(Kind(kind), name, text_field) if kind in Kind.__members__ and text_field else None

    @property
    def takes_placeholders(self) -> bool:
        """Whether `${fact}` may stand there: what is said and what the agent is told."""
        return self.kind is Kind.step and self.field in ("say", "tip")

    @property
    def one_line(self) -> bool:
        """Whether the text is a label, without line breaks."""
        return not self.takes_placeholders


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One text. `was`: what the original said when this was translated, where that is known and differs."""

    place: TextPlace
    phase: str
    step_title: str
    original: str
    translation: str
    state: LineState
    was: str | None = None


@dataclass(frozen=True, slots=True)
class WordingTable:
    """All rows of a flow and one language, in the flow's order. `shared`: lines that come from the library, translated there."""

    flow_id: str
    original_language: str
    language: str
    title: str
    rows: tuple[WordingRow, ...]
    fingerprints: Mapping[str, str] = field(default_factory=dict[str, str])
    shared: Mapping[str, str] = field(default_factory=dict[str, str])
    marked: frozenset[str] = frozenset()
    """Steps whose translation says what it was made from."""
    uses: tuple[str, ...] = ()
    """The library files the flow takes lines and steps from."""

    def count(self, state: LineState) -> int:
        """How many lines stand so."""
        return sum(row.state is state for row in self.rows)

    def row(self, place: TextPlace) -> WordingRow | None:
        """The row of a place."""
        return next((row for row in self.rows if row.place == place), None)


def wording_table(text: str, path: str, overlay: str | None, overlay_path: str, language: str, earlier: Sequence[str] = ()) -> WordingTable:
    """The rows of a flow's text and one translation. `earlier`: older texts of the flow, newest first. Raises BadYaml."""
    data = _mapped(read_yaml(text, path).data)
    translated = _mapped(read_yaml(overlay, overlay_path).data) if overlay else {}
    own_language = short(str(data.get("locale", "zh-CN")))
    steps = own_texts(data)
    marks = {name: fingerprint_of(texts) for name, texts in steps.items()}
    stale = _stale_marks(translated, marks)
    before = originals_at(stale, earlier)
    rows = [
        *_flow_rows(data, translated),
        *_fact_rows(data, translated),
        *_step_rows(data, translated, steps, stale, before, language),
    ]
    shared = {name: str(_mapped(step.get("say")).get("use", "")) for _, name, step in _steps(data) if isinstance(step.get("say"), dict)}
    return WordingTable(
        str(data.get("id", "")),
        own_language,
        language,
        str(data.get("title", "")),
        tuple(rows),
        marks,
        {name: line for name, line in shared.items() if line},
        frozenset(name for name, step in _mapped(translated.get("steps")).items() if _mapped(step).get("src")),
        tuple(str(name) for name in cast("list[Any]", data.get("use"))) if isinstance(data.get("use"), list) else (),
    )


def own_texts(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Step → field → text, of every step that stands in a flow's own file."""
    return {name: _texts_of(step) for _, name, step in _steps(data)}


def fingerprint_of(texts: Mapping[str, str]) -> str:
    """What `src` is for a step with these texts; engine.flow.overlay has the same of a compiled step."""
    own = "\n".join(f"{name}={text.strip()}" for name, text in sorted(texts.items()))
    return "h" + hashlib.sha256(own.encode()).hexdigest()[:6]


def originals_at(marks: Mapping[str, str], earlier: Iterable[str]) -> dict[str, dict[str, str]]:
    """Step → its texts when its fingerprint was the one in `marks`, found in older texts of the flow; what is not found is left out."""
    wanted, found = dict(marks), dict[str, dict[str, str]]()
    for text in earlier:
        if not wanted:
            break
        try:
            steps = own_texts(_mapped(read_yaml(text, "earlier").data))
        except BadYaml:
            continue
        for name in [one for one, mark in wanted.items() if one in steps and fingerprint_of(steps[one]) == mark]:
            found[name] = steps[name]
            del wanted[name]
    return found


def word_changes(before: str, now: str) -> tuple[tuple[str, str], ...]:
    """(how, text): "same", "gone" or "new"; by words, Chinese by characters, placeholders whole.

    >>> word_changes("每月199元", "每月99元")
    (('same', '每月'), ('gone', '199'), ('new', '99'), ('same', '元'))
    """
    old, new = _TOKEN.findall(before.strip()), _TOKEN.findall(now.strip())
    told: list[tuple[str, str]] = []
    for how, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            told.append(("same", "".join(old[i:j])))
            continue
        told += [("gone", "".join(old[i:j]))] if j > i else []
        told += [("new", "".join(new[k:m]))] if m > k else []
    return tuple(told)


def _flow_rows(data: Mapping[str, Any], translated: Mapping[str, Any]) -> Iterator[WordingRow]:
    yield _plain_row(TextPlace(Kind.flow, "flow", "title"), data.get("title"), translated.get("title"))


def _fact_rows(data: Mapping[str, Any], translated: Mapping[str, Any]) -> Iterator[WordingRow]:
    done = _mapped(translated.get("facts"))
    for name, fact in _mapped(data.get("facts")).items():
        written, told = _mapped(fact), _mapped(done.get(name))
        if written.get("label"):
            yield _plain_row(TextPlace(Kind.fact, name, "label"), written["label"], told.get("label"))
        options = _mapped(told.get("options"))
        for key, label in _mapped(written.get("options")).items():
            yield _plain_row(TextPlace(Kind.fact, name, f"option.{key}"), label, options.get(key))


def _plain_row(place: TextPlace, original: object, translation: object) -> WordingRow:
    told = _text(translation)
    return WordingRow(place, "", "", _text(original), told, LineState.ok if told else LineState.missing)


def _step_rows(
    data: Mapping[str, Any],
    translated: Mapping[str, Any],
    steps: Mapping[str, Mapping[str, str]],
    stale: Mapping[str, str],
    before: Mapping[str, Mapping[str, str]],
    language: str,
) -> Iterator[WordingRow]:
    done = _mapped(translated.get("steps"))
    for phase, name, step in _steps(data):
        beside = _inline_labels(step, language, _mapped(done.get(name)))
        told = _translated_texts(_mapped(done.get(name))) | beside
        for text_field, original in steps[name].items():
            translation = told.get(text_field, "")
            was = before.get(name, {}).get(text_field)
            changed = name in stale and text_field not in beside and (name not in before or (was or "").strip() != original.strip())
            state = LineState.missing if not translation else LineState.stale if changed else LineState.ok
            place = TextPlace(Kind.step, name, text_field)
            shown = was.strip() if state is LineState.stale and was is not None else None
            yield WordingRow(place, phase.value, steps[name].get("title", "").strip() or name, original.strip(), translation, state, shown)


def _stale_marks(translated: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, str]:
    """Step → the fingerprint its translation was made from, where that is not the original's any more."""
    written = {name: _text(_mapped(step).get("src")) for name, step in _mapped(translated.get("steps")).items()}
    return {name: mark for name, mark in written.items() if mark and name in marks and mark != marks[name]}


def _translated_texts(step: Mapping[str, Any]) -> dict[str, str]:
    own = {name: _text(step.get(name)) for name in STEP_FIELDS}
    return own | {f"hear.{key}": _text(label) for key, label in _mapped(step.get("hear")).items()}


def _inline_labels(step: Mapping[str, Any], language: str, done: Mapping[str, Any]) -> dict[str, str]:
    """An answer may carry its English itself: `{label: 可以, en: All right, go: next}`."""
    told = _mapped(done.get("hear"))
    hear = _mapped(step.get("hear")).items()
    return {f"hear.{key}": _text(_mapped(one).get(language)) for key, one in hear if key not in told and _mapped(one).get(language)}


def _steps(data: Mapping[str, Any]) -> Iterator[tuple[Phase, str, Mapping[str, Any]]]:
    for phase in Phase:
        for name, step in _mapped(data.get(phase.value)).items():
            yield phase, name, _mapped(step)


def _texts_of(step: Mapping[str, Any]) -> dict[str, str]:
    """As engine.flow.building takes them: what is written in the step itself, nothing from the library."""
    say: Any = step.get("say")
    own = {
        "title": _text(step.get("title")),
        "say": _raw(_mapped(say).get("text") if isinstance(say, dict) else say),
        "tip": _raw(step.get("tip")),
    }
    hear = _mapped(step.get("hear"))
    if list(hear) == ["use"] and "->" not in str(hear["use"]):
        hear = {}
    own |= {f"hear.{key}": _label_of(one) for key, one in hear.items()}
    return {name: text for name, text in own.items() if text}


def _label_of(answer: Any) -> str:
    if isinstance(answer, str):
        return answer.rpartition("->")[0].strip() or answer.strip()
    return _raw(_mapped(answer).get("label"))


def _mapped(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _raw(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
