"""What guards every request and binds every answer."""

import re
from collections.abc import Callable

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from tests.web.conftest import ORIGIN, Shell, person_named, session_for
from web.app import create_app
from web.permissions import RIGHTS, Gate, Right
from web.signed_in import cookie_name

pytestmark = [pytest.mark.web, pytest.mark.safety]

SignIn = Callable[[str], TestClient]


def _bare(app: FastAPI, stayline: Shell, headers: dict[str, str]) -> TestClient:
    """A signed-in browser that sends exactly these headers about where it comes from."""
    token = session_for(stayline, person_named(stayline, "agent"))
    return TestClient(app, base_url=ORIGIN, headers=headers, follow_redirects=False, cookies={cookie_name(stayline.settings): token})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": ORIGIN}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, 403),
        ({"Sec-Fetch-Site": "nonsense"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ORIGIN + ".evil.test"}, 403),
        ({}, 403),
    ],
)
def test_an_unsafe_request_with_a_session_must_come_from_our_own_pages(
    app: FastAPI, stayline: Shell, headers: dict[str, str], status: int
) -> None:
    assert _bare(app, stayline, headers).post("/sign-out").status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_guarded(app: FastAPI, stayline: Shell, method: str) -> None:
    answer = _bare(app, stayline, {"Sec-Fetch-Site": "cross-site"}).request(method, "/me")
    assert (answer.status_code, answer.text) == (403, "cross-origin request refused")


def test_reading_from_another_page_is_allowed_and_changes_nothing(app: FastAPI, stayline: Shell) -> None:
    assert _bare(app, stayline, {"Sec-Fetch-Site": "cross-site"}).get("/me").status_code == 200


def test_signing_in_from_another_page_is_refused_without_a_session_too(app: FastAPI) -> None:
    from_elsewhere = TestClient(app, base_url=ORIGIN, headers={"Sec-Fetch-Site": "cross-site"})
    assert from_elsewhere.post("/sign-in", data={"name": "agent", "password": "x"}).status_code == 403


def test_a_carriers_callback_needs_no_origin_but_its_signature(app: FastAPI) -> None:
    answer = TestClient(app, base_url=ORIGIN).post("/carriers/simulated/events", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "cross-origin" not in answer.text


@pytest.mark.parametrize("host", ["evil.test", "stayline.test.evil.test", "", "stayline.test@evil.test"])
def test_a_host_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["stayline.test", "STAYLINE.test:8000", "127.0.0.1:9", "localhost", "[::1]:8000"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/me", "/people", "/help", "/nowhere", "/static/x/css/base.css", "/healthy"])
def test_every_answer_carries_the_headers_that_bind_the_browser(signed_in: SignIn, path: str) -> None:
    headers = signed_in("administrator").get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'nonce-")
    assert "unsafe" not in policy
    for part in ("base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert part in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=(self)" in headers["permissions-policy"]
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")


def test_the_nonce_is_new_for_every_answer_and_stands_on_every_script(signed_in: SignIn) -> None:
    browser = signed_in("agent")
    seen: set[str] = set()
    for _ in range(3):
        answer = browser.get("/me")
        found = re.search(r"'nonce-([\w-]{20,})'", answer.headers["content-security-policy"])
        assert found is not None
        seen.add(found.group(1))
        assert set(re.findall(r'<script[^>]*nonce="([^"]*)"', answer.text)) == {found.group(1)}
        assert len(re.findall(r"<script", answer.text)) == len(re.findall(r"<script[^>]*nonce=", answer.text))
    assert len(seen) == 3


def test_static_files_of_this_version_may_be_kept_for_ever(client: TestClient) -> None:
    page = client.get("/sign-in").text
    address = re.search(r'href="(/static/[^"]+base\.css)"', page)
    assert address is not None
    assert client.get(address.group(1)).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/static/x/../app.py", "/static/x/%2e%2e/app.py", "/static/x/..%2fapp.py", "/static/x/css/../../app.py"])
def test_static_files_do_not_lead_out_of_their_folder(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_body_over_a_megabyte_is_refused(signed_in: SignIn) -> None:
    answer = signed_in("administrator").post("/people", data={"name": "x" * 1_100_000})
    assert answer.status_code == 413


def test_there_is_no_description_of_the_interface_to_read(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


def test_a_surprise_is_told_without_detail_but_with_its_number_and_all_headers(stayline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()

    @router.get("/surprise")
    async def surprise() -> None:
        raise ZeroDivisionError("secret detail 13800138000")

    monkeypatch.setitem(RIGHTS, "GET /surprise", Right("GET /surprise", Gate.public, {}))
    client = TestClient(create_app(stayline, [router]), base_url=ORIGIN)
    answer = client.get("/surprise", headers={"Accept-Language": "en"})
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "content-security-policy" in answer.headers


def test_what_people_type_is_shown_as_text(signed_in: SignIn) -> None:
    planted = '"><img src=x id=xss7>{{7*7}}${7*7}'
    browser = signed_in("administrator")
    browser.post(
        "/people", data={"name": "planted", "display_name": planted, "role": "agent", "team": planted, "agent_number": planted[:20]}
    )
    shown = browser.get("/people").text
    assert "<img" not in shown
    assert "&lt;img src=x id=xss7&gt;{{7*7}}${7*7}" in shown
    again = browser.post("/people", data={"name": planted, "display_name": planted, "role": planted})
    assert again.status_code == 422
    assert "<img" not in again.text
