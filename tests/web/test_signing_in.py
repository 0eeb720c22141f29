"""Signing in and out through the pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from engine.services.accounts import disable_person
from engine.services.signing_in import make_link, session_stands
from tests.web.conftest import ORIGIN, Shell, person_named

pytestmark = [pytest.mark.web, pytest.mark.safety]

GOOD = "rivers under slow maps"
NAME = "stayline"


def _set_password(client: TestClient, stayline: Shell, name: str = "agent", password: str = GOOD) -> None:
    link = make_link(stayline.door, name, "test")
    answer = client.post(f"/sign-in/link/{link.token}", data={"password": password, "again": password})
    assert answer.status_code == 303, answer.text


def test_a_link_lets_its_owner_set_a_password_once(client: TestClient, stayline: Shell) -> None:
    link = make_link(stayline.door, "agent", "test")
    shown = client.get(f"/sign-in/link/{link.token}")
    assert shown.status_code == 200
    assert "周敏" in shown.text
    first = client.post(f"/sign-in/link/{link.token}", data={"password": GOOD, "again": GOOD})
    assert first.status_code == 303
    assert client.get("/me").status_code == 200
    client.cookies.clear()
    again = client.post(f"/sign-in/link/{link.token}", data={"password": GOOD, "again": GOOD})
    assert again.status_code == 410
    assert NAME not in client.cookies


def test_a_link_is_worthless_after_a_day_and_after_a_newer_one(client: TestClient, stayline: Shell) -> None:
    older = make_link(stayline.door, "agent", "test")
    newer = make_link(stayline.door, "agent", "test")
    assert client.get(f"/sign-in/link/{older.token}").status_code == 410
    assert client.get(f"/sign-in/link/{newer.token}").status_code == 200
    stayline.clock.advance(timedelta(hours=24))
    assert client.get(f"/sign-in/link/{newer.token}").status_code == 410


@pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaaaaaa", "Zhoumin-agent-1", "password123456", "qwertyuiopasdf", "123456789012"])
def test_a_weak_password_is_refused_and_the_link_still_works(client: TestClient, stayline: Shell, bad: str) -> None:
    link = make_link(stayline.door, "agent", "test")
    refused = client.post(f"/sign-in/link/{link.token}", data={"password": bad, "again": bad})
    assert refused.status_code == 422
    assert client.get(f"/sign-in/link/{link.token}").status_code == 200


def test_two_different_passwords_are_refused(client: TestClient, stayline: Shell) -> None:
    link = make_link(stayline.door, "agent", "test")
    refused = client.post(f"/sign-in/link/{link.token}", data={"password": GOOD, "again": GOOD + "x"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert "not the same" in refused.text


def test_a_password_signs_in_with_a_new_token_each_time(client: TestClient, stayline: Shell) -> None:
    _set_password(client, stayline)
    first = client.cookies[NAME]
    client.cookies.clear()
    client.cookies.set(NAME, "planted-before-the-sign-in", domain="stayline.test")
    answer = client.post("/sign-in", data={"name": "agent", "password": GOOD, "next": "/me"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/me"
    cookie = answer.headers["set-cookie"]
    token = re.search(rf"{NAME}=([^;]+)", cookie)
    assert token is not None
    assert token.group(1) not in (first, "planted-before-the-sign-in")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_in_again_ends_the_session_this_browser_had(client: TestClient, stayline: Shell) -> None:
    _set_password(client, stayline)
    former = client.cookies[NAME]
    client.post("/sign-in", data={"name": "agent", "password": GOOD})
    assert not session_stands(stayline.door, former)


@pytest.mark.parametrize("name", ["agent", "nobody", "trainer"])
def test_a_wrong_password_an_unknown_name_and_no_password_get_the_same_answer(client: TestClient, stayline: Shell, name: str) -> None:
    _set_password(client, stayline)
    client.cookies.clear()
    refused = client.post("/sign-in", data={"name": name, "password": "not the right one"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 403
    assert "do not go together" in refused.text
    assert NAME not in client.cookies


def test_the_eleventh_try_within_a_quarter_of_an_hour_is_refused_even_with_the_right_password(client: TestClient, stayline: Shell) -> None:
    _set_password(client, stayline)
    client.cookies.clear()
    for _ in range(10):
        assert client.post("/sign-in", data={"name": "agent", "password": "wrong wrong wrong"}).status_code == 403
    assert client.post("/sign-in", data={"name": "agent", "password": GOOD}).status_code == 429


@pytest.mark.parametrize("there", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", ""])
def test_signing_in_never_leads_elsewhere(client: TestClient, stayline: Shell, there: str) -> None:
    _set_password(client, stayline)
    client.cookies.clear()
    answer = client.post("/sign-in", data={"name": "agent", "password": GOOD, "next": there})
    assert answer.headers["location"] == "/"


def test_signing_out_ends_the_session_on_the_server_and_clears_the_browser(signed_in: Callable[[str], TestClient], stayline: Shell) -> None:
    browser = signed_in("agent")
    token = browser.cookies[NAME]
    answer = browser.post("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert not session_stands(stayline.door, token)


def test_signing_out_everywhere_ends_other_browsers_too(signed_in: Callable[[str], TestClient]) -> None:
    here, there = signed_in("agent"), signed_in("agent")
    here.post("/sign-out", data={"everywhere": "true"})
    assert there.get("/me").status_code == 401


def test_a_disabled_person_is_out_at_once(signed_in: Callable[[str], TestClient], stayline: Shell) -> None:
    browser = signed_in("agent")
    assert browser.get("/me").status_code == 200
    disable_person(stayline.door, person_named(stayline, "agent").user_id, "test")
    assert browser.get("/me").status_code == 401


def test_half_an_hour_without_use_ends_a_session_but_use_keeps_it(signed_in: Callable[[str], TestClient], stayline: Shell) -> None:
    browser = signed_in("agent")
    for _ in range(3):
        stayline.clock.advance(timedelta(minutes=29))
        assert browser.get("/me").status_code == 200
    stayline.clock.advance(timedelta(minutes=30))
    assert browser.get("/me").status_code == 401


def test_twelve_hours_end_a_session_however_much_it_is_used(signed_in: Callable[[str], TestClient], stayline: Shell) -> None:
    browser = signed_in("agent")
    for _ in range(24):
        stayline.clock.advance(timedelta(minutes=29))
        assert browser.get("/me").status_code == 200
    stayline.clock.advance(timedelta(minutes=29))
    assert browser.get("/me").status_code == 401


def test_a_visit_without_a_session_is_sent_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/people", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/people"
    part = client.get("/people", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.status_code == 401
    assert part.headers["hx-redirect"] == "/sign-in"


def test_https_binds_the_cookie_to_the_host(stayline: Shell) -> None:
    from web.app import create_app

    stayline.settings = stayline.settings.model_copy(update={"public_url": "https://stayline.test"})
    secure = TestClient(
        create_app(stayline), base_url="https://stayline.test", headers={"Origin": "https://stayline.test"}, follow_redirects=False
    )
    link = make_link(stayline.door, "agent", "test")
    answer = secure.post(f"/sign-in/link/{link.token}", data={"password": GOOD, "again": GOOD})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-stayline="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    assert ORIGIN.startswith("http:")
