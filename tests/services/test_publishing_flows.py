"""A flow with an error, a red test or a falsified property is not published; the others are."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from engine.flow.findings import errors
from engine.services.checking_flows import publishable_flows
from tests.unit.flow.sample_cast import FLOW_TEXT, LIBRARY_FILES

pytestmark = pytest.mark.service

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
BARE = FLOW_TEXT[: FLOW_TEXT.index("tests:\n")]
GREEN = BARE + "tests:\n  - name: 不是本人\n    path: [greet.other]\n    expect: {end: third_party}\n"


def published(**flows: str) -> Mapping[str, tuple[bool, set[str]]]:
    """Flow → (whether it may be published, the codes of its errors)."""
    files = {f"scripts_library/{name}": text for name, text in LIBRARY_FILES.items()}
    files |= {f"flows/{name}.yaml": text for name, text in flows.items()}
    found = publishable_flows(files, [], NOW)
    return {one.path: (one.snapshot is not None, {finding.code for finding in errors(one.findings)}) for one in found}


def test_a_red_test_keeps_a_flow_back_and_the_others_are_published() -> None:
    told = published(green=GREEN, red=GREEN.replace("expect: {end: third_party}", "expect: {end: callback}"))
    assert told == {"flows/green.yaml": (True, set()), "flows/red.yaml": (False, {"F402"})}


def test_a_falsified_property_or_an_error_keeps_a_flow_back() -> None:
    told = published(
        never=GREEN.replace("tests:\n", "properties:\n  - never: end third_party\ntests:\n"),
        lost=GREEN.replace("-> third_party", "-> nobody"),
    )
    assert told == {"flows/lost.yaml": (False, {"F101"}), "flows/never.yaml": (False, {"F706"})}


def test_a_red_test_is_told_at_its_line() -> None:
    files = {f"scripts_library/{name}": text for name, text in LIBRARY_FILES.items()}
    text = GREEN.replace("expect: {end: third_party}", "expect: {end: callback}")
    (flow,) = publishable_flows({**files, "flows/red.yaml": text}, [], NOW)
    (finding,) = errors(flow.findings)
    assert text.splitlines()[finding.line - 1] == "  - name: 不是本人"
    assert "callback" in finding.message_en
