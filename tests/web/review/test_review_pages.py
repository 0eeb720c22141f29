"""The pages of reviewing: the list and its filters, the call, saving and publishing, and what the agent gets."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Shell, person_named
from tests.web.review.stage import ended_call, recorded_call, scored_call

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]


@pytest.fixture
def call_id(stayline: Shell) -> str:
    return recorded_call(stayline, person_named(stayline, "agent"))[0]


def answers(page: str, value: str = "yes") -> dict[str, dict[str, str]]:
    return {code: {"value": value} for code in re.findall(r'data-item="(\w+)"', page)}


def english(browser: TestClient) -> TestClient:
    browser.post("/me", data={"language": "en", "theme": "light", "single_keys": "true"})
    return browser


def test_an_empty_list_says_what_will_come_and_an_empty_search_how_to_widen_it(signed_in: SignIn) -> None:
    reviewer = english(signed_in("reviewer"))
    assert "No calls yet." in reviewer.get("/review").text
    narrowed = reviewer.get("/review?outcome=busy").text
    assert "No call fits." in narrowed
    assert 'href="/review"' in narrowed


def test_the_list_shows_the_call_and_keeps_its_filters_in_the_address(signed_in: SignIn, call_id: str) -> None:
    reviewer = english(signed_in("reviewer"))
    assert f"/review/calls/{call_id}" in reviewer.get("/review?recorded=stored&scored=none&from=2026-11-25&to=2026-11-25").text
    assert f"/review/calls/{call_id}" not in reviewer.get("/review?to=2026-11-24").text
    assert f"/review/calls/{call_id}" not in reviewer.get("/review?scored=published").text
    kept = reviewer.get("/review?from=2026-11-25").text
    assert 'name="from" value="2026-11-25"' in kept


@pytest.mark.parametrize("address", ["/review?from=yesterday", "/review?recorded=x", "/review?after=x", "/review?from=2026-13-01"])
def test_a_filter_that_cannot_be_used_is_told_beside_the_list(signed_in: SignIn, address: str) -> None:
    answer = english(signed_in("reviewer")).get(address)
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text


def test_a_customer_is_found_without_number_or_name_in_any_address(signed_in: SignIn, stayline: Shell, call_id: str) -> None:
    reviewer = signed_in("reviewer")
    with stayline.database.reading() as tx:
        row = tx.row("SELECT a.number FROM call c JOIN attempt a ON a.id = c.attempt_id WHERE c.id = :id", id=call_id)
    assert row is not None
    for customer in (row["number"], "王芳"):
        answer = reviewer.post("/review/find", data={"customer": customer, "recorded": "stored"})
        assert f"/review/calls/{call_id}" in answer.text
        assert "location" not in answer.headers
        assert not re.search(rf'(href|action|src)="[^"]*{re.escape(customer)}', answer.text)
    assert f"/review/calls/{call_id}" not in reviewer.post("/review/find", data={"customer": "+99913900000000"}).text
    assert reviewer.post("/review/find", data={"customer": "12"}).status_code == 422


def test_the_number_is_masked_on_every_page(signed_in: SignIn, stayline: Shell, call_id: str) -> None:
    with stayline.database.reading() as tx:
        row = tx.row("SELECT number FROM attempt")
    assert row is not None
    reviewer = signed_in("reviewer")
    for page in ("/review", f"/review/calls/{call_id}"):
        assert row["number"][4:] not in reviewer.get(page).text


def test_the_page_of_a_call_has_steps_points_waves_and_what_was_seen(signed_in: SignIn, call_id: str) -> None:
    page = english(signed_in("reviewer")).get(f"/review/calls/{call_id}").text
    assert "Silence, 16 s" in page
    assert page.count('class="sp"') > 5
    assert page.count('class="seen"') > 5
    assert 'data-from="/recordings/' in page
    assert ' src="/recordings/' not in page  # fetched on playing only
    assert 'data-suggested="yes"' in page
    assert "style=" not in page
    assert "onclick" not in page


def test_marks_are_saved_added_up_and_published_once_for_all(signed_in: SignIn, call_id: str) -> None:
    reviewer = english(signed_in("reviewer"))
    address = f"/review/calls/{call_id}"
    marks = answers(reviewer.get(address).text)
    first = reviewer.post(f"{address}/draft", json={"version": 0, "answers": {"says_who": {"value": "yes"}}}).json()
    assert (first["version"], first["total"], first["answered"]) == (1, 100, 1)
    stale = reviewer.post(f"{address}/draft", json={"version": 0, "answers": {}}, headers={"HX-Request-Type": "partial"})
    assert stale.status_code == 409
    assert "Another page saved this evaluation since." in stale.text
    early = reviewer.post(f"{address}/publish", json={"version": 1}, headers={"HX-Request-Type": "partial"})
    assert (early.status_code, "Answer every item" in early.text) == (422, True)
    marks["disclosures"] = {"value": "no", "note": "缺提前退订费"}
    comment = {"at_ms": 17_000, "text": "这里说得清楚 <b>"}
    saved = reviewer.post(f"{address}/draft", json={"version": 1, "answers": marks, "comments": [comment]}).json()
    assert (saved["total"], saved["answered"], saved["sections"]["offer"]) == (90, 18, ["15", 25])
    assert reviewer.post(f"{address}/publish", json={"version": 2}).json() == {"score": 90}
    assert reviewer.post(f"{address}/publish", json={"version": 2}).json() == {"score": 90}
    assert reviewer.post(f"{address}/draft", json={"version": 3, "answers": marks}).status_code == 409
    page = reviewer.get(address).text
    assert "It does not change any more." in page
    assert "缺提前退订费" in page
    assert "这里说得清楚 &lt;b&gt;" in page
    assert "data-mark=" not in page


@pytest.mark.parametrize(
    "sent",
    [
        {"version": 0, "auto_fails": [{"code": "af1", "offset_ms": 10, "quote": ""}]},
        {"version": 0, "auto_fails": [{"code": "af1", "quote": "办好了"}]},
        {"version": 0, "answers": {"says_who": {"value": "partly"}}},
        {"version": 0, "answers": {"nothing": {"value": "yes"}}},
        {"version": 0, "score": 100},
        {"version": 0, "comments": [{"at_ms": -1, "text": "x"}]},
        {},
    ],
)
def test_what_cannot_be_scored_is_refused(signed_in: SignIn, call_id: str, sent: dict[str, object]) -> None:
    assert signed_in("reviewer").post(f"/review/calls/{call_id}/draft", json=sent).status_code == 422


def test_somebody_elses_draft_is_named_and_not_shown(signed_in: SignIn, call_id: str) -> None:
    reviewer, supervisor = signed_in("reviewer"), english(signed_in("supervisor"))
    address = f"/review/calls/{call_id}"
    reviewer.post(f"{address}/draft", json={"version": 0, "answers": {"says_who": {"value": "no", "note": "没报工号"}}})
    page = supervisor.get(address).text
    assert "is scoring this call." in page
    assert "没报工号" not in page
    assert "data-mark=" not in page
    assert supervisor.post(f"{address}/draft", json={"version": 1, "answers": {}}).status_code == 409


def test_the_administrator_reads_and_hears_but_does_not_score(signed_in: SignIn, call_id: str) -> None:
    administrator = english(signed_in("administrator"))
    page = administrator.get(f"/review/calls/{call_id}").text
    assert "Not scored" in page
    assert "data-mark=" not in page
    assert "/audio" in page
    assert administrator.post(f"/review/calls/{call_id}/draft", json={"version": 0}).status_code == 403


def test_a_call_without_a_recording_says_so_and_still_shows_its_steps(signed_in: SignIn, stayline: Shell) -> None:
    _, call_id = ended_call(stayline, person_named(stayline, "agent"))
    page = english(signed_in("reviewer")).get(f"/review/calls/{call_id}").text
    assert "There is no recording of this call." in page or "The recording is being fetched." in page
    assert "<audio" not in page
    assert page.count('class="sp"') > 5


def test_the_agent_finds_reads_and_acknowledges_their_own(signed_in: SignIn, stayline: Shell) -> None:
    agent = english(signed_in("agent"))
    assert "Nothing was published about your calls yet." in agent.get("/review/mine").text
    _, _, evaluation = scored_call(stayline, person_named(stayline, "agent"), person_named(stayline, "reviewer"))
    assert f"/review/mine/{evaluation}" in agent.get("/review/mine").text
    page = agent.get(f"/review/mine/{evaluation}").text
    assert "I have read it" in page
    assert "<audio" in page
    assert "data-mark=" not in page
    for _ in range(2):
        assert agent.post(f"/review/mine/{evaluation}/acknowledge").headers["location"] == f"/review/mine/{evaluation}"
    assert "You have read it." in agent.get(f"/review/mine/{evaluation}").text


def test_a_draft_is_nothing_to_the_agent(signed_in: SignIn, stayline: Shell, call_id: str) -> None:
    signed_in("reviewer").post(f"/review/calls/{call_id}/draft", json={"version": 0, "answers": {}})
    with stayline.database.reading() as tx:
        row = tx.row("SELECT id FROM evaluation")
    assert row is not None
    agent = signed_in("agent")
    assert agent.get(f"/review/mine/{row['id']}").status_code == 404
    assert agent.post(f"/review/mine/{row['id']}/acknowledge").status_code == 404
    assert agent.get(f"/review/calls/{call_id}").status_code == 403
