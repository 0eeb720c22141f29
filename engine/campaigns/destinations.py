"""Where a number lies and what kind of number it is: against numbers that are dialled for what they cost (toll fraud)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers

NO_COUNTRY = "001"
"""libphonenumber's region of networks that belong to no country: satellites (+870, +881), +882, +883, premium +979."""


class NumberKind(StrEnum):
    """What sort of number it is, after libphonenumber."""

    fixed_line = "fixed_line"
    mobile = "mobile"
    fixed_line_or_mobile = "fixed_line_or_mobile"
    toll_free = "toll_free"
    premium_rate = "premium_rate"
    shared_cost = "shared_cost"
    voip = "voip"
    personal_number = "personal_number"
    pager = "pager"
    uan = "uan"
    """One number for a whole company, e.g. 95xxx."""
    voicemail = "voicemail"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a public number leads, e.g. Destination("JM", "+1", NumberKind.mobile)."""

    region: str
    """ISO 3166, NO_COUNTRY, or empty when the number belongs to no known region."""
    code: str
    """The country calling code with its plus."""
    kind: NumberKind

    @property
    def named(self) -> str:
        """As a refusal shows it, e.g. "JM +1" or "+881"."""
        return self.code if self.region in ("", NO_COUNTRY) else f"{self.region} {self.code}"


@lru_cache(maxsize=8192)
def destination_of(e164: str) -> Destination:
    """The destination of a public number in E.164. Raises ValueError for what is no number."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException as problem:
        raise ValueError("no number, no destination") from problem
    kind = NumberKind(phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed)).lower())
    return Destination(phonenumbers.region_code_for_number(parsed) or "", f"+{parsed.country_code}", kind)


@dataclass(frozen=True, slots=True)
class Places:
    """A list of countries as a policy writes it: regions such as "JM", or whole calling codes such as "+1" or "+881".

    >>> destination_of("+18765551234") in Places(frozenset({"JM"}))
    True
    >>> destination_of("+18765551234") in Places(frozenset({"US"}))
    False
    >>> destination_of("+18765551234") in Places(frozenset({"+1"}))
    True
    """

    listed: frozenset[str]

    def __contains__(self, destination: Destination) -> bool:
        return destination.region in self.listed or self.has_code(destination)

    def has_code(self, destination: Destination) -> bool:
        """Whether the calling code itself is listed."""
        return destination.code in self.listed


def is_place(word: str) -> bool:
    """Whether a word can stand in a list of places: a known region, or the calling code of one or of a network without a country."""
    if word.startswith("+"):
        return word[1:].isascii() and word[1:].isdigit() and int(word[1:]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return word in phonenumbers.SUPPORTED_REGIONS


@dataclass(frozen=True, slots=True)
class Destinations:
    """Which public numbers may be dialled at all."""

    countries: Places
    kinds_blocked: frozenset[NumberKind]
    prefixes_blocked: tuple[str, ...]
    """How a blocked number begins, E.164."""
