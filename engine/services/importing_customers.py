"""Bringing customers in from a file: every row is stored, or listed with the reason. One transaction: all of the file, or nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any, cast

from engine.clock import Clock
from engine.customers.consents import merged
from engine.customers.customer import Customer, CustomerContent
from engine.customers.import_report import ImportReport, Tally
from engine.customers.mapping import CustomerMapping
from engine.customers.problems import Problem
from engine.customers.row import FileRow, RowReader
from engine.errors import NotFound
from engine.ids import Ids
from engine.money import Money
from engine.services.enrolling import enrol
from engine.storage import people
from engine.storage.customer_batches import (
    Known,
    Written,
    add_change,
    add_contacts,
    add_customers,
    change_customer,
    known_customers,
    replace_consents,
    replace_numbers,
)
from engine.storage.customers import load_customers, recent_contacts
from engine.storage.database import Database, Transaction

BATCH = 500
"""Rows looked up and written together."""
Progress = Callable[[int, int | None], None]
"""Called with rows done, and rows in all when that is known."""
_OWN_TABLES = ("numbers", "consents", "contacts")
_STORED_AS = {"owner": "owner_id", "team": "team_id"}


def import_customers(
    database: Database,
    clock: Clock,
    ids: Ids,
    rows: Iterable[FileRow],
    columns: Sequence[str],
    mapping: CustomerMapping,
    *,
    actor: str,
    file: str = "",
    encoding: str = "utf-8",
    dry_run: bool = False,
    total: int | None = None,
    progress: Progress | None = None,
    campaign: str | None = None,
    team: str | None = None,
) -> ImportReport:
    """Import the rows of a file, or with `dry_run` find out what that would do and write nothing.

    `campaign` names a list to put the customers on, worked by `team` unless they have a team of their own. Raises BadFile when the
    mapping names a column the file lacks, NotFound for the campaign or team, and whatever reading the rows raises: then nothing is stored.
    """
    mapping.check_columns(columns)
    started = clock.now()
    within: AbstractContextManager[Transaction] = database.reading() if dry_run else database.transaction()
    with within as tx:
        if not dry_run:
            tx.lock_number("customers.import")  # two imports at once would each miss what the other adds
        work = _Import(tx, ids, mapping, columns, clock.now(), dry_run, campaign, team)
        for batch in _batches(rows):
            work.take(batch)
            if progress is not None:
                progress(work.tally.read, total)
        if not dry_run:
            work.write_audit(actor, file)
    return _report(work, file, encoding, (clock.now() - started).total_seconds(), columns, campaign)


class _Import:
    """One import under way, within its transaction."""

    def __init__(
        self,
        tx: Transaction,
        ids: Ids,
        mapping: CustomerMapping,
        columns: Sequence[str],
        now: datetime,
        dry_run: bool,
        campaign: str | None,
        team: str | None,
    ) -> None:
        self._tx, self._ids, self._now, self.dry_run = tx, ids, now, dry_run
        self.mapping = mapping
        self.tally = Tally()
        self._today: date = now.astimezone(mapping.zone).date()
        self.kept = mapping.kept_columns(columns)
        self._reader = RowReader(mapping, self.kept, self._today)
        self._read_columns = sorted(mapping.used_columns)
        self._seen: dict[str, int] = {}
        self._owners = {row["name"]: row["id"] for row in tx.rows("SELECT name, id FROM user_account")}
        self._teams = {name: team_id for team_id, name in people.all_teams(tx)}
        self._campaign_id = None if campaign is None else _campaign_id(tx, campaign)
        if team is not None and team not in self._teams:
            raise NotFound("team.unknown", team=team, known=sorted(self._teams))
        self._team_id = None if team is None else self._teams[team]

    def take(self, rows: Sequence[FileRow]) -> None:
        """Read a batch, and write what is new or changed."""
        read = [(row.line, content) for row in rows if (content := self._content(row)) is not None]
        known = known_customers(self._tx, self.mapping.source, [content.external_id for _, content in read])
        new: list[Written] = []
        changed: list[Written] = []
        present: list[Written] = []
        for line, content in read:
            written = self._sorted_out(line, content, known.get(content.external_id), new, changed)
            if written is not None:
                present.append(written)
        self._change(changed)
        if not self.dry_run:
            add_customers(self._tx, self._ids, new, self._now)
            self._enrol(present)
        self.tally.new += len(new)

    def _content(self, row: FileRow) -> CustomerContent | None:
        """The row as a customer; None, and listed, when it is not one."""
        self.tally.read += 1
        if row.fault is None:
            for column in self._read_columns:
                if not row.cells[column].strip():
                    self.tally.blanks[column] += 1
        found = self._reader.read(row)
        if isinstance(found, list):
            self.tally.reject(found)
            return None
        first = self._seen.setdefault(found.external_id, row.line)
        if first != row.line:
            twice = Problem(row.line, "external_id", found.external_id, "customer.same_id_twice", {"first_line": first})
            self.tally.reject([twice])
            return None
        return found

    def _sorted_out(
        self, line: int, content: CustomerContent, known: Known | None, new: list[Written], changed: list[Written]
    ) -> Written | None:
        """Put a customer with the new, the changed or the unchanged; None when it is rejected after all."""
        for name, value, there in (("owner", content.owner, self._owners), ("team", content.team, self._teams)):
            if value and value not in there:
                self.tally.reject([Problem(line, name, value, f"{name}.unknown")])
                return None
        if known is not None and known.erased:
            self.tally.reject([Problem(line, "external_id", content.external_id, "customer.erased")])
            return None
        customer_id = self._ids.new() if known is None else known.id
        written = Written(customer_id, content, content.content_hash(), self._owners.get(content.owner), self._teams.get(content.team))
        if known is None:
            new.append(written)
        elif known.content_hash != written.content_hash:
            changed.append(written)
        else:
            self.tally.unchanged += 1
        return written

    def _change(self, changed: Sequence[Written]) -> None:
        """Write what differs from the stored customer in the fields the mapping tells of, and record it."""
        stored = load_customers(self._tx, [one.id for one in changed])
        for one in changed:
            before = stored[one.id]
            changes = self._changes(before, one.content)
            if changes:
                self.tally.changed += 1
            else:
                self.tally.unchanged += 1
            if not self.dry_run:
                self._write_change(one, changes)

    def _write_change(self, one: Written, changes: Mapping[str, tuple[Any, Any]]) -> None:
        columns = [_STORED_AS.get(name, name) for name in changes if name not in _OWN_TABLES]
        change_customer(self._tx, one, columns, self._now)
        if "numbers" in changes:
            replace_numbers(self._tx, self._ids, one.id, one.content.numbers)
        if "consents" in changes:
            replace_consents(self._tx, self._ids, one.id, changes["consents"][1])
        if "contacts" in changes:
            add_contacts(self._tx, self._ids, ((one.id, contact) for contact in changes["contacts"][1]))
        if changes:
            told = {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()}
            add_change(self._tx, self._ids.new(), one.id, f"import:{self.mapping.id}", told, self._now)

    def _changes(self, before: Customer, after: CustomerContent) -> dict[str, tuple[Any, Any]]:
        """Field → what it was, what it becomes."""
        found: dict[str, tuple[Any, Any]] = {}
        for name in self.mapping.told_fields():
            old, new = getattr(before, name), getattr(after, name)
            if name == "consents":
                new = merged(old, new, self._now)
            if name == "contacts":
                kept = recent_contacts(self._tx, before.id, 1000)
                old, new = (), tuple(contact for contact in new if contact not in kept)
            if old != new:
                found[name] = (old, new)
        return found

    def _enrol(self, present: Sequence[Written]) -> None:
        if self._campaign_id is not None:
            customers = ((one.id, one.content, one.team_id) for one in present)
            self.tally.enrolled += enrol(
                self._tx, self._ids, self._campaign_id, customers, team_id=self._team_id, at=self._now, today=self._today
            )

    def write_audit(self, actor: str, file: str) -> None:
        """Who imported what, in counts."""
        tally, mapping = self.tally, self.mapping
        counts = {"new": tally.new, "changed": tally.changed, "unchanged": tally.unchanged, "rejected": tally.rejected}
        people.write_audit(
            self._tx,
            self._ids,
            self._now,
            actor,
            "customers.imported",
            mapping.source,
            mapping=f"{mapping.id}@{mapping.version}",
            file=file,
            **counts,
        )


def _campaign_id(tx: Transaction, name: str) -> str:
    row = tx.row("SELECT id FROM campaign WHERE name = :name", name=name)
    if row is None:
        known = [found["name"] for found in tx.rows("SELECT name FROM campaign ORDER BY name")]
        raise NotFound("campaign.unknown", campaign=name, known=known)
    return str(row["id"])


def _batches(rows: Iterable[FileRow]) -> Iterator[list[FileRow]]:
    batch: list[FileRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _plain(value: Any) -> Any:
    """A value as JSON, for the record of changes."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in asdict(value).items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in cast(Sequence[Any], value)]
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, Any], value))
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _report(work: _Import, file: str, encoding: str, seconds: float, columns: Sequence[str], campaign: str | None) -> ImportReport:
    tally, mapping = work.tally, work.mapping
    return ImportReport(
        file=file,
        mapping=mapping.id,
        encoding=encoding,
        dry_run=work.dry_run,
        read=tally.read,
        new=tally.new,
        changed=tally.changed,
        unchanged=tally.unchanged,
        rejected=tally.rejected,
        problems=tuple(tally.problems),
        blanks=dict(sorted(tally.blanks.items())),
        constants=mapping.constants(),
        test_numbers=mapping.sets_test_numbers(),
        kept_columns=work.kept,
        ignored_columns=tuple(column for column in columns if column in mapping.ignored),
        campaign=campaign,
        enrolled=tally.enrolled,
        seconds=seconds,
    )
