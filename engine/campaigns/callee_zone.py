"""Where the callee's clock may stand: every zone that is possible, since a window must be open in all of them."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

from engine.campaigns.clearance_policy import ClearancePolicy
from engine.phone_number import NumberSpace, space_of


def callee_zones(policy: ClearancePolicy, number: str, zone: str | None, province: str) -> tuple[str, ...]:
    """All zones whose clock counts for this callee, the one to show first; empty when none is known, which means closed."""
    zones = possible_zones(number, zone)
    if zones and policy.west.applies(number, zones, province) and policy.west.zone not in zones:
        return (*zones, policy.west.zone)
    return zones


@lru_cache(maxsize=8192)
def possible_zones(number: str, zone: str | None) -> tuple[str, ...]:
    """The zones a callee may be in: the record's, and the number's.

    A record that names one of the number's zones settles which one it is. A record that names another does not: the customer may
    have moved, or the number; both count. A record whose zone is no zone at all settles nothing: none is known.
    """
    by_number = _zones_of_number(number)
    if zone is None:
        return by_number
    if not _exists(zone):
        return ()
    return (zone,) if zone in by_number else (zone, *by_number)


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such name, a path, a folder of zones
        return False
    return True


def _zones_of_number(number: str) -> tuple[str, ...]:
    if space_of(number) is NumberSpace.test:
        return ()
    try:
        found: tuple[str, ...] = tuple(timezone.time_zones_for_number(phonenumbers.parse(number, None)))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in found if name != timezone.UNKNOWN_TIMEZONE)
