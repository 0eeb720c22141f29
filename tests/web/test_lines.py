"""The operator's page of the lines, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from engine.calls.leg import LegRole, LegState
from engine.calls.lifecycle import EndReason
from engine.calls.phone_kind import PhoneKind
from engine.clock import to_millis
from engine.phone_number import TrunkKind
from engine.ports.carrier import Trunk
from engine.services.accounts import add_person
from engine.services.house import Line
from engine.services.line_watch import POOR_JITTER_MS, POOR_LOSS, POOR_ROUND_TRIP_MS
from engine.services.outstanding_recordings import Stage
from engine.storage.legs import add_leg, keep_quality, load_leg, move_leg
from integrations.asterisk.fleet import HostHealth
from tests.fakes.carrier import ScriptedCarrier
from tests.web.conftest import Shell, person_named
from tests.web.rows import make_call
from web.people import line_words
from web.supervise import rows

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]


@dataclass
class WatchedCarrier(ScriptedCarrier):
    """A scripted carrier with two machines, one of them down."""

    name: str = "asterisk"

    def health(self) -> list[HostHealth]:
        since = self.clock.now() - timedelta(hours=2)
        return [HostHealth("asterisk-1", True, since, 12, True), HostHealth("asterisk-2", False, since, 0, False, None, "ConnectError")]


def english(stayline: Shell, signed_in: SignIn, name: str = "administrator") -> TestClient:
    browser = signed_in(name)
    assert browser.post("/me", data={"language": "en", "theme": "light"}).status_code == 303
    return browser


def a_leg(stayline: Shell, call_id: str, role: LegRole, **ended: object) -> str:
    """A leg of a call that ended as told."""
    now, leg_id, agent = stayline.clock.now(), stayline.ids.new(), person_named(stayline, "agent")
    with stayline.database.transaction() as tx:
        add_leg(tx, leg_id, call_id, role, at=now, user_id=agent.user_id, phone="p1")
        move_leg(tx, load_leg(tx, leg_id), "join", at=now)
        end = now + timedelta(seconds=75)
        move_leg(tx, load_leg(tx, leg_id), "end", at=end, **ended)  # pyright: ignore[reportArgumentType]
    return leg_id


def a_recording(stayline: Shell, call_id: str, job: str, problem: str, at: datetime | None = None) -> None:
    made = to_millis(at or stayline.clock.now())
    with stayline.database.transaction() as tx:
        tx.run(
            "INSERT INTO recording (id, call_id, state, carrier, carrier_ref, channel_map, made_at)"
            " VALUES (:call, :call, 'outstanding', 'scripted', 'RE-77', '{}', :at)",
            call=call_id,
            at=made,
        )
        tx.run(
            "INSERT INTO job (id, kind, subject, state, tries, not_before, made_at, problem)"
            " VALUES (:id, 'fetch_recording', :call, :state, 4, :at, :at, :problem)",
            id=stayline.ids.new(),
            call=call_id,
            state=job,
            at=made,
            problem=problem,
        )


def call_of(stayline: Shell, name: str = "agent") -> str:
    return make_call(stayline.database, stayline.ids, person_named(stayline, name), stayline.clock.now(), state="closed")


def test_an_empty_installation_says_what_its_line_is_and_that_nothing_happened_yet(stayline: Shell, signed_in: SignIn) -> None:
    page = english(stayline, signed_in).get("/lines").text
    for sentence in ("Nobody: calls are simulated", "None needed", "Configured", "Nothing is outstanding", "No leg yet"):
        assert sentence in page
    chinese = signed_in("supervisor").get("/lines").text
    for sentence in ("谁也不接通：模拟通话", "没有未了结的录音", "还没有话路", "这里是你班组的通话"):
        assert sentence in chinese


def test_a_machine_that_is_down_is_told_above_everything(stayline: Shell, signed_in: SignIn) -> None:
    stayline.lines = {"asterisk": Line(Trunk("asterisk", TrunkKind.public, "10050"), WatchedCarrier(stayline.clock))}
    page = english(stayline, signed_in).get("/lines").text
    assert "asterisk-2 does not answer." in page
    assert "asterisk-1 does not answer." not in page
    assert "12 calls" in page
    assert "Takes no new calls" in page
    assert "The telephone network: real people" in page
    assert "ConnectError" in page


def test_a_leg_stands_with_its_end_in_words_its_codes_and_its_sound(stayline: Shell, signed_in: SignIn) -> None:
    call_id = call_of(stayline)
    leg = a_leg(stayline, call_id, LegRole.agent, reason=EndReason.media_lost, detail={"sip": 480, "cause": 19})
    with stayline.database.transaction() as tx:
        keep_quality(tx, leg, {"loss": 0.051, "jitter_ms": 12.0, "round_trip_ms": 90.0})
    page = english(stayline, signed_in).get("/lines").text
    for told in ("The sound stopped: a network or a browser was gone", "SIP 480 · Q.850 19", "1:15", "poor", "lost 5.1 %"):
        assert told in page
    assert f'href="/review/calls/{call_id}"' in page
    assert "声音断了：网络或浏览器没了" in signed_in("supervisor").get("/lines").text


def test_only_trouble_leaves_out_what_went_well(stayline: Shell, signed_in: SignIn) -> None:
    call_id = call_of(stayline)
    a_leg(stayline, call_id, LegRole.agent, reason=EndReason.completed)
    browser = english(stayline, signed_in)
    assert "Open the call" in browser.get("/lines").text
    page = browser.get("/lines", params={"only": "trouble"}).text
    assert "Open the call" not in page
    assert "No trouble" in page
    a_leg(stayline, call_id, LegRole.agent, reason=EndReason.no_answer, detail={"offline": True})
    assert "The phone was not there" in browser.get("/lines", params={"only": "trouble"}).text


def test_a_stuck_recording_says_what_to_do_and_the_administrator_can_have_it_tried_again(stayline: Shell, signed_in: SignIn) -> None:
    call_id = call_of(stayline)
    a_recording(stayline, call_id, "failed", "recording.gone(status='deleted')")
    browser = english(stayline, signed_in)
    page = browser.get("/lines").text
    for told in (
        "1 recording is stuck.",
        "The carrier no longer has it.",
        "recording.gone",
        "RE-77",
        "Look for it at the carrier.",
        "Given up",
    ):
        assert told in page
    again = f"/lines/recordings/{call_id}/try-again"
    assert again in page
    assert again not in signed_in("supervisor").get("/lines").text
    assert signed_in("supervisor").post(again).status_code == 403
    answer = browser.post(again)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lines")
    page = browser.get("/lines").text
    assert "stuck" not in page
    assert "Again at" in page
    assert browser.post(f"/lines/recordings/{call_of(stayline)}/try-again").status_code == 404


def test_a_recording_that_is_tried_by_itself_asks_nothing_of_anybody(stayline: Shell, signed_in: SignIn) -> None:
    a_recording(stayline, call_of(stayline), "waiting", "SomethingNobodyThoughtOf")
    page = english(stayline, signed_in).get("/lines").text
    assert "It did not work." in page
    assert "SomethingNobodyThoughtOf" in page
    assert "Given up" not in page


def test_a_supervisor_sees_the_calls_of_their_team_and_nobody_elses(stayline: Shell, signed_in: SignIn) -> None:
    add_person(stayline.door, "stranger", "别组的人", "agent", team="挽留二组", agent_number=None, made_by="test")
    theirs = call_of(stayline, "stranger")
    a_leg(stayline, theirs, LegRole.customer, reason=EndReason.trunk_down)
    a_recording(stayline, theirs, "failed", "recording.gone")
    page = signed_in("supervisor").get("/lines").text
    assert theirs not in page
    assert theirs in signed_in("administrator").get("/lines").text


def test_what_a_customer_is_called_is_shown_as_text(stayline: Shell, signed_in: SignIn) -> None:
    call_id = call_of(stayline)
    with stayline.database.transaction() as tx:
        tx.run("UPDATE customer SET name = '<script>alert(1)</script>'")
    a_leg(stayline, call_id, LegRole.customer, reason=EndReason.completed)
    assert "<script>alert(1)" not in signed_in("administrator").get("/lines").text


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (line_words.ENDS, EndReason),
        (line_words.ROLES, LegRole),
        (line_words.STATES, LegState),
        (line_words.REACHES, TrunkKind),
        (line_words.STAGES, Stage),
        (line_words.PHONES, [None, *PhoneKind]),
    ],
)
def test_everything_has_its_word(words: dict[object, str], kinds: list[object]) -> None:
    assert set(words) == set(kinds)


def test_what_counts_as_poor_is_the_same_for_the_operator_and_the_supervisor() -> None:
    assert (POOR_LOSS, POOR_JITTER_MS, POOR_ROUND_TRIP_MS) == (rows.POOR_LOSS, rows.POOR_JITTER_MS, rows.POOR_ROUND_TRIP_MS)
