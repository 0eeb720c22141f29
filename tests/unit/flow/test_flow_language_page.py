"""The author's reference says what is so: its examples are executed, every key and every code is on it."""

import re
from pathlib import Path

import pytest

from engine.flow.document import FlowDocument, StepDocument
from engine.flow.embedded_tests import run_tests
from engine.flow.fact_values import FILTERS, FactType
from engine.flow.library import Library
from engine.flow.overlay import read_overlay
from engine.flow.reading import Reading, read_flow
from engine.flow.snapshot import load, publish
from tests.unit.flow.sample_cast import LIBRARY_FILES, SamplePolicy

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "flow-language.md").read_text()
BLOCKS = {re.match(r"format: (\w+)", block).group(1): block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)}  # pyright: ignore[reportOptionalMemberAccess]


def read_example() -> Reading:
    """The page's flow, read with the page's library file."""
    files = {"lines/notices.yaml": BLOCKS["lines"], "dispositions.yaml": LIBRARY_FILES["dispositions.yaml"]}
    return read_flow(BLOCKS["flow"], "example.yaml", Library.load(files))


def test_the_example_is_clean_and_its_own_tests_pass() -> None:
    read = read_example()
    assert read.findings == ()
    assert read.flow is not None
    results = run_tests(load(publish(read.flow).text), lambda as_of: SamplePolicy(), {"company": "样例"})
    assert [(one.name, one.problem_zh) for one in results if not one.passed] == []


def test_the_example_translation_fits_and_lacks_only_what_it_leaves_out() -> None:
    flow = read_example().flow
    assert flow is not None
    read = read_overlay(BLOCKS["locale"], "example.en.yaml", flow)
    assert read.overlay is not None
    assert {finding.code for finding in read.findings} == {"F501"}


@pytest.mark.parametrize("model", [FlowDocument, StepDocument])
def test_every_key_is_on_the_page(model: type[FlowDocument | StepDocument]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items() if not field.exclude}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


def test_every_type_and_every_format_is_on_the_page() -> None:
    assert {name for name in [*FactType, *FILTERS] if f"`{name}`" not in PAGE} == set()


def test_every_code_is_on_the_page_and_no_other() -> None:
    used = {code for file in (ROOT / "engine" / "flow").glob("*.py") for code in re.findall(r'"(F\d{3})"', file.read_text())}
    listed = set(re.findall(r"^\| (F\d{3}) \|", PAGE, re.MULTILINE))
    assert used == listed
