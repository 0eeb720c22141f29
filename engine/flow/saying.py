"""What must have been said before a yes counts: must-say lines met on the way, and the disclosures of the presented offer (CN-14)."""

from engine.flow.definition import ALWAYS_DISCLOSED, EARLY_EXIT_FEE, Flow, Line
from engine.flow.run import FlowRun


def required_disclosures(flow: Flow, run: FlowRun) -> tuple[str, ...]:
    """The keys to be said for the presented offer: CN-14's four, the step's, the offer's own, and the early exit fee when it has one."""
    offer, decision = run.offer, run.decision
    if offer is None or decision is None:
        return ()
    step = flow.steps.get(decision.step)
    fee = (EARLY_EXIT_FEE,) if offer["facts"].get(EARLY_EXIT_FEE) else ()
    return tuple(dict.fromkeys((*ALWAYS_DISCLOSED, *(step.disclosures if step else ()), *offer["disclosures"], *fee)))


def missing_disclosures(flow: Flow, run: FlowRun) -> tuple[str, ...]:
    """The required ones not yet said for this very offer."""
    return tuple(key for key in required_disclosures(flow, run) if (run.presented, key) not in run.disclosed)


def lines_met(flow: Flow, run: FlowRun) -> dict[str, Line]:
    """The must-say lines of every step visited on this call, by name, in order."""
    met: dict[str, Line] = {}
    for step in run.visits:
        for line in flow.steps[step].must_say:
            met.setdefault(line.name, line)
    return met


def missing_lines(flow: Flow, run: FlowRun) -> tuple[str, ...]:
    """The must-say lines met and not yet ticked."""
    return tuple(name for name in lines_met(flow, run) if name not in run.said)


def missing_before_yes(flow: Flow, run: FlowRun) -> tuple[str, ...]:
    """Everything still to be said before an acceptance: line names and disclosure keys."""
    return missing_lines(flow, run) + missing_disclosures(flow, run)
