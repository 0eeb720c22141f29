"""The server dies at every place where it could hurt; then the same agent goes on with the same keys.

Each run walks one whole call over HTTP, with one death planned. Whatever was acknowledged must be there once, the carrier's own
journal must show one order at most, an order whose fate is unknown must be shown as such, and the agent must get off the call.
"""

import pytest

from engine.failpoints import NAMES
from tests.crash.installation import Installation, check_everything

pytestmark = [pytest.mark.crash, pytest.mark.safety]

LEAD = "lead-0"
OCCURRENCES = {
    "dial.before_intent": 1,
    "dial.after_intent": 1,
    "dial.before_post": 1,
    "dial.after_post": 1,
    "dial.after_settle": 1,
    "progress.after_inbox": 5,
    "progress.after_fold": 5,
    "desk.before_commit": 3,
    "desk.after_commit": 3,
    "wrap_up.before_commit": 1,
    "wrap_up.after_commit": 1,
    "recording.after_fetch": 1,
    "recording.after_store": 1,
    "message.after_claim": 1,
    "message.after_send": 1,
}
"""How often each place is passed on one call."""
EVERY_RUN = {("dial.after_post", 1)}
RUNS = [
    pytest.param(name, number, marks=[] if (name, number) in EVERY_RUN else pytest.mark.long)
    for name, times in OCCURRENCES.items()
    for number in range(1, times + 1)
]


def test_every_failpoint_has_its_runs() -> None:
    assert set(OCCURRENCES) == NAMES


@pytest.mark.parametrize(("name", "occurrence"), RUNS)
def test_a_call_survives_a_death_at(installation: Installation, name: str, occurrence: int) -> None:
    installation.start(f"{name}:{occurrence}:kill")
    acknowledged = walk_one_call(installation, name)
    assert installation.deaths == 1, f"{name} was not passed {occurrence} times"
    check_everything(installation, acknowledged)


def walk_one_call(at: Installation, name: str) -> dict[str, int]:
    """From the list to the closed call, pressing each key again under the same id whenever no reply came."""
    at.take(LEAD)
    assert at.dial(LEAD, "act-dial").status_code == 303
    acknowledged = {"act-dial": 1}
    call = at.call_to(LEAD)
    if name == "dial.before_post":
        shown_as_unknown_and_never_dialled_again(at, call)
    if at.wait_for_screen(call, "live", "wrap_up") == "live":
        acknowledged |= talk(at, call)
        at.wait_for_screen(call, "wrap_up")
    connected = at.rows("SELECT answered_at FROM call WHERE id = ?", call)[0]["answered_at"] is not None
    assert connected is (name not in ("dial.after_intent", "dial.before_post"))
    at.wrap_up(call, "act-wrap-up", "not_kept" if connected else "no_answer")
    acknowledged["act-wrap-up"] = 1
    assert at.rows("SELECT state FROM agent_desk WHERE call_id IS NOT NULL") == []
    at.wait_until(lambda: nothing_is_left_to_do(at, connected), "the recording and the message")
    return acknowledged


def talk(at: Installation, call: str) -> dict[str, int]:
    """Three presses, a note, and the agent's hang-up."""
    at.act(call, "act-say-1", "say", "disclosures.recording_notice")
    at.act(call, "act-self-1", "answer", "self")
    at.act(call, "act-match1", "answer", "match")
    at.note(call, "act-note-1", "先记一笔")
    at.hang_up(call, "act-hang-up")
    return {"act-say-1": 1, "act-self-1": 1, "act-match1": 1, "act-note-1": 1, "act-hang-up": 1}


def shown_as_unknown_and_never_dialled_again(at: Installation, call: str) -> None:
    """The order may have left: shown as unknown, not dialled again by any key; after two minutes of silence it was not placed."""
    at.wait_until(lambda: at.rows("SELECT state FROM attempt")[0]["state"] == "unknown", "the unknown call")
    assert at.screen(call) == "line"
    assert at.dial(LEAD, "act-dial").status_code == 303
    assert at.dial(LEAD, "act-other").status_code >= 400
    assert at.orders() == []
    at.kill()
    at.change("UPDATE attempt SET changed_at = changed_at - 130000")
    at.start()


def nothing_is_left_to_do(at: Installation, connected: bool) -> bool:
    """The recording is stored; the message is sent, or known to be in doubt."""
    if not connected:
        return at.rows("SELECT 1 FROM recording") == at.rows("SELECT 1 FROM message") == []
    recordings = [row["state"] for row in at.rows("SELECT state FROM recording")]
    messages = [row["state"] for row in at.rows("SELECT state FROM message")]
    jobs = at.rows("SELECT 1 FROM job WHERE state IN ('waiting', 'running') AND kind IN ('send_message', 'fetch_recording')")
    return recordings == ["stored"] and messages in (["sent"], ["unknown"]) and not jobs
