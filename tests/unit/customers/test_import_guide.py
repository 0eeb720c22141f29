"""docs/import.md tells of every field and every way to take a value, as the code has them."""

import re
import textwrap
from pathlib import Path

import pytest

from engine.customers.fields import FIELDS, CustomerField
from engine.customers.mapping import Encoding, Take
from engine.customers.mapping_reading import read_mapping
from integrations.customer_files import limits

pytestmark = pytest.mark.unit

GUIDE = Path("docs/import.md").read_text(encoding="utf-8")
SIGHTS = {"full": "●", "masked": "◐", "hidden": "–"}


def line_of(field: CustomerField) -> str:
    sights = " | ".join(SIGHTS[sight.value] for sight in field.sight.values())
    personal = "yes" if field.personal else "no"
    return f"| `{field.name}` | {field.zh} · {field.en} | {field.type} | {sights} | {personal} | {field.erasure.replace('_', ' ')} |"


def test_the_table_of_fields_is_the_list_of_fields() -> None:
    table = GUIDE[GUIDE.index("| field | name |") :].strip().splitlines()[2:]
    assert table == [line_of(field) for field in FIELDS.values()]


def test_every_way_to_take_a_value_and_every_encoding_is_explained() -> None:
    assert [take.value for take in Take if f"`{take.value}: " not in GUIDE] == []
    assert [encoding.value for encoding in Encoding if encoding.value.replace("_", "-") not in GUIDE] == []


def test_the_worked_example_of_the_guide_reads() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    mapping = read_mapping(textwrap.dedent(example), "docs/import.md")
    assert (mapping.id, len(mapping.months), mapping.contacts[0].channel) == ("monthly_list", 12, "call")


def test_the_limits_are_those_of_the_code() -> None:
    assert f"at most {limits.LARGEST_CSV >> 20} MB" in GUIDE
    assert f"at most {limits.LARGEST_XLSX >> 20} MB, {limits.LARGEST_UNPACKED >> 30} GB unpacked" in GUIDE
    assert f"at most {limits.MOST_COLUMNS:,} columns" in GUIDE
