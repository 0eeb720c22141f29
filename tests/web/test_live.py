"""Live news of a call: numbered, replayed, and gone with the session."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from engine.services.signing_in import hashed
from engine.storage import people
from tests.web.conftest import Shell, person_named, session_for
from tests.web.rows import add_event, make_call
from web import live
from web.signed_in import cookie_name

pytestmark = pytest.mark.web


class Listener:
    """A browser that follows a call."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.ended = False
        self._news = asyncio.Event()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.text += message.get("body", b"").decode()
            self.ended = not message.get("more_body", False)
        self._news.set()

    def sequences(self) -> list[int]:
        return [json.loads(line[6:])["sequence"] for line in self.text.splitlines() if line.startswith("data: ")]

    async def until(self, count: int) -> list[int]:
        async with asyncio.timeout(5):
            while len(self.sequences()) < count:
                self._news.clear()
                await self._news.wait()
        return self.sequences()

    async def until_ended(self) -> None:
        async with asyncio.timeout(5):
            while not self.ended:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def following(
    app: FastAPI, stayline: Shell, call: str, *, after: int = 0, last: str | None = None
) -> AsyncIterator[tuple[Listener, str]]:
    listener, token = Listener(), session_for(stayline, person_named(stayline, "agent"))
    headers = [(b"host", b"stayline.test"), (b"cookie", f"{cookie_name(stayline.settings)}={token}".encode())]
    if last is not None:
        headers.append((b"last-event-id", last.encode()))
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": f"/live/calls/{call}",
        "raw_path": b"", "query_string": f"after={after}".encode(), "root_path": "", "headers": headers, "client": ("203.0.113.7", 1),
        "server": ("stayline.test", 80),
    }  # fmt: skip
    gone = asyncio.Event()
    asked = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    task = asyncio.ensure_future(app(scope, receive, listener.send))
    try:
        yield listener, token
    finally:
        gone.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def call(stayline: Shell) -> str:
    return make_call(stayline.database, stayline.ids, person_named(stayline, "agent"), stayline.clock.now())


async def test_a_desk_hears_what_it_missed_and_then_what_happens(app: FastAPI, stayline: Shell, call: str) -> None:
    async with following(app, stayline, call, after=1) as (desk, _):
        assert await desk.until(2) == [2, 3]
        add_event(stayline.database, call, 4, stayline.clock.now())
        stayline.live.publish(call, 4, ("step.shown",))
        assert await desk.until(3) == [2, 3, 4]
        assert "id: 4\nevent: call\ndata: " in desk.text
        assert '"type": "step.shown"' in desk.text


async def test_a_reconnected_desk_goes_on_where_it_was(app: FastAPI, stayline: Shell, call: str) -> None:
    async with following(app, stayline, call, after=0, last="2") as (desk, _):
        assert await desk.until(1) == [3]


@pytest.mark.parametrize("last", ["-1", "x", "9" * 40, "²"])
async def test_a_strange_last_event_id_is_as_none(app: FastAPI, stayline: Shell, call: str, last: str) -> None:
    try:
        last.encode("latin-1")
    except UnicodeEncodeError:
        return
    async with following(app, stayline, call, last=last.encode("latin-1").decode("latin-1")) as (desk, _):
        assert await desk.until(3) == [1, 2, 3]


async def test_what_happens_between_reading_and_waiting_is_not_lost(app: FastAPI, stayline: Shell, call: str) -> None:
    """The watch begins before the first reading, so a publication in between wakes the stream at once."""
    async with following(app, stayline, call) as (desk, _):
        for sequence in range(4, 30):
            add_event(stayline.database, call, sequence, stayline.clock.now())
            stayline.live.publish(call, sequence)
            if sequence % 5 == 0:
                await asyncio.sleep(0)
        assert await desk.until(29) == list(range(1, 30))


async def test_a_stream_ends_when_its_session_ends(app: FastAPI, stayline: Shell, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_SESSION", 0.02)
    async with following(app, stayline, call) as (desk, token):
        await desk.until(3)
        with stayline.database.transaction() as tx:
            people.end_session(tx, hashed(token), stayline.clock.now())
        await desk.until_ended()


async def test_a_busy_stream_ends_with_its_session_too(app: FastAPI, stayline: Shell, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_SESSION", 0.02)
    async with following(app, stayline, call) as (desk, token):
        await desk.until(3)
        with stayline.database.transaction() as tx:
            people.end_session(tx, hashed(token), stayline.clock.now())
        async with asyncio.timeout(5):
            while not desk.ended:
                stayline.live.publish(call, 3)
                await asyncio.sleep(0.001)


async def test_nothing_is_kept_of_a_desk_that_left(app: FastAPI, stayline: Shell, call: str) -> None:
    async with following(app, stayline, call) as (desk, _):
        await desk.until(3)
    assert stayline.live._watches == {}


async def test_somebody_elses_call_is_as_none(app: FastAPI, stayline: Shell) -> None:
    theirs = make_call(stayline.database, stayline.ids, person_named(stayline, "reviewer"), stayline.clock.now())
    async with following(app, stayline, theirs) as (desk, _):
        await desk.until_ended()
        assert desk.status == 404
    assert stayline.live._watches == {}
