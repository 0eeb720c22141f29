"""An agent at the desk: the same keys a person presses, and what the screen then shows."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation, Lead
from tests.browser.people import Member
from tests.browser.watching import Watch

TO_THE_OFFER = ("self", "match", "agree", "seldom", "price", "waste", "willing")
"""The answers of a customer who leads the broadband cancellation to its first offer."""
_QUIET = "() => !document.getElementById('main').hasAttribute('aria-busy')"


@dataclass(slots=True)
class Desk:
    """One window with the desk in it."""

    page: Page
    member: Member

    @property
    def screen(self) -> str:
        return self.page.locator("#main").get_attribute("data-screen") or ""

    @property
    def step(self) -> str:
        return self.page.locator("#talk").get_attribute("data-step") or ""

    @property
    def sequence(self) -> int:
        return int(self.page.locator("#main").get_attribute("data-sequence") or 0)

    @property
    def call_id(self) -> str:
        return self.page.locator("#main").get_attribute("data-call") or ""

    @property
    def sentence(self) -> str:
        return self.page.locator("#say").inner_text()

    def wait_for(self, screen: str) -> None:
        expect(self.page.locator(f"#main[data-screen={screen}]")).to_be_attached(timeout=20_000)

    def wait_for_step(self, step: str) -> None:
        expect(self.page.locator(f"#talk[data-step={step}]")).to_be_attached()

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the one before has been answered."""
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_function(_QUIET)

    def take(self) -> None:
        """From the free desk to the brief."""
        self.page.keyboard.press("Enter")
        self.wait_for("brief")

    def dial(self) -> None:
        """From the brief to the live call of a customer who answers."""
        self.page.keyboard.press("Enter")
        self.wait_for("live")

    def answer(self, *answers: str) -> None:
        """Press the digit of each answer in turn, once everything that must be said before is ticked."""
        for answer in answers:
            self.tick_all()
            button = self.page.locator(f"#answers [data-value={answer}]")
            digit = button.get_attribute("data-key")
            assert digit is not None, f"{answer} has no key at {self.step}"
            before = self.page.locator("#talk").get_attribute("data-sequence")
            self.press(digit)
            assert self.page.locator("#talk").get_attribute("data-sequence") != before, f"{digit} did nothing at {self.step}"

    def tick_all(self) -> None:
        """Space, until nothing is left to say."""
        while self.page.locator("#talk [data-key=Space], #offer [data-key=Space]").count():
            before = self.page.locator("#talk").get_attribute("data-sequence")
            self.press("Space")
            assert self.page.locator("#talk").get_attribute("data-sequence") != before, f"Space did nothing at {self.step}"

    def hang_up(self) -> None:
        self.page.keyboard.press("Control+Shift+E")
        self.wait_for("wrap_up")


def at_the_desk(watch: Watch, member: Member, **how: Any) -> Desk:
    """The desk in a window of its own."""
    return Desk(watch.page(member, "/desk", **how), member)


def in_a_call(
    watch: Watch, installation: Installation, *, flow: str = "broadband_cancellation", script: str = "zh-CN", scenario: Any = None,
    language: str = "zh-CN", theme: str = "light", size: tuple[int, int] = (1280, 720), single_keys: bool = True,
) -> tuple[Desk, Lead]:  # fmt: skip
    """A new agent in a live call with a customer who stays on the line."""
    member = installation.member(language=language, theme=theme, single_keys=single_keys)
    lead = installation.lead_for(member, flow, script, scenario)
    desk = at_the_desk(watch, member, size=size, language=language, theme=theme)
    desk.take()
    expect(desk.page.locator(f"#main[data-lead='{lead.id}']")).to_be_attached()
    desk.dial()
    return desk, lead
