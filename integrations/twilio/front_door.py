"""The voice webhook: whoever calls in is answered with a room only when exactly that phone is expected there."""

import logging
from collections.abc import Callable

from engine.calls.leg import Ear
from integrations.twilio.addresses import Addresses, Callback
from integrations.twilio.hearing import Fields
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.rooms import Rooms
from integrations.twilio.twiml import REFUSED, join_document
from integrations.twilio.works import Works

_CLIENT = "client:"
log = logging.getLogger(__name__)


class FrontDoor:
    """Answers calls to the account: our phones', and everybody else's."""

    def __init__(self, works: Works, rooms: Rooms, addresses: Addresses, is_withdrawn: Callable[[str], bool]) -> None:
        self._works, self._rooms, self._addresses = works, rooms, addresses
        self._is_withdrawn = is_withdrawn

    def answer(self, fields: Fields) -> str:
        """The TwiML for a call: into the room of the leg it names, or refused. A number sent along is never dialled."""
        caller, sid, leg_id = fields.get("From", ""), fields.get("CallSid", ""), fields.get("leg", "")
        ledger = self._works.ledger
        with ledger.changing():
            leg = ledger.leg(leg_id)
            if leg is None or not caller.startswith(_CLIENT) or not self._may_come_in(leg, caller.removeprefix(_CLIENT), sid):
                log.info("a call to us was refused", extra={"leg_id": leg_id[:64], "known": leg is not None})
                return REFUSED
            muted = self._rooms.should_be_muted(leg)
            if not leg.sid:
                ledger.write_leg(leg.id, sid=sid, muted=muted)
        return self._document(leg, muted)

    def _may_come_in(self, leg: KnownLeg, identity: str, sid: str) -> bool:
        """Expected, by this phone, in a room that is open, and not in already: the same call asking twice is the same call."""
        if leg.is_customer or leg.rung or leg.ended or leg.hung_up or leg.phone != identity or not sid.startswith("CA"):
            return False
        if (leg.sid and leg.sid != sid) or self._is_withdrawn(identity):
            return False
        room = self._works.ledger.room(leg.room)
        if room is None or room.closed:
            return False
        customer = self._works.ledger.leg(room.customer) if room.customer else None
        return customer is None or not customer.ended

    def _document(self, leg: KnownLeg, muted: bool) -> str:
        settings = self._works.settings
        beside = self._works.ledger.leg(leg.beside) if leg.ear == Ear.whisper and leg.beside else None
        return join_document(
            self._rooms.name_of(leg.room),
            label=leg.id,
            muted=muted or (leg.ear == Ear.whisper and (beside is None or not beside.sid)),
            callback=self._addresses.of(Callback.conference, leg.room),
            seconds=settings.longest_call_seconds,
            coach=beside.sid if beside is not None else "",
            region=settings.media_region,
        )
