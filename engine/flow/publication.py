"""The life of a flow that is being written: draft → in review → scheduled or published, and what may happen when."""

from enum import StrEnum

from engine.state_table import StateTable


class DraftState(StrEnum):
    """Where a draft stands. Published and discarded ones are closed; the next change begins a new draft."""

    draft = "draft"
    in_review = "in_review"
    scheduled = "scheduled"
    published = "published"
    discarded = "discarded"


OPEN_STATES = frozenset({DraftState.draft, DraftState.in_review, DraftState.scheduled})
"""States in which no second draft of the same flow may be begun."""

DRAFT = StateTable(
    "draft",
    DraftState,
    [
        ("submit", [DraftState.draft], DraftState.in_review),
        ("take_back", [DraftState.in_review], DraftState.draft),
        ("send_back", [DraftState.in_review, DraftState.scheduled], DraftState.draft),
        ("schedule", [DraftState.in_review], DraftState.scheduled),
        ("publish", [DraftState.in_review, DraftState.scheduled], DraftState.published),
        ("discard", [DraftState.draft], DraftState.discarded),
    ],
)
