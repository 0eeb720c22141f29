from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.flow.findings import errors
from engine.flow.formatting import formatted
from engine.flow.new_flow import new_flow
from engine.services.checking_drafts import check_files
from engine.yaml_text import read_yaml
from integrations.content_files import read_content

pytestmark = pytest.mark.unit


def test_a_new_flow_can_be_walked_and_published_as_it_stands() -> None:
    library = {path: text for path, text in read_content(Path()).items() if path.startswith("scripts_library/")}
    path = "flows/retention/early_upgrade.yaml"
    report = check_files({**library, path: new_flow("early_upgrade", "提前换机")}, path, (), {}, datetime(2026, 11, 25, 2, tzinfo=UTC))
    assert (errors(report.findings), report.snapshot is not None) == ([], True)


@pytest.mark.parametrize("title", ["提前换机", "价格: 谈一谈 # 再说", "it's 'quoted'", "[列表]", "- 横线", "yes", "${x}", "*星", '"双引号'])
def test_any_title_is_kept_word_for_word_in_canonical_form(title: str) -> None:
    text = new_flow("early_upgrade", title)
    assert read_yaml(text, "x").data["title"] == title
    assert formatted(text, "x") == text
