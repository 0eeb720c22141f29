"""The shared close: sound, translated as it stands, used by several flows, and doing in each what it says."""

from typing import Any

import pytest

from engine.flow.phase_machine import Phase
from engine.flow.wording_rows import fingerprint_of, own_texts
from tests.unit.library.cast import FLOW_NAMES, FLOW_PATHS, LIBRARY, data_of, flow_of, overlay_of, placeholders, text_of

pytestmark = [pytest.mark.unit, pytest.mark.safety]

PARTS = sorted(path.stem for path in (LIBRARY / "steps").glob("*.yaml") if "." not in path.stem)
LAWFUL_WAYS_OUT = {"cancel_registered", "not_kept", "porting", "callback", "third_party", "wrong_party", "care_only", "refused"}


def users_of(part: str) -> list[str]:
    return [name for name in FLOW_NAMES if f", {part}]" in text_of(FLOW_PATHS[name])]


def steps_of(part: str) -> dict[str, Any]:
    data = data_of(f"steps/{part}.yaml")
    return {name: step for phase in Phase for name, step in data.get(phase.value, {}).items()}


@pytest.mark.parametrize("part", PARTS)
def test_it_is_used_by_several_flows_and_every_step_of_it_by_each(part: str) -> None:
    assert len(users_of(part)) >= 2
    for name in users_of(part):
        assert set(steps_of(part)) <= set(flow_of(name).steps), name


@pytest.mark.parametrize("part", PARTS)
def test_its_english_is_of_the_chinese_as_it_stands(part: str) -> None:
    english = data_of(f"steps/{part}.en.yaml")["steps"]
    for name, texts in own_texts(data_of(f"steps/{part}.yaml")).items():
        if not texts:
            continue
        told = english[name]
        assert told["src"] == fingerprint_of(texts), f"{name}: look at the English again, then set src"
        flat = {"title": told.get("title"), "say": told.get("say"), "tip": told.get("tip")}
        flat |= {f"hear.{key}": label for key, label in told.get("hear", {}).items()}
        for field, original in texts.items():
            assert flat[field], f"{name}.{field}"
            assert placeholders(flat[field]) == placeholders(original), f"{name}.{field}"


@pytest.mark.parametrize("name", [name for part in PARTS for name in users_of(part)])
def test_a_flow_that_shares_its_close_repeats_nothing_of_it_and_speaks_both_languages(name: str) -> None:
    part = next(part for part in PARTS if name in users_of(part))
    assert not set(steps_of(part)) & set(overlay_of(name).steps)
    for step in steps_of(part):
        shown = flow_of(name).steps[step]
        assert set(shown.title) >= {"zh", "en"}, step
        assert all(set(answer.label) >= {"zh", "en"} for answer in shown.hear), step


@pytest.mark.parametrize("name", users_of("standard_close"))
def test_every_lawful_way_out_is_in_the_shared_close(name: str) -> None:
    flow = flow_of(name)
    shared = steps_of("standard_close")
    assert {flow.steps[step].end for step in shared} - {None} == LAWFUL_WAYS_OUT
    assert flow.cancel in shared
    assert flow.do_not_call in shared
