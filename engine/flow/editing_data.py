"""A flow file's values while they are edited: finding steps, keeping the order of fields, and everything that leads to a step."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.editing_writing import Change
from engine.flow.phase_machine import Phase
from engine.yaml_text import Loc

STEP_ORDER = (
    *("title", "record", "layer", "confirms", "handles", "method", "tries", "end", "offer", "disclosures", "must_say", "say", "tip"),
    *("ask", "hear", "go", "else"),
)
FLOW_ORDER = ("format", "id", "locale", "title", "use", "facts", "always", *(phase.value for phase in Phase), "properties", "tests")
ARROW = "->"


def mapped(value: Any) -> dict[str, Any]:
    """A mapping, or an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list, or an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def worded(value: Any) -> str:
    """A text without empty lines at its end, or nothing for anything else."""
    return value.rstrip("\n") if isinstance(value, str) else ""


def one_or_more(value: Any) -> tuple[str, ...]:
    """`x` or `[x, y]` as a tuple."""
    return (value,) if isinstance(value, str) and value else tuple(one for one in listed(value) if isinstance(one, str))


def arrow_parts(written: str) -> tuple[str, str]:
    """`客户的话 -> 下一步` as (label, target); without an arrow everything is the label."""
    label, arrow, target = written.rpartition(ARROW)
    return (label.strip(), target.strip()) if arrow else (written.strip(), "")


class FlowData:
    """The values of a flow file, changed in place; `change()` is what is to be written back."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = copy.deepcopy(data)
        self.renamed: dict[Loc, str] = {}
        self.moved: dict[Loc, Loc] = {}

    def change(self) -> Change:
        """What the file is to say now."""
        return Change(self.data, self.renamed, self.moved)

    def steps(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(phase, step, its fields) in the order of the file; a name that stands twice comes once."""
        seen: set[str] = set()
        for phase in Phase:
            for name, step in mapped(self.data.get(phase.value)).items():
                if isinstance(step, dict) and name not in seen:
                    seen.add(name)
                    yield phase.value, name, cast("dict[str, Any]", step)

    def place(self, step: str) -> tuple[str, str]:
        """Where a step stands. Raises BadInput("flow.no_step")."""
        for phase, name, _ in self.steps():
            if name == step:
                return phase, name
        raise BadInput("flow.no_step", step=step)

    def step(self, step: str) -> dict[str, Any]:
        """A step's fields. Raises BadInput("flow.no_step")."""
        phase, name = self.place(step)
        return self.data[phase][name]

    def names(self) -> frozenset[str]:
        """Every step's id."""
        return frozenset(name for _, name, _ in self.steps())

    def put(self, target: dict[str, Any], key: str, value: Any, order: tuple[str, ...]) -> None:
        """Set a field; a new one stands behind those that come before it in the order. None and empty values take it out."""
        if value is None or value in ("", [], {}):
            target.pop(key, None)
        elif key in target:
            target[key] = value
        else:
            insert(target, key, value, order)

    def phase(self, phase: str) -> dict[str, Any]:
        """The steps of a phase, made in its place when there is none yet. Raises BadInput("flow.bad_phase")."""
        if phase not in Phase.__members__:
            raise BadInput("flow.bad_phase", phase=phase)
        if not isinstance(self.data.get(phase), dict):
            self.data.pop(phase, None)
            insert(self.data, phase, {}, FLOW_ORDER)
        return self.data[phase]

    def redirect(self, lead: Callable[[str], str]) -> None:
        """Every arrow to a step, with `lead(target)` as its new target."""
        always = mapped(self.data.get("always"))
        for key, target in always.items():
            if isinstance(target, str):
                always[key] = lead(target)
        for _, _, step in self.steps():
            _redirect_step(step, lead)

    def in_properties(self, pattern: str, replacement: str) -> None:
        """Reword the flow's own properties where they name something."""
        for one in listed(self.data.get("properties")):
            for key in ("never", "always", "at_most"):
                if isinstance(sentence := mapped(one).get(key), str):
                    mapped(one)[key] = re.sub(pattern, replacement, sentence)

    def in_test_paths(self, reword: Callable[[str], str]) -> None:
        """Every answer of every embedded test, reworded."""
        for test in listed(self.data.get("tests")):
            path = mapped(test).get("path")
            if isinstance(path, list):
                mapped(test)["path"] = [reword(one) if isinstance(one, str) else one for one in cast("list[Any]", path)]


def insert(target: dict[str, Any], key: str, value: Any, order: tuple[str, ...]) -> None:
    """Put a new key behind the last of those that come before it in the order."""
    before = set(order[: order.index(key)]) if key in order else set(target)
    items = list(target.items())
    at = max((number + 1 for number, (name, _) in enumerate(items) if name in before), default=0)
    target.clear()
    target.update([*items[:at], (key, value), *items[at:]])


def _redirect_step(step: dict[str, Any], lead: Callable[[str], str]) -> None:
    hear = mapped(step.get("hear"))
    for key, one in hear.items():
        if isinstance(one, str):
            label, target = arrow_parts(one)
            if target and lead(target) != target:
                hear[key] = f"{label} {ARROW} {lead(target)}"
        elif isinstance(mapped(one).get("go"), str):
            one["go"] = lead(one["go"])
    if isinstance(step.get("go"), str):
        step["go"] = lead(step["go"])
    for branch in listed(step.get("go")):
        if isinstance(mapped(branch).get("to"), str):
            branch["to"] = lead(branch["to"])
    if isinstance(step.get("else"), str):
        step["else"] = lead(step["else"])
    if isinstance(mapped(step.get("offer")).get("none"), str):
        step["offer"]["none"] = lead(step["offer"]["none"])
