"""docs/events.md says what the code says."""

import pytest

from engine.events.catalogue import EVENTS
from tools import event_guide

pytestmark = pytest.mark.architecture


def test_the_guide_to_events_is_in_step_with_the_code() -> None:
    assert event_guide.PAGE.read_text(encoding="utf-8") == event_guide.page(), "run `make events`"


def test_every_event_says_what_it_means_and_is_named_in_both_languages() -> None:
    silent = [kind for kind, event in EVENTS.items() if not event_guide.meaning_of(event) or not all(event.label)]
    assert silent == []


def test_every_event_is_named_for_something_that_happened() -> None:
    odd = [kind for kind in EVENTS if kind.count(".") != 1 or kind != kind.lower()]
    assert odd == []


def test_only_fields_an_event_has_are_called_personal() -> None:
    wrong = {kind: event.personal - set(event.__dataclass_fields__) for kind, event in EVENTS.items()}  # type: ignore[attr-defined]
    assert {kind: names for kind, names in wrong.items() if names} == {}
