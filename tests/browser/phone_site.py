"""The desk with a phone in it, whose carrier does what a test says: the application in this process, and a page in a real browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, expect

from engine.errors import CarrierError
from engine.ids import LegId
from engine.services import call_progress
from engine.services.accounts import set_preferences
from tests.services.world import World
from tests.web.conftest import Shell, person_named, session_for
from tests.web.desk.phones import ScriptedPhones, with_phones
from tests.web.desk.stage import desk_world, number
from web.app import create_app
from web.signed_in import cookie_name

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)  # two cores may have other things to do
VIOLATIONS = (
    "window.violated = []; addEventListener('securitypolicyviolation', (e) => violated.push(e.violatedDirective + ' ' + e.blockedURI))"
)


@dataclass
class PlayedPhones(ScriptedPhones):
    """Simulated phones that are in their room as soon as they call in, as the simulated carrier's are."""

    world: World | None = None
    refuses: int = 0

    def call_in(self, address: str, leg_id: LegId) -> None:
        super().call_in(address, leg_id)
        if self.refuses:
            self.refuses -= 1
            raise CarrierError("leg.unknown", retryable=False)
        assert self.world is not None
        told = self.world.carrier.event(leg_id, "joined")
        call_progress.hear(self.world.house, self.world.carrier.name, told)


@dataclass(slots=True)
class PhoneSite:
    """The running application, its world, and the windows on it."""

    base: str
    stayline: Shell
    world: World
    phones: PlayedPhones
    browser: Browser
    pages: list[Page] = field(default_factory=list[Page])
    problems: list[str] = field(default_factory=list[str])

    def desk(
        self,
        path: str = "/desk",
        *,
        who: str = "agent",
        language: str = "zh-CN",
        theme: str = "light",
        single_keys: bool = True,
        **how: Any,
    ) -> Page:
        """The desk of the agent, or of somebody else, in a window of its own."""
        agent = person_named(self.stayline, who)
        set_preferences(self.stayline.door, agent, language, theme, single_keys)
        context = self.browser.new_context(viewport={"width": 1280, "height": 720}, **how)
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": cookie_name(self.stayline.settings), "value": session_for(self.stayline, agent), "url": self.base}])
        context.on("page", lambda page: self._listen(page))  # noqa: PLW0108 - Playwright keeps its own marks on a bound method
        page = context.new_page()
        page.add_init_script(VIOLATIONS)
        page.goto(self.base + path)
        self.pages.append(page)
        return page

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def dialling(self, **how: Any) -> tuple[Page, str]:
        """A call dialled from the page; its phone is on the way into the room."""
        self.world.lead_before(number=number())
        page = self.desk(**how)
        expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
        page.locator("[data-test=dial]").click()
        expect(page.locator("#main")).to_have_attribute("data-screen", "line")
        call = page.locator("#main").get_attribute("data-call")
        assert call is not None
        return page, call

    def answered(self, page: Page, call: str) -> None:
        """The customer picks up; the recorder runs."""
        expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
        self.world.hears(call, "answered", answered_by="human")
        self.world.hears(call, "recording_started")
        expect(page.locator("#main")).to_have_attribute("data-screen", "live")
        expect(page.locator("#line-state")).to_have_attribute("data-recorder", "on")

    def talking(self, **how: Any) -> tuple[Page, str]:
        """A call: dialled from the page, the phone in it, the customer on the line, recorded."""
        page, call = self.dialling(**how)
        self.answered(page, call)
        return page, call

    def tells(self, call: str, kind: str, **more: Any) -> None:
        """The carrier tells something, a second later."""
        self.world.clock.advance(timedelta(seconds=1))
        self.world.hears(call, kind, **more)


@contextmanager
def phone_site(stayline: Shell, browser: Browser, **phone: Any) -> Iterator[PhoneSite]:
    """Serve until the block ends; then every page must have been without an error and within its content policy."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stayline.settings = stayline.settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    phones = PlayedPhones(stayline.clock, **phone)
    with_phones(stayline, phones)
    world = phones.world = desk_world(stayline)
    server = uvicorn.Server(uvicorn.Config(create_app(stayline), port=port, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    site = PhoneSite(f"http://127.0.0.1:{port}", stayline, world, phones, browser)
    try:
        yield site
        violated = [told for page in site.pages if not page.is_closed() for told in page.evaluate("window.violated ?? []")]
        assert violated == []
        assert site.problems == []
    finally:
        for page in site.pages:
            page.context.close()
        server.should_exit = True
        thread.join(10)
