"""What an answer leads to: identity, acceptance or refusal of an offer, and the next step."""

from engine.errors import IllegalMove
from engine.events.flow_events import AnswerChosen, IdentityConfirmed
from engine.events.offer_events import OfferAccepted, OfferDeclined
from engine.flow.definition import CONFIRMING_REACTIONS, Flow, Reaction, Step
from engine.flow.run import FlowRun
from engine.flow.saying import missing_before_yes
from engine.flow.walk import Walk

CONTINUE = "continue"
ACCEPT = "accept"
REJECT = "reject"


def answer(walk: Walk, key: str) -> None:
    """Take a reaction of the current step. Raises IllegalMove, see `engine.flow.advance`."""
    walk.must_be_open()
    step = walk.step
    if step.continues and key == CONTINUE:
        walk.close_drawer()
        walk.emit(AnswerChosen(step.id, key))
        walk.go_on("go")
        return
    reaction = step.reaction(key)
    if reaction is None or not holds(reaction, walk.run):
        raise IllegalMove("flow.unknown_reaction", step=step.id, reaction=key)
    blocked = why_blocked(walk.flow, walk.run, step, reaction)
    if blocked:
        raise IllegalMove(blocked[0], step=step.id, reaction=key, missing=blocked[1])
    _record(walk, step, reaction)
    walk.enter(reaction.to, key, step.id)


def holds(reaction: Reaction, run: FlowRun) -> bool:
    """Whether a reaction's own condition allows it now."""
    return reaction.when is None or reaction.when.holds(run.known())


def accepts(flow: Flow, step: Step, reaction: Reaction) -> bool:
    """Whether this reaction is the customer's yes to the presented offer."""
    return (step.offer is not None and reaction.key == ACCEPT) or reaction.to in flow.accepting


def takes_back(flow: Flow, run: FlowRun, reaction: Reaction) -> bool:
    """Whether the customer goes back on a yes given before: by a reject, or by leaving the steps that end in it."""
    return run.accepted is not None and (reaction.key == REJECT or reaction.to not in flow.agreeing)


def why_blocked(flow: Flow, run: FlowRun, step: Step, reaction: Reaction) -> tuple[str, tuple[str, ...]] | None:
    """Why a yes may not be recorded yet: (code, what is still to be said), or None. Only acceptances are ever blocked."""
    if not accepts(flow, step, reaction):
        return None
    if run.offer is None or (step.offer is not None and (run.decision is None or run.decision.step != step.id)):
        return "flow.nothing_offered", ()
    missing = missing_before_yes(flow, run)
    return ("flow.say_first", missing) if missing else None


def _record(walk: Walk, step: Step, reaction: Reaction) -> None:
    walk.close_drawer()
    walk.emit(AnswerChosen(step.id, reaction.key))
    if step.confirms and _confirms(step, reaction) and step.confirms not in walk.run.identity:
        walk.emit(IdentityConfirmed(step.id, step.confirms))
    offer = walk.run.offer
    if offer is None:
        return
    if accepts(walk.flow, step, reaction):
        if walk.run.accepted != offer["code"]:
            walk.emit(OfferAccepted(step.id, offer["code"], offer["rung"]))
    elif step.offer is not None or takes_back(walk.flow, walk.run, reaction):
        walk.emit(OfferDeclined(step.id, offer["code"], offer["rung"], reaction.key))


def _confirms(step: Step, reaction: Reaction) -> bool:
    """The reaction named match, self or yes confirms; without such a name, the first one does."""
    named = [one.key for one in step.hear if one.key in CONFIRMING_REACTIONS]
    return reaction.key in named if named else reaction.key == step.hear[0].key
