"""Reads flow files with their translations: `<id>.yaml` and, beside it, `<id>.<language>.yaml`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.flow import snapshot
from engine.flow.findings import Finding
from engine.flow.library import Library
from engine.flow.overlay import Overlay, read_overlay
from engine.flow.reading import read_flow
from engine.flow.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """A flow file as read: its snapshot with every sound translation, or None, and everything that is to be said about it."""

    id: str
    path: str
    snapshot: Snapshot | None
    findings: tuple[Finding, ...]


def read_flows(files: Mapping[str, str], library: Library, competitors: Sequence[str] = ()) -> Iterator[ReadFlow]:
    """Read every flow of path → text. A broken translation leaves the flow usable in its own language."""
    for path, text in sorted(files.items()):
        if path.endswith(".yaml") and not _is_overlay(path):
            yield _read(path, text, files, library, competitors)


def _read(path: str, text: str, files: Mapping[str, str], library: Library, competitors: Sequence[str]) -> ReadFlow:
    name = path.rsplit("/", 1)[-1].removesuffix(".yaml")
    reading = read_flow(text, path, library, competitors)
    findings = list(reading.findings)
    if reading.flow is None:
        return ReadFlow(name, path, None, tuple(findings))
    overlays: list[Overlay] = []
    for overlay_path in overlays_beside(path, files):
        read = read_overlay(files[overlay_path], overlay_path, reading.flow)
        findings += read.findings
        if read.overlay is not None:
            overlays.append(read.overlay)
    return ReadFlow(reading.flow.id, path, snapshot.publish(reading.flow, tuple(overlays)), tuple(findings))


def overlays_beside(path: str, files: Iterable[str]) -> list[str]:
    """The translations that lie beside a flow file."""
    beside = path.removesuffix(".yaml") + "."
    return [one for one in sorted(files) if one.startswith(beside) and one.endswith(".yaml") and _is_overlay(one)]


def source_of(path: str, files: Mapping[str, str]) -> dict[str, Any]:
    """A flow's file and its translations, as they are kept with a published version: {"path", "text", "overlays": {language: text}}."""
    beside = path.removesuffix(".yaml") + "."
    overlays = {one.removeprefix(beside).removesuffix(".yaml"): files[one] for one in overlays_beside(path, files)}
    return {"path": path, "text": files[path], "overlays": overlays}


def files_of(source: Mapping[str, Any]) -> dict[str, str]:
    """Path → text of such a source."""
    path: str = source["path"]
    return {path: source["text"], **{f"{path.removesuffix('.yaml')}.{tag}.yaml": text for tag, text in source["overlays"].items()}}


def _is_overlay(path: str) -> bool:
    """`broadband.en.yaml` translates `broadband.yaml`."""
    return path.rsplit("/", 1)[-1].count(".") > 1
