"""The examples an author copies from are read by the reader they explain."""

import re
import textwrap
from pathlib import Path

import pytest

from engine.offers import reading
from engine.offers.reading import read_policy
from engine.offers.reasons import FitReason, Refusal

pytestmark = pytest.mark.unit

REFERENCE = Path("docs/offers.md").read_text(encoding="utf-8")


def test_the_example_in_the_module_reads():
    example = (reading.__doc__ or "").split("\n\n", 2)[2]
    policy = read_policy(textwrap.dedent(example), "docstring")
    assert (policy.id, policy.entries) == ("small", ())


def test_the_example_in_the_authors_reference_reads():
    (example,) = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    policy = read_policy(example, "docs/offers.md")
    assert [entry.offer.code for entry in policy.entries] == ["right_plan_79"]


@pytest.mark.parametrize("reason", [*Refusal, *FitReason])
def test_every_reason_is_in_the_authors_reference(reason: Refusal | FitReason):
    assert f"`{reason.value}`" in REFERENCE
