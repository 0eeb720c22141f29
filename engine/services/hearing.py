"""Hearing a recording: whose it is, which bytes, and the note in the call's log that somebody listened.

A hearing is a request whose range begins the file, or begins elsewhere than where that person's last request of this recording was
playing within ten minutes (a chunk of 64 KiB ahead is still the same play). What a player asks for while it plays on is not noted again.
Where somebody was playing is kept in this process only: if it is forgotten, one hearing too many is noted, never one too few.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from engine.errors import NotFound
from engine.events.quality_events import RecordingHeard
from engine.ids import RecordingId
from engine.services import call_record, content
from engine.services.house import House
from engine.services.retrying import on_conflict
from engine.storage.call_log import load_call

CHUNK = 65_536
SAME_PLAY = timedelta(minutes=10)
WAV_HEAD = 44
_FRAME = 4
"""Bytes of one moment: two channels of 16 bits."""
_MOST_PLAYS = 10_000


@dataclass(frozen=True, slots=True)
class Hearable:
    """A stored recording and whose it is. `published`: an evaluation of its call was published, so that its agent may hear it."""

    id: RecordingId
    call_id: str
    agent_id: str
    team_id: str | None
    bytes: int
    sample_rate: int
    sha256: str
    published: bool

    def offset_ms(self, position: int) -> int:
        """The moment a byte belongs to."""
        return max(0, position - WAV_HEAD) // _FRAME * 1000 // self.sample_rate


@dataclass(slots=True)
class Play:
    """One request under way: it began at `start`, has sent up to `reached`, at that moment."""

    start: int
    reached: int
    at: datetime


class Plays:
    """Where each person was last playing each recording."""

    def __init__(self) -> None:
        self._plays: dict[tuple[str, str], Play] = {}
        self._lock = Lock()

    def begin(self, user_id: str, recording_id: str, start: int, at: datetime) -> tuple[Play, bool]:
        """A request begins at a byte: the play, and whether it is a hearing to be noted."""
        with self._lock:
            last = self._plays.pop((user_id, recording_id), None)
            goes_on = last is not None and start > 0 and at - last.at <= SAME_PLAY and last.start <= start <= last.reached + CHUNK
            play = Play(last.start if goes_on and last else start, start, at)
            self._plays[user_id, recording_id] = play
            if len(self._plays) > _MOST_PLAYS:
                self._plays.pop(next(iter(self._plays)))
        return play, not goes_on


def hearable(house: House, recording_id: str) -> Hearable:
    """A stored recording by its id. Raises NotFound, also for one that is not stored yet or no more."""
    with house.database.reading() as tx:
        row = tx.row(
            "SELECT r.id, r.call_id, r.bytes, r.sample_rate, r.sha256, c.agent_id, c.team_id,"
            " (SELECT COUNT(*) FROM evaluation e WHERE e.call_id = c.id AND e.state <> 'draft') AS published"
            " FROM recording r JOIN call c ON c.id = r.call_id WHERE r.id = :id AND r.state = 'stored'",
            id=recording_id,
        )
    if row is None:
        raise NotFound("recording.not_found")
    return Hearable(
        RecordingId(row["id"]),
        row["call_id"],
        row["agent_id"],
        row["team_id"],
        row["bytes"],
        row["sample_rate"],
        row["sha256"],
        row["published"] > 0,
    )


def note_hearing(house: House, recording: Hearable, user_id: str, actor: str, start: int) -> None:
    """Log on the call that this person listened from a byte on. Committed before a byte of it is sent."""

    def noted() -> None:
        with house.database.transaction() as tx:
            call = load_call(tx, recording.call_id)
            event = RecordingHeard(recording.id, user_id, recording.offset_ms(start))
            call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=house.clock.now(), actor=actor)

    on_conflict(noted)


def bytes_of(house: House, recording: Hearable, start: int, end: int, play: Play) -> Iterator[bytes]:
    """The bytes from `start` up to and excluding `end`; `play` follows how far they went. Raises NotFound at once when the file is gone."""
    return _followed(house, house.recordings.read(recording.id, start, end), play)


def _followed(house: House, pieces: Iterator[bytes], play: Play) -> Iterator[bytes]:
    for piece in pieces:
        play.reached += len(piece)
        play.at = house.clock.now()
        yield piece
