"""Messages to customers: composed in the call's own commit, sent at most once each."""

from datetime import timedelta

import pytest

from engine.errors import BadInput, CarrierError
from engine.flow.actions import DoNotCall
from engine.ports.message_sender import OutgoingMessage
from engine.services import outbox
from engine.services.background import recover_jobs
from engine.storage.database import Transaction
from tests.services.world import NUMBER, TO_ACCEPTANCE, World

pytestmark = [pytest.mark.service, pytest.mark.safety]


def messages(world: World) -> list[tuple[str, str]]:
    return [(row["kind"], row["state"]) for row in world.rows("SELECT kind, state FROM message ORDER BY kind")]


def test_the_summary_says_who_called_what_was_agreed_and_when(world: World) -> None:
    world.close(world.ended_call("self"), "not_kept", reason="price")
    (row,) = world.rows("SELECT body, number, language, state FROM message")
    assert (row["number"], row["language"], row["state"]) == (NUMBER, "zh", "waiting")
    assert "周敏" in row["body"]
    assert "11月25日10:" in row["body"]
    assert "$" not in row["body"]


def test_an_english_customer_is_written_to_in_english(world: World) -> None:
    world.close(world.ended_call("self", language="en"), "not_kept", reason="price")
    (row,) = world.rows("SELECT body, language FROM message")
    assert row["language"] == "en"
    assert row["body"].isascii() or "Starriver" in row["body"]


@pytest.mark.parametrize("disposition", ["third_party", "wrong_party", "deceased", "machine", "dropped", "language"])
def test_nothing_is_sent_where_nothing_was_agreed(world: World, disposition: str) -> None:
    world.close(world.ended_call(), disposition, reason="price")
    assert messages(world) == []


def test_no_message_follows_a_call_nobody_took_or_when_the_agent_says_so(world: World) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason="busy")
    world.close(call_id, "busy")
    world.close(world.ended_call("self", number="+99913800005678"), "not_kept", reason="price", send_message=False)
    assert messages(world) == []


def test_a_refusal_is_confirmed_and_a_cancellation_tells_its_reference(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, DoNotCall())
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "refused")
    call_id = world.ended_call("self", "match", "decided", "confirm", number="+99913800005678")
    world.close(call_id, "cancel_registered", reason="price")
    assert [kind for kind, _ in messages(world)] == ["cancellation_reference", "do_not_call_done"]
    reference = world.one("SELECT reference FROM cancellation")["reference"]
    assert reference in world.one("SELECT body FROM message WHERE kind = 'cancellation_reference'")["body"]


def test_a_message_is_sent_once_and_its_sending_is_on_the_log(world: World) -> None:
    call_id = world.ended_call("self")
    world.close(call_id, "not_kept", reason="price")
    for _ in range(3):
        world.run_jobs()
    assert len(world.sender.sent) == 1
    assert messages(world) == [("call_summary", "sent")]
    assert world.types(call_id)[-1] == "message.moved"


def test_a_message_that_certainly_was_not_sent_is_tried_again(world: World) -> None:
    world.close(world.ended_call("self"), "not_kept", reason="price")
    world.sender.problems = [CarrierError("gateway.busy", retryable=True)]
    world.run_jobs()
    assert messages(world) == [("call_summary", "waiting")]
    world.clock.advance(timedelta(minutes=1))
    world.run_jobs()
    assert (len(world.sender.sent), messages(world)) == (1, [("call_summary", "sent")])


def test_a_message_that_can_never_be_sent_is_left_to_a_person(world: World) -> None:
    world.close(world.ended_call("self"), "not_kept", reason="price")
    world.sender.problems = [CarrierError("number.not_a_test_number", retryable=False)]
    world.run_jobs()
    assert messages(world) == [("call_summary", "failed")]
    assert world.one("SELECT state FROM job WHERE kind = 'send_message'") == {"state": "failed"}


def test_a_sending_that_was_cut_off_is_unknown_and_never_repeated(world: World) -> None:
    """The process died after the gateway took the message and before we wrote that down."""
    world.close(world.ended_call("self"), "not_kept", reason="price")

    def dies(message: OutgoingMessage) -> str:
        world.sender.sent.append(message)
        raise KeyboardInterrupt

    world.house.messages.send = dies  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(KeyboardInterrupt):
        world.run_jobs()
    assert messages(world) == [("call_summary", "sending")]
    del world.house.messages.send  # pyright: ignore[reportAttributeAccessIssue]
    recover_jobs(world.house)
    world.run_jobs()
    world.run_jobs()
    assert len(world.sender.sent) == 1
    assert messages(world) == [("call_summary", "unknown")]


def test_a_message_that_cannot_be_composed_stops_the_wrap_up_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def template(tx: Transaction, kind: str, language: str) -> str:
        return "$nobody_knows_this"

    call_id = world.ended_call("self")
    monkeypatch.setattr("engine.services.content.message_template", template)
    with pytest.raises(BadInput, match=r"message\.missing_value"):
        world.close(call_id, "not_kept", reason="price")
    assert world.call(call_id).line.state == "wrap_up"
    assert world.rows("SELECT 1 FROM message") == world.rows("SELECT 1 FROM job WHERE kind = 'send_message'") == []


def test_sending_again_by_hand_sends_nothing(world: World) -> None:
    world.close(world.ended_call(*TO_ACCEPTANCE), "accepted_pending")
    for row in world.rows("SELECT id FROM message"):
        for _ in range(3):
            outbox.send_message(world.house, row["id"])
    assert len(world.sender.sent) == 2
