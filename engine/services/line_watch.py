"""What whoever runs the installation sees of its lines: how they are, and the legs that went over them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.calls.leg import LegRole, LegState
from engine.calls.lifecycle import EndReason
from engine.calls.phone_kind import PhoneKind
from engine.clock import from_millis
from engine.ports.carrier import Trunk
from engine.ports.carrier_health import HostState, TellsHealth
from engine.services.house import House
from engine.storage.database import Transaction

SHOWN = 100
LOOKED_AT = 2000
"""So many of the newest legs are searched for trouble: some hours of a centre, and a few milliseconds of the database."""
POOR_LOSS, POOR_JITTER_MS, POOR_ROUND_TRIP_MS = 0.03, 40, 400
"""From here on a talk is hard work: words go missing, or people speak over each other."""
_OURS = (EndReason.congestion, EndReason.trunk_down, EndReason.carrier_failure, EndReason.media_lost)
"""Ends that are the line's doing, never the customer's."""


@dataclass(frozen=True, slots=True)
class LineState:
    """A line out. `hosts` are its carrier's machines where the carrier knows them; `told` says whether it does."""

    trunk: Trunk
    carrier: str
    phones: PhoneKind | None
    told: bool
    hosts: tuple[HostState, ...] = ()


@dataclass(frozen=True, slots=True)
class RecentLeg:
    """A leg that went over a line, with what is known of its end and its sound. `who` is the customer or the person at the phone."""

    id: str
    call_id: str
    trunk: str
    role: LegRole
    who: str
    state: LegState
    asked_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None
    reason: EndReason | None
    sip: int | None
    """The SIP status the other side gave, where the carrier tells it."""
    cause: int | None
    """The cause of Q.850, where the carrier tells it."""
    offline: bool
    """The phone was not there when it was wanted."""
    quality: Mapping[str, float] = field(default_factory=dict[str, float])
    """{"loss" 0…1, "jitter_ms", "round_trip_ms"}, what was measured."""

    @property
    def is_poor(self) -> bool:
        return is_poor(self.quality)

    @property
    def in_trouble(self) -> bool:
        """Something an operator should look at: the line failed, a phone was not there or fell silent, the sound was poor."""
        return self.reason in _OURS or self.offline or self.is_poor


def is_poor(quality: Mapping[str, float]) -> bool:
    return (
        quality.get("loss", 0) >= POOR_LOSS
        or quality.get("jitter_ms", 0) >= POOR_JITTER_MS
        or quality.get("round_trip_ms", 0) >= POOR_ROUND_TRIP_MS
    )


def line_states(house: House) -> list[LineState]:
    """Every line of the installation, in the order it was opened. Asks no carrier anything."""
    return [
        LineState(
            line.trunk,
            line.carrier.name,
            None if line.phones is None else line.phones.kind,
            isinstance(line.carrier, TellsHealth),
            tuple(line.carrier.health()) if isinstance(line.carrier, TellsHealth) else (),
        )
        for line in house.lines.values()
    ]


def recent_legs(house: House, *, team_id: str | None = None, only_trouble: bool = False, limit: int = SHOWN) -> list[RecentLeg]:
    """The newest legs first; those of one team's calls, or all. Trouble is looked for among the newest LOOKED_AT."""
    found: list[RecentLeg] = []
    with house.database.reading() as tx:
        for leg in _newest_legs(tx, team_id, LOOKED_AT if only_trouble else limit):
            if leg.in_trouble or not only_trouble:
                found.append(leg)
            if len(found) == limit:
                break
    return found


def _newest_legs(tx: Transaction, team_id: str | None, limit: int) -> Iterator[RecentLeg]:
    """By id: ids grow with time, and the primary key is the index there is."""
    rows = tx.rows(
        "SELECT l.*, a.trunk, u.display_name, k.salutation, k.name FROM leg l JOIN call c ON c.id = l.call_id"
        " JOIN attempt a ON a.id = c.attempt_id JOIN customer k ON k.id = c.customer_id LEFT JOIN user_account u ON u.id = l.user_id"
        " WHERE (:everybody = 1 OR c.team_id = :team) ORDER BY l.id DESC LIMIT :limit",
        everybody=int(team_id is None),
        team=team_id or "",
        limit=limit,
    )
    for row in rows:
        yield _leg(row)


def _leg(row: Mapping[str, Any]) -> RecentLeg:
    detail: dict[str, Any] = json.loads(row["detail"])
    measured: dict[str, Any] = json.loads(row["quality"])
    role = LegRole(row["role"])
    return RecentLeg(
        id=row["id"],
        call_id=row["call_id"],
        trunk=row["trunk"],
        role=role,
        who=(row["salutation"] or row["name"]) if role is LegRole.customer else row["display_name"] or "",
        state=LegState(row["state"]),
        asked_at=from_millis(row["asked_at"]),
        joined_at=_moment(row["joined_at"]),
        ended_at=_moment(row["ended_at"]),
        reason=None if row["end_reason"] is None else EndReason(row["end_reason"]),
        sip=_number(detail.get("sip")),
        cause=_number(detail.get("cause")),
        offline=detail.get("offline") is True,
        quality={name: value for name, value in measured.items() if isinstance(value, int | float) and not isinstance(value, bool)},
    )


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
