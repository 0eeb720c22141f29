"""The pages of a flow's life: the list, a flow, what changed, deciding, versions."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from engine.flow.publication import DraftState
from engine.services import drafts, publication
from engine.services.background import run_due_jobs
from integrations.wiring import JOBS
from tests.web.conftest import Shell, person_named
from tests.web.studio.life_stage import FLOW, WRITER, changed, live, submitted, with_content

pytestmark = pytest.mark.web
Sign = Callable[[str], TestClient]


@pytest.fixture(autouse=True)
def content(stayline: Shell) -> None:
    with_content(stayline)


def draft_of(stayline: Shell, draft_id: str) -> drafts.Draft:
    with stayline.database.reading() as tx:
        return drafts.load_draft(tx, draft_id)


def test_the_list_tells_where_every_flow_stands(stayline: Shell, signed_in: Sign) -> None:
    changed(stayline)
    drafts.begin_flow(stayline, WRITER, "early_upgrade", "提前换机", "retention")
    publication.retire(stayline, WRITER, "winback", "不用了")
    told = signed_in("supervisor").get("/flows").text
    for words in ("草稿 v2", "已上线 v1", "提前换机", "还没上线过", "已下线", 'href="/flows/bill_too_high"'):
        assert words in told
    assert "新流程" not in told  # only trainers begin one


def test_a_trainer_begins_a_flow_and_comes_to_the_studio(stayline: Shell, signed_in: Sign) -> None:
    trainer = signed_in("trainer")
    answer = trainer.post("/flows", data={"title": "提前换机", "family": "retention"})
    assert answer.status_code == 303
    draft = draft_of(stayline, answer.headers["location"].rpartition("/")[2])
    assert (draft.flow_id, draft.path) == ("ti_qian_huan_ji", "flows/retention/ti_qian_huan_ji.yaml")
    again = trainer.post("/flows", data={"title": "提前换机", "family": "care"})
    assert again.status_code == 422
    assert "ti_qian_huan_ji" in again.text
    assert 'value="提前换机"' in again.text
    assert 'value="care" selected' in again.text


def test_writing_on_leads_to_the_one_open_draft(stayline: Shell, signed_in: Sign) -> None:
    trainer = signed_in("trainer")
    first = trainer.post(f"/flows/{FLOW}/draft")
    assert first.status_code == 303
    assert trainer.post(f"/flows/{FLOW}/draft").headers["location"] == first.headers["location"]


def test_what_changed_is_told_in_sentences_and_then_line_by_line(stayline: Shell, signed_in: Sign) -> None:
    draft = changed(stayline, old="一致 -> ", new="对得上 -> ")
    told = signed_in("trainer").get(f"/studio/drafts/{draft.id}/differences").text
    assert "回应“一致”改为“对得上”" in told
    assert told.index("改为“对得上”") < told.index("逐行")
    english = signed_in("trainer")
    english.post("/language", data={"language": "en"})
    english.post("/me", data={"language": "en", "theme": "system"})
    assert "answer &#39;一致&#39; now reads &#39;对得上&#39;" in english.get(f"/studio/drafts/{draft.id}/differences").text


def test_submitted_looked_at_by_another_person_approved_and_live(stayline: Shell, signed_in: Sign) -> None:
    trainer, before = signed_in("trainer"), live(stayline)
    draft = changed(stayline, by=person_named(stayline, "trainer").user_id)
    there = f"/studio/drafts/{draft.id}"
    answer = trainer.post(f"{there}/submit", data={"seen": draft.version, "message": "名字说清楚"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{there}/differences")
    mine = trainer.get(f"{there}/differences").text
    assert "须由另一个人批准" in mine
    assert f'action="{there}/approve"' not in mine
    supervisor = signed_in("supervisor")
    theirs = supervisor.get(f"{there}/differences").text
    assert "名字说清楚" in theirs
    assert f'name="seen" value="{draft_of(stayline, draft.id).version}"' in theirs
    done = supervisor.post(f"{there}/approve", data={"seen": draft_of(stayline, draft.id).version})
    assert (done.status_code, done.headers["location"]) == (303, f"/flows/{FLOW}")
    assert live(stayline) != before
    told = supervisor.get(f"/flows/{FLOW}").text
    for words in ("已上线 v2", "名字说清楚", "林涛", "陈刚"):
        assert words in told


@pytest.mark.safety
def test_a_trainer_who_wrote_it_cannot_approve_it_by_any_address(stayline: Shell, signed_in: Sign) -> None:
    before = live(stayline)
    draft = submitted(stayline, by=person_named(stayline, "trainer").user_id)
    answer = signed_in("trainer").post(f"/studio/drafts/{draft.id}/approve", data={"seen": draft.version})
    assert answer.status_code == 403
    assert "另一个人" in answer.text
    assert live(stayline) == before


@pytest.mark.safety
@pytest.mark.parametrize("message", ["", "   "])
def test_without_a_message_nothing_is_submitted_and_the_page_says_why(stayline: Shell, signed_in: Sign, message: str) -> None:
    draft = changed(stayline)
    answer = signed_in("trainer").post(f"/studio/drafts/{draft.id}/submit", data={"seen": draft.version, "message": message})
    assert answer.status_code == 422
    assert "一句话" in answer.text
    assert draft_of(stayline, draft.id).state is DraftState.draft


@pytest.mark.safety
def test_what_changed_since_it_was_looked_at_is_not_approved(stayline: Shell, signed_in: Sign) -> None:
    before, draft = live(stayline), submitted(stayline)
    back = publication.take_back(stayline, WRITER, draft.id)
    later = drafts.save(stayline, WRITER, draft.id, back.version, text=draft.text + "# 又改\n", what={"code": "text"})
    publication.submit(stayline, WRITER, draft.id, later.version, "又改了")
    answer = signed_in("supervisor").post(f"/studio/drafts/{draft.id}/approve", data={"seen": draft.version})
    assert answer.status_code == 409
    assert live(stayline) == before


@pytest.mark.safety
def test_errors_keep_the_button_away_and_the_address_shut(stayline: Shell, signed_in: Sign) -> None:
    before, draft = live(stayline), submitted(stayline, old="always:", new="alwais:")
    supervisor, there = signed_in("supervisor"), f"/studio/drafts/{draft.id}"
    assert f'action="{there}/approve"' not in supervisor.get(f"{there}/differences").text
    answer = supervisor.post(f"{there}/approve", data={"seen": draft.version})
    assert answer.status_code == 409
    assert live(stayline) == before


def test_scheduled_in_the_zone_of_the_installation_and_published_then(stayline: Shell, signed_in: Sign) -> None:
    before, draft = live(stayline), submitted(stayline)
    supervisor, there = signed_in("supervisor"), f"/studio/drafts/{draft.id}"
    late = supervisor.post(f"{there}/approve", data={"seen": draft.version, "publish_at": "2026-11-25T09:00"})
    assert late.status_code == 422  # that hour is past in Beijing, where it is ten
    assert 'value="2026-11-25T09:00"' in late.text
    assert supervisor.post(f"{there}/approve", data={"seen": draft.version, "publish_at": "2026-11-26T06:30"}).status_code == 303
    assert "2026-11-26 06:30" in supervisor.get(f"/flows/{FLOW}").text
    stayline.clock.advance(timedelta(hours=20, minutes=29))
    run_due_jobs(stayline, JOBS)
    assert live(stayline) == before
    stayline.clock.advance(timedelta(minutes=1))
    run_due_jobs(stayline, JOBS)
    assert live(stayline) != before


def test_sent_back_with_a_reason_and_taken_back(stayline: Shell, signed_in: Sign) -> None:
    draft, supervisor, trainer = submitted(stayline), signed_in("supervisor"), signed_in("trainer")
    there = f"/studio/drafts/{draft.id}"
    assert supervisor.post(f"{there}/send-back", data={"message": " "}).status_code == 422
    assert supervisor.post(f"{there}/send-back", data={"message": "第三步太急"}).status_code == 303
    assert "第三步太急" in trainer.get(f"/flows/{FLOW}").text
    again = draft_of(stayline, draft.id)
    trainer.post(f"{there}/submit", data={"seen": again.version, "message": "改了"})
    assert trainer.post(f"{there}/take-back").headers["location"] == there
    assert draft_of(stayline, draft.id).state is DraftState.draft


def test_discarded_and_still_to_be_read(stayline: Shell, signed_in: Sign) -> None:
    draft, trainer = changed(stayline, old="一致 -> ", new="对得上 -> "), signed_in("trainer")
    assert trainer.post(f"/studio/drafts/{draft.id}/discard").status_code == 303
    assert f"/studio/drafts/{draft.id}/differences" in trainer.get(f"/flows/{FLOW}").text
    assert "对得上" in trainer.get(f"/studio/drafts/{draft.id}/differences").text


def test_comments_are_raised_at_a_step_and_settled(stayline: Shell, signed_in: Sign) -> None:
    draft, supervisor = submitted(stayline), signed_in("supervisor")
    there = f"/studio/drafts/{draft.id}"
    assert supervisor.post(f"{there}/comments", data={"step": "greet", "body": "说慢点 <b>"}).status_code == 303
    told = supervisor.get(f"{there}/differences").text
    assert "说慢点 &lt;b&gt;" in told
    address = told.partition('/settle"')[0].rpartition('action="')[2] + "/settle"
    assert supervisor.post(address).status_code == 303
    assert "已由 林涛 处理" in supervisor.get(f"{there}/differences").text
    assert supervisor.post(f"{there}/comments", data={"body": " "}).status_code == 422


def test_roll_back_is_one_press_with_a_reason_and_a_version_can_be_read(stayline: Shell, signed_in: Sign) -> None:
    before, draft, supervisor = live(stayline), submitted(stayline, old="一致 -> ", new="对得上 -> "), signed_in("supervisor")
    publication.approve(stayline, "another", draft.id, draft.version)
    second = live(stayline)
    told = supervisor.get(f"/flows/{FLOW}/versions/{second}").text
    assert "回应“一致”改为“对得上”" in told
    assert "和 v1 相比" in told
    assert "和 v2 相比" in supervisor.get(f"/flows/{FLOW}/versions/{before}?against={second}").text
    refused = supervisor.post(f"/flows/{FLOW}/roll-back", data={"sha256": before, "message": ""})
    assert (refused.status_code, live(stayline)) == (422, second)
    assert supervisor.post(f"/flows/{FLOW}/roll-back", data={"sha256": before, "message": "听不懂"}).status_code == 303
    assert live(stayline) == before
    assert "听不懂" in supervisor.get(f"/flows/{FLOW}").text


def test_a_retired_flow_begins_no_call_and_the_agent_is_told_plainly(stayline: Shell, signed_in: Sign) -> None:
    world = with_content(stayline)
    lead_id = world.lead_before()
    supervisor = signed_in("supervisor")
    assert supervisor.post(f"/flows/{FLOW}/retire", data={"message": "活动结束"}).status_code == 303
    assert "已下线：不能再用它开始新通话" in supervisor.get(f"/flows/{FLOW}").text
    agent = signed_in("agent")
    assert agent.get("/desk").status_code == 200
    answer = agent.post(f"/desk/leads/{lead_id}/dial", data={"action_id": "019a0000-0000-7000-8000-000000000001"})
    assert (answer.status_code, world.carrier.orders) == (404, [])
    assert "不能用它开始新通话" in answer.text
    assert agent.get("/desk").status_code == 200


def test_a_campaign_is_given_a_live_flow_and_the_change_is_logged(stayline: Shell, signed_in: Sign) -> None:
    world, supervisor = with_content(stayline), signed_in("supervisor")
    assert supervisor.post("/flows/bill_too_high/campaigns", data={"campaign_id": world.campaign}).status_code == 303
    assert world.one("SELECT flow_id FROM campaign WHERE id = :id", id=world.campaign)["flow_id"] == "bill_too_high"
    entry = world.one("SELECT actor, data FROM audit_entry WHERE action = 'campaign.flow_set'")
    assert entry["actor"] == person_named(stayline, "supervisor").actor
    assert FLOW in entry["data"]
    assert "宽带停用" in supervisor.get("/flows/bill_too_high").text
    publication.retire(stayline, WRITER, "winback", "不用了")
    refused = supervisor.post("/flows/winback/campaigns", data={"campaign_id": world.campaign})
    assert refused.status_code == 409
    assert world.one("SELECT flow_id FROM campaign WHERE id = :id", id=world.campaign)["flow_id"] == "bill_too_high"
    assert supervisor.post("/flows/bill_too_high/campaigns", data={"campaign_id": "none"}).status_code == 404


def test_calls_of_today_are_counted_by_version(stayline: Shell, signed_in: Sign) -> None:
    world = with_content(stayline)
    world.answered_call()
    told = signed_in("trainer").get(f"/flows/{FLOW}").text
    assert "今天 1 通" in told
    assert "1 通进行中" in told


def test_a_flow_that_is_not_there_is_told_so(signed_in: Sign) -> None:
    trainer = signed_in("trainer")
    for address in ("/flows/nothing", f"/flows/{FLOW}/versions/{'0' * 64}", "/studio/drafts/none/differences"):
        answer = trainer.get(address)
        assert answer.status_code == 404
        assert unquote(answer.text)
