"""The wording of a draft out to a sheet and in again: what a sheet changes is decided text by text against the draft as it is now.

All of it is work for the workshop: pure, on the texts of the files.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.flow.translating import settled, with_originals, with_translations
from engine.flow.wording_refusals import refusal_of, tidy
from engine.flow.wording_rows import Kind, LineState, TextPlace, WordingRow, WordingTable
from engine.services.wording import WordingFiles, table_of

_DIGITS = 10


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A row as it goes out."""

    row: WordingRow
    mark: str


@dataclass(frozen=True, slots=True)
class WordingSheet:
    """Everything that goes out. `version` is the draft's."""

    flow_id: str
    title: str
    version: int
    original_language: str
    language: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet of wording that came back. `mark` is what the export wrote of the two texts, see `mark_of`."""

    number: int
    place: str
    original: str
    translation: str
    mark: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text that a sheet changes: the original (`language` is the flow's own) or its translation."""

    number: int
    place: TextPlace
    language: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """A row that is left out, and why."""

    number: int
    place: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Intake:
    """What a sheet would change in a draft as it is now, and what is left out. `confirmed`: lines said to be still right."""

    changes: tuple[TextChange, ...]
    refused: tuple[RowRefusal, ...]
    confirmed: tuple[TextPlace, ...] = ()
    same: int = 0
    titles: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The files after a sheet was taken in."""

    text: str
    overlay: str
    intake: Intake


def mark_of(row: WordingRow) -> str:
    """What tells later which of a row's two texts somebody changed: ten hex digits of each."""
    return f"{_digest(row.place, row.original)}-{_digest(row.place, row.translation)}"


def sheet_of(files: WordingFiles, version: int) -> WordingSheet:
    """Work: the wording of a draft as it goes out. Raises BadYaml, BadInput("wording.language")."""
    table = table_of(files)
    lines = tuple(SheetLine(row, mark_of(row)) for row in table.rows)
    return WordingSheet(table.flow_id, table.title, version, table.original_language, table.language, lines)


def intake_of(files: WordingFiles, rows: Sequence[SheetRow]) -> Intake:
    """Work: what a sheet changes in a draft as it is now, text by text.

    A cell that still says what was exported changes nothing, whatever was written since. A changed cell is refused when the same text was
    changed in the draft meanwhile, or, for a translation, its original; when its placeholders would break; when the step is gone.
    """
    return _Comparison(table_of(files)).intake(rows)


def take_in(files: WordingFiles, rows: Sequence[SheetRow]) -> TakenIn:
    """Work: the files with what `intake_of` finds put in. Phases, steps, targets and conditions stay as they are."""
    table = table_of(files)
    intake = _Comparison(table).intake(rows)
    originals = {one.place: one.after for one in intake.changes if one.language == table.original_language}
    translations = {one.place: one.after for one in intake.changes if one.language == table.language}
    text = with_originals(files.text, files.path, originals) if originals else files.text
    overlay = files.overlay
    seen = {*translations, *intake.confirmed}
    renew = settled(_as_if(table, originals), seen)
    if translations or renew:
        overlay = with_translations(overlay, files.overlay_path, text, files.path, files.language, translations, renew)
    return TakenIn(text, overlay, intake)


def _as_if(table: WordingTable, originals: Mapping[TextPlace, str]) -> WordingTable:
    """The table with the translations of changed originals stale."""
    return replace(table, rows=tuple(replace(row, state=_after(row, originals)) for row in table.rows))


def _after(row: WordingRow, originals: Mapping[TextPlace, str]) -> LineState:
    return LineState.stale if row.place in originals and row.translation else row.state


class _Comparison:
    """A sheet against the draft as it is now."""

    def __init__(self, table: WordingTable) -> None:
        self._table = table
        self._rows = {row.place: row for row in table.rows}
        self._changes: list[TextChange] = []
        self._refused: list[RowRefusal] = []
        self._confirmed: list[TextPlace] = []
        self._seen: set[TextPlace] = set()
        self._same = 0

    def intake(self, rows: Sequence[SheetRow]) -> Intake:
        for row in rows:
            self._compare(row)
        titles = {row.place.name: row.step_title for row in self._table.rows if row.place.kind is Kind.step}
        return Intake(tuple(self._changes), tuple(self._refused), tuple(self._confirmed), self._same, titles)

    def _compare(self, row: SheetRow) -> None:
        place = TextPlace.read(row.place)
        now = self._rows.get(place) if place else None
        was_original, dash, was_translation = row.mark.partition("-")
        if place is None or now is None:
            self._leave_out(row, "wording.unknown_row", "流程里没有这一行了", "The flow has no such line any more.")
        elif not dash or len(was_original) != _DIGITS or len(was_translation) != _DIGITS:
            zh, en = "“标记”一格被改过，看不出改了什么", "The mark was changed; what is new cannot be told."
            self._leave_out(row, "wording.bad_mark", zh, en)
        elif place in self._seen:
            self._leave_out(row, "wording.twice", "这一行出现了两次，只取第一次", "This line stands twice; the first is taken.")
        else:
            self._seen.add(place)
            self._texts(row, now, was_original, was_translation)

    def _texts(self, row: SheetRow, now: WordingRow, was_original: str, was_translation: str) -> None:
        place, before = now.place, len(self._changes) + len(self._refused)
        original, translation = tidy(place, row.original), tidy(place, row.translation)
        new_original = self._changed(row, place, original, now.original, was_original)
        if new_original:
            self._take_original(row, now, original)
        if self._changed(row, place, translation, now.translation, was_translation):
            if not new_original and _digest(place, now.original) != was_original:
                zh, en = "导出以后原文改过了，先看新的原文", "The original was changed after the export; look at the new one first."
                self._leave_out(row, "wording.original_changed", zh, en)
            else:
                self._take_translation(row, now, translation)
        elif row.confirmed and _digest(place, now.original) == was_original and now.translation:
            self._confirmed.append(place)
        self._same += len(self._changes) + len(self._refused) == before

    def _changed(self, row: SheetRow, place: TextPlace, text: str, now: str, was: str) -> bool:
        """Whether the cell says something new; refused here when the draft was changed there too."""
        if _digest(place, text) == was or text == tidy(place, now):
            return False
        if _digest(place, now) != was:
            zh, en = "导出以后别人改过这一格", "Somebody changed this text after the export."
            self._leave_out(row, "wording.changed_meanwhile", zh, en)
            return False
        return True

    def _take_original(self, row: SheetRow, now: WordingRow, text: str) -> None:
        if not text:
            self._leave_out(row, "wording.empty_original", "原文不能清空", "An original cannot be emptied.")
            return
        self._take(row, now, self._table.original_language, now.original, text)

    def _take_translation(self, row: SheetRow, now: WordingRow, text: str) -> None:
        if not text:  # an emptied cell is as likely a slip, or a formula that nobody worked out
            zh, en = "译文空了，没有收；要删译文，在译文页上删", "The cell is empty; take a translation out on the translation page."
            self._leave_out(row, "wording.emptied", zh, en)
            return
        self._take(row, now, self._table.language, now.translation, text)

    def _take(self, row: SheetRow, now: WordingRow, language: str, before: str, after: str) -> None:
        problem = refusal_of(now.place, now.original, after)
        if problem is not None:
            self._leave_out(row, problem.code, problem.zh, problem.en)
            return
        self._changes.append(TextChange(row.number, now.place, language, before, after))

    def _leave_out(self, row: SheetRow, code: str, zh: str, en: str) -> None:
        self._refused.append(RowRefusal(row.number, row.place[:200], code, zh, en))


def _digest(place: TextPlace, text: str) -> str:
    return hashlib.sha256(tidy(place, text).encode()).hexdigest()[:_DIGITS]
