"""The way past the framework keeps every guard the framework's way has."""

import pytest
from fastapi.testclient import TestClient

from tests.services.world import World
from web.app import LARGEST_BODY

pytestmark = [pytest.mark.web, pytest.mark.safety]


def test_the_direct_route_carries_the_security_headers_and_a_request_id(desk: TestClient, world: World) -> None:
    answer = desk.get(f"/desk/calls/{world.answered_call()}")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]


def test_a_body_beyond_the_limit_is_413_and_nothing_happens(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    before = world.types(call)
    assert desk.post(f"/desk/calls/{call}/act", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
    assert world.types(call) == before


def test_nobody_gets_past_the_gate(desk: TestClient, world: World, signed_in) -> None:
    call = world.answered_call()
    assert signed_in("reviewer").post(f"/desk/calls/{call}/act", json={}).status_code == 403
    desk.cookies.clear()
    assert desk.post(f"/desk/calls/{call}/act", json={}, headers={"Accept": "application/json"}).status_code == 401


def test_another_sites_page_is_refused_before_the_lane(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    answer = desk.post(f"/desk/calls/{call}/act", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_other_methods_and_paths_go_the_ordinary_way(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    assert desk.put(f"/desk/calls/{call}/act", json={}).status_code == 405
    assert desk.get(f"/desk/calls/{call}/nothing").status_code == 404
