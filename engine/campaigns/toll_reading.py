"""Reads the parts of a calling policy that stand against toll fraud: destinations, home, rates."""

import re

from engine.campaigns.call_rates import CallRates, SpendCap
from engine.campaigns.destinations import Destinations, NumberKind, Places, is_place
from engine.errors import BadInput
from engine.money import Money
from engine.yaml_fields import Fields

_PREFIX = re.compile(r"\+[1-9][0-9]{0,13}")


def read_places(part: Fields, key: str) -> Places:
    """Regions ("CN") and calling codes ("+881"), at least one."""
    words = part.words(key)
    for word in words:
        if not is_place(word):
            raise part.refuse(key, f"不认识“{word}” / “{word}” is no country or calling code", 'CN, GB, "+1", "+881"')
    if not words:
        raise part.refuse(key, "至少一个国家或地区 / at least one country", f"{key}: [CN]")
    return Places(frozenset(words))


def read_destinations(part: Fields) -> Destinations:
    prefixes = part.words("prefixes_blocked")
    for prefix in prefixes:
        if not _PREFIX.fullmatch(prefix):
            raise part.refuse("prefixes_blocked", f"“{prefix}”不是号码的开头 / “{prefix}” cannot begin a number", '["+8616"]')
    return Destinations(read_places(part, "countries"), frozenset(part.members("kinds_blocked", NumberKind)), prefixes)


def read_spend_cap(part: Fields) -> SpendCap:
    """`at_most` and each `per_minute` are whole minor units (fen, cents) of `currency`."""
    currency = part.text("currency")
    try:
        Money.of("0", currency)
    except BadInput:
        raise part.refuse("currency", f"不认识的币种“{currency}” / unknown currency “{currency}”") from None
    rates: dict[str, int] = {}
    for item in part.each("rates"):
        item.only(("prefix", "per_minute"))
        prefix = item.text("prefix")
        if not _PREFIX.fullmatch(prefix):
            raise item.refuse("prefix", f"“{prefix}”不是号码的开头 / “{prefix}” cannot begin a number", '"+86"')
        if prefix in rates:
            raise item.refuse("prefix", f"“{prefix}”写了两次 / “{prefix}” stands twice")
        rates[prefix] = item.integer("per_minute")
    if not rates:
        raise part.refuse("rates", "至少一条资费 / at least one rate", 'rates: [{prefix: "+86", per_minute: 15}]')
    return SpendCap(part.integer("at_most"), CallRates(currency, rates))
