"""A trainer at the studio: the draft's page, and the hands on its keys."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.installation import Installation
from tests.browser.people import Member
from tests.browser.watching import Watch


@dataclass(slots=True)
class Studio:
    """One window with a draft in it."""

    page: Page
    draft: str

    @property
    def form(self) -> Locator:
        return self.page.locator("#form")

    def card(self, step: str) -> Locator:
        return self.page.locator(f"#cards a[data-step='{step}']")

    @property
    def version(self) -> int:
        return int(self.page.locator("body").get_attribute("data-draft-version") or 0)

    def wait_for_step(self, step: str) -> None:
        expect(self.page.locator(f"#form[data-step='{step}'] [data-print]")).to_be_attached()

    def choose(self, step: str) -> None:
        """Pick a card, and wait for its form."""
        self.card(step).click()
        self.wait_for_step(step)

    def saved(self, after: int) -> None:
        """Wait until something newer than `after` is saved and nothing is on its way."""
        expect(self.page.locator("#saved[data-state=saved]")).to_be_attached()
        self.page.wait_for_function(f"() => Number(document.body.dataset.draftVersion) > {after}")


def begun(installation: Installation, flow: str, member: Member) -> str:
    """The open draft of a shipped flow."""
    answer = member.post(f"/flows/{flow}/draft")
    found = re.search(r"/studio/drafts/([\w-]+)", answer.headers["location"])
    assert found is not None
    return found[1]


def at_the_studio(watch: Watch, member: Member, draft: str, step: str = "", **how: Any) -> Studio:
    """The draft's page in a window of its own, with the form of a step on it."""
    studio = Studio(watch.page(member, f"/studio/drafts/{draft}{f'#step={step}' if step else ''}", **how), draft)
    studio.wait_for_step(step)
    return studio


def stored(installation: Installation, draft: str) -> str:
    """The text of the draft as it stands in the database."""
    of_head = "SELECT r.body FROM flow_draft d JOIN flow_draft_revision r ON r.draft_id = d.id AND r.number = d.head"
    return installation.rows(f"{of_head} WHERE d.id = :draft", draft=draft)[0]["body"]
