"""Pages that are watched: an error in the console, an uncaught exception or a breach of the content policy fails the test."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.browser.people import Member

LAPTOP = (1280, 720)
OUTAGE = r"net::ERR_|the server responded with a status of 50[234]"
"""What a browser notes while Stayline is down."""
BEHIND = r"the server responded with a status of 409"
"""What it notes when a press came from a page that was behind, or a dial was refused."""


@dataclass(slots=True)
class Watch:
    """The windows of one test, and what they complained of."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *patterns: str) -> None:
        """What this test provokes on purpose, as regular expressions."""
        self.expected += patterns

    def window(
        self, member: Member | None = None, *, size: tuple[int, int] = LAPTOP, language: str = "zh-CN", theme: str = "light"
    ) -> BrowserContext:
        """A browser of its own, signed in as somebody."""
        context = self.browser.new_context(
            viewport=ViewportSize(width=size[0], height=size[1]),
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        if member is not None:
            context.add_cookies(member.cookies)
        context.on("page", lambda page: self._listen(page))  # noqa: PLW0108 - Playwright keeps its own marks on a bound method
        self.contexts.append(context)
        return context

    def page(self, member: Member | None, path: str = "/desk", **how: object) -> Page:
        """A page of ours in a window of its own."""
        page = self.window(member, **how).new_page()  # pyright: ignore[reportArgumentType]
        if member is not None:
            page.goto(f"{member.address}{path}")
        return page

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._note(page, said))

    def _note(self, page: Page, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.problems.append(f"{page.url}: {said.text} ({said.location.get('url')})")

    def close(self) -> None:
        """Close every window; fails the test for what it complained of and nobody expected."""
        for context in self.contexts:
            context.close()
        assert unexpected(self.problems, self.expected) == []


def unexpected(problems: Iterable[str], expected: Iterable[str]) -> list[str]:
    patterns = [re.compile(one) for one in expected]
    return [problem for problem in problems if not any(pattern.search(problem) for pattern in patterns)]
