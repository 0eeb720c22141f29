"""One guided call, end to end, as the people in it live it: newcomer, customer, reviewer."""

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from integrations.simulated.tone_codes import read_codes, step_code
from tests.browser.desk import TO_THE_OFFER, Desk, at_the_desk, in_a_call
from tests.browser.installation import QUICK, Installation, within
from tests.browser.people import PASSWORD, Member
from tests.browser.watching import BEHIND, Watch

pytestmark = [pytest.mark.journey, pytest.mark.browser]
HEARD_LATE_MS = 50
A_CODE = 450
"""Milliseconds a step stays up at least, so that its tone code of 400 ms is in the recording whole."""


def test_from_the_first_sign_in_to_the_reviewed_recording(watch: Watch, installation: Installation) -> None:
    page = watch.window().new_page()
    page.goto(installation.links["agent"])
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")
    newcomer = Desk(page, Member("agent", installation.address, ""))
    lead = installation.lead_for(newcomer.member)
    newcomer.take()
    assert lead.customer[0] in page.locator(".who").inner_text()
    assert "*" in page.locator(".who").inner_text()  # nobody at the desk sees a number in full
    newcomer.dial()
    call = newcomer.call_id

    newcomer.answer(*TO_THE_OFFER[:-1])
    page.wait_for_timeout(A_CODE)
    newcomer.answer(TO_THE_OFFER[-1])
    offer = page.locator("[data-test=offer-name]").inner_text()
    yes = page.locator("#answers [data-value=accept]")
    assert yes.get_attribute("aria-disabled") == "true"
    newcomer.press("1")
    assert newcomer.step == "best_offer"
    page.wait_for_timeout(A_CODE)
    newcomer.press("/")
    page.locator("#drawer-find").fill("tg")
    expect(page.locator("#drawer-list > li:not([hidden]) b").first).to_have_text("太贵了")
    newcomer.press("Escape")
    assert newcomer.step == "best_offer"
    newcomer.answer("accept")
    page.wait_for_timeout(A_CODE)
    newcomer.answer("correct")
    assert newcomer.step == "accepted_end"
    page.wait_for_timeout(A_CODE)
    newcomer.hang_up()

    assert page.locator("[name=disposition]:checked").get_attribute("value") == "accepted_pending"
    assert offer in page.locator("[data-test=order-card]").inner_text()
    assert page.locator("#note").input_value()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main:not([data-screen=wrap_up])")).to_be_attached()
    assert order_of(installation, call)["state"] in ("verbal_yes", "confirm_sent")  # a yes on the phone is not an order

    sent = within(20, lambda: messages_to(installation, lead.number), "the message to the customer")
    assert any(offer in one["body"] for one in sent)
    within(20, lambda: order_of(installation, call)["state"] == "confirm_sent", "the request to confirm the order")
    installation.command("demo", "reply", lead.number, "Y")
    within(20, lambda: order_of(installation, call)["confirmed_by"] == "sms", "the confirmation of the order")
    recording = within(20, lambda: stored_recording(installation, call), "the recording")

    reviewer = installation.member("reviewer")
    review = watch.page(reviewer, "/review")
    review.locator(f"a[href='/review/calls/{call}']").click()
    review.locator("[data-list=steps]").click()
    row = review.locator("#steps button", has_text="报方案").first
    start = int(row.get_attribute("data-ms") or "-1")
    row.click()
    review.wait_for_function("() => !audio.paused && !audio.seeking && audio.currentTime > 0")
    assert review.evaluate("audio.currentTime") * 1000 >= start - HEARD_LATE_MS
    review.evaluate("() => { audio.pause(); audio.play = () => Promise.resolve(); }")  # to see where exactly a click leads
    row.click()
    review.wait_for_function("() => !audio.seeking")
    assert abs(review.evaluate("audio.currentTime") * 1000 - start) <= HEARD_LATE_MS
    row_step_start_is_audible(recording, "best_offer", start)

    for button in review.locator("[data-agree]").all():
        button.click()
    while (left := review.locator(".it:not([data-value]) [data-mark=yes]")).count():  # what only ears can judge
        left.first.click()
    review.keyboard.press("Control+Enter")
    review.locator("#sure-yes").click()
    review.locator(".banner.green").wait_for()
    score = review.locator("#total").inner_text()
    assert score.isdecimal()

    page.goto(f"{installation.address}/review/mine")
    page.locator("a.go").first.click()
    assert page.locator("#total").inner_text() == score


def row_step_start_is_audible(recording: Path, step: str, start_ms: int) -> None:
    """The code of the step is heard in the agent's channel where the review says it begins."""
    with wave.open(str(recording)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (2, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
        heard = read_codes(samples[:, 1], sound.getframerate())
    places = [at for at, code in heard if code == step_code(step)]
    assert places, f"{step_code(step)} of {step} is not among {heard}"
    assert min(abs(at - start_ms) for at in places) <= HEARD_LATE_MS, (places, start_ms)


def test_a_cancellation_shows_its_reference_can_be_taken_back_and_then_stands(watch: Watch, installation: Installation) -> None:
    desk, lead = in_a_call(watch, installation)
    desk.answer("self", "match", "agree")
    desk.press("F8")
    assert desk.step == "cancel_terms"
    reference = desk.page.locator("[data-test=reference]")
    expect(reference).to_have_count(0)  # first the customer hears what ends and what is still owed
    desk.answer("confirm")
    assert desk.step == "cancelled_end"
    expect(reference).to_be_visible()
    desk.press("Backspace")  # within ten seconds: pressed by mistake
    assert desk.step == "cancel_terms"
    expect(reference).to_have_count(0)
    desk.answer("confirm")
    expect(reference).to_be_visible()
    told = reference.inner_text().replace(" ", "")
    kept = installation.rows("SELECT reference, state FROM cancellation WHERE call_id = :call ORDER BY registered_at", call=desk.call_id)
    assert kept[-1]["reference"] == told
    call = desk.call_id
    desk.hang_up()
    assert told in desk.page.locator("[data-test=cancellation-card]").inner_text().replace(" ", "")
    desk.page.keyboard.press("Control+p")
    desk.wait_for("away")
    within(20, lambda: any(told in one["body"] for one in messages_to(installation, lead.number)), "the message with the reference")
    states = installation.rows("SELECT state FROM cancellation WHERE call_id = :call AND reference = :reference", call=call, reference=told)
    assert states[0]["state"] != "withdrawn"


def test_do_not_call_holds_from_that_second_and_the_next_dial_is_refused(watch: Watch, installation: Installation) -> None:
    watch.expect(BEHIND)
    desk, lead = in_a_call(watch, installation)
    desk.press("F9")
    assert desk.step == "stop_calling"
    desk.hang_up()
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator("#main:not([data-screen=wrap_up])")).to_be_attached()
    again = installation.member()
    installation.write(
        "UPDATE lead SET state = 'waiting', agent_id = :agent, not_before = NULL, priority = 2000000 WHERE id = :lead",
        agent=installation.id_of(again), lead=lead.id,
    )  # fmt: skip
    other = at_the_desk(watch, again)
    other.take()
    other.page.keyboard.press("Enter")
    refused = other.page.locator("[data-test=refused]")
    expect(refused).to_be_visible()
    assert "要求不再来电" in refused.inner_text()
    assert rings(installation, lead.number) == 1


def test_the_customer_hangs_up_and_the_wrap_up_comes_by_itself(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation, scenario={**QUICK, "hangs_up_at_step": 2, "hangs_up_delay": 0.2})
    desk.answer("self")
    desk.wait_for("wrap_up")
    assert "客户" in desk.page.locator("#main").inner_text()


@pytest.mark.parametrize(("scenario", "outcome"), [("no_answer", "no_answer"), ("busy", "busy")])
def test_an_unanswered_call_comes_to_a_wrap_up_that_says_so(watch: Watch, installation: Installation, scenario: str, outcome: str) -> None:
    desk, lead = dialled(watch, installation, {"name": scenario, "rings_after": 0, "decides_after": 0.3})
    desk.wait_for("wrap_up")
    assert desk.page.locator("[name=disposition]:checked").get_attribute("value") == outcome
    desk.page.keyboard.press("Control+p")
    desk.wait_for("away")
    assert rings(installation, lead.number) == 1


def test_a_silent_carrier_shows_an_unknown_outcome_that_clears_up_by_itself(watch: Watch, installation: Installation) -> None:
    member = installation.member()
    lead = installation.lead_for(member)
    desk = at_the_desk(watch, member)
    desk.take()
    with installation.carrier_frozen():
        desk.page.keyboard.press("Enter")
        expect(desk.page.locator("#main[data-screen=line] h1", has_text="结果还不清楚")).to_be_visible(timeout=30_000)
        assert installation.rows("SELECT state FROM attempt WHERE number = :number", number=lead.number) == [{"state": "unknown"}]
    desk.wait_for("live")  # the order had reached the carrier after all
    assert rings(installation, lead.number) == 1


def dialled(watch: Watch, installation: Installation, scenario: Any) -> tuple[Desk, Any]:
    member = installation.member()
    lead = installation.lead_for(member, scenario=scenario)
    desk = at_the_desk(watch, member)
    desk.take()
    desk.page.keyboard.press("Enter")
    return desk, lead


def rings(installation: Installation, number: str) -> int:
    controls = installation.carrier()
    try:
        return len(controls.rings(number))
    finally:
        controls.close()


def order_of(installation: Installation, call: str) -> dict[str, Any]:
    return installation.rows("SELECT state, confirmed_by FROM sales_order WHERE call_id = :call", call=call)[0]


def messages_to(installation: Installation, number: str) -> list[dict[str, Any]]:
    """What the simulated gateway would have sent to a number."""
    journal = installation.directory / "messages_simulated" / "messages.jsonl"
    sent = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    return [one for one in sent if one["number"] == number]


def stored_recording(installation: Installation, call: str) -> Path | None:
    """The file of a call's recording once it is fetched."""
    found = installation.rows("SELECT * FROM recording WHERE call_id = :call AND state = 'stored'", call=call)
    if not found:
        return None
    return next(
        (path for path in (installation.directory / "recordings").rglob("*") if path.is_file() and found[0]["id"] in path.name), None
    )
