"""Rules of the clock (CN-01, CN-02, CN-03), each asked on every wall clock the callee may live by."""

from datetime import datetime, timedelta

from engine.campaigns.calling_hours import Schedule, next_open_at, open_until
from engine.campaigns.clearance_case import Case, Finding, Inputs, allow, block, defer


def window(case: Case) -> Finding:
    """The calling window; an unknown zone is closed."""
    zones = case.zones
    inputs: Inputs = {"zones": list(zones), "policy": case.policy.id}
    if not zones:
        return block("hours.zone_unknown", **inputs)
    local = _clock(case.local())
    if case.policy.always_open:
        return allow("hours.always_open", {"policy": case.policy.id}, **inputs, local=local)
    return _inside(case, case.policy.window_schedule(zones), ("hours.open", "hours.closed", "hours.ends_soon"), local, inputs)


def west(case: Case) -> Finding:
    """The window on the western clock too, for those who live, or may live, by it."""
    rule, request = case.policy.west, case.request
    inputs: Inputs = {"province": request.province, "zones": list(case.zones)}
    if not rule.applies(request.number, case.zones, request.province):
        return allow("west.elsewhere", **inputs)
    if case.policy.always_open:
        return allow("hours.always_open", {"policy": case.policy.id}, **inputs)
    closed = "west.closed" if request.province.strip() else "west.closed_unknown"
    local = _clock(case.local(rule.zone))
    return _inside(case, case.policy.window_schedule((rule.zone,)), ("hours.open", closed, closed), local, inputs | {"clock": rule.zone})


def soft_times(case: Case) -> Finding:
    """Hours to keep clear of although the window is open."""
    zones = case.zones
    inputs: Inputs = {"zones": list(zones), "purpose": case.request.purpose.value}
    if not zones:
        return block("hours.zone_unknown", **inputs)
    schedule = tuple((case.policy.not_soft[case.request.purpose], zone) for zone in zones)
    if open_until(schedule, case.now) is not None:
        return allow("soft_times.free", **inputs)
    return defer("soft_times.now", {"local": _clock(case.local())}, next_open_at(schedule, case.now), **inputs)


def _inside(case: Case, schedule: Schedule, reasons: tuple[str, str, str], local: str, inputs: Inputs) -> Finding:
    """Open, closed, or too near the end for a phone to ring."""
    is_open, is_closed, ends_soon = reasons
    guard = case.policy.guard
    until = open_until(schedule, case.now)
    facts: Inputs = inputs | {"local": local, "guard_s": guard // timedelta(seconds=1), "open_until": until and until.isoformat()}
    if until is not None and until - case.now >= guard:
        return allow(is_open, **facts)
    return defer(is_closed if until is None else ends_soon, {"local": local}, next_open_at(schedule, case.now, guard), **facts)


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"
