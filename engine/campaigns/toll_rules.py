"""Rules against toll fraud: where may be dialled, how often, and for how much (TF-01 to TF-04).

Whoever gets hold of an agent's desk dials numbers that pay them: abroad, premium, satellites. These rules hold however that came about.
"""

from datetime import timedelta

from engine.campaigns.attempt_caps import within_caps
from engine.campaigns.clearance_case import Case, Finding, Inputs, allow, block
from engine.campaigns.clearance_request import known
from engine.campaigns.days_dials import A_DAY, DaysDials, is_abroad
from engine.campaigns.destinations import NO_COUNTRY, destination_of
from engine.phone_number import NumberSpace, space_of


def destination(case: Case) -> Finding:
    """A listed country, and no kind of number that earns by being called (TF-01). Test numbers lie in no country."""
    number, policy = case.request.number, case.policy.destinations
    if space_of(number) is NumberSpace.test:
        return allow("destination.test_number")
    found = destination_of(number)
    inputs: Inputs = {"region": found.region, "code": found.code, "number_kind": found.kind.value}
    prefix = next((prefix for prefix in policy.prefixes_blocked if number.startswith(prefix)), None)
    if prefix is not None:
        return block("destination.prefix", {"prefix": prefix}, **inputs)
    if found.region == NO_COUNTRY and policy.countries.has_code(found):
        return allow("destination.allowed", **inputs)  # the code was listed by itself: what kind it is was known
    if found not in policy.countries:
        return block("destination.country", {"country": found.named}, **inputs)
    if found.kind in policy.kinds_blocked:
        return block("destination.kind", {"number_kind": found.kind.value}, **inputs)
    return allow("destination.allowed", **inputs)


def agent_caps(case: Case) -> Finding:
    """Dials of one agent, to whatever numbers (TF-02)."""
    agent_id = known(case.request.agent_id, "agent_id")
    if not isinstance(agent_id, str):
        raise TypeError("an agent's id is text")
    dials = _dials(case).by_agent(agent_id, case.now - A_DAY)
    return within_caps(case, case.policy.agent_caps, dials, "agent_caps.reached")


def abroad_caps(case: Case) -> Finding:
    """Dials of the whole installation to numbers outside the home countries (TF-03)."""
    home = case.policy.home
    if not is_abroad(case.request.number, home):
        return allow("abroad_caps.at_home", home=sorted(home.listed))
    return within_caps(case, case.policy.abroad_caps, _dials(case).abroad(home, case.now - A_DAY), "abroad_caps.reached")


def spend_cap(case: Case) -> Finding:
    """What the installation's calls of 24 hours are estimated to cost, with one minute of this one (TF-04)."""
    cap = case.policy.spend_cap
    rates, since = cap.rates, case.now - A_DAY
    rate = rates.per_minute(case.request.number)
    spent = _dials(case).cost(rates, since)
    inputs: Inputs = {"currency": rates.currency, "at_most": cap.at_most, "spent": spent, "per_minute": rate}
    if not rate:
        return allow("spend_cap.costs_nothing", **inputs)
    over = spent + rate - cap.at_most
    if over <= 0:
        return allow("spend_cap.free", **inputs)
    retry_at = None
    for at, cost in _dials(case).charges(rates, since):
        over -= cost
        if over <= 0:
            retry_at = at + A_DAY
            break
    fields = {"currency": rates.currency, "spent": spent, "limit": cap.at_most, "over": spent + rate - cap.at_most}
    return block("spend_cap.reached", fields | {"within": A_DAY // timedelta(seconds=1)}, retry_at, **inputs)


def _dials(case: Case) -> DaysDials:
    return known(case.request.days_dials, "days_dials")
