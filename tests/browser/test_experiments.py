"""An experiment in a real browser, on real calls: begun without a mouse, calls pinned to their arms, watched, stopped, its result kept."""

import re

import pytest
from playwright.sync_api import Page, expect

from engine.flow.arms import Arm, arm_of
from tests.browser.accessibility import findings
from tests.browser.desk import Desk
from tests.browser.installation import Installation, within
from tests.browser.people import Member
from tests.browser.test_accessibility import MATRIX
from tests.browser.test_flow_life import picture, written_draft
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]

FLOW = "bill_too_high"
PAGE = f"/flows/{FLOW}/experiments"
OTHER_TITLE = "账单太贵：先问原因"


def second_version(installation: Installation, trainer: Member, supervisor: Member) -> None:
    """A version of the flow that was published, approved by another person, and rolled back from."""
    versions = installation.rows("SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = :flow", flow=FLOW)
    if len(versions) > 1:
        return
    draft, version = written_draft(trainer, FLOW, "title: ", f"title: {OTHER_TITLE} #")
    trainer.post(f"/studio/drafts/{draft}/submit", seen=str(version), message="先问原因")
    seen = installation.rows("SELECT version FROM flow_draft WHERE id = :id", id=draft)[0]["version"]
    supervisor.post(f"/studio/drafts/{draft}/approve", seen=str(seen))
    supervisor.post(f"/flows/{FLOW}/roll-back", sha256=versions[0]["sha256"], message="先做试验")


def experiment_in(installation: Installation) -> dict[str, object]:
    return installation.rows("SELECT * FROM experiment WHERE flow_id = :flow ORDER BY started_at DESC", flow=FLOW)[0]


def call_of_somebody(watch: Watch, installation: Installation) -> tuple[str, str]:
    """(call, title the brief showed) of a new customer of this flow."""
    agent = installation.member()
    installation.lead_for(agent, FLOW)
    desk = Desk(watch.page(agent, "/desk"), agent)
    desk.take()
    told = desk.page.locator("#main").inner_text()
    desk.dial()
    return desk.call_id, told


def test_begun_by_keys_pinned_on_real_calls_stopped_and_kept(watch: Watch, installation: Installation) -> None:
    trainer, supervisor = installation.member("trainer"), installation.member("supervisor")
    second_version(installation, trainer, supervisor)
    page = watch.page(trainer, PAGE)
    page.locator("#title").focus()
    page.keyboard.type("先问原因，能不能多留住客户")
    page.locator("#share_b").fill("50")
    page.locator("#window_days").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="进行中")).to_be_visible()

    seen = set[str]()
    for _ in range(12):
        call_id, brief = call_of_somebody(watch, installation)
        found = installation.rows(
            "SELECT x.arm, x.experiment_id, c.customer_id, c.flow_version FROM experiment_call x JOIN call c ON c.id = x.call_id"
            " WHERE c.id = :call",
            call=call_id,
        )[0]
        experiment = experiment_in(installation)
        arm = arm_of(found["experiment_id"], found["customer_id"], int(str(experiment["share_b"])), int(str(experiment["holdout"])))
        assert found["arm"] == arm.value
        assert found["flow_version"] == experiment["version_b" if arm is Arm.b else "version_a"]
        assert (OTHER_TITLE in brief) == (arm is Arm.b)
        seen.add(arm.value)
        if {"a", "b"} <= seen:
            break
    assert {"a", "b"} <= seen

    page.reload()
    expect(page.locator(".arms")).to_contain_text("已接通，结果未定")
    page.locator("#message").focus()
    page.keyboard.type("够了，先改措辞")
    page.keyboard.press("Enter")
    expect(page.locator(".past").first).to_contain_text("够了，先改措辞")
    experiment = str(experiment_in(installation)["id"])
    within(
        20,
        lambda: installation.rows("SELECT 1 FROM experiment WHERE id = :id AND result IS NOT NULL", id=experiment),
        "the result of the experiment",
    )
    page.reload()
    expect(page.locator(".past .arms").first).to_be_visible()


@pytest.mark.parametrize(("language", "theme"), MATRIX)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    watch: Watch, installation: Installation, axe_script: str, language: str, theme: str
) -> None:
    trainer = installation.member("trainer", language=language, theme=theme)
    second_version(installation, trainer, installation.member("supervisor"))
    page = watch.page(trainer, PAGE, language=language, theme=theme)
    found = looked_at(page, axe_script, f"begin-{language}-{theme}")
    page.locator("#title").fill("axe")
    page.locator("form.begin button").click()
    expect(page.locator("#running")).to_be_visible()
    found += looked_at(page, axe_script, f"running-{language}-{theme}")
    page.set_viewport_size({"width": 640, "height": 720})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#message").fill("axe")
    page.get_by_role("button", name=re.compile("停止试验|Stop the experiment")).click()
    expect(page.locator(".past").first).to_be_visible()
    found += looked_at(page, axe_script, f"stopped-{language}-{theme}")
    assert found == []


def looked_at(page: Page, axe_script: str, name: str) -> list[str]:
    picture(page, f"experiment-{name}")
    return [f"{name}: {one['rule']}: {one['at'][:2]}" for one in findings(page, axe_script)]
