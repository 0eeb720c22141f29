"""Reads the parts of a calling policy from its file. What is wrong is refused with line, column and what would be right."""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from engine.campaigns.calling_hours import DAY, Span, WeeklyHours
from engine.campaigns.campaign import CallPurpose
from engine.campaigns.policy_parts import Cap, Provenance, RuleKind, SoftTime, WestRule
from engine.yaml_fields import Fields

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_TIME = re.compile(r"(\d+) ?(s|min|h|d)")
_UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_PROVENANCE = ("id", "source", "effective_from", "effective_to", "reviewed_on")
_OF_THEIR_OWN: dict[RuleKind, tuple[str, ...]] = {
    RuleKind.consent: ("required",),
    RuleKind.port_out: ("states", "purposes"),
    RuleKind.complaint: ("purposes",),
    RuleKind.vulnerable: ("purposes",),
    RuleKind.contact_caps: ("caps",),
    RuleKind.attempt_caps: ("caps",),
    RuleKind.destination: ("countries", "kinds_blocked", "prefixes_blocked"),
    RuleKind.agent_caps: ("caps",),
    RuleKind.abroad_caps: ("home", "caps"),
    RuleKind.spend_cap: ("currency", "at_most", "rates"),
    RuleKind.window: ("always_open", "guard", "windows", "preferred"),
    RuleKind.soft_times: ("closed",),
    RuleKind.west: ("zone", "base_zones", "provinces", "number_prefixes", "unknown_counts"),
}
_PORT_STATES = frozenset({"eligibility_query", "code_issued", "in_progress"})


def allowed_keys(kind: RuleKind) -> tuple[str, ...]:
    """The keys a rule of a kind may have."""
    return (*_PROVENANCE, *_OF_THEIR_OWN.get(kind, ()))


class Weekday(StrEnum):
    """Days of the week as a policy writes them."""

    mon = "mon"
    tue = "tue"
    wed = "wed"
    thu = "thu"
    fri = "fri"
    sat = "sat"
    sun = "sun"


def read_provenance(part: Fields) -> Provenance:
    return Provenance(
        id=part.text("id"),
        source=part.text("source"),
        effective_from=part.date("effective_from"),
        effective_to=part.date("effective_to") if "effective_to" in part else None,
        reviewed_on=part.date("reviewed_on") if "reviewed_on" in part else None,
    )


def read_always_open(window: Fields) -> bool:
    always = "always_open" in window and window.boolean("always_open")
    if always == ("windows" in window):
        raise window.refuse(None, "要么写 windows，要么写 always_open: true / give either windows or always_open: true")
    return always


def read_guard(window: Fields) -> timedelta:
    guard = window.read("guard", _time, "时长，例如 60 s")
    if guard > timedelta(hours=1):
        raise window.refuse("guard", "最多 1 小时 / one hour at most")
    return guard


def read_hours(part: Fields, key: str) -> WeeklyHours:
    return WeeklyHours.of(_one_set_of_hours(item, ("days", "open")) for item in part.each(key))


def _one_set_of_hours(item: Fields, allowed: Iterable[str]) -> tuple[list[int], list[Span]]:
    item.only(allowed)
    weekdays = list(Weekday)
    days = item.members("days", Weekday) if "days" in item else tuple(Weekday)
    written = item.words("open")
    spans = [_span(words) for words in written]
    if not days or not spans or None in spans:
        raise item.refuse("open", "应该是时段清单 / must be a list of hours", 'open: ["09:00-12:00", "14:00-20:00"]')
    return [weekdays.index(day) for day in days], [span for span in spans if span is not None]


def _span(words: str) -> Span | None:
    found = _HOURS.fullmatch(words)
    if not found:
        return None
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    start, end = (start_hour * 60 + start_minute) * 60_000, (end_hour * 60 + end_minute) * 60_000
    return (start, end) if start < end <= DAY else None


def read_soft_time(item: Fields) -> SoftTime:
    hours = WeeklyHours.of([_one_set_of_hours(item, ("days", "open", "purposes"))])
    return SoftTime(hours, read_purposes(item))


def read_west(part: Fields) -> WestRule:
    return WestRule(
        zone=part.text("zone"),
        base_zones=frozenset(part.words("base_zones")),
        provinces=part.words("provinces"),
        number_prefixes=part.words("number_prefixes"),
        unknown_counts=part.boolean("unknown_counts"),
    )


def read_consents(part: Fields) -> dict[CallPurpose, frozenset[CallPurpose]]:
    found: dict[CallPurpose, frozenset[CallPurpose]] = {}
    for item in part.each("required"):
        item.only(("purpose", "given_for"))
        given_for = frozenset(item.members("given_for", CallPurpose))
        if not given_for:
            raise item.refuse("given_for", "至少一种用途 / at least one purpose")
        found[item.member("purpose", CallPurpose)] = given_for
    return found


def read_purposes(part: Fields) -> frozenset[CallPurpose]:
    found = frozenset(part.members("purposes", CallPurpose))
    if not found:
        raise part.refuse("purposes", "至少一种用途 / at least one purpose")
    return found


def read_port_states(part: Fields) -> frozenset[str]:
    states = part.words("states")
    if not set(states) <= _PORT_STATES:
        raise part.refuse("states", f"可用 / known: {'、'.join(sorted(_PORT_STATES))}")
    return frozenset(states)


def read_caps(part: Fields, look_back: timedelta) -> tuple[Cap, ...]:
    caps = [_cap(item, look_back) for item in part.each("caps")]
    if not caps:
        raise part.refuse("caps", "至少一条上限 / at least one cap")
    return tuple(caps)


def _cap(item: Fields, look_back: timedelta) -> Cap:
    item.only(("at_most", "within", "purposes"))
    within = item.read("within", _time, "时长，例如 24 h")
    if not timedelta(0) < within <= look_back:
        raise item.refuse("within", f"最多 {look_back.days} 天 / at most {look_back.days} days")
    return Cap(item.integer("at_most"), within, read_purposes(item) if "purposes" in item else frozenset(CallPurpose))


def _time(words: str) -> timedelta:
    found = _TIME.fullmatch(words)
    if not found:
        raise ValueError(words)
    return int(found[1]) * _UNITS[found[2]]
