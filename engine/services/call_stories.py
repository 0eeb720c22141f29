"""The story of a call as its reviewer sees it: steps, points of interest, the two lanes, and what the agent saw at each moment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.errors import NotFound
from engine.events.call_events import CallEnded
from engine.events.envelope import Logged
from engine.flow.definition import Flow
from engine.phone_number import masked
from engine.services import content
from engine.services.house import House
from engine.services.review_moments import Moment, SeenStep, drawer_spans, moments_of, offset_of, steps_of
from engine.services.review_points import Point, points_of
from engine.services.review_sound import Sound, read_sound
from engine.storage.call_log import StoredCall, load_call, read_log
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Recording:
    """The recording of a call; `state` is outstanding, stored, missing or deleted. `sound` is there once it is stored."""

    id: str
    state: str
    duration_ms: int
    sound: Sound | None


@dataclass(frozen=True, slots=True)
class CallStory:
    """Everything the log and the recording tell of one call. Offsets are ms from the answer; without one there are no steps.

    `length_ms` is the recording's length, or the conversation's while there is none.
    """

    call: StoredCall
    log: tuple[Logged, ...]
    flow: Flow
    agent: str
    agent_number: str | None
    customer: str
    number: str
    outcome: str
    recording: Recording | None
    length_ms: int
    steps: tuple[SeenStep, ...]
    drawers: tuple[tuple[int, int], ...]
    points: tuple[Point, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose call it is."""

    agent_id: str
    team_id: str | None


def owner_of(house: House, call_id: str) -> Owner:
    """Whose call it is. Raises NotFound."""
    with house.database.reading() as tx:
        row = tx.row("SELECT agent_id, team_id FROM call WHERE id = :id", id=call_id)
    if row is None:
        raise NotFound("call.not_found", call_id=call_id)
    return Owner(row["agent_id"], row["team_id"])


def story_of(house: House, call_id: str, language: str) -> CallStory:
    """The story of a call; `language` ("zh" or "en") is the reader's and names the outcome. Raises NotFound."""
    with house.database.reading() as tx:
        call, log = load_call(tx, call_id), read_log(tx, call_id)
        flow, recording = content.flow_of(tx, call), _recording(tx, call_id)
        who = tx.row(
            "SELECT u.display_name, u.agent_number, k.salutation, k.name, a.number FROM call c JOIN user_account u ON u.id = c.agent_id"
            " JOIN customer k ON k.id = c.customer_id JOIN attempt a ON a.id = c.attempt_id WHERE c.id = :id",
            id=call_id,
        )
        outcomes = content.dispositions(tx)
    assert who is not None
    known = outcomes.get(call.line.disposition or "")
    script, answered = content.script_language(call.language), call.line.answered_at
    ended_ms = _ended_ms(log, answered)
    length = recording.duration_ms if recording and recording.sound else ended_ms
    sound = recording.sound if recording else None
    steps = steps_of(flow, log, answered, ended_ms, script) if answered else ()
    return CallStory(
        call=call,
        log=tuple(log),
        flow=flow,
        agent=who["display_name"],
        agent_number=who["agent_number"],
        customer=who["salutation"] or who["name"],
        number=masked(who["number"]),
        outcome=known.label[language] if known else call.line.disposition or "",
        recording=recording,
        length_ms=length,
        steps=steps,
        drawers=drawer_spans(log, answered, ended_ms) if answered else (),
        points=points_of(flow, log, answered, ended_ms, steps, sound, script) if answered else (),
        moments=moments_of(flow, log, answered, ended_ms, steps) if answered else (),
    )


def _recording(tx: Transaction, call_id: str) -> Recording | None:
    row = tx.row("SELECT id, state, duration_ms, peaks, channel_map FROM recording WHERE call_id = :id", id=call_id)
    if row is None:
        return None
    sound = read_sound(row["peaks"], json.loads(row["channel_map"])) if row["state"] == "stored" else None
    return Recording(row["id"], row["state"], row["duration_ms"] or 0, sound)


def _ended_ms(log: Sequence[Logged], answered: datetime | None) -> int:
    """When the conversation ended, or the last thing that happened on it so far."""
    if answered is None or not log:
        return 0
    return offset_of(next((one.at for one in log if isinstance(one.event, CallEnded)), log[-1].at), answered)
