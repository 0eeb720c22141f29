"""Content files taken into an installation that is at work: the library is published as before, and changed flow files become drafts,
because what agents say on the phone is approved by another person than the one who wrote it.

A flow that nobody touched follows the library: when a shared line changed, its live version is made again from its own files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.clock import Clock
from engine.errors import BadFile
from engine.flow.findings import errors
from engine.flow.publication import DraftState
from engine.flow.snapshot import Snapshot
from engine.ids import Ids
from engine.services import content, experiments
from engine.services.checking_flows import publishable_flows
from engine.services.publishing import Published, publish_files, publish_library
from engine.services.reading_flows import ReadFlow, files_of, source_of
from engine.storage.content import publish_content
from engine.storage.database import Database, Transaction
from engine.storage.drafts import (
    Draft,
    Revision,
    add_revision,
    insert_draft,
    newest_revision,
    open_draft_of,
    show_revision,
    store_state,
    writers_of,
)
from engine.storage.flow_sources import StoredSource, offered_sources, published_sources
from engine.storage.publication_events import add_publication_event

Source = Mapping[str, Any]
_EXPERIMENT = "实验进行中，新的话术等实验停止后再载入 / an experiment is running: load again when it has stopped"
_SOMEBODY = "这个流程有人正在改，文件没有载入 / somebody's draft of this flow is open: the file was not taken in"


def take_in_files(
    database: Database, clock: Clock, ids: Ids, files: Mapping[str, str], never_said: Sequence[str] = (), *, by: str, message: str
) -> Published:
    """Take in content files, path → text. Where no flow was ever published they are published; later, changed flows become drafts.

    A draft that a person wrote on is never overwritten: that is told instead. What was published or offered before is left alone.
    """
    with database.reading() as tx:
        first = tx.row("SELECT 1 FROM content_version WHERE kind = :kind", kind=content.FLOWS) is None
    if first:
        return publish_files(database, clock, files, never_said, by=by, message=message)
    report = publish_library(database, clock, files, by=by, message=message)
    taking = _TakingIn(database, clock, ids, by, message, report)
    try:
        taking.follow_the_library(never_said)
        taking.offer(files, never_said)
    except BadFile as problem:  # a broken offer policy: the tests of flows cannot be walked
        if str(problem) not in report.problems:
            report.problems.append(str(problem))
        report.failed = True
    return report


class _TakingIn:
    """One set of files on its way into an installation at work."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, by: str, message: str, report: Published) -> None:
        self._database, self._clock, self._ids = database, clock, ids
        self._by, self._message, self._report = by, message, report

    def follow_the_library(self, never_said: Sequence[str]) -> None:
        """Make the live version of every flow again from the files it was made of, where the library made a difference."""
        with self._database.reading() as tx:
            live = [one for one in published_sources(tx) if one.live and one.source is not None]
            files = content.library_files(tx)
        sources = {one.source["path"]: one for one in live if one.source is not None}
        for one in sources.values():
            files |= files_of(one.source or {})
        for flow in publishable_flows(files, never_said, self._clock.now()):
            was = sources.get(flow.path)
            if was is not None and flow.id == was.name and self._sound(flow) is not None:
                self._republish(flow, was)

    def _republish(self, flow: ReadFlow, was: StoredSource) -> None:
        snapshot = flow.snapshot
        if snapshot is None or snapshot.sha256 == was.sha256:
            return
        with self._database.transaction() as tx:
            if experiments.running(tx, flow.id) is not None:
                self._problem(flow.path, _EXPERIMENT)
                return
            if content.live_flow_version(tx, flow.id) == was.sha256:
                self._publish(tx, flow.id, snapshot, was.source)
                self._report.taken.append((content.FLOWS, flow.id))

    def offer(self, files: Mapping[str, str], never_said: Sequence[str]) -> None:
        """Make a draft of every flow file that says something new."""
        with self._database.reading() as tx:
            shelf = content.library_files(tx)
            known: dict[str, list[StoredSource]] = {}
            for one in published_sources(tx):
                known.setdefault(one.name, []).append(one)
        flows = {path: text for path, text in files.items() if path.startswith("flows/")}
        for flow in publishable_flows({**shelf, **flows}, never_said, self._clock.now()):
            source, versions = source_of(flow.path, flows), known.get(flow.id, [])
            if any(_same(one.source, source) for one in versions):
                continue
            snapshot = self._sound(flow)
            if snapshot is not None:
                self._offer_one(flow, snapshot, source, versions)

    def _offer_one(self, flow: ReadFlow, snapshot: Snapshot, source: Source, versions: Sequence[StoredSource]) -> None:
        with self._database.transaction() as tx:
            live = next((one for one in versions if one.live), None)
            if live is not None and live.source is None and live.sha256 == snapshot.sha256:
                self._publish(tx, flow.id, snapshot, source)  # published before files were kept: now they are
                return
            if any(_same(one, source) for one in offered_sources(tx, flow.id, self._by)):
                return
            open_draft = open_draft_of(tx, flow.id)
            if open_draft is None:
                self._begin(tx, flow.id, source, live.sha256 if live else None)
            elif open_draft.state is DraftState.scheduled or writers_of(tx, open_draft.id) != frozenset({self._by}):
                self._problem(flow.path, _SOMEBODY)
                return
            else:
                self._write_on(tx, open_draft, source)
            self._report.drafts.append(flow.id)

    def _begin(self, tx: Transaction, flow_id: str, source: Source, based_on: str | None) -> None:
        now = self._clock.now()
        draft = Draft(
            self._ids.new(), flow_id, source["path"], DraftState.draft, 1, 1, based_on, source["text"], source["overlays"],
            self._by, now, self._by, now,
        )  # fmt: skip
        insert_draft(tx, draft, {"code": "draft.from_file"})
        self._submit(tx, draft)

    def _write_on(self, tx: Transaction, draft: Draft, source: Source) -> None:
        """The files changed again before anybody approved them."""
        number = newest_revision(tx, draft.id) + 1
        revision = Revision(number, draft.head, {"code": "draft.from_file"}, self._by, self._clock.now())
        add_revision(tx, draft.id, revision, source["text"], source["overlays"])
        show_revision(tx, draft, number, by=self._by, at=revision.made_at)
        self._submit(tx, draft)

    def _submit(self, tx: Transaction, draft: Draft) -> None:
        now = self._clock.now()
        told = {"submitted_by": self._by, "submitted_at": now, "message": self._message}
        submitted = replace(draft, state=DraftState.in_review, changed_by=self._by, changed_at=now, **told)
        store_state(tx, submitted)
        add_publication_event(
            tx, self._ids, now, self._by, content.FLOWS, draft.flow_id, "submitted", draft_id=draft.id, message=self._message
        )

    def _publish(self, tx: Transaction, flow_id: str, snapshot: Snapshot, source: Source | None) -> None:
        now = self._clock.now()
        if publish_content(
            tx, content.FLOWS, flow_id, snapshot.sha256, snapshot.text, at=now, by=self._by, message=self._message, source=source
        ):
            add_publication_event(
                tx, self._ids, now, self._by, content.FLOWS, flow_id, "published", sha256=snapshot.sha256, message=self._message
            )

    def _sound(self, flow: ReadFlow) -> Snapshot | None:
        """The flow's snapshot; what is wrong with it is told."""
        told = [str(finding) for finding in flow.findings]
        self._report.problems += [one for one in told if one not in self._report.problems]
        self._report.failed = self._report.failed or bool(errors(flow.findings))
        return flow.snapshot

    def _problem(self, path: str, problem: str) -> None:
        self._report.problems.append(f"{path}: {problem}")
        self._report.failed = True


def published_files(tx: Transaction) -> tuple[dict[str, str], list[str]]:
    """Path → text of everything that is live, as it was written, and the flows whose files were not kept."""
    live = [one for one in published_sources(tx) if one.live]
    files = content.library_files(tx)
    for one in live:
        files |= files_of(one.source) if one.source is not None else {}
    return files, [one.name for one in live if one.source is None]


def _same(one: Source | None, other: Source) -> bool:
    return one is not None and one["text"] == other["text"] and dict(one["overlays"]) == dict(other["overlays"])
