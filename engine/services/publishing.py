"""Publishes the files that ship (flows, offers, library, policies, scorecards), checked; a broken one never stops the others."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from engine.clock import Clock
from engine.errors import BadFile
from engine.flow.findings import errors
from engine.flow.library import Library
from engine.services import content
from engine.services.checking_flows import publishable_flows
from engine.services.reading_flows import ReadFlow, source_of
from engine.storage.content import publish_content
from engine.storage.database import Database
from engine.yaml_text import read_yaml


@dataclass(slots=True)
class Published:
    """What was taken in, and what was not and why."""

    taken: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[str] = field(default_factory=list[str])
    failed: bool = False
    """Whether something was left out; warnings alone leave nothing out."""
    drafts: list[str] = field(default_factory=list[str])
    """Flows whose changed files wait as a draft for somebody's approval."""


_BY_FORMAT: Mapping[str, tuple[str, Callable[[str, str], object]]] = {
    "offers/1": (content.OFFERS, content.read_offer_policy),
    "dispositions/1": (content.DISPOSITIONS, content.read_dispositions),
    "calling_policy/1": (content.POLICIES, content.read_calling_policy),
    "scorecard/1": (content.SCORECARDS, content.read_scorecard),
    "messages/1": (content.MESSAGES, read_yaml),
    "reasons/1": (content.REASONS, read_yaml),
    "objections/1": (content.OBJECTIONS, read_yaml),
}


def publish_files(
    database: Database, clock: Clock, files: Mapping[str, str], never_said: Sequence[str] = (), *, by: str, message: str
) -> Published:
    """Publish every sound file and flow of path → text, each in its own transaction; what was live already stays as it is.

    `never_said` are other operators' names, which no script may contain (CN-18).
    """
    publisher = _Publisher(database, clock, by, message)
    publisher.publish(files, never_said)
    return publisher.report


def publish_library(database: Database, clock: Clock, files: Mapping[str, str], *, by: str, message: str) -> Published:
    """Publish every sound file of the scripts library and leave the flows alone."""
    publisher = _Publisher(database, clock, by, message)
    publisher.publish_shared(files)
    return publisher.report


class _Publisher:
    """Publishes one set of files."""

    def __init__(self, database: Database, clock: Clock, by: str, message: str) -> None:
        self.report = Published()
        self._database, self._clock, self._by, self._message = database, clock, by, message

    def publish(self, files: Mapping[str, str], never_said: Sequence[str]) -> None:
        self.publish_shared(files)
        try:
            for flow in publishable_flows(files, never_said, self._clock.now()):
                self._flow(flow, files)
        except BadFile as problem:  # a broken offer policy: the tests of flows cannot be walked, so none is published
            self._failed(str(problem))

    def publish_shared(self, files: Mapping[str, str]) -> None:
        shared = {path: text for path, text in files.items() if path.startswith("scripts_library/")}
        library = Library.load(shared)
        self.report.problems += [str(finding) for finding in library.findings]
        self.report.failed = bool(errors(library.findings))
        for path, text in sorted(shared.items()):
            self._file(path, text)

    def _file(self, path: str, text: str) -> None:
        try:
            data: dict[str, Any] = read_yaml(text, path).data
            known = _BY_FORMAT.get(str(data.get("format")))
            if known is not None:
                known[1](text, path)
        except BadFile as problem:
            self._failed(str(problem))
            return
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self._take(content.LIBRARY, path, sha256, text)
        if known is not None:
            self._take(known[0], str(data.get("id") or PurePosixPath(path).stem), sha256, text)

    def _flow(self, flow: ReadFlow, files: Mapping[str, str]) -> None:
        self.report.problems += [str(finding) for finding in flow.findings]
        self.report.failed = self.report.failed or bool(errors(flow.findings))
        if flow.snapshot is not None:
            self._take(content.FLOWS, flow.id, flow.snapshot.sha256, flow.snapshot.text, source_of(flow.path, files))

    def _take(self, kind: str, name: str, sha256: str, body: str, source: Mapping[str, Any] | None = None) -> None:
        with self._database.transaction() as tx:
            taken = publish_content(tx, kind, name, sha256, body, at=self._clock.now(), by=self._by, message=self._message, source=source)
            if taken and kind != content.LIBRARY:
                self.report.taken.append((kind, name))

    def _failed(self, problem: str) -> None:
        if problem not in self.report.problems:
            self.report.problems.append(problem)
        self.report.failed = True
