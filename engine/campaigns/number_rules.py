"""Rules about the number itself: is it one that may be dialled at all, and over this trunk?"""

from functools import lru_cache

import phonenumbers

from engine.campaigns.clearance_case import Case, Finding, Inputs, allow, block
from engine.errors import BadInput
from engine.phone_number import PhoneNumber, may_dial, space_of

_SHORTEST = 7


def number(case: Case) -> Finding:
    """A complete, valid number, and neither an emergency nor a short service number."""
    problem = _problem(case.request.number)
    tail = case.request.number[-4:]
    return allow("number.valid", number_tail=tail) if problem is None else block(problem, number_tail=tail)


@lru_cache(maxsize=8192)
def _problem(e164: str) -> str | None:
    try:
        parsed = PhoneNumber.parse(e164, None)
    except BadInput as refused:
        return _short(e164) or refused.reason
    return None if parsed.e164 == e164 else "number.invalid"


def _short(e164: str) -> str | None:
    """Why a number that is not valid is worse than that: "+86110" reaches the police on some trunks."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    national = str(parsed.national_number)
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    if any(phonenumbers.is_emergency_number(national, region) for region in regions):
        return "number.emergency"
    return "number.short" if len(national) < _SHORTEST else None


def number_space(case: Case) -> Finding:
    """Test numbers never leave, public numbers never enter a lab: the first of three guards."""
    request, policy = case.request, case.policy
    space = space_of(request.number)
    inputs: Inputs = {"space": space.value, "trunk_kind": request.trunk_kind.value}
    if request.space is not space:
        return block("number_space.mistaken", **inputs, filed_as=str(request.space))
    if not may_dial(space, request.trunk_kind):
        return block(f"number_space.{space.value}_number", **inputs)
    if space not in policy.spaces:
        return block("number_space.not_in_policy", {"policy": policy.id}, **inputs)
    return allow("number_space.matches", **inputs)
