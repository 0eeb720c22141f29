"""The impact page: a stream that ends in what changed, links only for those who may look, and pieces that keep nobody waiting."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from engine.services import drafts, flow_impact
from engine.services.drafts import Draft
from tests.services.world import TO_FIRST_OFFER, World
from tests.web.conftest import Shell, person_named
from tests.web.desk.stage import desk_world, number
from tests.web.studio.rehearsal_stage import FLOW
from web.studio.impact import LONGEST_PIECE, next_size, replayed_lines

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]


@pytest.fixture
def world(stayline: Shell) -> World:
    return desk_world(stayline)


@pytest.fixture
def draft(stayline: Shell, world: World) -> Draft:
    """One whose best offer can no longer be turned down."""
    begun = drafts.begin_draft(stayline, person_named(stayline, "trainer").user_id, FLOW)
    text = begun.text.replace("      reject: 不需要 -> second_offer\n", "")
    return drafts.save(stayline, begun.made_by, begun.id, 1, text=text, what={})


def call(world: World, *answers: str) -> str:
    call_id = world.ended_call(*answers, number=number())
    with world.database.transaction() as tx:
        tx.run("UPDATE agent_desk SET state = 'available', lead_id = NULL, call_id = NULL")
    world.clock.advance(timedelta(minutes=5))
    return call_id


def told(browser: TestClient, draft: Draft, calls: int = 200) -> tuple[list[dict[str, int]], str]:
    """(progress, the page's part)"""
    browser.post("/me", data={"language": "en", "theme": "light", "single_keys": "true"})
    answer = browser.get(f"/studio/drafts/{draft.id}/impact/calls?calls={calls}")
    assert answer.status_code == 200
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return lines[:-1], lines[-1]["html"]


def test_without_calls_the_page_says_what_will_come(signed_in: SignIn, draft: Draft) -> None:
    trainer = signed_in("trainer")
    trainer.post("/me", data={"language": "en", "theme": "light", "single_keys": "true"})
    page = trainer.get(f"/studio/drafts/{draft.id}/impact").text
    assert "No finished call of this flow yet." in page
    assert 'id="running"' not in page


def test_the_stream_counts_up_and_ends_in_where_calls_go_another_way(signed_in: SignIn, world: World, draft: Draft) -> None:
    ids = [call(world, *TO_FIRST_OFFER, "reject"), call(world, "self", "match", "agree"), *(call(world, "refuse") for _ in range(5))]
    progress, html = told(signed_in("supervisor"), draft)
    assert progress[0] == {"done": 5, "of": 7}
    assert progress[-1] == {"done": 7, "of": 7}
    assert "#step=best_offer" in html
    assert "The answer the customer gave is no longer there" in html
    assert f"/review/calls/{ids[0]}" in html
    assert f"/review/calls/{ids[1]}" not in html
    assert "style=" not in html


async def test_leaving_the_page_ends_the_work(stayline: Shell, world: World, draft: Draft) -> None:
    call(world, "refuse")

    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []}, left)
    planned = flow_impact.plan(stayline, draft.id)
    lines = replayed_lines(request, stayline, person_named(stayline, "trainer"), planned)  # pyright: ignore[reportArgumentType]
    assert [line async for line in lines] == []


def test_who_may_not_review_sees_only_how_many(signed_in: SignIn, world: World, draft: Draft) -> None:
    call(world, *TO_FIRST_OFFER, "reject")
    _, html = told(signed_in("trainer"), draft)
    assert "/review/calls/" not in html
    assert "1 you may not open" in html


def test_no_change_is_told_as_none(signed_in: SignIn, stayline: Shell, world: World) -> None:
    call(world, *TO_FIRST_OFFER, "reject")
    same = drafts.begin_draft(stayline, person_named(stayline, "trainer").user_id, FLOW)
    _, html = told(signed_in("trainer"), same)
    assert "No call would have gone another way." in html


def test_a_draft_that_cannot_be_walked_names_its_mistakes(signed_in: SignIn, stayline: Shell, draft: Draft) -> None:
    broken = draft.text.replace("self: 是我 -> verify", "self: 是我 -> nowhere")
    drafts.save(stayline, draft.made_by, draft.id, draft.version, text=broken, what={})
    page = signed_in("trainer").get(f"/studio/drafts/{draft.id}/impact").text
    assert "nowhere" in page
    assert "data-calls=" not in page


@pytest.mark.parametrize("calls", ["0", "2001", "all"])
def test_how_many_calls_is_bounded(signed_in: SignIn, draft: Draft, calls: str) -> None:
    assert signed_in("trainer").get(f"/studio/drafts/{draft.id}/impact?calls={calls}").status_code == 422


def test_pieces_shrink_when_they_take_long_and_grow_when_they_are_quick() -> None:
    assert next_size(20, 1.0) < 20 * LONGEST_PIECE
    assert next_size(20, 0.01) == 40
    assert next_size(1, 60.0) == 1
    assert next_size(90, 0.01) == 100
