"""Rules about the customer: erased, consent, moving away, complaining, with needs."""

from engine.campaigns.clearance_case import Case, Finding, Inputs, allow, block
from engine.campaigns.clearance_request import known, known_flag

_NOT_MOVING = "none"
_PORT_STATES = frozenset({_NOT_MOVING, "eligibility_query", "code_issued", "in_progress"})


def erased(case: Case) -> Finding:
    """An erased customer is not called for any purpose."""
    gone = known_flag(case.request.erased, "erased")
    return block("erased.yes", erased=True) if gone else allow("erased.no", erased=False)


def consent(case: Case) -> Finding:
    """A consent to this purpose that holds now (CN-05). Silence is a refusal."""
    purpose, consents = case.request.purpose.value, known(case.request.consents, "consents")
    accepted = case.policy.consents.get(case.request.purpose)
    if accepted is None:
        return allow("consent.not_needed", purpose=purpose)
    fitting = [entry for entry in consents if entry[0] in accepted]
    inputs: Inputs = {
        "purpose": purpose,
        "given_for": sorted(accepted),
        "consents": [{"purpose": str(p), "source": s, "from": f.isoformat(), "until": u and u.isoformat()} for p, s, f, u in fitting],
    }
    started = [entry for entry in fitting if entry[2] <= case.now]
    if any(until is None or case.now < until for _, _, _, until in started):
        return allow("consent.given", **inputs)
    coming = [start for _, _, start, until in fitting if start > case.now and (until is None or start < until)]
    if coming:
        return block("consent.not_yet", retry_at=min(coming), **inputs)
    ends = [until for _, _, _, until in started if until is not None]
    if ends:
        until = max(ends).astimezone(case.local().tzinfo)
        return block("consent.ended", {"until": until.date().isoformat()}, **inputs)
    return block("consent.none", **inputs)


def port_out(case: Case) -> Finding:
    """Nobody who has begun to move the number away is disturbed (CN-17)."""
    state = known(case.request.port_state, "port_state")
    if state not in _PORT_STATES:
        raise ValueError(f"unknown port state {state!r}")
    inputs: Inputs = {"port_state": state, "purpose": case.request.purpose.value}
    if state not in case.policy.port_states:
        return allow("port_out.no", **inputs)
    if case.request.purpose not in case.policy.port_purposes:
        return allow("port_out.not_this_purpose", **inputs)
    return block("port_out.moving", **inputs)


def complaint(case: Case) -> Finding:
    """Calls to a complaining customer are suspended until the complaint is solved (S16)."""
    open_now = known_flag(case.request.complaint_open, "complaint_open")
    inputs: Inputs = {"complaint_open": open_now, "purpose": case.request.purpose.value}
    if not open_now:
        return allow("complaint.none", **inputs)
    if case.request.purpose not in case.policy.complaint_purposes:
        return allow("complaint.not_this_purpose", **inputs)
    return block("complaint.open", **inputs)


def vulnerable(case: Case) -> Finding:
    """A customer with needs is not sold to; other calls carry a hint to go gently (VUL-02)."""
    needs = known_flag(case.request.vulnerable, "vulnerable")
    inputs: Inputs = {"vulnerable": needs, "purpose": case.request.purpose.value}
    if not needs:
        return allow("vulnerable.no", **inputs)
    if case.request.purpose in case.policy.vulnerable_purposes:
        return block("vulnerable.not_for_sales", **inputs)
    return allow("vulnerable.gently", **inputs)
