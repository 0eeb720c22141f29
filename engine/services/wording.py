"""Translating a draft side by side, and its wording out to a sheet and in again. Nothing but wording is ever written.

Functions that are `work` are pure and run in the workshop on the texts of the files; the others ask or write the database.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.texts import short
from engine.flow.translating import settled, with_translations
from engine.flow.wording import Segment
from engine.flow.wording_refusals import TextRefusal, refusal_of, tidy
from engine.flow.wording_rows import LOCALES, TextPlace, WordingTable, wording_table
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
    table = table_of(files)
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
    table = table_of(files)
    refused: dict[TextPlace, TextRefusal] = {}
    taken: dict[TextPlace, str] = {}
    rows = {row.place: row for row in table.rows}
    for place, typed in changes.items():
        row = rows.get(place)
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


def table_of(files: WordingFiles) -> WordingTable:
    """Work: the rows of a draft. Raises BadYaml, BadInput("wording.language")."""
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
