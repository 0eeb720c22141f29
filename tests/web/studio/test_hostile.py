"""What is thrown at the studio on purpose through its routes: refused quickly, never run, never shown as markup, never worked on in the
server's own process. The corpus is that of the reader's tests."""

import html
import os
import re
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.services.checking_drafts import forget_reports
from engine.services.drafts import Draft, begin_draft, load_draft, save
from integrations.other_process import OtherProcess
from tests.services.world import publish_everything
from tests.unit.flow.test_hostile_flows import BOMBS, TEMPLATES, steps
from tests.web.conftest import Shell, person_named

pytestmark = [pytest.mark.web, pytest.mark.safety]

Browser = Callable[[str], TestClient]
FLOW = "broadband_cancellation"
TARGET, ROOM = 1.0, 4
"""Seconds of this process's CPU that are promised on the reference machine, and how much slower another one may be."""
SENDABLE = {name: text for name, text in BOMBS.items() if len(text.encode(errors="surrogatepass")) < 900_000 and name != "lone surrogates"}
TOO_LARGE = {name: text for name, text in BOMBS.items() if len(text.encode(errors="surrogatepass")) >= 1_000_000}


@pytest.fixture
def draft(stayline: Shell) -> Draft:
    with stayline.database.transaction() as tx:
        publish_everything(tx.run_many)
    return begin_draft(stayline, person_named(stayline, "trainer").user_id, FLOW)


def stored(stayline: Shell, draft: Draft) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft.id)


def posted(browser: TestClient, draft: Draft, part: str, **sent: Any) -> Any:
    """The answer to a hostile post, which has to be quick."""
    began = process_time()
    answer = browser.post(f"/studio/drafts/{draft.id}/{part}", json=sent)
    took = process_time() - began
    assert took < TARGET * ROOM, f"{part}: {took:.2f} s"
    return answer


@pytest.mark.parametrize("text", SENDABLE.values(), ids=SENDABLE)
def test_a_bomb_is_told_as_an_error_and_cannot_be_published(signed_in: Browser, draft: Draft, text: str) -> None:
    trainer = signed_in("trainer")
    told = posted(trainer, draft, "check", text=text)
    assert told.status_code == 200
    assert told.json()["counts"]["errors"] > 0
    assert posted(trainer, draft, "format", text=text).status_code in (200, 422)
    assert posted(trainer, draft, "complete", text=text, line=1, column=1).status_code == 200
    assert posted(trainer, draft, "fix", text=text, line=1).status_code in (200, 422)


@pytest.mark.parametrize("part", ["text", "check", "complete", "format", "fix"])
@pytest.mark.parametrize("text", TOO_LARGE.values(), ids=TOO_LARGE)
def test_ten_megabytes_are_refused_with_a_sentence_before_they_are_read(
    signed_in: Browser, stayline: Shell, draft: Draft, part: str, text: str
) -> None:
    told = posted(signed_in("trainer"), draft, part, text=text, seen=draft.version, line=1, column=1)
    assert told.status_code == 413
    assert re.search("[\u4e00-\u9fff]{4}", html.unescape(told.text))
    assert stored(stayline, draft) == draft


def test_five_thousand_steps_are_refused_by_their_number(signed_in: Browser, draft: Draft) -> None:
    text = draft.text.replace("discovery:\n", "discovery:\n" + steps(5_000), 1)
    told = posted(signed_in("trainer"), draft, "check", text=text).json()
    assert [one["code"] for one in told["findings"]] == ["F004"]


def test_half_a_character_is_refused_and_nothing_breaks(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    trainer = signed_in("trainer")
    for part, more in (("text", {"seen": draft.version}), ("check", {}), ("format", {}), ("complete", {"line": 1, "column": 1})):
        body = f'{{"text": "a: \\ud800", {", ".join(f"{chr(34)}{name}{chr(34)}: {value}" for name, value in more.items())}}}'
        body = body.replace(", }", "}")
        headers = {"Content-Type": "application/json"}
        answer = trainer.post(f"/studio/drafts/{draft.id}/{part}", content=body.encode(), headers=headers)
        assert answer.status_code in (200, 422), part
    assert stored(stayline, draft) == draft


@pytest.mark.parametrize("words", TEMPLATES)
def test_a_program_in_a_sentence_is_an_error_and_is_shown_as_text(signed_in: Browser, stayline: Shell, draft: Draft, words: str) -> None:
    trainer, by = signed_in("trainer"), person_named(stayline, "trainer").user_id
    first = re.search(r"^    say: .*$", draft.text, re.MULTILINE)
    assert first is not None
    text = draft.text.replace(first[0], f"    title: |\n      {words}\n    say: |\n      {words}", 1)
    text = re.sub(r"(\n    title: [^\n|]*)(\n(?:    \w.*\n)*?    title: \|)", r"\2", text, count=1)
    told = posted(trainer, draft, "check", text=text)
    assert told.json()["counts"]["errors"] > 0
    save(stayline, by, draft.id, draft.version, text=text, what={"code": "text.edited"})
    for part in ("report", "proposals", "cards", "form?step=greet", "picture", "differences", ""):
        page = trainer.get(f"/studio/drafts/{draft.id}/{part}".rstrip("/"), headers={"HX-Request-Type": "partial"} if part else {})
        assert page.status_code < 500, part
        for markup in ("<script>alert", "<img src=x", "<svg/onload", '<a href="javascript', "<b>粗体"):
            assert markup not in page.text, part
        assert not re.search(r"<class 'object'>|uid=\d", page.text), part


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_names_of_tests_steps_and_reasons_is_shown_as_text(signed_in: Browser, stayline: Shell, draft: Draft, name: str) -> None:
    more = (
        f"properties:\n  - never: offer\n    because: '{name}'\ntests:\n  - name: '{name}'\n    path: [nowhere.x]\n    expect: {{end: x}}\n"
    )
    text = draft.text.replace("tests:\n", more, 1)
    save(stayline, person_named(stayline, "trainer").user_id, draft.id, draft.version, text=text, what={"code": name[:40]})
    page = signed_in("trainer").get(f"/studio/drafts/{draft.id}/report", headers={"HX-Request-Type": "partial"}).text
    assert name in html.unescape(page)
    assert name not in page


def test_none_of_it_is_worked_on_in_the_server_s_process(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    asked: list[str] = []
    forget_reports()

    class Noting(OtherProcess):
        def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(work.__name__)
            assert super().run(os.getpid) != os.getpid()
            return super().run(work, *args, **kwargs)

    stayline.workshop = Noting()
    try:
        for name in ("aliases", "depth in brackets", "five thousand steps"):
            posted(signed_in("trainer"), draft, "check", text=BOMBS[name])
    finally:
        stayline.workshop.close()
    assert asked == ["check_files"] * 3


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"text": 1}', b"[" * 100_000, b'{"text": "x", "language": "../../etc"}', b'{"text": "x", "more": 1}', b"\xff\xfe"],
    ids=["half", "a list", "a number", "deep brackets", "a path as language", "more than asked", "no text"],
)
@pytest.mark.parametrize("part", ["text", "check", "complete", "format", "fix", "proposals"])
def test_what_is_no_request_of_ours_is_refused_plainly(signed_in: Browser, stayline: Shell, draft: Draft, part: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = signed_in("trainer").post(f"/studio/drafts/{draft.id}/{part}", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert stored(stayline, draft) == draft
