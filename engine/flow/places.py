"""Where the steps of a flow stand in its file, and which step a line belongs to."""

from collections.abc import Mapping

from engine.flow.phase_machine import Phase
from engine.yaml_text import YamlFile


def step_lines(file: YamlFile, text: str) -> dict[str, tuple[int, int]]:
    """Step → its first and last line, counted from 1; steps taken in from the library stand elsewhere and are left out.

    Empty lines and comments after a step belong to what follows.
    """
    lines = text.splitlines()
    origins: Mapping[tuple[str | int, ...], str] = getattr(file, "origins", {})
    begins = {loc: place.key_line for loc, place in file.places.items() if loc and (len(loc) == 1 or _is_step(loc))}
    own = sorted((line, loc) for loc, line in begins.items() if loc not in origins)
    found: dict[str, tuple[int, int]] = {}
    for number, (line, loc) in enumerate(own):
        if len(loc) != 2:
            continue
        last = own[number + 1][0] - 1 if number + 1 < len(own) else len(lines)
        while last > line and _is_nothing(lines[last - 1]):
            last -= 1
        found.setdefault(str(loc[1]), (line, last))
    return found


def step_at(steps: Mapping[str, tuple[int, int]], line: int) -> str | None:
    """The step a line belongs to."""
    return next((step for step, (first, last) in steps.items() if first <= line <= last), None)


def _is_step(loc: tuple[str | int, ...]) -> bool:
    return len(loc) == 2 and loc[0] in Phase.__members__ and isinstance(loc[1], str)


def _is_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
