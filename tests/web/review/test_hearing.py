"""Recordings over HTTP: ranges, headers, who may hear, and that each hearing is in the log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from engine.events.quality_events import RecordingHeard
from engine.ids import RecordingId
from engine.services.hearing import CHUNK, WAV_HEAD
from engine.storage.call_log import read_log
from engine.storage.database import Database
from tests.web.conftest import Shell, person_named
from tests.web.review.stage import RATE, recorded_call, scored_call, wav

pytestmark = [pytest.mark.web, pytest.mark.safety]
SignIn = Callable[[str], TestClient]
SECONDS = 48
WAV = wav(SECONDS)


WAYS_OUT = [
    up * depth + where
    for up in ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..%252f", "%c0%ae%c0%ae/", "....//", "..;/", ".%2e/")
    for depth in (1, 2, 4, 8)
    for where in ("stayline.db", "etc/passwd")
]
"""Eighty spellings of a path out of the store."""


@pytest.fixture
def recorded(stayline: Shell) -> tuple[str, str]:
    """(call, recording) of the team's agent, not scored."""
    return recorded_call(stayline, person_named(stayline, "agent"), SECONDS)


def heard(database: Database, call_id: str) -> list[tuple[int, str]]:
    """(offset in ms, actor) of every hearing on record."""
    with database.reading() as tx:
        return [(one.event.offset_ms, one.actor) for one in read_log(tx, call_id) if isinstance(one.event, RecordingHeard)]


def audio(recording_id: str) -> str:
    return f"/recordings/{recording_id}/audio"


def byte_at(seconds: float) -> int:
    return WAV_HEAD + round(seconds * RATE) * 4


def test_the_whole_recording_is_what_was_stored_and_its_headers_bind_it_to_our_pages(signed_in: SignIn, recorded: tuple[str, str]) -> None:
    answer = signed_in("reviewer").get(audio(recorded[1]))
    assert answer.status_code == 200
    assert answer.content == WAV
    told = answer.headers
    assert told["content-type"] == "audio/wav"
    assert told["content-length"] == str(len(WAV))
    assert told["accept-ranges"] == "bytes"
    assert told["cache-control"] == "private, no-store"
    assert told["x-content-type-options"] == "nosniff"
    assert told["cross-origin-resource-policy"] == "same-origin"
    assert told["content-disposition"] == f'attachment; filename="{recorded[1]}.wav"'
    assert told.get_list("cross-origin-resource-policy") == ["same-origin"]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, len(WAV)),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=-10", len(WAV) - 10, len(WAV)),
        (f"bytes=-{len(WAV) + 5}", 0, len(WAV)),
        (f"bytes={len(WAV) - 1}-", len(WAV) - 1, len(WAV)),
        (f"bytes=5-{10**18}", 5, len(WAV)),
    ],
)
def test_a_range_is_answered_with_exactly_its_bytes(signed_in: SignIn, recorded: tuple[str, str], asked: str, start: int, end: int) -> None:
    answer = signed_in("reviewer").get(audio(recorded[1]), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == WAV[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(WAV)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-9",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000)),
        "bytes=9-3",
        "bytes=-",
        "bytes=abc",
        "bytes=1-2x",
        "bytes= 1-2",
        "bytes=--5",
        "items=0-5",
        "0-5",
        f"bytes={'9' * 40}-",
    ],
)
def test_a_range_that_is_not_one_is_ignored(signed_in: SignIn, recorded: tuple[str, str], asked: str) -> None:
    answer = signed_in("reviewer").get(audio(recorded[1]), headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == WAV


@pytest.mark.parametrize("asked", [f"bytes={len(WAV)}-", f"bytes={10**18}-", "bytes=-0"])
def test_a_range_beyond_the_end_gives_nothing_and_is_no_hearing(
    signed_in: SignIn, stayline: Shell, recorded: tuple[str, str], asked: str
) -> None:
    answer = signed_in("reviewer").get(audio(recorded[1]), headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.content == b""
    assert answer.headers["content-range"] == f"bytes */{len(WAV)}"
    assert heard(stayline.database, recorded[0]) == []


def test_a_range_of_another_version_gets_the_whole(signed_in: SignIn, recorded: tuple[str, str]) -> None:
    reviewer = signed_in("reviewer")
    tag = reviewer.get(audio(recorded[1])).headers["etag"]
    same = reviewer.get(audio(recorded[1]), headers={"Range": "bytes=1-2", "If-Range": tag})
    other = reviewer.get(audio(recorded[1]), headers={"Range": "bytes=1-2", "If-Range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "made-up"])
def test_another_site_cannot_embed_a_recording(signed_in: SignIn, stayline: Shell, recorded: tuple[str, str], site: str) -> None:
    answer = signed_in("reviewer").get(audio(recorded[1]), headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert WAV[:44] not in answer.content
    assert heard(stayline.database, recorded[0]) == []


@pytest.mark.parametrize("name", ["trainer"])
def test_roles_that_do_not_review_hear_nothing(signed_in: SignIn, recorded: tuple[str, str], name: str) -> None:
    assert signed_in(name).get(audio(recorded[1])).status_code == 403


def test_the_agent_hears_a_call_of_their_own_once_its_score_is_published_and_not_before(
    signed_in: SignIn, stayline: Shell, recorded: tuple[str, str]
) -> None:
    agent = signed_in("agent")
    assert agent.get(audio(recorded[1])).status_code == 404
    call_id, recording_id, _ = scored_call(stayline, person_named(stayline, "agent"), person_named(stayline, "reviewer"))
    assert agent.get(audio(recording_id)).status_code == 200
    assert [actor.partition(":")[0] for _, actor in heard(stayline.database, call_id)] == ["agent"]
    assert heard(stayline.database, recorded[0]) == []


def test_a_recording_that_is_not_stored_or_not_there_is_not_found(signed_in: SignIn, stayline: Shell, recorded: tuple[str, str]) -> None:
    reviewer = signed_in("reviewer")
    for made_up in ("x", "%00", "a" * 200, *WAYS_OUT):
        answer = reviewer.get(audio(made_up))
        assert answer.status_code == 404, made_up
        assert b"SQLite format" not in answer.content
    with stayline.database.transaction() as tx:
        tx.run("UPDATE recording SET state = 'deleted' WHERE id = :id", id=recorded[1])
    assert reviewer.get(audio(recorded[1])).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_found_and_no_hearing(
    signed_in: SignIn, stayline: Shell, recorded: tuple[str, str]
) -> None:
    stayline.recordings.delete(RecordingId(recorded[1]))
    assert signed_in("reviewer").get(audio(recorded[1])).status_code == 404
    assert heard(stayline.database, recorded[0]) == []


def test_playing_on_is_one_hearing_and_jumping_ahead_another(signed_in: SignIn, stayline: Shell, recorded: tuple[str, str]) -> None:
    reviewer = signed_in("reviewer")
    call_id, address = recorded[0], audio(recorded[1])

    def ask(start: int, end: int | str = "") -> None:
        assert reviewer.get(address, headers={"Range": f"bytes={start}-{end}"}).status_code == 206

    ask(0, 99_999)
    ask(100_000, 199_999)  # the player goes on
    ask(200_000 + CHUNK, 300_000 + CHUNK)  # a chunk ahead: still the same play
    assert [offset for offset, _ in heard(stayline.database, call_id)] == [0]
    ask(byte_at(40))
    assert [offset for offset, _ in heard(stayline.database, call_id)] == [0, 40_000]
    ask(byte_at(20))  # back, to before where the last play began
    ask(0)
    assert [offset for offset, _ in heard(stayline.database, call_id)] == [0, 40_000, 20_000, 0]


def test_after_ten_minutes_or_by_another_person_it_is_a_new_hearing(signed_in: SignIn, stayline: Shell, recorded: tuple[str, str]) -> None:
    reviewer, supervisor = signed_in("reviewer"), signed_in("supervisor")
    call_id, address = recorded[0], audio(recorded[1])
    reviewer.get(address, headers={"Range": "bytes=0-99999"})
    supervisor.get(address, headers={"Range": "bytes=100000-"})
    stayline.clock.advance(timedelta(minutes=10, seconds=1))
    reviewer.get(address, headers={"Range": "bytes=100000-"})
    assert [(offset, actor.partition(":")[0]) for offset, actor in heard(stayline.database, call_id)] == [
        (0, "reviewer"),
        (3_123, "supervisor"),
        (3_123, "reviewer"),
    ]
