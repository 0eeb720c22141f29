"""Lines, legs and outstanding recordings as rows of the page, in the language of the screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.leg import LegState
from engine.calls.lifecycle import EndReason
from engine.services.line_watch import LineState, RecentLeg
from engine.services.outstanding_recordings import OutstandingRecording, Stage
from web.desk.wording import gettext_of
from web.people import line_words as words
from web.supervise.rows import quality_of


@dataclass(frozen=True, slots=True)
class LegRow:
    """A leg in words. `how` is the end in words, `codes` what the network gave as its reason, `lasted` seconds of talk."""

    call_id: str
    at: datetime
    trunk: str
    role: str
    who: str
    how: str
    is_over: bool
    codes: str
    lasted: int | None
    quality: Mapping[str, str]
    is_poor: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """An outstanding recording in words; `todo` says what a person must do, empty while it is tried by itself."""

    call_id: str
    agent: str
    carrier: str
    reference: str
    stage: str
    since: datetime
    tries: int
    next_try: datetime | None
    is_running: bool
    problem: str
    code: str
    todo: str


def line_row(line: LineState, tag: str) -> dict[str, Any]:
    _ = gettext_of(tag)
    carrier = words.CARRIERS.get(line.carrier)
    return {
        "name": line.trunk.name,
        "kind": line.trunk.kind.value,
        "reaches": _(words.REACHES[line.trunk.kind]),
        "number": line.trunk.caller_number,
        "carrier": line.carrier if carrier is None else _(carrier),
        "phones": _(words.PHONES[line.phones]),
        "told": line.told,
        "hosts": line.hosts,
    }


def leg_row(leg: RecentLeg, tag: str) -> LegRow:
    _ = gettext_of(tag)
    codes = [f"SIP {leg.sip}"] * (leg.sip is not None) + [f"Q.850 {leg.cause}"] * (leg.cause is not None)
    over = leg.state is LegState.ended
    lasted = int((leg.ended_at - leg.joined_at).total_seconds()) if leg.joined_at and leg.ended_at else None
    return LegRow(
        call_id=leg.call_id,
        at=leg.asked_at,
        trunk=leg.trunk,
        role=_(words.ROLES[leg.role]),
        who=leg.who,
        how=_(_how(leg)),
        is_over=over,
        codes=" · ".join(codes),
        lasted=lasted,
        quality=quality_of(leg.quality, tag),
        is_poor=leg.is_poor,
        failed=leg.in_trouble and not (leg.is_poor and leg.reason in (None, EndReason.completed)),
    )


def _how(leg: RecentLeg) -> str:
    if leg.offline:
        return words.OFFLINE
    return words.STATES[leg.state] if leg.reason is None else words.ENDS[leg.reason]


def recording_row(one: OutstandingRecording, tag: str) -> RecordingRow:
    _ = gettext_of(tag)
    problem = "" if one.problem is None else _(words.PROBLEMS.get(one.problem, words.OTHER_PROBLEM))
    carrier = words.CARRIERS.get(one.carrier)
    return RecordingRow(
        call_id=one.call_id,
        agent=one.agent,
        carrier=one.carrier if carrier is None else _(carrier),
        reference=one.carrier_ref or "",
        stage=_(words.STAGES[one.stage]),
        since=one.since,
        tries=one.tries,
        next_try=one.next_try,
        is_running=one.job == "running",
        problem=problem,
        code=one.problem or "",
        todo=_(_todo(one)) if one.is_stuck else "",
    )


def _todo(one: OutstandingRecording) -> str:
    if one.job is None:
        return words.NO_JOB
    if one.stage is Stage.letting_go:
        return words.UNDELETED
    return words.WHAT_TO_DO.get(one.problem or "", words.OTHERWISE)
