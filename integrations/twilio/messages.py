"""Short messages through Twilio: sent at most once, their fate told, and every word to stop taken into our own list."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from engine.calls.hostile_text import plain
from engine.clock import Clock, to_millis
from engine.errors import CarrierError
from engine.phone_number import NumberSpace, space_of
from engine.ports.message_sender import OutgoingMessage
from integrations.journal import Journal
from integrations.twilio.addresses import Addresses, Callback, reference
from integrations.twilio.failures import Proof, TwilioFailed
from integrations.twilio.hearing import Fields
from integrations.twilio.rest import Rest
from integrations.twilio.settings import TwilioSettings

OptOut = Callable[[str, datetime, str], object]
"""(number, when, what was said): the number's owner wants no more messages."""
Moved = Callable[[str, str, str | None], object]
"""(our message id, sent | delivered | failed, problem): what became of a message."""
Replied = Callable[[str, str], object]
"""(number, text): what somebody wrote to us, such as the yes that confirms an order."""

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "TD", "T", "退订", "退訂"})
_STATES = {"sent": "sent", "delivered": "delivered", "undelivered": "failed", "failed": "failed"}
_OPTED_OUT = "message.opted_out"
_LONGEST = 1600
log = logging.getLogger(__name__)


class MessageCallbacks:
    """What Twilio tells of messages, and who hears it."""

    def __init__(self, opt_out: OptOut, moved: Moved | None = None, replied: Replied | None = None) -> None:
        self._opt_out, self._moved, self._replied = opt_out, moved, replied

    def moved(self, message_id: str, fields: Fields, now: datetime) -> None:
        """A message has moved; 21610 says that its receiver had said stop."""
        if fields.get("ErrorCode") == "21610" and fields.get("To"):
            self._opt_out(fields["To"], now, "21610")
        state = _STATES.get(fields.get("MessageStatus", ""))
        if state is not None and self._moved is not None:
            code = fields.get("ErrorCode")
            self._moved(message_id, state, f"twilio.{code}" if code else None)

    def came(self, fields: Fields, now: datetime) -> None:
        """A message came in: a word to stop is taken in (Twilio answers it itself), anything else is a customer's reply."""
        number, text = fields.get("From", ""), plain(fields.get("Body", ""), _LONGEST).strip()
        if number and (fields.get("OptOutType") == "STOP" or text.upper() in _STOP):
            self._opt_out(number, now, text)
        elif number and text and self._replied is not None:
            self._replied(number, text)


class TwilioMessageSender:
    """Sends from the account's number or messaging service. Each message id is sent at most once: written down before it leaves."""

    name = "twilio"

    def __init__(self, settings: TwilioSettings, rest: Rest, directory: Path, clock: Clock, opt_out: OptOut) -> None:
        if not settings.messaging_service_sid and not settings.message_number:
            raise ValueError("to send messages through Twilio, set messaging_service_sid or message_number")
        self._settings, self._rest, self._clock, self._opt_out = settings, rest, clock, opt_out
        self._addresses = Addresses(settings.public_url)
        self._directory = directory
        self._months: dict[str, Journal] = {}
        self._known: dict[str, str | None] = {}

    def close(self) -> None:
        for journal in self._months.values():
            journal.close()

    def send(self, message: OutgoingMessage) -> str:
        """Send once and return Twilio's reference; a repeat of a sent one returns it again.

        Raises CarrierError: retryable only when it was certainly not sent; message.unsure when nobody knows.
        """
        self._check(message)
        with self._journal().locked():
            known = self._read().get(message.message_id)
            if known:
                return known
            if known is not None:
                raise CarrierError("message.unsure", retryable=False)
            self._note(message.message_id, "")
        try:
            sid = self._rest.message(**self._request(message))
        except TwilioFailed as problem:
            raise self._failed(message, problem) from None
        if not sid:
            raise CarrierError("message.unsure", retryable=False)
        self._note(message.message_id, sid)
        return sid

    def _check(self, message: OutgoingMessage) -> None:
        if space_of(message.number) is not NumberSpace.public and not self._settings.is_stand_in:
            raise CarrierError("number.not_public", retryable=False)
        if not message.body.strip():
            raise CarrierError("message.empty", retryable=False)
        if len(message.body) > _LONGEST:
            raise CarrierError("message.too_long", retryable=False, most=_LONGEST)

    def _request(self, message: OutgoingMessage) -> dict[str, str]:
        settings = self._settings
        sender = {"messaging_service_sid": settings.messaging_service_sid} if settings.messaging_service_sid else {}
        return {
            "to": message.number,
            "body": message.body,
            "status_callback": self._addresses.of(Callback.message, reference(message.message_id)),
            **(sender or {"from_": settings.message_number}),
        }

    def _failed(self, message: OutgoingMessage, problem: TwilioFailed) -> CarrierError:
        if problem.proof is Proof.unsure:
            return CarrierError("message.unsure", retryable=False, problem=problem.what)
        with self._journal().locked():
            self._note(message.message_id, None)
        if problem.meaning.reason == _OPTED_OUT:
            self._opt_out(message.number, self._clock.now(), "21610")
        return problem.as_error()

    def _journal(self) -> Journal:
        """This month's; the one before is read too, for what is given again after the month has turned."""
        now = self._clock.now()
        months = [f"{moment:%Y-%m}" for moment in (now.replace(day=1) - timedelta(days=1), now)]
        for month in months:
            if month not in self._months:
                self._months[month] = Journal(self._directory / f"messages-{month}.jsonl")
        return self._months[months[-1]]

    def _read(self) -> dict[str, str | None]:
        for month in sorted(self._months)[-2:]:
            for record in self._months[month].read_new():
                self._known[record["message_id"]] = record["reference"]
        return self._known

    def _note(self, message_id: str, reference: str | None) -> None:
        """ "" has left, None certainly was not sent, else sent."""
        self._journal().append({"message_id": message_id, "reference": reference, "at": to_millis(self._clock.now())})
