"""An evaluation cannot be appealed before it is published, nor closed while an appeal is open."""

import pytest

from engine.errors import IllegalMove
from engine.quality.evaluation import EvaluationState, agent_may_see, allowed_triggers, next_state

pytestmark = pytest.mark.unit


def test_the_way_of_an_accepted_evaluation():
    state = EvaluationState.draft
    for trigger in ("publish", "acknowledge", "open_coaching", "coach", "recheck", "close"):
        state = next_state(state, trigger)
    assert state is EvaluationState.closed


def test_the_way_of_an_appeal_to_the_second_level():
    state = EvaluationState.draft
    for trigger in ("publish", "appeal", "review", "send_up", "settle", "close"):
        state = next_state(state, trigger)
    assert state is EvaluationState.closed


def test_a_draft_can_only_be_published_and_only_reviewers_see_it():
    assert allowed_triggers(EvaluationState.draft) == ("publish",)
    assert [state for state in EvaluationState if not agent_may_see(state)] == [EvaluationState.draft]


@pytest.mark.parametrize("state", [EvaluationState.appealed, EvaluationState.l1_review, EvaluationState.l2_review])
def test_an_open_appeal_is_not_closed(state: EvaluationState):
    with pytest.raises(IllegalMove):
        next_state(state, "close")
