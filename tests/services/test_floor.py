"""The floor: calls in the order they were begun, their titles, the worse of two lines, and who listens."""

import pytest

from engine.calls.leg import Ear
from engine.ids import LegId
from engine.services import supervision
from engine.services.floor import floor
from engine.services.in_the_call import heard_by, others_in
from engine.storage.legs import keep_quality
from tests.services.phoned import leg_hears, legs, talking, with_phones, without
from tests.services.world import World

pytestmark = pytest.mark.service


def test_a_row_keeps_its_place_whatever_becomes_of_the_calls_around_it(world: World) -> None:
    with_phones(world)
    first = world.dial(world.lead_before(world.colleague, "+99913800007777"), caller=world.colleague)
    second = talking(world)
    assert [one.call.call_id for one in floor(world.house)] == [first, second]
    leg_hears(world, legs(world, first)[0]["id"], "joined")
    world.hears(first, "answered", answered_by="human")
    assert [one.call.call_id for one in floor(world.house)] == [first, second]
    assert floor(world.house, "another team") == []


def test_a_row_carries_titles_and_the_worse_of_both_ends_of_the_line(world: World) -> None:
    with_phones(world)
    call = talking(world)
    leg = legs(world, call)[0]["id"]
    with world.database.transaction() as tx:
        keep_quality(tx, leg, {"loss": 0.05, "jitter_ms": 4, "note": "not a figure"})
    (row,) = floor(world.house)
    flow = world.flow(call)
    assert (row.flow, row.step) == (flow.title, flow.steps["greet"].title)
    assert row.quality == {"loss": 0.05, "jitter_ms": 4}
    assert row.can_listen
    with_phones(world, capabilities=without("supervises"))
    assert not floor(world.house)[0].can_listen


def test_whoever_listens_stands_in_the_call_until_their_phone_has_left(world: World) -> None:
    with_phones(world)
    call = talking(world)
    leg = supervision.supervise(world.house, world.colleague, call, Ear.whisper)
    (listener,) = others_in(world.house, call).listeners
    assert (listener.name, listener.ear, listener.leg_id, listener.is_in) == ("吴琳", Ear.whisper, LegId(leg), False)
    leg_hears(world, leg, "joined")
    assert floor(world.house)[0].listeners[0].is_in
    assert heard_by(world.house, world.colleague.user_id) == [call]
    supervision.stop_supervising(world.house, world.colleague, call)
    leg_hears(world, leg, "ended")
    assert others_in(world.house, call).listeners == ()
    assert heard_by(world.house, world.colleague.user_id) == []
