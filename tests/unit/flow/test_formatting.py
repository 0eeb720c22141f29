"""The canonical form: stable, comments kept, nothing that is read changes; what cannot be read is left alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from engine.flow.definition import EmbeddedTest
from engine.flow.embedded_tests import run_tests
from engine.flow.formatting import as_tests, formatted, with_test
from engine.flow.snapshot import load, publish
from engine.yaml_text import BadYaml, read_yaml
from tests.unit.flow.sample_cast import FACTS, FLOW_TEXT, SamplePolicy, reading

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "flows").rglob("*.yaml"))
FREE_STYLE = """\ufeff# 写在最前面
format:   flow/1   # 格式

facts:
    fee:    {type: money,   from: customer}    # 注释一
    yes_no: {type: boolean}
steps:
- name: 'quoted'
  price: 199.00
  on: yes
  when: 2026-11-22T10:00:00+08:00
  say: |
      第一行\x20\x20
      第二行
- other   # 注释二
# 最后的注释
"""


@pytest.mark.parametrize("path", SHIPPED, ids=[path.name for path in SHIPPED])
def test_shipped_flows_are_in_their_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text, path.name) == text


def test_free_style_is_put_in_form_and_keeps_comments_words_and_quotes() -> None:
    neat = formatted(FREE_STYLE, "x.yaml")
    assert neat == formatted(neat, "x.yaml")
    step = read_yaml(neat, "x.yaml").data["steps"][0]
    assert (step["price"], step["on"], step["when"], step["say"]) == ("199.00", "yes", "2026-11-22T10:00:00+08:00", "第一行\n第二行\n")
    for kept in ("# 写在最前面", "# 格式", "# 注释一", "# 注释二", "# 最后的注释", "'quoted'", "199.00", "on: yes"):
        assert kept in neat
    assert "   from" not in neat
    assert neat.endswith("# 最后的注释\n")


def test_line_ends_of_other_systems_become_ours() -> None:
    assert formatted(FLOW_TEXT.replace("\n", "\r\n"), "x.yaml") == formatted(FLOW_TEXT, "x.yaml")


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "a： 1\nb: [\n", "- 1\n", ""], ids=["twice", "broken", "a list", "empty"])
def test_what_cannot_be_read_is_told_and_not_written(text: str) -> None:
    with pytest.raises(BadYaml):
        formatted(text, "x.yaml")


LEAVES = st.text(alphabet="ab 1.:#'\"-，。好{}[]&*!|>%@`?~", max_size=12)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LEAVES.filter(bool), inner, max_size=3), max_leaves=8
)


def trimmed(value: Any) -> Any:
    """Without spaces at the ends of lines."""
    if isinstance(value, str):
        return "\n".join(line.rstrip() for line in value.split("\n"))
    return [trimmed(one) for one in value] if isinstance(value, list) else {key: trimmed(one) for key, one in value.items()}


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(LEAVES.filter(bool), VALUES, min_size=1, max_size=4))
def test_formatting_twice_changes_nothing_and_never_what_is_read(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    try:
        before = read_yaml(text, "x.yaml").data
        neat = formatted(text, "x.yaml")
    except BadYaml:
        return
    assert trimmed(read_yaml(neat, "x.yaml").data) == trimmed(before)
    assert formatted(neat, "x.yaml") == neat


def test_a_walk_is_kept_as_a_test_and_the_rest_of_the_file_stays() -> None:
    test = EmbeddedTest(
        "存下的", "2026-11-22T10:00:00+08:00", {"salutation": "王女士", "monthly_fee": "199.00"}, ("greet.other",), "third_party", (), {}
    )
    text = with_test(FLOW_TEXT, "x.yaml", test)
    assert text.startswith(formatted(FLOW_TEXT, "x.yaml").rstrip("\n"))
    flow = reading(text).flow
    assert flow is not None
    results = run_tests(load(publish(flow).text), lambda as_of: SamplePolicy(), FACTS)
    assert (results[-1].name, results[-1].passed) == ("存下的", True)


def test_a_flow_without_tests_gets_its_first() -> None:
    bare = FLOW_TEXT[: FLOW_TEXT.index("tests:\n")]
    flow = reading(with_test(bare, "x.yaml", EmbeddedTest("第一个", None, {}, ("cancel",), "cancel_registered", None, {}))).flow
    assert flow is not None
    assert [one.name for one in flow.tests] == ["第一个"]


def test_proposed_tests_stand_below_their_comments() -> None:
    text = as_tests([(EmbeddedTest("一", None, {"vip": True}, ("a.b",), "care_only", None, {"x": 1}), "待审 · a.b")])
    assert (
        text
        == "tests:\n  # 待审 · a.b\n  - name: 一\n    given: {vip: true}\n    path: [a.b]\n    expect: {end: care_only, facts: {x: 1}}\n"
    )
