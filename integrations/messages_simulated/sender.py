"""The simulated message sender: a journal of what would have been sent, to test numbers only."""

import hashlib
from pathlib import Path

from engine.clock import Clock, SystemClock, to_millis
from engine.errors import CarrierError
from engine.phone_number import NumberSpace, space_of
from engine.ports.message_sender import OutgoingMessage
from integrations.journal import Journal

_LONGEST_BODY = 1000


class SimulatedMessageSender:
    """Appends each message once to `messages.jsonl` in a directory: {message_id, number, body, reference, at}."""

    name = "messages_simulated"

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        self._journal = Journal(directory / "messages.jsonl")
        self._clock = clock or SystemClock()
        self._sent: dict[str, tuple[str, str, str]] = {}

    def close(self) -> None:
        self._journal.close()

    def send(self, message: OutgoingMessage) -> str:
        """Send once; a repeat of a message id gives the first reference and sends nothing.

        Raises CarrierError, not retryable: number.not_a_test_number, message.too_long, message.empty, or message.id_reused when
        the id was used for another text or number.
        """
        if space_of(message.number) is not NumberSpace.test or not message.number.isascii():
            raise CarrierError("number.not_a_test_number", retryable=False)
        if not message.body.strip():
            raise CarrierError("message.empty", retryable=False)
        if len(message.body) > _LONGEST_BODY:
            raise CarrierError("message.too_long", retryable=False, most=_LONGEST_BODY)
        with self._journal.locked():
            for record in self._journal.read_new():
                self._sent[record["message_id"]] = (record["number"], record["body"], record["reference"])
            if message.message_id in self._sent:
                return self._repeated(message)
            reference = "SMS-" + hashlib.sha256(message.message_id.encode()).hexdigest()[:16].upper()
            self._journal.append(
                {
                    "message_id": message.message_id,
                    "number": message.number,
                    "body": message.body,
                    "reference": reference,
                    "at": to_millis(self._clock.now()),
                }
            )
            return reference

    def _repeated(self, message: OutgoingMessage) -> str:
        number, body, reference = self._sent[message.message_id]
        if (number, body) != (message.number, message.body):
            raise CarrierError("message.id_reused", retryable=False)
        return reference
