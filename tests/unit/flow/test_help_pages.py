"""Every help page is executed: its bad example gives its code and no other, its good one nothing; every code has a page."""

import re
from pathlib import Path

import pytest

from tests.unit.flow.help_pages import FOLDER, PAGES, Page, codes_of

pytestmark = pytest.mark.unit

SOURCES = Path(__file__).parents[3] / "engine" / "flow"


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_the_bad_example_gives_this_code_and_no_other(page: Page) -> None:
    assert codes_of(page.bad) == {page.code}


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_the_good_example_gives_none(page: Page) -> None:
    assert codes_of(page.good) == set()


def test_every_code_has_a_page_and_the_list_names_every_page() -> None:
    used = {code for file in SOURCES.glob("*.py") for code in re.findall(r'"(F\d{3})"', file.read_text(encoding="utf-8"))}
    listed = re.findall(r"^- \[(F\d{3})\]", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert used == set(PAGES) == set(listed)
    assert listed == sorted(listed)
    assert len(listed) >= 40


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_a_page_explains_in_both_languages(page: Page) -> None:
    head = page.text.split("## ", 1)[0]
    assert head.startswith(f"# {page.code} ")
    paragraphs = [one for one in head.split("\n\n")[1:] if one.strip()]
    assert len(paragraphs) >= 3
    assert re.search(r"[\u4e00-\u9fff]", paragraphs[1])
    assert not re.search(r"[\u4e00-\u9fff]", paragraphs[2].replace("`", ""))
