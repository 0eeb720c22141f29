"""Three people do whatever they like with a flow, in any order, with pages as old as they please. Whatever happens:

- no text that was once acknowledged is lost,
- at most one version is live,
- nothing goes live that another person has not approved, with a message, in the very text they saw,
- calls keep the version they began with.
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.clock import SetClock
from engine.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from engine.flow.publication import DraftState
from engine.ids import RandomIds
from engine.services import drafts, publication
from engine.services.drafts import Draft
from engine.storage.content import content_source
from engine.storage.database import Database
from engine.storage.drafts import drafts_of, writers_of
from engine.storage.migrate import upgrade
from tests.services.world import World, make_world

pytestmark = [pytest.mark.property, pytest.mark.safety]

FLOW = "broadband_cancellation"
PEOPLE = ("anna", "bo", "chen")
NO = (Conflict, Refused, NotAllowed, BadInput, NotFound)
people = st.sampled_from(PEOPLE)
messages = st.sampled_from(["改好了", "改好了", "改好了", "", "  "])


@lru_cache(maxsize=1)
def _template() -> Path:
    path = Path(tempfile.mkdtemp()) / "stayline.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


class DraftLife(RuleBasedStateMachine):
    """The world with three people; `seen` is what each one's page shows: (draft, version, text)."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        shutil.copy(_template(), f"{self.folder}/stayline.db")
        clock = SetClock(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))
        self.database = Database(f"sqlite:///{self.folder}/stayline.db")
        self.world: World = make_world(self.database, clock, RandomIds(clock))
        self.house = self.world.house
        self.kept: dict[tuple[str, int], str] = {}
        self.seen: dict[str, tuple[str, int, str]] = {}
        self.calls: dict[str, str] = {}
        self.count = 0
        self.first = self.live()

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    # ---------------------------------------------------------------- looking

    def live(self) -> list[str]:
        sql = "SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = :name AND live"
        return [row["sha256"] for row in self.world.rows(sql, name=FLOW)]

    def draft(self, draft_id: str) -> Draft:
        with self.database.reading() as tx:
            return drafts.load_draft(tx, draft_id)

    def look(self, who: str, draft: Draft) -> None:
        self.seen[who] = (draft.id, draft.version, draft.text)
        self.kept[draft.id, draft.head] = draft.text

    def try_to(self, who: str, work: Any, *args: Any, **how: Any) -> Draft | None:
        """Do it as somebody; what came of it is then on their page. None when it was refused."""
        try:
            done: Draft = work(self.house, who, *args, **how)
        except NO:
            return None
        self.look(who, done)
        return done

    # ---------------------------------------------------------------- what people do

    @initialize()
    def begin_first(self) -> None:
        self.try_to("anna", drafts.begin_draft, FLOW)

    @rule(who=people)
    def open_the_draft(self, who: str) -> None:
        self.try_to(who, drafts.begin_draft, FLOW)

    @precondition(lambda self: self.seen)
    @rule(who=people, broken=st.integers(0, 5))
    def write(self, who: str, broken: int) -> None:
        if who not in self.seen:
            return
        self.count += 1
        draft_id, version, shown = self.seen[who]
        text = "" if broken == 0 else shown.split("\n# ", 1)[0].rstrip() + f"\n# {who} {self.count}\n"
        if broken > 2:
            text = text.replace("title: 宽带", f"title: 宽带{self.count}", 1)
        try:
            done = drafts.save(self.house, who, draft_id, version, text=text, what={"code": "text"})
        except NO:
            return
        assert done.text == text
        self.look(who, done)

    @precondition(lambda self: self.seen)
    @rule(who=people, back=st.booleans())
    def undo_or_redo(self, who: str, back: bool) -> None:
        if who in self.seen:
            self.try_to(who, drafts.undo if back else drafts.redo, *self.seen[who][:2])

    @precondition(lambda self: self.seen)
    @rule(who=people, message=messages)
    def submit(self, who: str, message: str) -> None:
        if who in self.seen and self.try_to(who, publication.submit, *self.seen[who][:2], message):
            assert message.strip()

    @precondition(lambda self: self.seen)
    @rule(who=people, what=st.sampled_from(["take_back", "discard", "send_back"]), message=messages)
    def turn_back(self, who: str, what: str, message: str) -> None:
        if who in self.seen:
            more = (message,) if what == "send_back" else ()
            self.try_to(who, getattr(publication, what), self.seen[who][0], *more)

    @precondition(lambda self: self.seen)
    @rule(who=people, hours=st.sampled_from([0, 0, 0, 1, -1]))
    def approve(self, who: str, hours: int) -> None:
        if who not in self.seen:
            return
        draft_id, version, shown = self.seen[who]
        at = self.world.clock.now() + timedelta(hours=hours) if hours else None
        done = self.try_to(who, publication.approve, draft_id, version, publish_at=at)
        if done is None:
            return
        with self.database.reading() as tx:
            assert who not in writers_of(tx, draft_id)
        assert who != done.submitted_by
        assert done.message
        assert done.text == shown
        event("approved")
        assert done.state is (DraftState.scheduled if hours else DraftState.published)

    @rule(writer=people, approver=people, hours=st.sampled_from([0, 0, 1]))
    def a_whole_round(self, writer: str, approver: str, hours: int) -> None:
        """What mostly happens; how it ends depends on all that was done before."""
        self.open_the_draft(writer)
        self.write(writer, broken=3)
        self.submit(writer, "改好了")
        self.open_the_draft(approver)
        self.approve(approver, hours)

    @rule(minutes=st.sampled_from([1, 61]))
    def time_goes_on(self, minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))
        self.world.run_jobs()

    @rule(who=people, which=st.integers(0, 3), message=messages)
    def roll_back(self, who: str, which: int, message: str) -> None:
        versions = self.world.rows("SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = :n ORDER BY number", n=FLOW)
        try:
            publication.roll_back(self.house, who, FLOW, versions[which % len(versions)]["sha256"], message)
        except NO:
            return
        assert message.strip()

    @rule(who=people, message=messages, really=st.integers(0, 4))
    def retire(self, who: str, message: str, really: int) -> None:
        if really:
            return
        try:
            publication.retire(self.house, who, FLOW, message)
        except NO:
            return
        assert message.strip()

    @precondition(lambda self: len(self.calls) < 2)
    @rule()
    def a_call_begins(self) -> None:
        before = self.live()
        try:
            call_id = self.world.answered_call(f"+9991380000{1000 + self.count + len(self.calls) * 500:04d}")
        except NO:
            return
        assert [self.world.call(call_id).flow_version] == before
        self.calls[call_id] = before[0]
        self.world.press()
        with self.database.transaction() as tx:  # the agent is free for another call; this one goes on
            tx.run("UPDATE agent_desk SET state = 'available', lead_id = NULL, call_id = NULL")

    # ---------------------------------------------------------------- what holds

    @invariant()
    def no_text_is_lost(self) -> None:
        with self.database.reading() as tx:
            for (draft_id, number), text in self.kept.items():
                assert drafts.revision_text(tx, draft_id, number)[0] == text

    @invariant()
    def at_most_one_version_is_live(self) -> None:
        assert len(self.live()) <= 1

    @invariant()
    def what_was_published_was_approved_by_another_person_with_a_message(self) -> None:
        with self.database.reading() as tx:
            events = list(reversed(publication.history(tx, FLOW)))
            told = {one.draft_id for one in events if one.what == "published"}
            published = [one for one in drafts_of(tx, FLOW) if one.state is DraftState.published]
            assert {one.id for one in published} == told
            for draft in published:
                approvals = [one for one in events if one.what == "approved" and one.draft_id == draft.id]
                assert approvals
                assert approvals[-1].made_by == draft.approved_by
                assert draft.approved_by not in (draft.submitted_by, *writers_of(tx, draft.id))
                assert approvals[-1].message == draft.message != ""
            allowed = {one.published_version for one in published} | set(self.first)
        assert set(self.live()) <= allowed

    @invariant()
    def what_is_live_is_what_the_draft_said(self) -> None:
        with self.database.reading() as tx:
            newest: dict[str | None, Draft] = {}
            for draft in drafts_of(tx, FLOW):  # the newest first
                if draft.state is DraftState.published:
                    newest.setdefault(draft.published_version, draft)
            for sha256, draft in newest.items():
                assert sha256 is not None
                source = content_source(tx, "flow", FLOW, sha256)
                assert source is not None
                assert source["text"] == draft.text

    @invariant()
    def calls_keep_their_version(self) -> None:
        for call_id, version in self.calls.items():
            assert self.world.call(call_id).flow_version == version
            assert self.world.flow(call_id).version == version


TestDraftLife = DraftLife.TestCase
TestDraftLife.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
