"""How often a number may be rung, and a customer be talked to (CN-08, CN-09).

Windows roll: an attempt counts while less than the window has passed since. One exactly 24 hours ago counts no more, one that a
clock put into the future counts until its time has come and the window has passed.
"""

from datetime import datetime, timedelta

from engine.campaigns.clearance_case import Case, Finding, allow, block
from engine.campaigns.clearance_request import known, known_flag
from engine.campaigns.policy_parts import Cap


def open_attempt(case: Case) -> Finding:
    """One open attempt per number; one whose outcome is unknown is open."""
    busy = known_flag(case.request.open_attempt, "open_attempt")
    return block("open_attempt.one", open_attempt=True) if busy else allow("open_attempt.none", open_attempt=False)


def attempt_caps(case: Case) -> Finding:
    """Attempts to this number, whoever made them."""
    return within_caps(case, case.policy.attempt_caps, known(case.request.attempts, "attempts"), "attempt_caps.reached")


def contact_caps(case: Case) -> Finding:
    """Conversations with this customer."""
    return within_caps(case, case.policy.contact_caps, known(case.request.conversations, "conversations"), "contact_caps.reached")


def within_caps(case: Case, caps: tuple[Cap, ...], instants: tuple[datetime, ...], reached: str) -> Finding:
    """Room below every cap for the request's purpose? The cap that holds longest is the one named. `instants` in any order."""
    looked_at: list[dict[str, int]] = []
    worst: tuple[datetime | None, dict[str, int]] | None = None
    newest_first = sorted(instants, reverse=True)
    for cap in caps:
        if case.request.purpose not in cap.purposes:
            continue
        counted = sum(1 for at in newest_first if at > case.now - cap.within)
        facts = {"at_most": cap.at_most, "within": cap.within // timedelta(seconds=1), "counted": counted}
        looked_at.append(facts)
        if counted >= cap.at_most and (worst is None or _later(_free_at(cap, newest_first), worst[0])):
            worst = (_free_at(cap, newest_first), facts)
    last = newest_first[0].isoformat() if newest_first else None
    if worst is None:
        return allow("cap.free", caps=looked_at, last=last)
    return block(reached, worst[1], worst[0], caps=looked_at, last=last)


def _free_at(cap: Cap, newest_first: list[datetime]) -> datetime | None:
    """When the cap has room again: the cap's own number of newest ones may not all be inside. None: never (nothing is allowed)."""
    return newest_first[cap.at_most - 1] + cap.within if cap.at_most else None


def _later(one: datetime | None, other: datetime | None) -> bool:
    return other is not None and (one is None or one > other)
