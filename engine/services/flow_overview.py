"""What is to be seen of flows and their versions: the list, one flow's page, a version or a draft beside another."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import NotFound
from engine.flow.publication import OPEN_STATES
from engine.services import content
from engine.services.experiments import running
from engine.services.house import House
from engine.storage.campaigns import CampaignFlow, campaign_flows
from engine.storage.content import ContentVersion, content_body, content_source, content_versions
from engine.storage.database import Transaction
from engine.storage.draft_comments import Comment, comments_of
from engine.storage.drafts import Draft, drafts_of, load_draft, open_draft_of, open_drafts, revisions, writers_of
from engine.storage.flow_figures import CallsOf, calls_by_version
from engine.storage.people import all_accounts
from engine.storage.publication_events import PublicationEvent, publication_events

_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A flow in the list. `title` by language; `calls_today`: those that began with any of its versions."""

    flow_id: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    steps: int
    tests: int
    live: ContentVersion | None
    newest: ContentVersion | None
    draft: Draft | None
    calls_today: int

    @property
    def next_number(self) -> int:
        """What the draft's version would be called."""
        return (self.newest.number if self.newest else 0) + 1


@dataclass(frozen=True, slots=True)
class FlowPage:
    """One flow: its line, every version with the calls it had today, closed drafts, what was done, and the campaigns that use it."""

    line: FlowLine
    versions: tuple[ContentVersion, ...]
    calls: Mapping[str, CallsOf]
    closed: tuple[Draft, ...]
    history: tuple[PublicationEvent, ...]
    campaigns: tuple[CampaignFlow, ...]
    experiment: str | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: {"": flow, "en": translation}, empty for nothing."""

    name: str
    sha256: str | None
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft beside a published version, with what was said about it. `writers` made some revision of it."""

    draft: Draft
    line: FlowLine
    versions: tuple[ContentVersion, ...]
    against: Side
    comments: tuple[Comment, ...]
    writers: frozenset[str]
    revisions: int
    experiment: str | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A published version with its files, beside the one before it or another; `source` None when its files were not kept."""

    line: FlowLine
    version: ContentVersion
    versions: tuple[ContentVersion, ...]
    source: Mapping[str, Any] | None
    against: Side
    names: Mapping[str, str]


def list_flows(house: House) -> list[FlowLine]:
    """Every flow there is: live, retired, or only being written."""
    with house.database.reading() as tx:
        by_name: dict[str, list[ContentVersion]] = {}
        for one in content_versions(tx, content.FLOWS):
            by_name.setdefault(one.name, []).append(one)
        drafts = {draft.flow_id: draft for draft in open_drafts(tx)}
        today = _calls_today(house, tx)
        names = sorted({*by_name, *drafts})
        return [_line(tx, name, by_name.get(name, []), drafts.get(name), today) for name in names]


def flow_page(house: House, flow_id: str) -> FlowPage:
    """One flow's page. Raises NotFound("flow.not_found")."""
    with house.database.reading() as tx:
        versions, today = _versions(tx, flow_id), _calls_today(house, tx)
        drafts = drafts_of(tx, flow_id)
        if not versions and not drafts:
            raise NotFound("flow.not_found", flow_id=flow_id)
        found = running(tx, flow_id)
        return FlowPage(
            _line(tx, flow_id, versions, open_draft_of(tx, flow_id), today),
            tuple(sorted(versions, key=lambda one: -one.number)),
            {one.version: one for one in today if one.flow_id == flow_id},
            tuple(one for one in drafts if one.state not in OPEN_STATES),
            tuple(publication_events(tx, content.FLOWS, flow_id)),
            tuple(campaign_flows(tx)),
            found.title if found else None,
            _names(tx),
        )


def draft_page(house: House, draft_id: str, against: str | None) -> DraftPage:
    """A draft beside the live version (a closed one beside what it began from), or beside `against`.

    Raises NotFound("draft.not_found" | "content.no_version").
    """
    with house.database.reading() as tx:
        draft = load_draft(tx, draft_id)
        versions = _versions(tx, draft.flow_id)
        live = next((one.sha256 for one in versions if one.live), None)
        beside = live if draft.state in OPEN_STATES else draft.based_on
        found = running(tx, draft.flow_id)
        return DraftPage(
            draft,
            _line(tx, draft.flow_id, versions, open_draft_of(tx, draft.flow_id), _calls_today(house, tx)),
            tuple(sorted(versions, key=lambda one: -one.number)),
            _side(tx, draft.flow_id, versions, against or beside),
            tuple(comments_of(tx, draft_id)),
            writers_of(tx, draft_id),
            len(revisions(tx, draft_id)),
            found.title if found else None,
            _names(tx),
        )


def version_page(house: House, flow_id: str, sha256: str, against: str | None) -> VersionPage:
    """A published version beside the one before it, or beside `against`. Raises NotFound("content.no_version")."""
    with house.database.reading() as tx:
        versions = sorted(_versions(tx, flow_id), key=lambda one: -one.number)
        version = next((one for one in versions if one.sha256 == sha256), None)
        if version is None:
            raise NotFound("content.no_version", kind=content.FLOWS, name=flow_id, sha256=sha256)
        before = next((one.sha256 for one in versions if one.number < version.number), None)
        return VersionPage(
            _line(tx, flow_id, versions, open_draft_of(tx, flow_id), _calls_today(house, tx)),
            version,
            tuple(versions),
            content_source(tx, content.FLOWS, flow_id, sha256),
            _side(tx, flow_id, versions, against or before),
            _names(tx),
        )


def texts_of(source: Mapping[str, Any] | None) -> dict[str, str]:
    """A version's files as they are compared: {"": flow, "en": translation}."""
    return {} if source is None else {"": source["text"], **source["overlays"]}


def _side(tx: Transaction, flow_id: str, versions: Sequence[ContentVersion], sha256: str | None) -> Side:
    if sha256 is None:
        return Side("", None, {})
    files = texts_of(content_source(tx, content.FLOWS, flow_id, sha256))
    number = next(one.number for one in versions if one.sha256 == sha256)
    return Side(f"v{number}", sha256, files)


def _versions(tx: Transaction, flow_id: str) -> list[ContentVersion]:
    return [one for one in content_versions(tx, content.FLOWS) if one.name == flow_id]


def _line(tx: Transaction, flow_id: str, versions: Sequence[ContentVersion], draft: Draft | None, today: Sequence[CallsOf]) -> FlowLine:
    newest = max(versions, key=lambda one: one.number, default=None)
    live = next((one for one in versions if one.live), None)
    begun = sum(one.begun for one in today if one.flow_id == flow_id)
    shown = live or newest
    if shown is None:
        text = draft.text if draft is not None else ""
        languages = ("zh", *sorted(draft.overlays)) if draft is not None else ()
        return FlowLine(flow_id, {"zh": _written_title(text) or flow_id}, languages, 0, 0, None, None, draft, begun)
    title, languages, steps, tests = _figures(tx, flow_id, shown.sha256)
    return FlowLine(flow_id, title, languages, steps, tests, live, newest, draft, begun)


_Figures = tuple[Mapping[str, str], tuple[str, ...], int, int]
_figures_of: dict[str, _Figures] = {}
"""By version: versions never change."""


def _figures(tx: Transaction, flow_id: str, sha256: str) -> _Figures:
    """Title, languages, how many steps and tests. Compiling a flow for that would take a hundred times as long."""
    found = _figures_of.get(sha256)
    if found is None:
        data = json.loads(content_body(tx, content.FLOWS, flow_id, sha256))
        figures = dict(data["title"]), tuple(data["languages"]), len(data["steps"]), len(data["tests"])
        found = _figures_of[sha256] = figures
    return found


def _written_title(text: str) -> str:
    """The title as it stands in a text that may be unfinished."""
    found = _TITLE.search(text)
    return found[1].strip("'\"") if found else ""


def _calls_today(house: House, tx: Transaction) -> list[CallsOf]:
    return calls_by_version(tx, day_start(house.clock.now(), house.company.zone))


def day_start(now: datetime, zone: str) -> datetime:
    """Midnight in the installation's zone."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _names(tx: Transaction) -> dict[str, str]:
    """User id → what people call them."""
    return {str(account.person.user_id): account.person.display_name for account in all_accounts(tx)}
