"""The difference between two versions of a flow, told in sentences first, by step in the order of the flow, then line by line.

Pure and picklable: it is worked out in the workshop from the two texts and their translations. Either may be wrong in any way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.flow.fact_changes import fact_changes, translated_changes
from engine.flow.phase_machine import PHASE_LABELS, Phase
from engine.flow.step_changes import Change, listed, mapped, step_changes
from engine.flow.step_identity import longest_in_order, renamed_steps
from engine.flow.text_difference import TextLine, text_lines
from engine.yaml_text import BadYaml, read_yaml


class Became(StrEnum):
    """What became of a part of a flow."""

    added = "added"
    removed = "removed"
    changed = "changed"


@dataclass(frozen=True, slots=True)
class Group:
    """What changed in one part: a step (by its id), or "flow", "always", "facts", "properties", "tests", "translation" with step ""."""

    part: str
    step: str
    title_zh: str
    title_en: str
    became: Became
    changes: tuple[Change, ...] = ()

    def sentence(self, language: str) -> str:
        """ "步骤“嫌贵”：话术改了；新回应“我再想想”" in "zh", or the same in "en"."""
        told = [one.zh if language == "zh" else one.en for one in self.changes]
        if language == "zh":
            return f"{self.title_zh}：{'；'.join(told)}" if told else self.title_zh
        return f"{self.title_en}: {'; '.join(told)}" if told else self.title_en


@dataclass(frozen=True, slots=True)
class Differences:
    """`groups` are the sentences; `texts` file → its lines, the flow first. `readable`: whether both could be read at all."""

    groups: tuple[Group, ...]
    texts: tuple[tuple[str, tuple[TextLine, ...]], ...]
    readable: bool = True

    @property
    def nothing(self) -> bool:
        """The two are byte for byte the same."""
        return not self.texts

    def sentences(self, language: str) -> list[str]:
        """One line for each part that changed."""
        return [one.sentence(language) for one in self.groups]


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Differences:
    """What changed from one set of files to the other. Each is {"": flow text, "en": its translation, …}; `old` may be empty."""
    tags = dict.fromkeys([*new, *old])
    texts = tuple((tag, text_lines(old.get(tag, ""), new.get(tag, ""))) for tag in tags if old.get(tag, "") != new.get(tag, ""))
    was, now = _data(old.get("", "")), _data(new.get("", ""))
    if was is None or now is None:
        return Differences((), texts, readable=False)
    overlays = {tag: (_data(old.get(tag, "")), _data(new.get(tag, ""))) for tag in tags if tag}
    return Differences(tuple(_Comparison(was, now, overlays).groups()), texts)


def _data(text: str) -> dict[str, Any] | None:
    """The plain values of a file, empty for no file, None for one that cannot be read."""
    if not text.strip():
        return {}
    try:
        return mapped(read_yaml(text, "").data)
    except BadYaml:
        return None


class _Comparison:
    def __init__(
        self, was: dict[str, Any], now: dict[str, Any], overlays: Mapping[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
    ) -> None:
        self._was, self._now, self._overlays = was, now, overlays
        self._old, self._new = _steps(was), _steps(now)
        self._renamed = renamed_steps(self._old, self._new)

    def groups(self) -> Iterator[Group]:
        yield from self._whole("flow", "整个流程", "whole flow", list(self._of_flow()))
        yield from self._whole("always", "任何一步", "at every step", list(self._of_always()))
        yield from self._whole("facts", "变量", "facts", list(fact_changes(mapped(self._was.get("facts")), mapped(self._now.get("facts")))))
        yield from self._of_steps()
        yield from self._whole("properties", "要证明的", "properties", list(self._of_properties()))
        yield from self._whole("tests", "例子", "tests", list(self._of_tests()))
        yield from self._whole("translation", "译文", "translation", list(self._of_translations()))

    def _whole(self, part: str, zh: str, en: str, changes: list[Change]) -> Iterator[Group]:
        if changes:
            yield Group(part, "", zh, en, Became.changed, tuple(changes))

    def _name(self, step: str) -> str:
        for steps in (self._new, self._old):
            if step in steps:
                return f"“{steps[step][1].get('title') or step}”"
        return f"“{step}”"

    def _of_flow(self) -> Iterator[Change]:
        for key, zh, en in (("title", "名称", "title"), ("id", "代号", "id"), ("locale", "语言", "language")):
            was, now = self._was.get(key), self._now.get(key)
            if was != now and was is not None:
                yield Change(key, f"{zh}：{was} → {now or '无'}", f"{en}: {was} → {now or 'none'}")
        used, uses = listed(self._was.get("use")), listed(self._now.get("use"))
        for one in uses:
            if one not in used:
                yield Change("use", f"用上了话术库“{one}”", f"uses the library file {one!r} now")
        for one in used:
            if one not in uses:
                yield Change("use", f"不再用话术库“{one}”", f"no longer uses the library file {one!r}")

    def _of_always(self) -> Iterator[Change]:
        was, now = mapped(self._was.get("always")), mapped(self._now.get("always"))
        for key, zh, en in (("cancel", "“我要停机”", "'I want to cancel'"), ("do_not_call", "“别再打来”", "'do not call me'")):
            old = self._renamed.get(str(was.get(key)), was.get(key))
            if old != now.get(key) and (self._old or self._new):
                yield Change(key, f"{zh}改走{self._name(str(now.get(key)))}", f"{en} now leads to {self._name(str(now.get(key)))}")

    def _of_steps(self) -> Iterator[Group]:
        moved, old_id = self._moved(), {new: old for old, new in self._renamed.items()}
        gone = [step for step in self._old if step not in self._new and step not in self._renamed]
        for step, (phase, written) in self._new.items():
            before = step if step in self._old else old_id.get(step)
            if before is None:
                yield Group(
                    "step", step, f"新步骤{self._title(step)}", f"new step {self._title(step)}", Became.added, self._as_new(phase, written)
                )
                continue
            changes = list(self._of_step(step, before, moved))
            if changes:
                yield Group("step", step, f"步骤{self._title(step)}", f"step {self._title(step)}", Became.changed, tuple(changes))
        for step in gone:
            yield Group("step", step, f"步骤{self._title(step)}没有了", f"step {self._title(step)} removed", Became.removed)

    def _title(self, step: str) -> str:
        written = (self._new.get(step) or self._old[step])[1]
        title = written.get("title")
        return f"“{title}”({step})" if title else f"“{step}”"

    def _as_new(self, phase: str, written: Mapping[str, Any]) -> tuple[Change, ...]:
        said = written.get("say")
        zh, en = PHASE_LABELS[phase]["zh"], PHASE_LABELS[phase]["en"].lower()
        return (Change("phase", f"在“{zh}”", f"in phase {en}", "", said.strip() if isinstance(said, str) else ""),)

    def _of_step(self, step: str, before: str, moved: frozenset[str]) -> Iterator[Change]:
        (was_in, was), (now_in, now) = self._old[before], self._new[step]
        if before != step:
            yield Change("renamed", f"原来叫“{before}”", f"was called {before!r}")
        if was_in != now_in:
            old, new = PHASE_LABELS[was_in], PHASE_LABELS[now_in]
            zh, en = f"从“{old['zh']}”移到“{new['zh']}”", f"moved from {old['en'].lower()} to {new['en'].lower()}"
            yield Change("moved", zh, en)
        elif step in moved:
            yield Change("moved", "换了位置", "moved to another place")
        yield from step_changes(self._with_new_names(was), now, self._name)
        for tag, (old, new) in self._overlays.items():
            yield from translated_changes(tag, _translated(old, before), _translated(new, step))

    def _with_new_names(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """A step of the old version with every target called as it is today."""
        if not self._renamed:
            return dict(step)
        renamed = dict(step)
        renamed["hear"] = {key: self._answer(one) for key, one in mapped(step.get("hear")).items()}
        go = step.get("go")
        renamed["go"] = (
            self._today(go) if isinstance(go, str) else [mapped(one) | {"to": self._today(mapped(one).get("to"))} for one in listed(go)]
        )
        if "else" in step:
            renamed["else"] = self._today(step["else"])
        if isinstance(step.get("offer"), dict):
            renamed["offer"] = mapped(step["offer"]) | {"none": self._today(mapped(step["offer"]).get("none"))}
        return renamed

    def _answer(self, written: Any) -> Any:
        if isinstance(written, str):
            label, arrow, to = written.rpartition("->")
            return f"{label}-> {self._today(to.strip())}" if arrow else written
        return mapped(written) | {"go": self._today(mapped(written).get("go"))}

    def _today(self, step: Any) -> Any:
        return self._renamed.get(str(step), step)

    def _moved(self) -> frozenset[str]:
        """The fewest steps whose place among the others changed."""
        found: set[str] = set()
        for phase in Phase:
            old = [self._renamed.get(step, step) for step, (where, _) in self._old.items() if where == phase.value]
            place = {step: at for at, step in enumerate(old)}
            new = [step for step, (where, _) in self._new.items() if where == phase.value and step in place]
            found |= set(new) - set(longest_in_order([place[step] for step in new], new))
        return frozenset(found)

    def _of_properties(self) -> Iterator[Change]:
        was, now = ([str(one) for one in listed(data.get("properties"))] for data in (self._was, self._now))
        for one in now:
            if one not in was:
                yield Change("property_added", f"新增：{_plain(one)}", f"new: {_plain(one)}")
        for one in was:
            if one not in now:
                yield Change("property_removed", f"去掉：{_plain(one)}", f"removed: {_plain(one)}")

    def _of_tests(self) -> Iterator[Change]:
        was, now = ({str(mapped(one).get("name")): one for one in listed(data.get("tests"))} for data in (self._was, self._now))
        for name, test in now.items():
            if name not in was:
                yield Change("test_added", f"新例子“{name}”", f"new test {name!r}")
            elif was[name] != test:
                yield Change("test_changed", f"例子“{name}”改了", f"test {name!r} changed")
        for name in was:
            if name not in now:
                yield Change("test_removed", f"例子“{name}”没有了", f"test {name!r} removed")

    def _of_translations(self) -> Iterator[Change]:
        for tag, (old, new) in self._overlays.items():
            if new is None or old is None:
                yield Change("unreadable", f"{tag} 译文读不懂", f"the {tag} translation cannot be read")
            elif bool(old) != bool(new):
                yield Change(
                    "language",
                    *((f"新增 {tag} 译文", f"new translation: {tag}") if new else (f"{tag} 译文没有了", f"translation {tag} removed")),
                )
            else:
                yield from self._of_translation(tag, old, new)

    def _of_translation(self, tag: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        if old.get("title") != new.get("title"):
            yield Change("title", f"{tag} 名称改了", f"{tag}: title changed", str(old.get("title") or ""), str(new.get("title") or ""))
        if mapped(old.get("facts")) != mapped(new.get("facts")):
            yield Change("facts", f"{tag} 变量的译名改了", f"{tag}: names of facts changed")


def _steps(data: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Step → its phase and what is written there, in the order of the flow."""
    return {step: (phase.value, mapped(written)) for phase in Phase for step, written in mapped(data.get(phase.value)).items()}


def _translated(overlay: Mapping[str, Any] | None, step: str) -> dict[str, Any]:
    return mapped(mapped((overlay or {}).get("steps")).get(step))


def _plain(property_written: str) -> str:
    return property_written.strip("{}").replace("'", "")
