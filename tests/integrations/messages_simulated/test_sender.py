"""The simulated message sender sends once, to test numbers only."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.clock import SetClock
from engine.errors import CarrierError
from engine.ids import MessageId
from engine.ports.message_sender import MessageSender, OutgoingMessage
from integrations.messages_simulated import SimulatedMessageSender

pytestmark = pytest.mark.safety

MESSAGE = OutgoingMessage(MessageId("m-1"), "+99913800001234", "您好，我是客户经理小李。")


def journal(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_message_is_written_down_once_and_a_repeat_gives_the_same_reference(tmp_path: Path) -> None:
    sender: MessageSender = SimulatedMessageSender(tmp_path, SetClock(datetime(2026, 1, 1, tzinfo=UTC)))
    assert "simulated" in sender.name
    reference = sender.send(MESSAGE)
    assert sender.send(MESSAGE) == reference
    assert journal(tmp_path) == [
        {"message_id": "m-1", "number": MESSAGE.number, "body": MESSAGE.body, "reference": reference, "at": 1767225600000}
    ]


def test_a_repeat_is_known_after_a_restart_and_by_another_process(tmp_path: Path) -> None:
    first, second = SimulatedMessageSender(tmp_path), SimulatedMessageSender(tmp_path)
    reference = first.send(MESSAGE)
    assert second.send(MESSAGE) == reference
    assert SimulatedMessageSender(tmp_path).send(MESSAGE) == reference
    assert len(journal(tmp_path)) == 1


@pytest.mark.parametrize("number", ["+8613800001234", "13800001234", "", "+9991380000123", "+999138000012345", "+999١٣٨٠٠٠٠١٢٣٤"])
def test_nothing_goes_to_a_number_that_is_no_test_number(tmp_path: Path, number: str) -> None:
    sender = SimulatedMessageSender(tmp_path)
    with pytest.raises(CarrierError) as refused:
        sender.send(OutgoingMessage(MessageId("m-1"), number, "您好"))
    assert refused.value.reason == "number.not_a_test_number"
    assert not refused.value.retryable
    assert journal(tmp_path) == []


def test_one_id_for_two_messages_is_refused(tmp_path: Path) -> None:
    sender = SimulatedMessageSender(tmp_path)
    sender.send(MESSAGE)
    with pytest.raises(CarrierError, match=r"message\.id_reused"):
        sender.send(OutgoingMessage(MESSAGE.message_id, MESSAGE.number, "另一条"))
    assert len(journal(tmp_path)) == 1


@pytest.mark.parametrize(("body", "reason"), [(" ", "message.empty"), ("长" * 1001, "message.too_long")])
def test_a_message_nobody_could_send_is_refused(tmp_path: Path, body: str, reason: str) -> None:
    with pytest.raises(CarrierError) as refused:
        SimulatedMessageSender(tmp_path).send(OutgoingMessage(MessageId("m-1"), MESSAGE.number, body))
    assert refused.value.reason == reason
