"""The text view's routes: what is given, what is saved, what is refused and kept; markers, completion, form, mending; the panel."""

import html
import os
import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.services.checking_drafts import forget_reports
from engine.services.drafts import Draft, begin_draft, load_draft, save
from engine.services.publication import submit
from integrations.other_process import OtherProcess
from tests.services.world import publish_everything
from tests.web.conftest import Shell, person_named
from web.help.checks import check_pages

pytestmark = pytest.mark.web

Browser = Callable[[str], TestClient]
FLOW = "broadband_cancellation"


@pytest.fixture
def draft(stayline: Shell) -> Draft:
    """A draft of a shipped flow."""
    with stayline.database.transaction() as tx:
        publish_everything(tx.run_many)
    return begin_draft(stayline, person_named(stayline, "trainer").user_id, FLOW)


def stored(stayline: Shell, draft: Draft) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft.id)


def address(draft: Draft, part: str) -> str:
    return f"/studio/drafts/{draft.id}/{part}"


# ---------------------------------------------------------------- reading and saving


def test_the_text_and_its_translations_are_given_with_the_version_they_are(signed_in: Browser, draft: Draft) -> None:
    told = signed_in("trainer").get(address(draft, "text")).json()
    assert (told["version"], told["writes"], told["text"]) == (draft.version, True, draft.text)
    assert told["overlays"] == dict(draft.overlays)
    assert signed_in("supervisor").get(address(draft, "text")).json()["writes"] is False


def test_a_save_is_a_new_version_and_says_at_which_step_it_was_made(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    sent = {"seen": draft.version, "text": draft.text + "# 完\n", "step": "greet"}
    told = signed_in("trainer").post(address(draft, "text"), json=sent)
    assert (told.status_code, told.json()["version"], told.json()["at"]) == (200, draft.version + 1, "10:00:00")
    assert stored(stayline, draft).text.endswith("# 完\n")
    with stayline.database.reading() as tx:
        row = tx.row("SELECT what FROM flow_draft_revision WHERE draft_id = :id ORDER BY number DESC", id=draft.id)
    assert row is not None
    assert row["what"] == '{"code":"text.edited","step":"greet"}'


def test_a_translation_is_saved_beside_the_others(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    english = draft.overlays["en"] + "# done\n"
    sent = {"seen": draft.version, "text": english, "language": "en"}
    assert signed_in("trainer").post(address(draft, "text"), json=sent).status_code == 200
    now = stored(stayline, draft)
    assert (now.text, now.overlays["en"]) == (draft.text, english)


def test_who_is_overtaken_gets_both_texts_and_loses_nothing(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    administrator = person_named(stayline, "administrator")
    save(stayline, administrator.user_id, draft.id, draft.version, text=draft.text + "# 他们\n", what={"code": "text.edited"})
    told = signed_in("trainer").post(address(draft, "text"), json={"seen": draft.version, "text": draft.text + "# 我\n"})
    assert told.status_code == 409
    answer = told.json()
    assert (answer["reason"], answer["version"], answer["by"]) == ("draft.changed", draft.version + 1, administrator.display_name)
    assert answer["text"].endswith("# 他们\n")
    assert administrator.display_name in answer["sentence"]
    assert stored(stayline, draft).text.endswith("# 他们\n")


def test_a_draft_in_review_is_not_written_on_and_says_so(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    trainer = person_named(stayline, "trainer").user_id
    draft = save(stayline, trainer, draft.id, draft.version, text=draft.text + "# 完\n", what={"code": "text.edited"})
    submit(stayline, trainer, draft.id, draft.version, "看一下")
    told = signed_in("trainer").post(address(draft, "text"), json={"seen": draft.version, "text": "x"})
    assert (told.status_code, told.json()["reason"]) == (409, "draft.not_editable")
    assert signed_in("trainer").get(address(draft, "text")).json()["writes"] is False


# ---------------------------------------------------------------- markers, completion, form, mending


def test_findings_of_unsaved_text_come_in_the_language_of_the_page_with_their_help(signed_in: Browser, draft: Draft) -> None:
    trainer, text = signed_in("trainer"), draft.text.replace("-> verify", "-> verfy", 1)
    (found,) = [one for one in trainer.post(address(draft, "check"), json={"text": text}).json()["findings"] if one["code"] == "F101"]
    line = text[: text.index("-> verfy")].count("\n") + 1
    assert (found["line"], found["severity"], found["in"], found["help"]) == (line, "error", None, "/help/checks/F101")
    assert "没有" in found["message"]
    assert found["suggestion"] == "是不是 verify？"
    trainer.post("/me", data={"language": "en", "theme": "light"})
    (found,) = [one for one in trainer.post(address(draft, "check"), json={"text": text}).json()["findings"] if one["code"] == "F101"]
    assert found["suggestion"] == "did you mean verify?"
    assert not re.search("[\u4e00-\u9fff]", found["message"])


def test_findings_of_a_translation_say_that_they_stand_in_it(signed_in: Browser, draft: Draft) -> None:
    text = draft.overlays["en"].replace("steps:\n", "steps:\n  nowhere:\n    say: Hello.\n", 1)
    told = signed_in("trainer").post(address(draft, "check"), json={"text": text, "language": "en"}).json()
    assert {(one["code"], one["in"]) for one in told["findings"]} == {("F504", "en")}


def test_checking_saves_nothing(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    told = signed_in("trainer").post(address(draft, "check"), json={"text": draft.text + "# 试试\n"}).json()
    assert told["counts"] == {"errors": 0, "warnings": 0, "red": 0}
    assert told["steps"]["greet"][0] < told["steps"]["greet"][1]
    assert stored(stayline, draft).version == draft.version


def test_completion_knows_the_live_library_and_the_unsaved_text(signed_in: Browser, draft: Draft) -> None:
    text = draft.text.replace("opening:\n", "opening:\n  unsaved:\n    must_say: disc\n    go: uns\n", 1)
    line = text[: text.index("    go: uns")].count("\n") + 1

    def labels(at: int, column: int) -> set[str]:
        answer = signed_in("trainer").post(address(draft, "complete"), json={"text": text, "line": at, "column": column}).json()
        return {one["label"] for one in answer["options"]}

    assert "unsaved" in labels(line, 12)
    assert "disclosures.recording_notice" in labels(line - 1, 19)


def test_a_text_is_put_in_order_or_told_why_it_cannot_be(signed_in: Browser, draft: Draft) -> None:
    trainer = signed_in("trainer")
    crooked = draft.text.replace("format: flow/1", "format:    flow/1", 1)
    assert trainer.post(address(draft, "format"), json={"text": crooked}).json()["text"] == draft.text
    told = trainer.post(address(draft, "format"), json={"text": "a: [\n"})
    assert told.status_code == 422
    assert told.json()["sentence"]
    assert told.json()["line"] >= 1


def test_what_is_found_at_a_line_is_mended(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    text = draft.text.replace("-> verify", "-> verfy", 1)
    line = text[: text.index("-> verfy")].count("\n") + 1
    told = signed_in("trainer").post(address(draft, "fix"), json={"text": text, "line": line, "code": "F101"})
    assert told.json()["text"] == draft.text
    assert told.json()["done"]
    nothing = signed_in("trainer").post(address(draft, "fix"), json={"text": draft.text, "line": 1})
    assert (nothing.status_code, nothing.json()["reason"]) == (422, "text.not_rewritten")
    assert stored(stayline, draft).version == draft.version


def test_the_work_of_the_routes_is_done_in_another_process(app: FastAPI, stayline: Shell, signed_in: Browser, draft: Draft) -> None:
    """Whatever checks, completes or rewrites would hold up live calls if it ran here."""
    done: list[tuple[str, int]] = []
    forget_reports()

    class Noting(OtherProcess):
        def run(self, work, *args, **kwargs):  # type: ignore[no-untyped-def]
            done.append((work.__name__, super().run(os.getpid)))
            return super().run(work, *args, **kwargs)

    stayline.workshop = Noting()
    try:
        trainer, text = signed_in("trainer"), draft.text + "# 进程\n"
        trainer.post(address(draft, "check"), json={"text": text})
        trainer.post(address(draft, "complete"), json={"text": text, "line": 1, "column": 1})
        trainer.post(address(draft, "format"), json={"text": text})
        trainer.post(address(draft, "fix"), json={"text": text, "line": 1})
        trainer.post(address(draft, "text"), json={"seen": draft.version, "text": text + "# 存了\n"})
        trainer.get(address(draft, "report"))
        trainer.get(address(draft, "proposals"))
    finally:
        stayline.workshop.close()
    assert {name for name, _ in done} == {"check_files", "complete", "in_form", "mend", "propose"}
    assert all(process != os.getpid() for _, process in done)


# ---------------------------------------------------------------- the panel


def test_the_panel_tells_problems_tests_properties_and_ways_not_walked(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    text = draft.text.replace("expect: {end: cancel_registered", "expect: {end: care_only", 1)
    text = text.replace("tests:\n", "properties:\n  - never: offer\n    because: 试试\ntests:\n", 1)
    save(stayline, person_named(stayline, "trainer").user_id, draft.id, draft.version, text=text, what={"code": "text.edited"})
    told = html.unescape(signed_in("trainer").get(address(draft, "report"), headers={"HX-Request-Type": "partial"}).text)
    assert "应该以 care_only 结束" in told
    assert "never: offer（试试）" in told
    assert "反例：" in told
    assert "告知录音以后才介绍方案" in told
    assert 'href="/help/checks/F706"' in told
    assert 'data-step="greet"' in told
    assert "<!doctype" not in told.lower()


def test_the_report_and_the_proposals_are_pages_of_their_own_too(signed_in: Browser, draft: Draft) -> None:
    for part in ("report", "proposals"):
        answer = signed_in("supervisor").get(address(draft, part))
        assert answer.status_code == 200
        assert answer.text.lower().startswith("<!doctype html>")
    assert "没有要改的" in signed_in("supervisor").get(address(draft, "report")).text


def test_a_proposed_test_is_taken_in_and_then_gone(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    trainer, by = signed_in("trainer"), person_named(stayline, "trainer").user_id
    draft = save(stayline, by, draft.id, draft.version, text=draft.text[: draft.text.index("tests:\n")], what={"code": "text.edited"})
    page = trainer.get(address(draft, "proposals")).text
    way = re.findall(r'data-way="([^"]+)"', page)[0]
    told = trainer.post(address(draft, "proposals"), json={"seen": draft.version, "way": way, "name": "收下的"})
    assert told.json()["version"] == draft.version + 1
    assert "  - name: 收下的\n" in stored(stayline, draft).text
    again = trainer.post(address(draft, "proposals"), json={"seen": draft.version + 1, "way": way, "name": "再收"})
    assert (again.status_code, again.json()["sentence"]) == (422, "这个例子已经不需要了")


def test_a_proposal_for_a_draft_that_was_changed_is_refused(signed_in: Browser, stayline: Shell, draft: Draft) -> None:
    by, cut = person_named(stayline, "trainer").user_id, draft.text[: draft.text.index("tests:\n")]
    draft = save(stayline, by, draft.id, draft.version, text=cut, what={"code": "text.edited"})
    way = re.findall(r'data-way="([^"]+)"', signed_in("trainer").get(address(draft, "proposals")).text)[0]
    told = signed_in("trainer").post(address(draft, "proposals"), json={"seen": draft.version - 1, "way": way, "name": "x"})
    assert (told.status_code, told.json()["reason"]) == (409, "draft.changed")
    assert stored(stayline, draft).text == cut


# ---------------------------------------------------------------- help on findings


@pytest.mark.parametrize("code", check_pages())
def test_every_finding_has_its_page_in_both_languages(code: str) -> None:
    page = check_pages()[code]
    assert page.title["zh"]
    assert page.title["en"]
    assert page.told["zh"]
    assert page.told["en"]
    assert page.bad
    assert page.good


def test_a_help_page_is_shown_in_the_language_of_the_page_and_an_unknown_one_is_not_found(signed_in: Browser) -> None:
    agent = signed_in("agent")
    assert "没有这个下一步" in agent.get("/help/checks/F101").text
    assert "mismatch: 不一致 -&gt; sory" in agent.get("/help/checks/f101").text
    assert agent.get("/help/checks/F999").status_code == 404
    assert agent.get("/help/checks").text.count("/help/checks/F") == len(check_pages())
    agent.post("/me", data={"language": "en", "theme": "light"})
    assert "Unknown next step" in agent.get("/help/checks/F101").text
