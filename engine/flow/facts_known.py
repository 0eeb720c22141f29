"""Which facts are surely known on entering each step: those known before the call, and those every path has found out."""

from engine.flow.definition import Flow, Step
from engine.flow.wording import OFFER

ALWAYS_KNOWN = frozenset({"currency"})


def facts_known(flow: Flow) -> dict[str, frozenset[str]]:
    """Step → facts known on every path to it; "offer" stands for the facts of a presented offer. Unreachable steps are left out.

    Definitely-assigned analysis: meet is the intersection over the ways in, iterated until nothing changes. Cancel and do-not-call
    may be entered from anywhere, so only what is known at the very start is sure there.
    """
    given = frozenset(name for name, fact in flow.facts.items() if fact.source is not None) | ALWAYS_KNOWN
    known: dict[str, frozenset[str]] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(root, given) for root in (flow.start, flow.cancel, flow.do_not_call)]
    while waiting:
        name, arriving = waiting.pop()
        step = flow.steps.get(name)
        if step is None:
            continue
        here = arriving if name not in known else known[name] & arriving
        if step.offer is not None:
            here |= {OFFER}  # shown only with an offer to present
        if known.get(name) == here:
            continue
        known[name] = here
        waiting += [(to, _leaving(step, how, here)) for how, to in step.targets()]
    return known


def _leaving(step: Step, how: str, here: frozenset[str]) -> frozenset[str]:
    if how == "none":
        return here - {OFFER}  # a decision without an offer replaces the one before
    return here | {step.ask} if step.ask and how == "go" else here
