"""What agents speak through."""

from enum import StrEnum


class PhoneKind(StrEnum):
    """How a phone reaches its carrier; the page has one program for each."""

    simulated = "simulated"
    """No sound: the page says it is there. Named so on every screen."""
    sip_wss = "sip_wss"
    twilio_js = "twilio_js"
    desk_phone = "desk_phone"
    """A phone beside the computer that the carrier rings."""
