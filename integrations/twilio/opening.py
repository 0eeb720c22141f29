"""Puts the parts of the adapter together."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from engine.clock import Clock
from integrations.twilio.addresses import Addresses
from integrations.twilio.background import Background, Threads
from integrations.twilio.carrier import TwilioCarrier
from integrations.twilio.front_door import FrontDoor
from integrations.twilio.gate import Gate
from integrations.twilio.health import Watch
from integrations.twilio.ledger import Ledger
from integrations.twilio.looking_up import LookingUp
from integrations.twilio.messages import MessageCallbacks, Moved, OptOut, Replied, TwilioMessageSender
from integrations.twilio.phones import TwilioPhones
from integrations.twilio.placing import Placing
from integrations.twilio.reactions import Reactions
from integrations.twilio.recorder import Recorder
from integrations.twilio.rest import Rest
from integrations.twilio.rooms import Rooms
from integrations.twilio.settings import TwilioSettings
from integrations.twilio.webhooks import Webhooks
from integrations.twilio.works import Tell, Works

if TYPE_CHECKING:
    from integrations.twilio.client import PatientClient


@dataclass(frozen=True, slots=True)
class Twilio:
    """One account, ready: the carrier, its phones, and its messages where the settings name a sender."""

    carrier: TwilioCarrier
    phones: TwilioPhones
    messages: TwilioMessageSender | None

    def close(self) -> None:
        self.carrier.close()
        if self.messages is not None:
            self.messages.close()


def open_twilio(
    settings: TwilioSettings,
    *,
    clock: Clock,
    journal_directory: Path,
    opt_out: OptOut | None = None,
    message_moved: Moved | None = None,
    replied: Replied | None = None,
    tell: Tell | None = None,
    background: Background | None = None,
    http: "PatientClient | None" = None,
    gate: Gate | None = None,
) -> Twilio:
    """Everything of one account. Nothing is asked of Twilio yet, and its SDK is not loaded before the first request.

    `tell` takes the events that no callback brings: a paused recording, a recorder that could not be had, a phone expected no more.
    `opt_out` is called with (number, when, text) for whoever wants no more messages, `replied` with (number, text) for all else that is
    written to us. `background`, `http` and `gate` are for tests.
    """
    on_opt_out = opt_out or _not_kept
    out = _WayOut(settings, http)
    watch = Watch(urlsplit(settings.api_base).netloc or "api.twilio.com", clock)
    works = Works(
        settings=settings,
        clock=clock,
        ledger=Ledger(journal_directory, clock),
        rest=Rest(settings, out.client, watch),
        addresses=Addresses(settings.public_url),
        background=background or Threads(),
        watch=watch,
        tell=tell,
    )
    rooms, recorder = Rooms(works), Recorder(works)
    reactions = Reactions(works, rooms, recorder)
    phones = TwilioPhones(settings, clock)
    door = FrontDoor(works, rooms, works.addresses, phones.is_withdrawn)
    looking_up = LookingUp(works, rooms, reactions)
    webhooks = Webhooks(works, door, reactions, looking_up, MessageCallbacks(on_opt_out, message_moved, replied))
    placing = Placing(works, rooms, reactions, looking_up, gate or Gate(settings.calls_per_second))
    carrier = TwilioCarrier(works, rooms, recorder, placing, looking_up, webhooks, out.media, close=out.close)
    messages = None
    if settings.message_number or settings.messaging_service_sid:
        messages = TwilioMessageSender(settings, works.rest, journal_directory, clock, on_opt_out)
    return Twilio(carrier, phones, messages)


def _not_kept(_number: str, _at: datetime, _text: str) -> None:
    raise RuntimeError("somebody wants no more messages, and no list of ours was given to open_twilio")


class _WayOut:
    """The SDK's client, loaded when the first request is made."""

    def __init__(self, settings: TwilioSettings, http: "PatientClient | None") -> None:
        self._settings, self._http = settings, http
        self._lazy: Any = None

    def client(self) -> Any:
        return self._loaded().get()

    def media(self, address: str) -> AbstractContextManager[httpx2.Response]:
        self._loaded()
        assert self._http is not None
        return self._http.media(address, (self._settings.api_key_sid, self._settings.api_key_secret))

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def _loaded(self) -> Any:
        if self._lazy is None:
            from integrations.twilio.client import LazyClient, PatientClient

            self._http = self._http or PatientClient(self._settings.api_base)
            self._lazy = LazyClient(self._settings, self._http)
        return self._lazy
