"""The page of a flow's traffic: what it is asked for, how its figures are told, and its table as a file for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import BadInput
from engine.measures.intervals import Interval
from engine.services.flow_traffic import Asked, Counted, check_period
from engine.storage.content import ContentVersion
from web.errors import add_sentences
from web.languages import Language, n_

DEFAULT_DAYS = 14
Day = Annotated[str, Field(max_length=10)]
Version = Annotated[str, Field(max_length=64)]
EVERY = "all"
"""All versions together; empty means so too for what is shown, and "nothing" for what it is compared with."""
PHASES = {
    "opening": n_("Opening"),
    "discovery": n_("Discovery"),
    "offer": n_("Offer"),
    "objections": n_("Objections"),
    "close": n_("Close"),
}
BEFORE = "before"
"""Compare with as many days just before."""
add_sentences(
    {
        "traffic.period": n_("Give two days: the first not after the last, at most %(days)s days in all."),
        "traffic.version": n_("There is no such version of this flow."),
    }
)


class Wanted(BaseModel):
    """What the page is asked for, as its address carries it."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")
    version: Version = ""
    since: Day = Field(default="", alias="from")
    until: Day = Field(default="", alias="to")
    other: Version = Field(default="", alias="with")
    other_since: Day = Field(default="", alias="with_from")
    other_until: Day = Field(default="", alias="with_to")

    def told(self) -> dict[str, str]:
        """What is asked for by its names in the address."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value}


Wish = Annotated[Wanted, Query()]


@dataclass(frozen=True, slots=True)
class Selected:
    """What is counted, and compared with; days as the form shows them, both included."""

    asked: Asked
    other: Asked | None
    since: date
    until: date
    other_since: date | None
    other_until: date | None


def selected(wanted: Wanted, flow_id: str, versions: Sequence[ContentVersion], zone: str, now: datetime) -> Selected:
    """Raises BadInput: traffic.period, traffic.version."""
    today = now.astimezone(ZoneInfo(zone)).date()
    until = _day(wanted.until) or today
    since = _day(wanted.since) or until - timedelta(days=DEFAULT_DAYS - 1)
    drawn = _version(wanted.version, versions)
    every = wanted.version in ("", EVERY)
    asked = Asked(flow_id, drawn, every, *_between(since, until, zone))
    if not wanted.other:
        return Selected(asked, None, since, until, None, None)
    before = wanted.other == BEFORE
    length = until - since + timedelta(days=1)
    first, last = (since - length, until - length) if before else (since, until)
    other_since, other_until = (first, last) if before else (_day(wanted.other_since) or first, _day(wanted.other_until) or last)
    theirs = (drawn, every) if before else (_version(wanted.other, versions), wanted.other == EVERY)
    return Selected(
        asked, Asked(flow_id, *theirs, *_between(other_since, other_until, zone)), since, until, other_since, other_until
    )  # fmt: skip


def _version(text: str, versions: Sequence[ContentVersion]) -> str:
    if text in ("", EVERY):
        return versions[0].sha256
    found = next((one.sha256 for one in versions if one.sha256 == text), None)
    if found is None:
        raise BadInput("traffic.version", version=text)
    return found


def _between(since: date, until: date, zone: str) -> tuple[datetime, datetime]:
    """Both days included, as days of the installation's zone."""
    there = ZoneInfo(zone)
    first, after = datetime.combine(since, time(), there), datetime.combine(until + timedelta(days=1), time(), there)
    check_period(first, after)
    return first, after


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("traffic.period", days=366) from None


# ---------------------------------------------------------------- how figures are told


def rate(found: Interval | None) -> str:
    """A share: "46%"; "–" of nothing.

    >>> rate(Interval(0.464, 0.381, 0.549)), between(Interval(0.464, 0.381, 0.549))
    ('46%', '38–55%')
    """
    return "–" if found is None else f"{found.estimate * 100:.0f}%"


def between(found: Interval | None) -> str:
    """The ends of an interval: "38–55%"."""
    return "" if found is None else f"{found.low * 100:.0f}–{found.high * 100:.0f}%"


def change(found: Interval | None) -> str:
    """A difference in points with its interval: "+3.1 (−1.0 to +7.2)"."""
    if found is None:
        return "–"
    return f"{_points(found.estimate)} ({_points(found.low)} … {_points(found.high)})"


def _points(value: float) -> str:
    told = f"{value * 100:+.1f}"
    return "0.0" if float(told) == 0 else told.replace("-", "−")


def seconds(milliseconds: int | None) -> str:
    """A time on the desk in whole seconds, below ten with one decimal; "–" of none."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds / 1000:.1f}" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f}"


# ---------------------------------------------------------------- the file


def csv_file(counted: Counted, language: Language) -> bytes:
    """The tables as CSV with a BOM, which is how Excel knows that it is UTF-8. What could be a formula is told as text."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    write(_head(language.gettext, compared=counted.before is not None))
    for line in _lines(counted, language):
        write([_as_text(cell) if isinstance(cell, str) else cell for cell in line])
    return text.getvalue().encode("utf-8-sig")


def _head(_: Callable[[str], str], *, compared: bool) -> list[str]:
    head = [
        _("Step"), _("Title"), _("Calls that reached it"), _("Shown"), _("Median s"), _("Nine of ten within s"), _("Customer's answer"),
        _("On to"),
        _("Calls"), _("Share"), _("Share from"), _("Share to"), _("Times"), _("Taken back"), _("Opportunities"), _("Verbal saves"),
        _("Opportunities old enough"), _("Confirmed saves"), _("Confirmed rate"), _("Confirmed from"), _("Confirmed to"),
        _("Fewer than 30 calls"),
    ]  # fmt: skip
    return [*head, _("Calls compared with"), _("Share compared with"), _("Confirmed rate compared with")] if compared else head


def _lines(counted: Counted, language: Language) -> Iterator[list[str | int | float | None]]:
    steps = {one.step: one for one in counted.steps}
    for row in counted.ways:
        step, way = steps[row.step], row.figures
        line: list[str | int | float | None] = [
            row.step, row.title, step.calls, step.showings, _s(step.median), _s(step.p90), row.label, row.to, way.calls, *_ends(row.share),
            way.times, way.taken_back, way.verbal.trials, way.verbal.successes, way.confirmed.trials, way.confirmed.successes,
            *_ends(row.confirmed), language.gettext("yes") if row.thin else language.gettext("no"),
        ]  # fmt: skip
        if row.before is not None:
            line += [row.before.calls, _rounded(row.before.share.value), _rounded(row.before.confirmed.value)]
        yield line


def _s(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def _ends(found: Interval | None) -> list[float | None]:
    return [None, None, None] if found is None else [round(one, 4) for one in (found.estimate, found.low, found.high)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _as_text(cell: str) -> str:
    """Spreadsheets run what begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
