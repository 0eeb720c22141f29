"""Errors as answers: status, sentence, and where htmx puts it."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from engine import errors as tree
from engine.errors import BadInput, CarrierError, IllegalMove, NotFound, StaleState, StaylineError
from tests.web.conftest import ORIGIN, Shell
from web.app import create_app
from web.errors import STATUS, add_sentences, status_of
from web.permissions import RIGHTS, Gate, Right

pytestmark = pytest.mark.web

RAISED: dict[str, StaylineError] = {
    "bad": BadInput("something.unknown_code"),
    "gone": NotFound(),
    "stale": StaleState(),
    "move": IllegalMove(),
    "carrier": CarrierError(retryable=False),
    "named": BadInput("account.name_taken", name="<b>"),
    "bare": BadInput("account.name_taken"),
}


@pytest.fixture
def client(stayline: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    router = APIRouter()

    @router.get("/raise/{which}")
    async def fail(which: str) -> None:
        raise RAISED[which]

    monkeypatch.setitem(RIGHTS, "GET /raise/{which}", Right("GET /raise/{which}", Gate.public, {}))
    with TestClient(create_app(stayline, [router]), base_url=ORIGIN, headers={"Accept-Language": "en"}) as browser:
        yield browser


@pytest.mark.parametrize(
    ("which", "status"), [("bad", 422), ("gone", 404), ("stale", 409), ("move", 409), ("carrier", 502), ("named", 422), ("bare", 422)]
)
def test_each_kind_of_error_has_its_status(client: TestClient, which: str, status: int) -> None:
    assert client.get(f"/raise/{which}").status_code == status


def test_every_class_of_the_tree_has_a_status() -> None:
    classes = [one for one in vars(tree).values() if isinstance(one, type) and issubclass(one, StaylineError)]
    assert len(classes) >= 12
    listed = [kind for kind, _, _ in STATUS]
    for one in classes:
        assert next(kind for kind in listed if issubclass(one, kind)), one


def test_a_narrower_error_is_not_hidden_by_a_wider_one() -> None:
    kinds = [kind for kind, _, _ in STATUS]
    for index, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:index]), kind
    assert status_of(StaleState()) == 409


def test_htmx_gets_a_notice_beside_the_page_and_the_page_stays(client: TestClient) -> None:
    answer = client.get("/raise/stale", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert answer.status_code == 409
    assert answer.headers["hx-retarget"] == "#notices"
    assert "<html" not in answer.text
    assert "behind what has happened" in answer.text


def test_a_visit_gets_a_page(client: TestClient) -> None:
    assert "<html" in client.get("/raise/gone").text


def test_a_field_is_filled_in_escaped_and_a_missing_one_breaks_nothing(client: TestClient) -> None:
    assert "signs in as &lt;b&gt;." in client.get("/raise/named").text
    assert "signs in as …." in client.get("/raise/bare").text


def test_the_sentence_is_in_the_readers_language(client: TestClient) -> None:
    assert "这里没有这一项" in client.get("/raise/gone", headers={"Accept-Language": "zh-CN"}).text


def test_a_code_is_given_a_sentence_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        add_sentences({"account.name": "again"})


def test_a_form_that_lacks_a_field_is_bad_input(signed_in: Callable[[str], TestClient]) -> None:
    assert signed_in("administrator").post("/people", data={"name": "x"}).status_code == 422
