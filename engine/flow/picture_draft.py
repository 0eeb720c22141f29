"""The sketch of a flow that is still being written: whatever can be made out of its file, with steps, ways and titles missing.

Nothing here judges; what is wrong is told by the checker and comes in as marks. A file that is no YAML at all raises BadYaml.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from engine.flow.definition import Texts
from engine.flow.library import Library
from engine.flow.parts import composed
from engine.flow.phase_machine import Phase
from engine.flow.picture_sketch import Box, Marks, Sketch, Way, branch_label, fixed_ways, told
from engine.flow.texts import short
from engine.flow.titles import step_title
from engine.flow.wording import BadPlaceholder, Wording
from engine.yaml_text import BadYaml, read_yaml


def draft_sketch(text: str, path: str, overlays: Mapping[str, str], library: Library, language: str, marks: Marks) -> Sketch:
    """The sketch of a flow file in "zh" or "en". `overlays`: language tag → text of the translation. Raises BadYaml."""
    file, _ = composed(read_yaml(text, path), library.parts, library.reactions)
    data = _mapping(file.data)
    own = short(str(data.get("locale") or "zh"))
    parts: Mapping[str, str] = getattr(file, "parts", {})
    overlay = _overlay(overlays, language) if language != own else {}
    return _Reader(data, overlay, library, (own, language), marks, parts).sketch()


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _words(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _overlay(overlays: Mapping[str, str], language: str) -> dict[str, Any]:
    for tag, text in sorted(overlays.items()):
        if short(tag) == language:
            try:
                return _mapping(read_yaml(text, tag).data)
            except BadYaml:
                return {}  # a translation that cannot be read is told by the checker; the picture shows the original's words
    return {}


class _Reader:
    """Reads what is there; `languages`: the flow's own and the one wanted; `parts`: shared step → its file."""

    def __init__(
        self,
        data: dict[str, Any],
        overlay: dict[str, Any],
        library: Library,
        languages: tuple[str, str],
        marks: Marks,
        parts: Mapping[str, str],
    ) -> None:
        self._data, self._library, self._marks, self._parts = data, library, marks, parts
        self._own, self._language = languages
        self._overlay = overlay
        self._translated = _mapping(overlay.get("steps"))

    def sketch(self) -> Sketch:
        boxes: dict[str, Box] = {}
        for phase in Phase:
            for name, step in _mapping(self._data.get(phase.value)).items():
                boxes.setdefault(name, self._box(name, phase, _mapping(step)))
        always = _mapping(self._data.get("always"))
        title = _words(self._overlay.get("title")) or _words(self._data.get("title")) or _words(self._data.get("id"))
        start = next(iter(_mapping(self._data.get("opening"))), "")
        return Sketch(title, self._language, start, tuple(boxes.values()), _words(always.get("cancel")), _words(always.get("do_not_call")))

    def _box(self, name: str, phase: Phase, step: dict[str, Any]) -> Box:
        translated = self._translation(name)
        end = _words(step.get("end"))
        title = self._title(step, translated, end) or name
        outcome = (told(self._library.dispositions.get(end, {}), self._language) or end) if end else ""
        offer = "offer" in step
        return Box(name, phase, title, tuple(self._ways(step, translated)), outcome, offer, *self._marks.get(name, (0, 0)))

    def _translation(self, name: str) -> dict[str, Any]:
        """The step's translation beside the flow, else that of the shared step."""
        found = _mapping(self._translated.get(name))
        part = self._library.parts.get(self._parts.get(name, ""))
        shared = part.translations.get(self._language, {}).get(name) if part else None
        return found or ({"title": shared.title, "say": shared.say, "hear": shared.hear} if shared else {})

    def _title(self, step: dict[str, Any], translated: dict[str, Any], end: str) -> str:
        written = {self._own: _words(step.get("title"))}
        if not written[self._own]:
            written = dict(self._library.dispositions.get(end, {}))
        written |= {self._language: _words(translated["title"])} if _words(translated.get("title")) else {}
        said = self._said(step.get("say"), translated.get("say"))
        try:
            return told(
                step_title({one: text for one, text in written.items() if text}, Wording.of(said, {}) if said else None), self._language
            )
        except BadPlaceholder:
            return told(written, self._language) or told(said, self._language)[:14]

    def _said(self, say: Any, translated: Any) -> Texts:
        use = _words(_mapping(say).get("use"))
        if use:
            return self._library.lines.get(use, {})
        texts = {self._own: say if isinstance(say, str) else "", self._language: translated if isinstance(translated, str) else ""}
        if self._own == self._language:
            texts = {self._own: say if isinstance(say, str) else ""}
        return {language: text for language, text in texts.items() if text.strip()}

    def _ways(self, step: dict[str, Any], translated: dict[str, Any]) -> Iterator[Way]:
        yield from self._answers(_mapping(step.get("hear")), _mapping(translated.get("hear")))
        go: Any = step.get("go")
        branches: list[Any] = [go] if isinstance(go, str | dict) else _items(go)
        for branch in branches:
            to = _words(branch) or _words(_mapping(branch).get("to"))
            condition = _words(_mapping(branch).get("when")) or None
            yield Way("go", to, branch_label(condition, len(branches) > 1, self._options(), self._language))
        none = _mapping(step.get("offer")).get("none")
        tries = _words(step.get("tries"))
        yield from fixed_ways(
            _words(step.get("else")) or None,
            int(tries) if tries.isdecimal() and len(tries) < 3 else None,
            _words(none) if none is not None else None,
            self._language,
        )

    def _answers(self, hear: dict[str, Any], translated: dict[str, Any]) -> Iterator[Way]:
        shared = _words(hear.get("use")) if list(hear) == ["use"] else ""
        if shared and "->" not in shared:
            for key, one in self._library.reactions.get(shared, {}).items():
                yield Way(key, one.go, one.en if self._language == "en" and one.en else one.label)
            return
        for key, written in hear.items():
            if isinstance(written, str):
                label, arrow, to = written.rpartition("->")
                label, to = (label, to) if arrow else (written, "")
            else:
                label, to = _words(_mapping(written).get("label")), _words(_mapping(written).get("go"))
            own_english = _words(_mapping(written).get("en")) if self._language == "en" else ""
            yield Way(key, _words(to), _words(translated.get(key)) or own_english or _words(label) or key)

    def _options(self) -> dict[str, dict[str, Texts]]:
        found: dict[str, dict[str, Texts]] = {}
        translated = _mapping(self._overlay.get("facts"))
        for name, fact in _mapping(self._data.get("facts")).items():
            words = _mapping(_mapping(translated.get(name)).get("options"))
            for key, label in _mapping(_mapping(fact).get("options")).items():
                found.setdefault(name, {})[key] = {self._language: _words(words.get(key)) or _words(label)}
        return found
