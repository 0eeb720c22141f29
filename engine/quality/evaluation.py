"""An evaluation's life: drafted, published, accepted or appealed, then coached.

The first score never changes; a change is a new revision.
"""

from datetime import timedelta
from enum import StrEnum

from engine.state_table import StateTable

APPEAL_WITHIN = timedelta(days=3)
"""Working time the agent has to answer; silence is acceptance."""


class EvaluationState(StrEnum):
    """Where an evaluation is."""

    draft = "draft"
    published = "published"
    acknowledged = "acknowledged"
    appealed = "appealed"
    l1_review = "l1_review"
    upheld = "upheld"
    changed = "changed"
    l2_review = "l2_review"
    final = "final"
    coaching_open = "coaching_open"
    coached = "coached"
    rechecked = "rechecked"
    closed = "closed"


_SETTLED = [EvaluationState.acknowledged, EvaluationState.upheld, EvaluationState.changed, EvaluationState.final]

EVALUATIONS = StateTable(
    "evaluation",
    EvaluationState,
    [
        ("publish", [EvaluationState.draft], EvaluationState.published),
        ("acknowledge", [EvaluationState.published], EvaluationState.acknowledged),
        ("appeal", [EvaluationState.published], EvaluationState.appealed),
        ("review", [EvaluationState.appealed], EvaluationState.l1_review),
        ("uphold", [EvaluationState.l1_review], EvaluationState.upheld),
        ("change", [EvaluationState.l1_review], EvaluationState.changed),
        ("send_up", [EvaluationState.l1_review, EvaluationState.upheld], EvaluationState.l2_review),
        ("settle", [EvaluationState.l2_review], EvaluationState.final),
        ("open_coaching", _SETTLED, EvaluationState.coaching_open),
        ("coach", [EvaluationState.coaching_open], EvaluationState.coached),
        ("recheck", [EvaluationState.coached], EvaluationState.rechecked),
        ("close", [*_SETTLED, EvaluationState.rechecked], EvaluationState.closed),
    ],
)


def next_state(state: EvaluationState, trigger: str) -> EvaluationState:
    """The state after a move. Raises IllegalMove."""
    return EVALUATIONS.next_state(state, trigger)


def allowed_triggers(state: EvaluationState) -> tuple[str, ...]:
    """The moves that are legal from a state."""
    return EVALUATIONS.allowed_triggers(state)


def agent_may_see(state: EvaluationState) -> bool:
    """Whether the agent who made the call may see it: everything but a draft."""
    return state is not EvaluationState.draft
