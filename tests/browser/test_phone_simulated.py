"""A whole installation whose agents need a (simulated, silent) phone: as with a real carrier, and nobody is rung without one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.desk import in_a_call
from tests.browser.installation import Installation, within
from tests.browser.running import template_of
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]


@dataclass(slots=True)
class PhoneInstallation(Installation):
    """With simulated phones."""

    def _settings(self) -> dict[str, str]:
        return {**Installation._settings(self), "STAYLINE_SIMULATED_PHONES": "true"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("simulated-phones") / "data"
    shutil.copytree(template_of(tmp_path_factory), folder)
    made = PhoneInstallation(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_a_call_with_a_simulated_phone_is_worked_by_its_keys_and_recorded(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    page, call = desk.page, desk.call_id
    kinds = installation.events(call)
    assert kinds.index("leg.joined") < kinds.index("call.placed")
    expect(page.locator("#lamp-phone [data-word]")).to_have_text("模拟，无声音")
    expect(page.locator("#line-state")).to_have_attribute("data-recorder", "on", timeout=15_000)
    for key, control in (("m", "mute"), ("h", "hold"), ("r", "pause-recording")):
        for pressed in ("true", "false"):
            page.keyboard.press(key)
            expect(page.locator(f"[data-test={control}]")).to_have_attribute("aria-pressed", pressed)
            page.wait_for_function("() => !document.querySelector('#phone-strip [aria-busy]')")
    wanted = {"leg.muted", "leg.unmuted", "call.held", "call.resumed", "recording.paused", "recording.resumed"}
    within(10, lambda: wanted <= set(installation.events(call)), f"{wanted} in the log")
    desk.hang_up()
    within(20, lambda: installation.rows("SELECT 1 FROM recording WHERE call_id = :call AND state = 'stored'", call=call), "the recording")
    legs = installation.rows("SELECT state FROM leg WHERE call_id = :call AND role = 'agent'", call=call)
    assert [leg["state"] for leg in legs] == ["ended"]


def test_a_reload_in_a_call_comes_back_with_the_phone(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    call = desk.call_id
    desk.page.reload()
    desk.wait_for("live")

    def back() -> bool:
        legs = installation.rows("SELECT state FROM leg WHERE call_id = :call AND role = 'agent' ORDER BY asked_at, id", call=call)
        return [leg["state"] for leg in legs] == ["ended", "joined"]

    within(20, back, "the second leg")
    expect(desk.page.locator("#phone-trouble")).to_be_hidden()
    desk.hang_up()


def test_a_customer_is_not_rung_while_no_page_has_the_phone(watch: Watch, installation: Installation) -> None:
    member = installation.member()
    lead = installation.lead_for(member)
    page = watch.page(member, "/desk/callbacks")  # a page of the desk: its phone is ready, then it is closed
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good", timeout=15_000)
    member.post("/desk/next")
    page.close()
    installation.write("UPDATE agent_phone SET registered = 0 WHERE user_id = :id", id=installation.id_of(member))
    other = watch.page(member, "/me")
    answer = other.evaluate(
        "async (lead) => (await fetch(`/desk/leads/${lead}/dial`, { method: 'POST',"
        " body: new URLSearchParams({ action_id: crypto.randomUUID() }), headers: { 'HX-Request-Type': 'partial' } })).status",
        lead.id,
    )
    watch.expect(r"status of 409")
    assert answer == 409
    assert installation.rows("SELECT 1 FROM attempt WHERE number = :number", number=lead.number) == []
