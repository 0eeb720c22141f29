"""The studio's cards, forms and edits over HTTP."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.services.accounts import FIRST_TEAM, add_person
from engine.services.drafts import Draft, begin_flow, load_draft, save
from engine.services.publication import submit
from tests.web.conftest import Shell, person_named
from web.studio.edit_forms import edit_sent
from web.studio.names_of_edits import NAMES, told
from web.studio.step_work import Clash, Done, edit_files, places_of, print_of

pytestmark = pytest.mark.web

SignIn = Callable[[str], TestClient]
PARTIAL = {"HX-Request-Type": "partial"}


@pytest.fixture
def draft(stayline: Shell) -> Draft:
    """A new flow's draft: it begins with a greeting, a check, a purpose, one question and the closing steps."""
    return begin_flow(stayline, person_named(stayline, "trainer").user_id, "written", "试写", "retention")


@pytest.fixture
def trainer(signed_in: SignIn) -> TestClient:
    return signed_in("trainer")


@pytest.fixture
def other(stayline: Shell, signed_in: SignIn) -> TestClient:
    add_person(stayline.door, "second", "李明", "trainer", team=FIRST_TEAM, agent_number=None, made_by="test")
    return signed_in("second")


def now(stayline: Shell, draft: Draft) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft.id)


def step_print(stayline: Shell, draft: Draft, step: str) -> str:
    return print_of(now(stayline, draft).text, draft.path, step)


def send(client: TestClient, draft: Draft, seen: int, **fields: Any) -> Any:
    return client.post(f"/studio/drafts/{draft.id}/edit", data={"seen": str(seen), **fields}, headers=PARTIAL)


def word(client: TestClient, draft: Draft, seen: int, step: str, value: str, seen_print: str) -> Any:
    fields = {"kind": "set_field", "step": step, "field": "say", "value": value, "print": seen_print}
    return send(client, draft, seen, **fields)


def test_the_page_shows_every_step_as_a_card_under_its_phase(trainer: TestClient, draft: Draft) -> None:
    page = trainer.get(f"/studio/drafts/{draft.id}").text
    assert re.findall(r'data-step="(\w+)"', page)[:4] == ["greet", "verify", "purpose", "first_question"]
    assert "问候与录音告知" in page
    assert page.index('id="phase-opening"') < page.index('data-step="greet"') < page.index('id="phase-discovery"')


def test_a_draft_that_does_not_exist_is_not_found(trainer: TestClient) -> None:
    for part in ("", "/cards", "/form", "/news"):
        assert trainer.get(f"/studio/drafts/nothing{part}").status_code == 404


def test_a_wording_is_saved_and_the_answer_names_the_version_and_the_moment(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    answer = word(trainer, draft, draft.version, "purpose", "您好，想问问您最近用得怎么样？", step_print(stayline, draft, "purpose")).json()
    saved = now(stayline, draft)
    assert answer["version"] == saved.version == draft.version + 1
    assert "想问问您最近用得怎么样" in saved.text
    assert answer["at"] == "10:00:00"
    assert answer["print"] == step_print(stayline, draft, "purpose")
    assert answer["merged"] is None


def test_an_answer_that_leads_to_a_new_step_is_one_move(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    fields = {"kind": "add_reaction", "step": "first_question", "label": "网有点慢", "to": "+discovery"}
    answer = send(trainer, draft, draft.version, **fields).json()
    assert answer["select"]
    text = now(stayline, draft).text
    assert f"网有点慢 -> {answer['select']}" in text
    assert f"\n  {answer['select']}:\n    title: 网有点慢\n" in text
    form = trainer.get(f"/studio/drafts/{draft.id}/form?step={answer['select']}", headers=PARTIAL).text
    assert 'value="网有点慢"' in form
    undone = trainer.post(f"/studio/drafts/{draft.id}/undo", data={"seen": answer["version"]})
    assert undone.status_code == 200
    assert now(stayline, draft).text == draft.text


def test_undo_and_redo_name_what_they_did(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    answer = send(trainer, draft, draft.version, kind="set_field", step="purpose", field="tip", value="慢一点").json()
    cards = trainer.get(f"/studio/drafts/{draft.id}/cards", headers=PARTIAL).text
    assert 'data-history="undo" data-can="yes" data-what="撤销：“说明来意，征得同意”：提示"' in cards
    undone = trainer.post(f"/studio/drafts/{draft.id}/undo", data={"seen": answer["version"]}).json()
    assert undone["step"] == "purpose"
    cards = trainer.get(f"/studio/drafts/{draft.id}/cards", headers=PARTIAL).text
    assert 'data-history="redo" data-can="yes" data-what="恢复：“说明来意，征得同意”：提示"' in cards
    trainer.post(f"/studio/drafts/{draft.id}/redo", data={"seen": undone["version"]})
    assert "慢一点" in now(stayline, draft).text


def test_an_edit_of_a_step_nobody_touched_is_put_on_top_of_what_another_saved(
    trainer: TestClient, other: TestClient, stayline: Shell, draft: Draft
) -> None:
    seen, mine = draft.version, step_print(stayline, draft, "purpose")
    assert word(other, draft, seen, "verify", "请说一下后四位。", step_print(stayline, draft, "verify")).status_code == 200
    answer = word(trainer, draft, seen, "purpose", "现在方便说两句吗？", mine)
    assert answer.status_code == 200
    assert "李明" in answer.json()["merged"]
    text = now(stayline, draft).text
    assert "请说一下后四位。" in text
    assert "现在方便说两句吗？" in text


def test_two_edits_of_one_step_are_shown_side_by_side_and_nothing_is_written(
    trainer: TestClient, other: TestClient, stayline: Shell, draft: Draft
) -> None:
    seen, mine = draft.version, step_print(stayline, draft, "purpose")
    word(other, draft, seen, "purpose", "他们的话。", mine)
    before = now(stayline, draft)
    answer = word(trainer, draft, seen, "purpose", "我的话。", mine)
    assert answer.status_code == 409
    assert "他们的话。" in answer.text
    assert "我的话。" in answer.text
    assert "李明" in answer.text
    assert now(stayline, draft) == before
    told = re.search(r'data-version="(\d+)"[^>]*data-print="(\w+)"', answer.text)
    assert told is not None
    assert word(trainer, draft, int(told[1]), "purpose", "我的话。", told[2]).status_code == 200
    assert "我的话。" in now(stayline, draft).text


def test_an_edit_of_a_step_that_another_took_away_shows_what_was_typed(
    trainer: TestClient, other: TestClient, stayline: Shell, draft: Draft
) -> None:
    seen, mine = draft.version, step_print(stayline, draft, "ask_time")
    assert send(other, draft, seen, kind="remove_step", step="ask_time", force="true").status_code == 200
    answer = word(trainer, draft, seen, "ask_time", "我写了好久的话。", mine)
    assert answer.status_code == 409
    assert 'data-gone="yes"' in answer.text
    assert "我写了好久的话。" in answer.text


def test_what_cannot_stand_is_refused_with_a_sentence_and_nothing_is_saved(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    for fields in (
        {"kind": "add_reaction", "step": "purpose", "label": "", "to": "verify"},
        {"kind": "set_field", "step": "nowhere", "field": "tip", "value": "x"},
        {"kind": "rename_step", "step": "purpose", "id": "verify"},
        {"kind": "rename_step", "step": "purpose", "id": "Not An Id"},
        {"kind": "surprise"},
        {"kind": "set_field", "step": "purpose"},
        {"kind": "set_field", "step": "purpose", "field": "say", "value": "话" * 8001},
    ):
        answer = send(trainer, draft, draft.version, **fields)
        assert answer.status_code in (409, 422), fields
        assert answer.json()["sentence"], fields
    assert now(stayline, draft).version == draft.version


def test_in_review_nothing_is_written_and_the_page_says_the_way_back(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    submit(stayline, person_named(stayline, "trainer").user_id, draft.id, draft.version, "请看")
    answer = send(trainer, draft, draft.version, kind="set_field", step="purpose", field="tip", value="慢")
    assert answer.status_code == 409
    page = trainer.get(f"/studio/drafts/{draft.id}").text
    assert f'action="/studio/drafts/{draft.id}/take-back"' in page
    assert 'data-writes="no"' in page
    form = trainer.get(f"/studio/drafts/{draft.id}/form?step=purpose", headers=PARTIAL).text
    assert 'data-edit="remove' not in form
    assert len(re.findall(r"<(?:textarea|select|input type=\"text\")[^>]*>", form)) == len(
        re.findall(r"<(?:textarea|select|input type=\"text\")[^>]* disabled[^>]*>", form)
    )


def test_a_supervisor_looks_and_cannot_write(signed_in: SignIn, draft: Draft) -> None:
    supervisor = signed_in("supervisor")
    assert 'data-writes="no"' in supervisor.get(f"/studio/drafts/{draft.id}").text
    assert send(supervisor, draft, draft.version, kind="set_field", step="purpose", field="tip", value="x").status_code == 403


def test_news_name_who_else_is_there_and_what_they_changed(trainer: TestClient, other: TestClient, stayline: Shell, draft: Draft) -> None:
    quiet = trainer.get(f"/studio/drafts/{draft.id}/news?version={draft.version}&revision=1", headers=PARTIAL).text
    assert "data-show" not in quiet
    told = other.get(f"/studio/drafts/{draft.id}/news?version={draft.version}&revision=1", headers=PARTIAL).text
    assert person_named(stayline, "trainer").display_name in told
    word(other, draft, draft.version, "purpose", "他们的话。", step_print(stayline, draft, "purpose"))
    news = trainer.get(f"/studio/drafts/{draft.id}/news?version={draft.version}&revision=1", headers=PARTIAL).text
    assert "李明" in news
    assert "“说明来意，征得同意”：话术" in news
    assert f'data-show="{draft.version + 1}"' in news
    own = other.get(f"/studio/drafts/{draft.id}/news?version={draft.version + 1}&revision=2", headers=PARTIAL).text
    assert "data-show" not in own


def test_a_condition_is_built_from_rows_and_shown_as_rows(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    add = {"kind": "add_fact", "type": "choice", "label": "哪里不好", "name": "worry"}
    assert send(trainer, draft, draft.version, **add, option_key=["price", "net"], option_label=["太贵", "网慢"]).status_code == 200
    rows = {"join": "and", "fact": "worry", "operator": "==", "row_value": "price"}
    change = {"kind": "change_reaction", "step": "first_question", "key": "trouble", "label": "有点不满意", "to": "care_end", **rows}
    assert send(trainer, draft, draft.version + 1, **change).status_code == 200
    assert 'when: worry == "price"' in now(stayline, draft).text
    form = trainer.get(f"/studio/drafts/{draft.id}/form?step=first_question", headers=PARTIAL).text
    assert "&#34;fact&#34;: &#34;worry&#34;" in form
    assert r'{"net": "\u7f51\u6162", "price": "\u592a\u8d35"}' in form  # what the row builder may choose


def test_findings_stand_beside_the_field_they_are_about(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    broken = draft.text.replace("现在没空 -> ask_time", "现在没空 -> ask_tme", 2).replace("想了解一下", "想了解一下${nobody}")
    save(stayline, person_named(stayline, "trainer").user_id, draft.id, draft.version, text=broken, what={"code": "text.edited"})
    found = trainer.get(f"/studio/drafts/{draft.id}/form?step=purpose&dialog=findings", headers=PARTIAL).json()["findings"]
    assert {"hear.busy", "say"} <= {one["at"] for one in found}
    assert all(one["sentence"] and one["severity"] in ("error", "warning") for one in found)
    assert "ask_tme" in next(one["sentence"] for one in found if one["at"] == "hear.busy")
    cards = trainer.get(f"/studio/drafts/{draft.id}/cards", headers=PARTIAL).text
    card = cards[cards.index('data-step="purpose"') :].partition("</li>")[0]
    assert "s-tri" in card


def test_a_text_that_cannot_be_read_says_so_and_keeps_the_page_usable(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    trainer_id = person_named(stayline, "trainer").user_id
    save(stayline, trainer_id, draft.id, draft.version, text=draft.text + "\n  - broken: [", what={"code": "text.edited"})
    page = trainer.get(f"/studio/drafts/{draft.id}")
    assert page.status_code == 200
    assert "?view=text" in page.text
    form = trainer.get(f"/studio/drafts/{draft.id}/form?step=purpose", headers=PARTIAL)
    assert form.status_code == 200
    assert "?view=text" in form.text
    assert send(trainer, draft, draft.version + 1, kind="set_field", step="purpose", field="tip", value="x").status_code == 422


def test_the_dialogs_say_who_leads_to_a_step(trainer: TestClient, draft: Draft) -> None:
    asked = trainer.get(f"/studio/drafts/{draft.id}/form?step=ask_time&dialog=remove-dialog", headers=PARTIAL).text
    assert "现在没空" in asked
    assert "有 2 处通向这一步" in asked
    add = trainer.get(f"/studio/drafts/{draft.id}/form?dialog=add-dialog&phase=close", headers=PARTIAL).text
    assert '<option value="close" selected>' in add


@pytest.mark.parametrize("code", sorted(NAMES))
def test_every_change_has_a_name_in_both_languages(code: str, stayline: Shell) -> None:
    from web.languages import read_languages

    kind, _, field = code.partition(".") if code.startswith("set_field.") else (code, "", "")
    what = {"code": kind, "field": field, "step": "greet", "label": "好", "name": "a", "key": "b"}
    for tag, language in read_languages().items():
        name = told(language, what)
        assert "greet" in name
        assert re.search("[\u4e00-\u9fff]", name.replace("好", "")) is not None if tag == "zh-CN" else name.isascii() or "“" in name
    assert stayline


def test_an_edit_in_the_workshop_meets_only_its_own_step(draft: Draft) -> None:
    mine = print_of(draft.text, draft.path, "purpose")
    data = {"kind": "set_field", "step": "purpose", "field": "say", "value": "换一句。"}
    done = edit_files(draft.text, draft.path, {}, data, "purpose", mine)
    assert isinstance(done, Done)
    assert print_of(done.edited.text, draft.path, "verify") == print_of(draft.text, draft.path, "verify")
    again = edit_files(done.edited.text, draft.path, {}, data, "purpose", mine)
    assert isinstance(again, Clash)
    assert places_of(draft.text, draft.path, "purpose", [(1, 1)]) == ("",)


def test_a_form_with_lists_is_read_as_lists() -> None:
    from starlette.datastructures import FormData

    sent = FormData([("kind", "set_field"), ("step", "a"), ("field", "must_say"), ("value", "x.y"), ("value", "x.z"), ("seen", "3")])
    assert edit_sent(sent) == {"kind": "set_field", "step": "a", "field": "must_say", "value": ["x.y", "x.z"]}
    emptied = FormData([("kind", "set_field"), ("step", "a"), ("field", "must_say")])
    assert edit_sent(emptied)["value"] == []


def test_an_open_page_is_told_when_the_draft_goes_into_review(
    trainer: TestClient, other: TestClient, stayline: Shell, draft: Draft
) -> None:
    submit(stayline, person_named(stayline, "trainer").user_id, draft.id, draft.version, "请看")
    news = other.get(f"/studio/drafts/{draft.id}/news?version={draft.version}&revision=1", headers=PARTIAL).text
    assert "提交了审核" in news
    assert f'href="/studio/drafts/{draft.id}"' in news
    assert trainer is not other
