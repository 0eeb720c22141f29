"""Traffic on a published flow: how its calls went through it, on its picture and in tables. Counted in the workshop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.clock import from_millis, to_millis
from engine.errors import BadInput, NotFound
from engine.flow import snapshot
from engine.flow.definition import Flow, Texts
from engine.flow.picture import Picture, draw
from engine.flow.picture_sketch import Sketch, sketch_of
from engine.measures.intervals import Interval, difference, interval, is_thin
from engine.measures.traffic import Came, Cancelled, Tally, Traffic
from engine.measures.walked_calls import walked
from engine.offers.order import CONFIRM_WITHIN
from engine.services import content
from engine.services.flow_traffic_rows import StepRow, WayRow, figures_of, step_rows, way_rows
from engine.services.house import House
from engine.storage.content import ContentVersion, content_versions
from engine.storage.flow_traffic import CalledBefore, LoggedCall, bodies_of, logged_calls, reading_only

RIPE_AFTER = CONFIRM_WITHIN + timedelta(hours=1)
"""An order is opened when the call is wrapped up, a little after it was asked for; an hour is more than that takes."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be counted. `version`: which one is drawn; `every`: calls of every version count, else of that one only."""

    flow_id: str
    version: str
    every: bool
    since: datetime
    until: datetime

    def calls(self) -> CalledBefore:
        return CalledBefore(self.flow_id, None if self.every else (self.version,), self.since, self.until)


@dataclass(frozen=True, slots=True)
class Whole:
    """All calls of a selection, and what the law and the trade want told beside a save rate."""

    traffic: Traffic
    confirmed: Interval | None
    verbal: Interval | None
    thin: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything the page shows of the traffic."""

    sketch: Sketch
    picture: Picture
    whole: Whole
    steps: tuple[StepRow, ...]
    ways: tuple[WayRow, ...]
    before: Whole | None
    confirmed_change: Interval | None
    verbal_change: Interval | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What counting needs to know besides the calls: where they lie, since when a call is old enough, which outcomes are opportunities."""

    url: str
    ripe_before: datetime
    zone: str
    opportunities: frozenset[str]
    outcomes: Mapping[str, Texts]


def versions_of(house: House, flow_id: str) -> list[ContentVersion]:
    """The published versions of a flow, the live one first, then the newest. Raises NotFound."""
    with house.database.reading() as tx:
        found = [one for one in content_versions(tx, content.FLOWS) if one.name == flow_id]
    if not found:
        raise NotFound("content.not_live", kind=content.FLOWS, name=flow_id)
    return found


def ground_of(house: House) -> Ground:
    """The ground of this installation, now."""
    with house.database.reading() as tx:
        try:
            dispositions = content.dispositions(tx)
        except NotFound:
            dispositions = {}  # nothing is published yet, so no call can have an outcome
    return Ground(
        house.database.engine.url.render_as_string(hide_password=False),
        house.clock.now() - RIPE_AFTER,
        house.company.zone,
        frozenset(code for code, one in dispositions.items() if one.opportunity),
        {code: one.label for code, one in dispositions.items()},
    )


def count(ground: Ground, asked: Asked, other: Asked | None, language: str) -> Counted:
    """Count, compare with another selection, and draw. For the workshop. Raises NotFound for a version that is not there."""
    with reading_only(ground.url) as rows:
        bodies = bodies_of(rows, content.FLOWS, asked.flow_id)
        if asked.version not in bodies:
            raise NotFound("content.no_version", kind=content.FLOWS, name=asked.flow_id, sha256=asked.version)
        counted = [_tallied(logged_calls(rows, one.calls()), bodies, ground) if one else None for one in (asked, other)]
    traffic, before = counted
    assert traffic is not None
    flow = snapshot.load(bodies[asked.version])
    sketch = sketch_of(flow, language, ground.outcomes)
    return Counted(
        sketch,
        draw(sketch, figures_of(traffic, flow, language)),
        _whole(traffic),
        tuple(step_rows(traffic, before, sketch)),
        tuple(way_rows(traffic, before, flow, sketch)),
        _whole(before) if before else None,
        difference(before.confirmed, traffic.confirmed) if before else None,
        difference(before.verbal, traffic.verbal) if before else None,
    )


def _tallied(calls: Iterator[LoggedCall], bodies: Mapping[str, str], ground: Ground) -> Traffic:
    tally, zone, ripe = Tally(), ZoneInfo(ground.zone), to_millis(ground.ripe_before)
    flows: dict[str, Flow] = {}
    for call in calls:
        flow = flows.get(call.version) or flows.setdefault(call.version, snapshot.load(bodies[call.version]))
        came = Came(
            None if call.disposition is None else call.disposition in ground.opportunities,
            call.verbal,
            call.confirmed,
            call.requested_at <= ripe,
        )
        way = walked(call.events, call.ended_at)
        if way.visits:  # a machine that answered was shown no step
            tally.add(way, flow, came, _cancelled(call, zone))
    return tally.traffic()


def _cancelled(call: LoggedCall, zone: ZoneInfo) -> Cancelled | None:
    if call.registered_at is None:
        return None
    asked = from_millis(call.registered_at).astimezone(zone).date()
    done = call.executed_at is not None and from_millis(call.executed_at).astimezone(zone).date() == asked
    return Cancelled(done, call.registered_at)


def _whole(traffic: Traffic) -> Whole:
    return Whole(traffic, interval(traffic.confirmed), interval(traffic.verbal), is_thin(traffic.calls))


def check_period(since: datetime, until: datetime) -> None:
    """Raises BadInput("traffic.period") for a period that ends before it begins, or is longer than a year."""
    if not since < until or until - since > timedelta(days=MOST_DAYS):
        raise BadInput("traffic.period", days=MOST_DAYS)
