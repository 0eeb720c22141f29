"""The picture of a draft over HTTP."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from engine.services.drafts import begin_flow
from tests.bench.flows import generated
from tests.web.conftest import Shell, person_named

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]

UNFINISHED = """\
format: flow/1
id: unfinished
locale: zh-CN
title: 没写完的流程
always: {cancel: let_go, do_not_call: nowhere}
opening:
  greet:
    title: 问候
    say: 您好。
    hear:
      self: 是我 -> ask_why
      other: 不是 -> ask_whom
      odd: 没写去哪
close:
  let_go:
    title: <b>登记</b>
    end: cancel_registered
"""


def draft_of(stayline: Shell, text: str) -> str:
    return begin_flow(stayline, person_named(stayline, "trainer").user_id, "unfinished", "没写完的流程", "retention", text).id


def test_an_unfinished_flow_is_drawn_with_its_broken_ends(stayline: Shell, signed_in: SignIn) -> None:
    answer = signed_in("trainer").get(f"/studio/drafts/{draft_of(stayline, UNFINISHED)}/picture", headers={"HX-Request-Type": "partial"})
    assert answer.status_code == 200
    assert "<!doctype" not in answer.text
    assert re.findall(r'data-step="(\w+)"', answer.text)[:2] == ["greet", "let_go"]
    broken = re.findall(r'<g class="broken"><title>([^<]*)', answer.text)
    assert sorted(broken) == sorted(["没有这一步：ask_why", "没有这一步：ask_whom", "没有写下一步"])
    assert "nowhere" in answer.text


def test_words_of_the_author_are_escaped(stayline: Shell, signed_in: SignIn) -> None:
    answer = signed_in("trainer").get(f"/studio/drafts/{draft_of(stayline, UNFINISHED)}/picture")
    assert "<b>登记" not in answer.text
    assert "&lt;b&gt;登记&lt;/b&gt;" in answer.text
    assert " style=" not in answer.text
    assert answer.text.startswith("<!doctype")


def test_a_text_that_cannot_be_read_says_where_and_that_the_picture_comes_back(stayline: Shell, signed_in: SignIn) -> None:
    answer = signed_in("trainer").get(f"/studio/drafts/{draft_of(stayline, UNFINISHED.replace('greet:', 'greet: ['))}/picture")
    assert answer.status_code == 200
    assert re.search(r"第 \d+ 行：", answer.text)
    assert '<svg class="picture"' not in answer.text


def test_the_page_is_in_the_readers_language(stayline: Shell, signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    client.post("/me", data={"language": "en", "theme": "light"})
    told = client.get(f"/studio/drafts/{draft_of(stayline, UNFINISHED)}/picture").text
    assert "Flow picture: 没写完的流程, 2 steps" in told
    assert "From every step, not drawn:" in told


def test_a_draft_that_is_not_there_is_not_found(signed_in: SignIn) -> None:
    assert signed_in("trainer").get("/studio/drafts/none/picture").status_code == 404


@pytest.mark.long
def test_a_thousand_steps_are_drawn(stayline: Shell, signed_in: SignIn) -> None:
    told = signed_in("trainer").get(f"/studio/drafts/{draft_of(stayline, generated(1_000))}/picture").text
    assert len(re.findall(r'class="nd', told)) == 997
