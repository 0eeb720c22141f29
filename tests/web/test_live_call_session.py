"""A session lasts as long as its call."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Shell, person_named
from tests.web.rows import make_call

pytestmark = [pytest.mark.web, pytest.mark.safety]


@pytest.mark.parametrize(("state", "status"), [("connected", 200), ("on_hold", 200), ("dialing", 200), ("wrap_up", 401), ("closed", 401)])
def test_a_call_that_is_up_keeps_an_idle_session(signed_in: Callable[[str], TestClient], stayline: Shell, state: str, status: int) -> None:
    browser = signed_in("agent")
    make_call(stayline.database, stayline.ids, person_named(stayline, "agent"), stayline.clock.now(), state=state)
    stayline.clock.advance(timedelta(minutes=45))
    assert browser.get("/me").status_code == status


def test_somebody_elses_call_keeps_nothing(signed_in: Callable[[str], TestClient], stayline: Shell) -> None:
    browser = signed_in("agent")
    make_call(stayline.database, stayline.ids, person_named(stayline, "reviewer"), stayline.clock.now())
    stayline.clock.advance(timedelta(minutes=45))
    assert browser.get("/me").status_code == 401
