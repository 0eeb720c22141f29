"""Snapshots and translations: one text, one hash, everything a call needs; translations go stale visibly."""

import hashlib
import json

import pytest

from engine.errors import BadInput
from engine.flow import snapshot
from engine.flow.fingerprints import with_fingerprints
from engine.flow.overlay import fingerprint, read_overlay
from engine.flow.snapshot import load, publish
from engine.flow.wording import plain
from tests.unit.flow.sample_cast import FACTS, FLOW_TEXT, OVERLAY_TEXT, flow, reading

pytestmark = pytest.mark.unit


def published(flow_text: str = FLOW_TEXT, overlay_text: str | None = OVERLAY_TEXT) -> snapshot.Snapshot:
    """A snapshot of texts."""
    read = reading(flow_text).flow
    assert read is not None
    overlay = read_overlay(overlay_text, "en.yaml", read).overlay if overlay_text else None
    return publish(read, [overlay] if overlay else [])


def test_the_version_is_the_hash_of_the_text() -> None:
    made = published()
    assert made.sha256 == hashlib.sha256(made.text.encode()).hexdigest()
    assert load(made.text).version == made.sha256


def test_the_same_files_give_the_same_version_and_a_changed_word_another() -> None:
    assert published() == published()
    assert published(FLOW_TEXT.replace("打扰了", "打扰您了")).sha256 != published().sha256
    assert published(overlay_text=OVERLAY_TEXT.replace("Sorry", "I am sorry")).sha256 != published().sha256


def test_comments_and_layout_do_not_make_a_version() -> None:
    assert published("# 说明\n" + FLOW_TEXT.replace("{type: text, from: session}", "{ type: text, from: session }")) == published()


def test_publishing_a_loaded_flow_gives_the_same_text() -> None:
    made = published()
    again = publish(load(made.text))
    steps = json.loads(again.text)["steps"]
    assert [step["id"] for step in steps] == [step["id"] for step in json.loads(made.text)["steps"]]
    assert load(again.text).steps.keys() == load(made.text).steps.keys()


def test_a_loaded_flow_speaks_both_languages_without_any_library() -> None:
    step = flow().steps["too_dear"]
    assert step.say is not None
    assert plain(step.say.render(FACTS, "zh")) == "理解。您用了30个月，我按用量给您算。"
    assert plain(step.say.render(FACTS, "en")) == "I see. In 30 months with us, this is what you used."
    assert flow().facts["leave_reason"].options["price"] == {"zh": "太贵", "en": "Too dear"}
    assert flow().title == {"zh": "样例挽留", "en": "Sample retention"}


def test_loaded_flows_are_kept_by_hash_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MAX_CACHED", 2)
    texts = [published(FLOW_TEXT.replace("打扰了", f"打扰了{n}")).text for n in range(4)]
    loaded = [load(text) for text in texts]
    assert load(texts[3]) is loaded[3]
    assert snapshot.cached(loaded[3].version) is loaded[3]
    assert snapshot.cached(loaded[0].version) is None
    assert load(texts[0]) == loaded[0]


@pytest.mark.parametrize("text", ["", "{}", '{"format": "snapshot/9"}', "[1]"])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(text)
    assert caught.value.reason == "flow.bad_snapshot"


def overlay_codes(text: str) -> list[tuple[str, int]]:
    """Code and line of what is found in a translation of the sample."""
    read = reading().flow
    assert read is not None
    return [(finding.code, finding.line) for finding in read_overlay(text, "en.yaml", read).findings]


def line_of(text: str, words: str) -> int:
    """The line some words stand on."""
    return text.count("\n", 0, text.index(words)) + 1


def test_the_sample_translation_is_complete() -> None:
    assert overlay_codes(OVERLAY_TEXT) == []


def test_a_line_without_translation_is_told() -> None:
    text = OVERLAY_TEXT.replace("  verify:\n    say: Could you give me the last four digits of the ID?\n", "  verify:\n")
    assert overlay_codes(text) == [("F501", line_of(text, "verify:"))]


def test_a_changed_original_is_told() -> None:
    read = reading().flow
    assert read is not None
    fresh = OVERLAY_TEXT.replace("  why:\n", f"  why:\n    src: {fingerprint(read.steps['why'])}\n")
    assert overlay_codes(fresh) == []
    stale = OVERLAY_TEXT.replace("  why:\n", "  why:\n    src: h000000\n")
    assert overlay_codes(stale) == [("F502", line_of(stale, "h000000"))]


def test_differing_placeholders_and_vanished_steps_are_errors() -> None:
    differs = OVERLAY_TEXT.replace("from ${company}", "from us")
    assert overlay_codes(differs) == [("F503", line_of(differs, "from us"))]
    gone = OVERLAY_TEXT.replace("  third_party:\n", "  third_partie:\n")
    assert ("F504", line_of(gone, "third_partie")) in overlay_codes(gone)
    other = OVERLAY_TEXT.replace("of: sample", "of: another")
    assert ("F504", 2) in overlay_codes(other)
    option = OVERLAY_TEXT.replace("moving: Moving home", "movin: Moving home")
    assert "F504" in {code for code, _ in overlay_codes(option)}


def test_an_untranslated_line_keeps_its_original() -> None:
    text = OVERLAY_TEXT.replace("  verify:\n    say: Could you give me the last four digits of the ID?\n", "  verify:\n")
    step = load(published(overlay_text=text).text).steps["verify"]
    assert step.say is not None
    assert plain(step.say.render({}, "en")) == "麻烦您说一下证件后四位。"


def test_fingerprints_are_written_without_touching_anything_else() -> None:
    read = reading().flow
    assert read is not None
    text = OVERLAY_TEXT.replace("  why:\n", "  why:\n    src: h000000   # 核对过\n").replace(
        "  verify:\n    say: Could you give me the last four digits of the ID?\n    hear: {match: Match, mismatch: No match}\n",
        "  verify: {say: Four digits please., hear: {match: Match, mismatch: No match}}\n",
    )
    marked = with_fingerprints(text, "en.yaml", read)
    assert overlay_codes(marked) == []
    assert marked.count("src: h") == len(read_overlay(text, "en.yaml", read).overlay.steps)  # pyright: ignore[reportOptionalMemberAccess]
    assert f"src: {fingerprint(read.steps['why'])}   # 核对过" in marked
    assert with_fingerprints(marked, "en.yaml", read) == marked
    changed = reading(FLOW_TEXT.replace("主要是价格", "主要因为价格")).flow
    assert changed is not None
    assert [finding.code for finding in read_overlay(marked, "en.yaml", changed).findings] == ["F502"]
