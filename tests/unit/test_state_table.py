"""State tables: legal moves, refused ones, and the speed the hot path counts on."""

from enum import StrEnum

import pytest

from engine.errors import IllegalMove
from engine.state_table import StateTable

pytestmark = pytest.mark.unit


class Door(StrEnum):
    """A door."""

    open = "open"
    shut = "shut"
    locked = "locked"


DOOR = StateTable(
    "door",
    Door,
    [
        ("shut", [Door.open], Door.shut),
        ("open", Door.shut, Door.open),
        ("lock", [Door.shut], Door.locked),
        ("unlock", [Door.locked], Door.shut),
    ],
)


def test_a_legal_move_gives_the_next_state() -> None:
    assert DOOR.next_state(Door.open, "shut") is Door.shut
    assert DOOR.next_state(Door.shut, "lock") is Door.locked


def test_an_illegal_move_names_table_state_and_trigger() -> None:
    with pytest.raises(IllegalMove) as caught:
        DOOR.next_state(Door.open, "lock")
    assert caught.value.reason == "illegal_move"
    assert caught.value.fields == {"table": "door", "state": "open", "trigger": "lock"}


def test_the_buttons_are_the_legal_moves_in_table_order() -> None:
    assert DOOR.allowed_triggers(Door.shut) == ("open", "lock")
    assert DOOR.allowed_triggers(Door.locked) == ("unlock",)


def test_no_automatic_transitions_sneak_in() -> None:
    assert not any(DOOR.allows(Door.open, f"to_{state}") for state in Door)


def test_an_ambiguous_table_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="twice"):
        StateTable("door", Door, [("go", [Door.open], Door.shut), ("go", [Door.open], Door.locked)])
