"""Writes the originals' fingerprints into a translation, leaving every other character of the file as it is."""

from engine.flow.definition import Flow
from engine.flow.overlay import fingerprint
from engine.yaml_text import YamlFile, read_yaml


def with_fingerprints(text: str, path: str, flow: Flow) -> str:
    """The translation with `src` of each step set to what the original is now: for a translator who has just checked them.

    Raises BadYaml when the text cannot be read. Steps the flow does not have are left alone.
    """
    file = read_yaml(text, path)
    lines = text.split("\n")
    for name in reversed(_steps(file)):
        if name in flow.steps:
            _set(lines, file, name, fingerprint(flow.steps[name]))
    return "\n".join(lines)


def _steps(file: YamlFile) -> list[str]:
    return [str(loc[1]) for loc in file.places if len(loc) == 2 and loc[0] == "steps"]


def _set(lines: list[str], file: YamlFile, step: str, mark: str) -> None:
    written = file.places.get(("steps", step, "src"))
    if written is not None:
        line = lines[written.line - 1]
        rest = line[written.column - 1 :]
        old = rest[: len(rest) - len(rest.lstrip("h0123456789abcdef"))]
        lines[written.line - 1] = line[: written.column - 1] + mark + rest[len(old) :]
        return
    place = file.places["steps", step]
    if place.inline:
        line = lines[place.line - 1]
        lines[place.line - 1] = f"{line[: place.column]}src: {mark}, {line[place.column :]}"
    elif (place.line, place.column) != (place.key_line, place.key_column) and place.line > place.key_line:
        lines.insert(place.line - 1, " " * (place.column - 1) + f"src: {mark}")
