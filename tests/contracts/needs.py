"""What a test of the suite needs of a line, said above it; tests.contracts.conftest collects it for the lines that can."""

from collections.abc import Callable
from typing import Any

from tests.contracts.carrier_line import Ability, Behaviour

Test = Callable[..., None]


def needs(*names: Ability | Behaviour) -> Callable[[Test], Test]:
    """The test is collected only for lines that can all of this."""

    def mark(test: Any) -> Any:
        test.needs = frozenset(names)
        return test

    return mark


def each(*behaviours: Behaviour) -> Callable[[Test], Test]:
    """The test runs once for each of these behaviours (its argument `behaviour`) that a line can."""

    def mark(test: Any) -> Any:
        test.each = behaviours
        return test

    return mark


ALWAYS: frozenset[Behaviour] = frozenset({"answers", "busy", "no_answer", "rejected", "invalid_number", "rings_long", "customer_hangs_up"})
"""What every line can be brought to without saying so."""
