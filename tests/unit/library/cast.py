"""The shipped library and flows, read once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from engine.flow.definition import Flow
from engine.flow.library import Library
from engine.flow.overlay import Overlay, read_overlay
from engine.flow.reading import Reading, read_flow
from engine.yaml_text import read_yaml

LIBRARY = Path("scripts_library")
FLOWS = Path("flows")
FLOW_PATHS = {path.stem: path for path in sorted(FLOWS.glob("*/*.yaml")) if "." not in path.stem}
FLOW_NAMES = tuple(FLOW_PATHS)
PLACEHOLDER = re.compile(r"\$\{\s*([\w.]+)[^}]*\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def text_of(path: Path) -> str:
    """A file's text."""
    return path.read_text(encoding="utf-8")


def data_of(name: str) -> dict[str, Any]:
    """A library file as text values."""
    path = LIBRARY / name
    return cast("dict[str, Any]", read_yaml(text_of(path), str(path)).data)


def library() -> Library:
    """Everything flows may use."""
    return Library.load({str(path): text_of(path) for path in LIBRARY.rglob("*.yaml")})


def english_path(name: str) -> Path:
    """Where a flow's English lies."""
    return FLOW_PATHS[name].with_suffix(".en.yaml")


def reading_of(name: str) -> Reading:
    """A flow with what the checker says of it."""
    path = FLOW_PATHS[name]
    return read_flow(text_of(path), str(path), library())


def flow_of(name: str) -> Flow:
    """A flow that reads."""
    flow = reading_of(name).flow
    assert flow is not None
    return flow


def overlay_of(name: str) -> Overlay:
    """Its English overlay."""
    path = english_path(name)
    found = read_overlay(text_of(path), str(path), flow_of(name))
    assert found.overlay is not None
    return found.overlay


def all_texts(value: Any, loc: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """(location, text) of every text in a file's data."""
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            yield from all_texts(item, (*loc, str(number)))
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from all_texts(item, (*loc, key))


def placeholders(text: str) -> set[str]:
    """The names in ${…}."""
    return set(PLACEHOLDER.findall(text))
