"""Translating a draft side by side, and its wording out to a sheet and in again. Nothing but wording is ever written.

Functions that are `work` are pure and run in the workshop on the texts of the files; the others ask or write the database.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.texts import short
from engine.flow.translating import TextRefusal, refusal_of, settled, tidy, with_originals, with_translations
from engine.flow.wording import Segment
from engine.flow.wording_rows import LOCALES, Kind, LineState, TextPlace, WordingRow, WordingTable, wording_table
from engine.flow.wording_samples import as_spoken, fact_kinds, sample_facts
from engine.services.content import FLOWS
from engine.services.drafts import Draft
from engine.storage.database import Transaction
from engine.yaml_text import read_yaml

MOST_EARLIER = 40
"""Older texts of a flow that are searched for what a stale translation was made from."""
MOST_CHANGES = 20_000


@dataclass(frozen=True, slots=True)
class WordingFiles:
    """A draft's flow and one translation, with older texts of the flow, the newest first. `tag` is the overlay's, as in its file's name."""

    path: str
    text: str
    tag: str
    overlay: str
    language: str
    earlier: tuple[str, ...] = ()

    @property
    def overlay_path(self) -> str:
        return f"{self.path.removesuffix('.yaml')}.{self.tag}.yaml"


@dataclass(frozen=True, slots=True)
class Spoken:
    """The table, with every original and translation filled in as it will be spoken, by place."""

    table: WordingTable
    originals: Mapping[TextPlace, tuple[Segment, ...]]
    translations: Mapping[TextPlace, tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class Translated:
    """What came of typing translations: the new file, the lines that were refused, and how all lines stand now."""

    overlay: str
    refused: Mapping[TextPlace, TextRefusal]
    spoken: Spoken
    renewed: tuple[str, ...] = ()


def wording_files(draft: Draft, language: str) -> WordingFiles:
    """The files of a draft for one language ("en", "zh", or a tag such as "zh-CN").

    Raises BadInput("wording.language") for one there is no wording in, or the original's own.
    """
    wanted = short(language)
    if wanted not in LOCALES:
        raise BadInput("wording.language", language=language)
    tag = next((one for one in draft.overlays if short(one) == wanted), wanted)
    return WordingFiles(draft.path, draft.text, tag, draft.overlays.get(tag, ""), wanted)


def with_earlier(tx: Transaction, files: WordingFiles, draft: Draft) -> WordingFiles:
    """The same with older texts of the flow: the draft's own revisions, then the published versions."""
    rows = tx.rows(
        "SELECT body, MAX(number) AS newest FROM flow_draft_revision WHERE draft_id = :id GROUP BY body ORDER BY newest DESC LIMIT :most",
        id=draft.id,
        most=MOST_EARLIER,
    )
    bodies = [str(row["body"]) for row in rows]
    published = tx.rows(
        "SELECT source FROM content_version WHERE kind = :kind AND name = :name AND source IS NOT NULL ORDER BY number DESC LIMIT :most",
        kind=FLOWS,
        name=draft.flow_id,
        most=MOST_EARLIER,
    )
    bodies += [_source_text(row["source"]) for row in published]
    return replace(files, earlier=tuple(dict.fromkeys(body for body in bodies if body and body != draft.text))[:MOST_EARLIER])


def spoken_table(files: WordingFiles) -> Spoken:
    """Work: every line of a draft beside its translation. Raises BadYaml, BadInput("wording.language")."""
    table = _table(files)
    data = _data(files.text, files.path)
    overlay: Mapping[str, Any] = _data(files.overlay, files.overlay_path) if files.overlay else {}
    kinds = fact_kinds(_mapped(data.get("facts")), _mapped(overlay.get("facts")), table.original_language, files.language)
    tests: Sequence[Any] = data["tests"] if isinstance(data.get("tests"), list) else []
    own, other = (sample_facts(kinds, tests, language) for language in (table.original_language, files.language))
    speaking = [row for row in table.rows if row.place.takes_placeholders]
    return Spoken(
        table,
        {row.place: as_spoken(row.original, table.original_language, kinds, own) for row in speaking},
        {row.place: as_spoken(row.translation, files.language, kinds, other) for row in speaking if row.translation},
    )


def translate(
    files: WordingFiles, changes: Mapping[TextPlace, str], looked_at: Collection[TextPlace] = (), confirmed: Collection[str] = ()
) -> Translated:
    """Work: put translations in. Lines that may not stand are refused one by one, the others are taken.

    `looked_at`: lines the translator has gone over, these and earlier ones; a step whose stale lines are all among them is renewed.
    `confirmed`: steps of which the translator says that their translation is still right. Raises BadYaml, BadInput.
    """
    table = _table(files)
    refused: dict[TextPlace, TextRefusal] = {}
    taken: dict[TextPlace, str] = {}
    for place, typed in changes.items():
        row = table.row(place)
        if row is None:
            raise BadInput("wording.no_place", place=str(place))
        text = tidy(place, typed)
        problem = refusal_of(place, row.original, text)
        if problem is not None:
            refused[place] = problem
        elif text != row.translation:
            taken[place] = text
    seen = {*taken, *(place for place in looked_at if place not in refused)}
    renew = (*settled(table, seen), *(step for step in confirmed if step in table.fingerprints))
    marks = {step: table.fingerprints[step] for step in renew}
    overlay = files.overlay
    if taken or any(marks):
        overlay = with_translations(files.overlay, files.overlay_path, files.text, files.path, files.language, taken, renew)
    return Translated(overlay, refused, spoken_table(replace(files, overlay=overlay)), tuple(dict.fromkeys(renew)))


# ------------------------------------------------------------ sheets


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
    table = _table(files)
    lines = tuple(SheetLine(row, mark_of(row)) for row in table.rows)
    return WordingSheet(table.flow_id, table.title, version, table.original_language, table.language, lines)


def intake_of(files: WordingFiles, rows: Sequence[SheetRow]) -> Intake:
    """Work: what a sheet changes in a draft as it is now, text by text.

    A cell that still says what was exported changes nothing, whatever was written since. A changed cell is refused when the same text was
    changed in the draft meanwhile, or, for a translation, its original; when its placeholders would break; when the step is gone.
    """
    return _Comparison(_table(files)).intake(rows)


def take_in(files: WordingFiles, rows: Sequence[SheetRow]) -> TakenIn:
    """Work: the files with what `intake_of` finds put in. Phases, steps, targets and conditions stay as they are."""
    table = _table(files)
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


_DIGITS = 10


def _digest(place: TextPlace, text: str) -> str:
    return hashlib.sha256(tidy(place, text).encode()).hexdigest()[:_DIGITS]


def _table(files: WordingFiles) -> WordingTable:
    table = wording_table(files.text, files.path, files.overlay or None, files.overlay_path, files.language, files.earlier)
    if table.original_language == files.language:
        raise BadInput("wording.language", language=files.language)
    return table


def _data(text: str, path: str) -> Mapping[str, Any]:
    return _mapped(read_yaml(text, path).data)


def _source_text(source: object) -> str:
    data: Any = json.loads(source) if isinstance(source, str) else source
    return str(_mapped(data).get("text", ""))


def _mapped(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
