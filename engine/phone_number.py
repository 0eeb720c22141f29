"""Phone numbers: E.164, and the space they live in.

A number's space is `test` exactly when it starts with +999 (a country code assigned to nobody) followed by 11 digits;
only simulated and lab trunks may dial it. Everything else is `public` and must be a number libphonenumber calls valid.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from engine.errors import BadInput

_TEST = re.compile(r"\+999[0-9]{11}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[+()\d\s.\-‐-―　/]+")
_EMERGENCY = frozenset({"110", "112", "119", "120", "122", "911", "999"})
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋（）－　", "0123456789+()- ")


class NumberSpace(StrEnum):
    """Where a number lives: `public` numbers ring real people, `test` numbers ring nobody."""

    public = "public"
    test = "test"


class TrunkKind(StrEnum):
    """What a trunk reaches: `simulated` nothing, `lab` SIP peers on loopback, `public` the telephone network."""

    simulated = "simulated"
    lab = "lab"
    public = "public"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A validated E.164 number, e.g. PhoneNumber("+8613800001234")."""

    e164: str

    @classmethod
    def parse(cls, text: str, region: str | None = "CN") -> "PhoneNumber":
        """Read a number as people write it; national forms are read in `region` (ISO 3166, e.g. "CN").

        Raises BadInput with reason number.empty, number.emergency, number.not_a_number or number.invalid.
        """
        cleaned = text.translate(_FULL_WIDTH).strip()
        if not cleaned:
            raise BadInput("number.empty")
        if not _LOOKS_LIKE_A_NUMBER.fullmatch(cleaned):
            raise BadInput("number.not_a_number", value=text)
        digits = re.sub(r"[^0-9+]", "", cleaned)
        if digits.lstrip("+") in _EMERGENCY:
            raise BadInput("number.emergency", value=text)
        if digits.startswith("+999"):
            if not _TEST.fullmatch(digits):
                raise BadInput("number.invalid", value=text)
            return cls(digits)
        try:
            parsed = phonenumbers.parse(cleaned, region)
        except phonenumbers.NumberParseException:
            raise BadInput("number.not_a_number", value=text) from None
        if parsed.extension or not phonenumbers.is_valid_number(parsed):
            raise BadInput("number.invalid", value=text)
        return cls(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))

    @property
    def space(self) -> NumberSpace:
        return space_of(self.e164)

    @property
    def masked(self) -> str:
        return masked(self.e164)


def space_of(e164: str) -> NumberSpace:
    """The space an E.164 number belongs to."""
    return NumberSpace.test if _TEST.fullmatch(e164) else NumberSpace.public


def may_dial(space: NumberSpace, trunk: TrunkKind) -> bool:
    """Whether a trunk may dial numbers of a space: test numbers never leave, public ones never enter a lab."""
    return (space is NumberSpace.public) == (trunk is TrunkKind.public)


def masked(e164: str) -> str:
    """What an agent sees: first three and last four digits of the national number, e.g. 138****1234."""
    national = e164.removeprefix("+86").removeprefix("+999").lstrip("+")
    return f"{national[:3]}****{national[-4:]}"
