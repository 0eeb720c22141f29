"""What may be dialled, and how it is asked of Asterisk. The last guard before the network: whatever clearance and transaction said."""

import ipaddress
import re
from typing import Any

from engine.errors import NotAllowed
from engine.phone_number import TrunkKind, may_dial, space_of
from engine.ports.carrier import PlaceCall
from integrations.asterisk.ari import part
from integrations.asterisk.fleet import Host
from integrations.asterisk.hosts import APPLICATION, AsteriskTrunk

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGITS = re.compile(r"[0-9*#]{1,20}")
_ADDRESS = re.compile(r"sips?:(?:[^@\s<>]*@)?(\[[0-9A-Fa-f:.]+\]|[^:;?>\s\[\]]+)")
CHECK_SECONDS = 2.0
Originate = tuple[dict[str, str | int], dict[str, Any]]


def check_order(order: PlaceCall) -> None:
    """Raises NotAllowed for a number its trunk may not dial, or an id that could be read as anything else."""
    if not _E164.fullmatch(order.number):
        raise NotAllowed("number.not_e164")
    if not may_dial(space_of(order.number), order.trunk.kind):
        raise NotAllowed("trunk.wrong_space", trunk=order.trunk.name)
    for one in (order.attempt_id, order.room_id):
        check_id(one)


def check_id(text: str) -> None:
    """Our ids travel in paths and dialplan arguments: letters, digits, - and _ only. Raises NotAllowed."""
    if not _ID.fullmatch(text):
        raise NotAllowed("id.not_plain")


def check_lab(host: Host, trunk: AsteriskTrunk) -> None:
    """Every SIP peer of a lab trunk must be on this very machine. Raises NotAllowed, or CarrierError when it cannot be asked."""
    if trunk.trunk.kind is not TrunkKind.lab:
        return
    endpoint = _configured(host, "endpoint", trunk.endpoint)
    peers = [endpoint.get("outbound_proxy", "")]
    for aor in filter(None, (name.strip() for name in endpoint.get("aors", "").split(","))):
        settings = _configured(host, "aor", aor)
        peers += [settings.get("outbound_proxy", ""), *settings.get("contact", "").split(",")]
    named = [peer for peer in peers if peer.strip()]
    if not named or not all(is_loopback(peer) for peer in named):
        raise NotAllowed("trunk.lab_not_loopback", trunk=trunk.trunk.name)


def _configured(host: Host, kind: str, name: str) -> dict[str, str]:
    reply = host.ask("GET", f"asterisk/config/dynamic/res_pjsip/{kind}/{part(name)}", seconds=CHECK_SECONDS)
    if not reply.ok or not isinstance(reply.body, list):
        raise NotAllowed("trunk.lab_not_checked", kind=kind, name=name)
    found: dict[str, str] = {}
    for field in reply.body:  # pyright: ignore[reportUnknownVariableType]
        name_of, value = str(field.get("attribute")), str(field.get("value") or "")  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
        found[name_of] = f"{found[name_of]},{value}" if found.get(name_of) else value
    return found


def is_loopback(uri: str) -> bool:
    """Whether a SIP address is this machine: 127.0.0.0/8 or ::1 by number, never by a name that somebody else resolves.

    >>> is_loopback("sip:127.0.0.2:5060"), is_loopback("sip:carrier.example"), is_loopback("sip:127.0.0.1@203.0.113.9")
    (True, False, False)
    """
    found = _ADDRESS.match(uri.strip().strip("<>"))
    if found is None:
        return False
    try:
        return ipaddress.ip_address(found.group(1).strip("[]")).is_loopback
    except ValueError:
        return False


def customer_request(order: PlaceCall, trunk: AsteriskTrunk) -> Originate:
    """The request that rings the customer once. Checked before: `check_order`."""
    digits = order.number if trunk.plus else order.number.removeprefix("+")
    query: dict[str, str | int] = {
        "endpoint": f"PJSIP/{digits}@{trunk.endpoint}",
        "app": APPLICATION,
        "appArgs": "customer",
        "channelId": order.attempt_id,
        "timeout": order.max_ring_seconds,
        "callerId": trunk.trunk.caller_number,
    }
    return query, {}


def phone_request(leg_id: str, address: str, seconds: int) -> Originate:
    """The request that rings one of our own phones; the header tells its program which leg it is."""
    query: dict[str, str | int] = {
        "endpoint": f"PJSIP/{address}",
        "app": APPLICATION,
        "appArgs": "phone",
        "channelId": leg_id,
        "timeout": seconds,
        "callerId": "stayline",
    }
    return query, {"variables": {"PJSIP_HEADER(add,X-Stayline-Leg)": leg_id}}
