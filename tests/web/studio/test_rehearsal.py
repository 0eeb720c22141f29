"""The rehearsal's pages: what is shown, refused, told when the draft changed, kept, and never told of a real customer."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.services import drafts
from engine.services.drafts import Draft
from tests.services.world import World
from tests.web.conftest import Shell, person_named
from tests.web.desk.stage import desk_world
from tests.web.studio.rehearsal_stage import FLOW, TO_ACCEPTANCE, a_run, to_the_end

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]


@pytest.fixture
def world(stayline: Shell) -> World:
    return desk_world(stayline)


@pytest.fixture
def draft(stayline: Shell, world: World) -> Draft:
    return drafts.begin_draft(stayline, person_named(stayline, "trainer").user_id, FLOW)


@pytest.fixture
def trainer(signed_in: SignIn) -> TestClient:
    browser = signed_in("trainer")
    browser.post("/me", data={"language": "en", "theme": "light", "single_keys": "true"})
    return browser


def state_of(page: str) -> dict[str, Any]:
    found = re.search(r'data-state="([^"]*)"', page)
    assert found is not None, page[:500]
    return json.loads(html.unescape(found[1]))


def walked(browser: TestClient, address: str, *answers: str) -> str:
    """The page after these answers, everything said before each."""
    page = browser.post(address, json=a_run()).text
    for answer in answers:
        state = state_of(page)
        presses = [["say", key] for key in re.findall(r'data-act="say" data-value="([^"]+)"', page)]
        page = browser.post(address, json={**state, "presses": [*state["presses"], *presses, ["answer", answer]]}).text
    return page


def test_the_page_offers_personas_facts_and_earlier_rehearsals(trainer: TestClient, draft: Draft) -> None:
    page = trainer.get(f"/studio/drafts/{draft.id}/rehearsal").text
    assert page.count('name="persona"') >= 7
    assert 'name="fact.monthly_fee"' in page
    assert "Nobody has rehearsed this flow yet." in page
    assert "style=" not in page
    assert "onclick" not in page


def test_a_turn_shows_what_the_desk_would_show_and_carries_the_whole_run(trainer: TestClient, draft: Draft) -> None:
    page = trainer.post(f"/studio/drafts/{draft.id}/rehearsal", json=a_run()).text
    assert 'data-step="greet"' in page
    assert 'data-key="F8"' in page
    assert 'data-key="F9"' in page
    assert "王女士" in page
    state = state_of(page)
    assert state["presses"] == []
    assert len(state["version"]) == 64
    assert state["as_of"] == "2026-11-25T10:00:00+08:00"


def test_a_yes_before_everything_was_said_is_refused_with_the_desks_own_sentence(trainer: TestClient, draft: Draft) -> None:
    address = f"/studio/drafts/{draft.id}/rehearsal"
    at_the_offer = walked(trainer, address, *TO_ACCEPTANCE[:7])
    assert 'data-step="best_offer"' in at_the_offer
    assert 'aria-disabled="true"' in at_the_offer
    state = state_of(at_the_offer)
    refused = trainer.post(address, json={**state, "presses": [*state["presses"], ["answer", "accept"]]}).text
    assert "Say the must-say lines and all parts of the offer first" in refused
    assert state_of(refused) == state


def test_a_draft_that_changed_is_told_and_the_run_goes_on_from_here(stayline: Shell, trainer: TestClient, draft: Draft) -> None:
    address = f"/studio/drafts/{draft.id}/rehearsal"
    state = state_of(walked(trainer, address, *TO_ACCEPTANCE[:7], "reject"))
    by = person_named(stayline, "supervisor").user_id
    drafts.save(stayline, by, draft.id, 1, text=draft.text.replace("      reject: 不需要 -> second_offer\n", ""), what={})
    told = trainer.post(address, json={**state, "presses": [*state["presses"], ["answer", "reject"]]})
    assert (told.status_code, told.headers["x-rehearsal"]) == (409, "changed")
    assert "Start again from here" in told.text
    assert trainer.post(f"{address}/finish", json=state).status_code == 409
    again = trainer.post(address, json={**state, "again": True})
    assert again.status_code == 200
    assert 'data-step="best_offer"' in again.text
    assert "not possible any more" in again.text
    assert state_of(again.text)["presses"] == state["presses"][:-1]
    assert state_of(again.text)["version"] != state["version"]


def test_an_ended_run_is_summed_up_kept_and_becomes_a_test(trainer: TestClient, draft: Draft) -> None:
    address = f"/studio/drafts/{draft.id}/rehearsal"
    page = walked(trainer, address, *TO_ACCEPTANCE)
    assert 'data-ended="yes"' in page
    state = state_of(page)
    summary = trainer.post(f"{address}/finish", json={**state, "taken": {"opening": 61_000}}).text
    assert "1:01" in summary
    assert "Keep this run as a test of the draft" in summary
    kept = trainer.post(f"{address}/test", json={**state, "seen": 1, "name": "说全了再同意"})
    assert kept.json()["version"] == 2
    stale = trainer.post(f"{address}/test", json={**state, "seen": 1, "name": "又一次"})
    assert stale.status_code == 409
    assert "Nobody has rehearsed this flow yet." not in trainer.get(address).text


def test_a_run_that_is_not_over_is_kept_but_is_no_test(trainer: TestClient, draft: Draft) -> None:
    address = f"/studio/drafts/{draft.id}/rehearsal"
    summary = trainer.post(f"{address}/finish", json=a_run()).text
    assert "The call was not walked to an end" in summary
    refused = trainer.post(f"{address}/test", json={**a_run(), "seen": 1, "name": "没走完"}, headers={"HX-Request-Type": "partial"})
    assert (refused.status_code, "Only a run that came to an end" in refused.text) == (409, True)


def test_a_published_version_is_rehearsed_read_only(trainer: TestClient, world: World) -> None:
    assert "Published version" in trainer.get(f"/flows/{FLOW}/rehearsal").text
    assert 'data-step="greet"' in trainer.post(f"/flows/{FLOW}/rehearsal", json=a_run()).text
    summary = trainer.post(f"/flows/{FLOW}/rehearsal/finish", json=to_the_end()).text
    assert "Keep this run as a test" not in summary
    assert trainer.get("/flows/nothing/rehearsal").status_code == 404


def test_a_supervisor_rehearses_and_adds_no_test(signed_in: SignIn, draft: Draft) -> None:
    supervisor = signed_in("supervisor")
    address = f"/studio/drafts/{draft.id}/rehearsal"
    assert 'id="keep"' not in supervisor.post(f"{address}/finish", json=to_the_end()).text
    assert supervisor.post(f"{address}/test", json={**to_the_end(), "seen": 1, "name": "x"}).status_code == 403


def test_a_draft_that_cannot_be_walked_names_its_mistakes(stayline: Shell, trainer: TestClient, draft: Draft) -> None:
    broken = draft.text.replace("self: 是我 -> verify", "self: 是我 -> nowhere")
    drafts.save(stayline, draft.made_by, draft.id, 1, text=broken, what={})
    page = trainer.get(f"/studio/drafts/{draft.id}/rehearsal").text
    assert "This draft cannot be walked yet" in page
    assert "nowhere" in page
    assert 'name="persona"' not in page
    refused = trainer.post(f"/studio/drafts/{draft.id}/rehearsal", json=a_run(), headers={"HX-Request-Type": "partial"})
    assert "cannot be rehearsed yet" in refused.text


@pytest.mark.parametrize(
    "changed",
    [
        {"persona": "nobody"},
        {"as_of": "soon"},
        {"language": "fr"},
        {"seed": 0},
        {"facts": {"monthly_fee": "much"}},
        {"presses": [["dance", None], ["back", None]]},
        {"presses": [["answer", {"a": 1}]]},
        {"presses": [["open_drawer", None]] * 401},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_used_is_refused(trainer: TestClient, draft: Draft, changed: dict[str, Any]) -> None:
    assert trainer.post(f"/studio/drafts/{draft.id}/rehearsal", json=a_run(**changed)).status_code == 422


def test_script_in_a_fact_stays_text(trainer: TestClient, draft: Draft) -> None:
    run = a_run()
    run["facts"] = {**run["facts"], "salutation": "<script>alert(1)</script>"}
    page = trainer.post(f"/studio/drafts/{draft.id}/rehearsal", json=run).text
    assert "<script>alert" not in page


def test_a_real_customer_is_found_masked_and_taken_without_the_person(trainer: TestClient, world: World, draft: Draft) -> None:
    team = world.agent.team_id
    customer = world.customer("+99913800004321", name="欧阳修", salutation="欧阳先生", city="乐山", team_id=team, monthly_charge=18731)
    found = trainer.post("/studio/customers", json={"text": "欧阳"})
    assert f'data-customer="{customer}"' in found.text
    facts = trainer.post(f"/studio/customers/{customer}/facts", json={"draft": draft.id})
    for personal in ("欧阳修", "欧阳先生", "4321", "乐山", "187.31"):
        assert personal not in found.text
        assert personal not in facts.text
    assert facts.json()["salutation"] == "王女士"
    stranger = world.customer("+99913800005555", name="欧阳询", salutation="欧阳先生")
    assert stranger not in trainer.post("/studio/customers", json={"text": "欧阳"}).text
    assert trainer.post(f"/studio/customers/{stranger}/facts", json={"flow": FLOW}).status_code == 404
    assert "No customer fits" in trainer.post("/studio/customers", json={"text": "没有这个人"}).text
