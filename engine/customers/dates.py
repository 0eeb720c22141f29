"""Months as people count them."""

from calendar import monthrange
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day so many months later (or earlier), at most the month's last day: 31 January and one month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    """How many whole months lie between two days, never below zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and months_after(start, months) > end:
        months -= 1
    return max(0, months)


def month_names(first: str, last: str) -> tuple[str, ...]:
    """The months from "2025-11" to "2026-10", both included."""
    day, end = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
    found: list[str] = []
    while day <= end:
        found.append(day.isoformat()[:7])
        day = months_after(day, 1)
    return tuple(found)
