"""Sub-flows: steps that several flows share, such as an opening or a close, in `steps/1` files of the library.

A flow names the file in `use`; the steps that its own lead to are then taken in, with their facts and the library files they use, as if
they stood in the flow. What is found wrong in them is told in the file where they stand.

steps/1:  id: standard_close / use: [closings] / facts: {…} / close: {thanks: {say: {use: closings.thanks}, end: care_only}}
locale/1: of: standard_close / steps: {thanks: {say: …}}      → its translation, in the library too
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from engine.flow.document import FactDocument, OverlayDocument, OverlayStepDocument, ReactionDocument, Steps
from engine.flow.findings import Finding, at_key, at_value, did_you_mean
from engine.flow.phase_machine import Phase
from engine.flow.wording import BadPlaceholder, Wording
from engine.yaml_text import Loc, Place, YamlFile


class PartDocument(BaseModel):
    """A file of shared steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["steps/1"]
    id: str
    title: str | None = None
    use: list[str] = []
    facts: dict[str, FactDocument] = {}
    opening: Steps = {}
    discovery: Steps = {}
    offer: Steps = {}
    objections: Steps = {}
    close: Steps = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A sound file of shared steps, as text values with their places, and its translations by language."""

    id: str
    file: YamlFile
    translations: dict[str, Mapping[str, OverlayStepDocument]] = field(default_factory=dict[str, Mapping[str, OverlayStepDocument]])


@dataclass(frozen=True, slots=True)
class ComposedFile(YamlFile):
    """A flow file with the shared steps it uses. `origins`: the file in which a step, a fact or a `use` of another one stands."""

    origins: Mapping[Loc, str]
    parts: Mapping[str, str]
    """Step → the part it comes from."""

    def path_of(self, loc: Loc) -> str:
        """The file in which a location stands."""
        return self.origins.get(loc[:2], self.path)


def composed(
    file: YamlFile, parts: Mapping[str, Part], reactions: Mapping[str, Mapping[str, ReactionDocument]]
) -> tuple[YamlFile, list[Finding]]:
    """The flow with the shared steps it uses taken in; the file itself when it uses none. F112: a name that both have."""
    data: Any = file.data
    wanted = _wanted(cast("dict[str, Any]", data), parts) if isinstance(data, dict) else []
    if not wanted:
        return file, []
    return _Composer(file, wanted, reactions).compose()


def translation_findings(part: Part, document: OverlayDocument, file: YamlFile) -> Iterator[Finding]:
    """F504: a step that is not shared there. F103, F104, F503: placeholders that are malformed, or other than the original's."""
    written = {name: _mapped(step) for phase in Phase for name, step in _mapped(part.file.data.get(phase.value)).items()}
    for name, step in document.steps.items():
        if name not in written:
            hint = did_you_mean(name, written)
            yield at_key(file, ("steps", name), "F504", f"步骤“{name}”已经没有了", f"there is no step {name!r}", hint)
            continue
        for key, text in (("say", step.say), ("tip", step.tip)):
            original = written[name].get(key)
            if not text or not isinstance(original, str):
                continue
            try:
                same = set(Wording.of({"x": text}, {}).names()) == set(Wording.of({"x": original}, {}).names())
            except BadPlaceholder as error:
                yield at_value(file, ("steps", name, key), error.code, error.zh, str(error), error.suggestion)
                continue
            if not same:
                yield at_value(file, ("steps", name, key), "F503", "译文的占位符和原文不同", "placeholders differ from the original")


def _wanted(data: Mapping[str, Any], parts: Mapping[str, Part]) -> list[Part]:
    """The parts a flow names, and those that they name."""
    found: dict[str, Part] = {}
    waiting = [str(name) for name in _listed(data.get("use"))]
    while waiting:
        name = waiting.pop(0)
        if name in parts and name not in found:
            found[name] = parts[name]
            waiting += [str(one) for one in _listed(parts[name].file.data.get("use"))]
    return list(found.values())


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _mapped(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


class _Composer:
    def __init__(self, file: YamlFile, parts: list[Part], reactions: Mapping[str, Mapping[str, ReactionDocument]]) -> None:
        self._file, self._parts, self._reactions = file, parts, reactions
        self._data: dict[str, Any] = dict(file.data)
        self._places: dict[Loc, Place] = dict(file.places)
        self._origins: dict[Loc, str] = {}
        self._from: dict[str, str] = {}
        self._findings: list[Finding] = []

    def compose(self) -> tuple[YamlFile, list[Finding]]:
        shared = self._shared()
        for phase in Phase:
            self._data[phase.value] = dict(_mapped(self._data.get(phase.value)))
        own_opening = bool(self._data["opening"])
        named = [*self._own_targets(), *([] if own_opening else self._first_of_opening())]
        seen: set[str] = set()
        while named:
            name = named.pop(0)
            if name in seen or name not in shared:
                continue
            seen.add(name)
            part, phase = shared[name]
            self._take(part, phase, name)
            named += self._targets(part.file.data[phase.value][name])
        self._in_part_order(own_opening)
        for part in self._parts:
            if part.id in self._from.values():
                self._take_facts(part)
                self._take_uses(part)
        whole = ComposedFile(self._file.path, self._data, self._places, self._file.duplicates, self._origins, self._from)
        return whole, self._findings

    def _shared(self) -> dict[str, tuple[Part, Phase]]:
        """Step → where it is shared; a step of the flow itself with that name is told."""
        own = {name: phase for phase in Phase for name in _mapped(self._data.get(phase.value))}
        found: dict[str, tuple[Part, Phase]] = {}
        for part in self._parts:
            for phase in Phase:
                for name in _mapped(part.file.data.get(phase.value)):
                    if name in own:
                        self._clash((own[name].value, name), name, part)
                    elif name in found:
                        self._clash(("use",), name, part)
                    else:
                        found[name] = part, phase
        return found

    def _clash(self, loc: Loc, name: str, part: Part) -> None:
        zh, en = f"“{name}”在共用的“{part.id}”里也有", f"{name!r} stands in the shared {part.id!r} as well"
        self._findings.append(at_key(self._file, loc, "F112", zh, en, "换个名字，或不用那个文件 / rename it, or do not use that file"))

    def _first_of_opening(self) -> list[str]:
        firsts = [list(_mapped(part.file.data.get("opening")))[:1] for part in self._parts]
        return [name for first in firsts for name in first][:1]

    def _own_targets(self) -> list[str]:
        targets = [str(one) for one in _mapped(self._data.get("always")).values()]
        for phase in Phase:
            for step in _mapped(self._data[phase.value]).values():
                targets += self._targets(step)
        return targets

    def _targets(self, step: Any) -> list[str]:
        """The steps a written step leads to."""
        written = _mapped(step)
        return [one.strip() for one in self._raw_targets(written)]

    def _raw_targets(self, written: Mapping[str, Any]) -> Iterator[str]:
        hear = _mapped(written.get("hear"))
        for one in hear.values():
            yield str(one).rpartition("->")[2] if isinstance(one, str) else str(_mapped(one).get("go", ""))
        yield from (one.go for one in self._reactions.get(str(hear.get("use", "")), {}).values())
        go = written.get("go")
        yield from [go] if isinstance(go, str) else (str(_mapped(one).get("to", "")) for one in _listed(go))
        yield str(written.get("else", ""))
        yield str(_mapped(written.get("offer")).get("none", ""))

    def _take(self, part: Part, phase: Phase, name: str) -> None:
        self._data[phase.value][name] = part.file.data[phase.value][name]
        self._from[name] = part.id
        self._move(part, (phase.value, name))

    def _move(self, part: Part, loc: Loc) -> None:
        """What stands there keeps its line, its column and its file."""
        self._origins[loc] = part.file.path
        size = len(loc)
        self._places |= {place: at for place, at in part.file.places.items() if place[:size] == loc}

    def _in_part_order(self, own_opening: bool) -> None:
        """Shared steps in the order of their file; a shared opening begins with its first step."""
        for phase in Phase:
            steps = self._data[phase.value]
            order = [name for part in self._parts for name in _mapped(part.file.data.get(phase.value))]
            shared = [name for name in order if name in steps and name in self._from]
            own = [name for name in steps if name not in self._from]
            self._data[phase.value] = {name: steps[name] for name in (*own, *shared)}
            self._places.setdefault((phase.value,), self._places[()])

    def _take_facts(self, part: Part) -> None:
        facts = dict(_mapped(self._data.get("facts")))
        for name, fact in _mapped(part.file.data.get("facts")).items():
            if name not in facts:
                facts[name] = fact
                self._move(part, ("facts", name))
            elif _mapped(facts[name]).get("type") != _mapped(fact).get("type"):
                self._clash(("facts", name), name, part)
        self._data["facts"] = facts
        self._places.setdefault(("facts",), self._places[()])

    def _take_uses(self, part: Part) -> None:
        used = list(_listed(self._data.get("use")))
        for number, name in enumerate(_listed(part.file.data.get("use"))):
            if name not in used:
                self._origins["use", len(used)] = part.file.path
                self._places["use", len(used)] = part.file.places["use", number]
                used.append(name)
        self._data["use"] = used
