"""Both languages on every page, and who decides which."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tools import messages
from web.languages import choose_language, read_languages
from web.pages import initials

pytestmark = pytest.mark.web

SignIn = Callable[[str], TestClient]


def test_every_sentence_of_the_screens_has_its_chinese() -> None:
    assert messages.untranslated() == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert messages.misfitting() == []


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        (None, None, "zh-CN"),
        (None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        (None, "en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        (None, "fr, en;q=0.3", "en"),
        (None, "fr", "zh-CN"),
        (None, "en;q=0", "zh-CN"),
        (None, "en;q=broken,zh", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("xx", "en", "en"),
    ],
)
def test_before_the_sign_in_the_choice_then_the_browser_decides(cookie: str | None, accept: str | None, chosen: str) -> None:
    assert choose_language(cookie, accept) == chosen


def test_a_choice_on_the_sign_in_page_is_kept(client: TestClient) -> None:
    assert 'lang="zh-CN"' in client.get("/sign-in", headers={"Accept-Language": "zh"}).text
    assert client.post("/language", data={"language": "en", "next": "/sign-in"}).headers["location"] == "/sign-in"
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "zh"}).text


def test_behind_the_sign_in_the_persons_own_choice_decides(signed_in: SignIn) -> None:
    browser = signed_in("agent")
    assert "我的设置" in browser.get("/me", headers={"Accept-Language": "en"}).text
    saved = browser.post("/me", data={"language": "en", "theme": "dark"})
    assert saved.headers["location"] == "/me?saved=1"
    page = browser.get("/me", headers={"Accept-Language": "zh"}).text
    assert "My settings" in page
    assert 'data-theme="dark"' in page
    assert 'data-single-keys="off"' in page


@pytest.mark.parametrize("wrong", [{"language": "tlh", "theme": "dark"}, {"language": "en", "theme": "pink"}])
def test_a_choice_that_does_not_exist_is_refused(signed_in: SignIn, wrong: dict[str, str]) -> None:
    assert signed_in("agent").post("/me", data=wrong).status_code == 422


@pytest.mark.parametrize("role", ["agent", "trainer", "reviewer", "supervisor", "administrator"])
def test_each_role_has_a_help_page_in_its_own_words(signed_in: SignIn, role: str) -> None:
    answer = signed_in(role).get("/help")
    assert answer.status_code == 200
    assert answer.text.count("<li>") >= 5


def test_chinese_is_found_by_its_initials_and_its_pinyin() -> None:
    assert initials("约回访") == "yhf yuehuifang"


def test_a_sentence_without_chinese_shows_in_english(tmp_path: Path) -> None:
    (tmp_path / "zh_CN").mkdir()
    (tmp_path / "zh_CN" / "a.po").write_text('msgid "Yes"\nmsgstr "是"\n\nmsgid "No"\nmsgstr ""\n', encoding="utf-8")
    chinese = read_languages(tmp_path)["zh-CN"]
    assert (chinese.gettext("Yes"), chinese.gettext("No")) == ("是", "No")
