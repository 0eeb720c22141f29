"""Publishes the files that ship (flows, offers, library, policies, scorecards), checked; a broken one never stops the others."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from engine.errors import BadFile
from engine.flow.library import Library
from engine.services import content
from engine.services.house import House
from engine.services.reading_flows import ReadFlow, read_flows
from engine.storage.content import publish_content
from engine.yaml_text import read_yaml


@dataclass(slots=True)
class Published:
    """What was taken in, and what was not and why."""

    taken: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[str] = field(default_factory=list[str])


_BY_FORMAT: Mapping[str, tuple[str, Callable[[str, str], object]]] = {
    "offers/1": (content.OFFERS, content.read_offer_policy),
    "dispositions/1": (content.DISPOSITIONS, content.read_dispositions),
    "calling_policy/1": (content.POLICIES, content.read_calling_policy),
    "scorecard/1": (content.SCORECARDS, content.read_scorecard),
    "messages/1": (content.MESSAGES, read_yaml),
    "reasons/1": (content.REASONS, read_yaml),
    "objections/1": (content.OBJECTIONS, read_yaml),
}


def publish_shipped(house: House, files: Mapping[str, str], *, by: str, message: str) -> Published:
    """Publish every sound file and flow of path → text, each in its own transaction; what was live already stays as it is."""
    report = Published()
    library = Library.load({path: text for path, text in files.items() if path.startswith("scripts_library/")})
    report.problems += [str(finding) for finding in library.findings]
    for path, text in sorted(files.items()):
        if path.startswith("scripts_library/"):
            _publish_file(house, path, text, report, by, message)
    for flow in read_flows(
        {path: text for path, text in files.items() if path.startswith("flows/")}, library, house.company.names_never_said
    ):
        _publish_flow(house, flow, report, by, message)
    return report


def _publish_file(house: House, path: str, text: str, report: Published, by: str, message: str) -> None:
    try:
        data: dict[str, Any] = read_yaml(text, path).data
        known = _BY_FORMAT.get(str(data.get("format")))
        if known is None:
            return
        kind, read = known
        read(text, path)
    except BadFile as problem:
        report.problems.append(str(problem))
        return
    name = str(data.get("id") or PurePosixPath(path).stem)
    _publish(house, kind, name, hashlib.sha256(text.encode()).hexdigest(), text, report, by, message)


def _publish_flow(house: House, flow: ReadFlow, report: Published, by: str, message: str) -> None:
    report.problems += [str(finding) for finding in flow.findings]
    if flow.snapshot is not None:
        _publish(house, content.FLOWS, flow.id, flow.snapshot.sha256, flow.snapshot.text, report, by, message)


def _publish(house: House, kind: str, name: str, sha256: str, body: str, report: Published, by: str, message: str) -> None:
    with house.database.transaction() as tx:
        if publish_content(tx, kind, name, sha256, body, at=house.clock.now(), by=by, message=message):
            report.taken.append((kind, name))
