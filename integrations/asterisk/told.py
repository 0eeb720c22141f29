"""Reading what Asterisk tells: fields that may be missing, or come from a stranger."""

from datetime import datetime, timedelta
from typing import Any

Message = dict[str, Any]


def object_in(message: Message, name: str) -> Message:
    """The object under a name; an empty one when there is none."""
    found: Message | None = message.get(name)
    return found if isinstance(found, dict) else {}


def channel_of(message: Message) -> Message:
    """The channel an event is about; a Dial event calls it the peer."""
    return object_in(message, "channel") or object_in(message, "peer")


def channel_id(message: Message) -> str:
    return str(channel_of(message).get("id") or "")


def args_of(message: Message) -> list[str]:
    """The Stasis arguments; of a channel that was found in a list, those its dialplan shows."""
    args: list[Any] | None = message.get("args")
    if isinstance(args, list):
        return [str(one) for one in args]
    plan = object_in(channel_of(message), "dialplan")
    return str(plan.get("app_data") or "").split(",")[1:] if plan.get("app_name") == "Stasis" else []


def moment(message: Message, otherwise: datetime, skew: timedelta) -> datetime:
    """When it happened, by our clock, to the millisecond."""
    try:
        told = datetime.fromisoformat(str(message.get("timestamp")))
    except ValueError:
        return otherwise
    if told.tzinfo is None:
        return otherwise
    at = told.astimezone(otherwise.tzinfo) - skew
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def quality_of(value: str) -> dict[str, float]:
    """Loss, jitter and round trip from RTPAUDIOQOS, as the contract's detail has them.

    >>> quality_of("ssrc=1;themssrc=2;lp=5;rxjitter=0.002000;rxcount=495;txjitter=0.001000;txcount=500;rlp=0;rtt=0.040000")
    {'loss': 0.01, 'jitter_ms': 2.0, 'round_trip_ms': 40.0}
    """
    read: dict[str, float] = {}
    for pair in value.split(";"):
        name, _, number = pair.partition("=")
        try:
            read[name] = float(number)
        except ValueError:
            continue
    came, lost = read.get("rxcount", 0), read.get("lp", 0)
    quality: dict[str, float] = {}
    if came + lost > 0:
        quality["loss"] = round(lost / (came + lost), 4)
        quality["jitter_ms"] = round(read.get("rxjitter", 0) * 1000, 1)
    if read.get("rtt"):
        quality["round_trip_ms"] = round(read["rtt"] * 1000, 1)
    return quality
