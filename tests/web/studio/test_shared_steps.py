"""Flows whose close is shared: the studio knows the shared steps, and says where they are written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from engine.services.drafts import begin_draft
from engine.services.publishing import publish_files
from integrations.content_files import read_content
from tests.web.conftest import Shell, person_named

pytestmark = pytest.mark.web
ROOT = Path(__file__).parents[3]


@pytest.fixture
def draft_id(stayline: Shell) -> str:
    """A draft of the birthday call, which takes its close from the library."""
    files = {path: text for path, text in read_content(ROOT).items() if path.startswith(("scripts_library/", "flows/care/birthday_care"))}
    publish_files(stayline.database, stayline.clock, files, by="test", message="test")
    return begin_draft(stayline, person_named(stayline, "trainer").user_id, "birthday_care").id


def test_answers_may_lead_to_shared_steps(signed_in: Callable[[str], TestClient], draft_id: str) -> None:
    html = signed_in("trainer").get(f"/studio/drafts/{draft_id}/form?step=greet").text
    assert '<optgroup label="共用的，在话术库里">' in html
    assert '<option value="stop_calling" selected>' in html
    assert "没有这一步" not in html


def test_the_settings_know_where_cancel_leads(signed_in: Callable[[str], TestClient], draft_id: str) -> None:
    assert '<option value="cancel_terms" selected>停用前说清楚</option>' in signed_in("trainer").get(f"/studio/drafts/{draft_id}/form").text


def test_a_shared_step_says_where_it_is_written(signed_in: Callable[[str], TestClient], draft_id: str) -> None:
    html = signed_in("trainer").get(f"/studio/drafts/{draft_id}/form?step=cancel_terms").text
    assert "这一步是共用的" in html


def test_an_answer_can_be_led_to_a_shared_step(signed_in: Callable[[str], TestClient], draft_id: str) -> None:
    client = signed_in("trainer")
    page = client.get(f"/studio/drafts/{draft_id}").text
    version = page.split('data-version="')[1].split('"')[0]
    sent = client.post(
        f"/studio/drafts/{draft_id}/edit",
        data={"seen": version, "kind": "change_reaction", "step": "verify", "key": "unwilling", "label": "不想说", "to": "stop_calling"},
    )
    assert sent.status_code == 200, sent.text
    assert "unwilling: 不想说 -> stop_calling" in client.get(f"/studio/drafts/{draft_id}/text").json()["text"]
