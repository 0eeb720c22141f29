"""Quick fixes: after the mend the finding is gone, and no error came in its place."""

from functools import cache
from pathlib import Path

import pytest

from engine.flow.editing import apply_edit, step_form
from engine.flow.editing_edits import AddReaction, ChangeReaction, RemoveReaction, SetField
from engine.flow.editing_meanings import meant_by
from engine.flow.findings import Finding, errors
from engine.flow.library import Library
from engine.flow.overlay import read_overlay
from engine.flow.quick_fixes import CODES, Fix, fixes
from engine.flow.reading import read_flow

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "tests" / "broken_flows"
PATH = "flows/retention/broken.yaml"
MENDED = (
    *("arrow_forgotten", "brace_not_closed", "colon_in_the_sentence", "confirms_name", "date_as_money", "date_without_zone"),
    *("do_not_call_forgotten", "dollar_forgotten", "else_leads_back", "endless_persuasion", "fact_mistyped", "full_width_braces"),
    *("full_width_colon", "hears_for_hear", "line_renamed", "long_arrow", "next_step_in_chinese", "next_step_mistyped"),
    *("offer_code_mistyped", "option_mistyped", "otherwise_forgotten", "outcome_mistyped", "recording_notice_dropped", "rule_mistyped"),
    *("rung_mistyped", "sentence_in_braces", "sentence_starts_with_a_star", "single_equals", "tab_for_indent", "tips_for_tip"),
    *("tries_in_words", "tries_without_else", "use_file_mistyped", "web_code_pasted"),
)
NOT_MENDED = ("arrow_forgotten",)
"""Nobody knows where that answer was to lead."""


@cache
def library() -> Library:
    """The library Stayline ships."""
    return Library.load({str(path): path.read_text(encoding="utf-8") for path in (ROOT / "scripts_library").rglob("*.yaml")})


def findings(text: str) -> tuple[Finding, ...]:
    """What the checker says."""
    return read_flow(text, PATH, library()).findings


def first_fix(text: str, code: str) -> tuple[Finding, Fix]:
    """The finding of a code and its likeliest mend."""
    finding = next(one for one in findings(text) if one.code == code)
    return finding, fixes(text, PATH, finding, library())[0]


def mended(text: str, code: str) -> str:
    """The text after the likeliest mend: that finding is gone, and there are no other errors than before."""
    finding, fix = first_fix(text, code)
    after = findings(fix.new_text)
    same = [one for one in after if (one.code, one.message_zh) == (finding.code, finding.message_zh)]
    assert not same, fix.label_zh
    before = {(one.code, one.message_zh) for one in errors(findings(text))}
    hidden = finding.code in ("F001", "F003", "F006", "F007", "F008", "F105")  # the shape hid what is said after it
    new = [str(one) for one in errors(after) if (one.code, one.message_zh) not in before]
    assert not new or hidden, new
    assert len(errors(after)) <= len(before) or hidden
    assert fix.label_zh
    assert fix.label_en
    return fix.new_text


@pytest.mark.parametrize("name", MENDED)
def test_a_slip_is_mended(name: str) -> None:
    text = (BROKEN / f"{name}.yaml").read_text(encoding="utf-8")
    code = text.split()[1]
    assert code in CODES
    if name in NOT_MENDED:
        finding = next(one for one in findings(text) if one.code == code)
        assert fixes(text, PATH, finding, library()) == ()
        return
    mended(text, code)


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mend_on_offer_takes_its_finding_away(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for finding in findings(text):
        for fix in fixes(text, PATH, finding, library()):
            left = [one for one in findings(fix.new_text) if (one.code, one.message_zh) == (finding.code, finding.message_zh)]
            assert finding.line not in {one.line for one in left}, (finding, fix.label_zh)


def sound() -> str:
    """A shipped flow without a finding."""
    return (ROOT / "flows/retention/winback.yaml").read_text(encoding="utf-8")


def test_an_undeclared_fact_is_declared() -> None:
    text = sound().replace("facts:\n", "facts:\n", 1)
    text = apply_edit(text, PATH, SetField(_first_step(text), "tip", "看一下${zzz_shoe_size}。"))
    assert "zzz_shoe_size: {type: text, from: customer}" in mended(text, "F301")


def test_a_fact_called_by_its_label_is_meant_by_it() -> None:
    text = apply_edit(sound(), PATH, SetField(_first_step(sound()), "tip", "先问候${称呼}，再说来意。"))
    assert "tip: 先问候${salutation}，再说来意。" in mended(text, "F301")


def test_a_step_that_is_not_there_is_made() -> None:
    text = apply_edit(sound(), PATH, AddReaction(_first_step(sound()), "别的事", "zzz_other"))
    assert "  zzz_other:\n    title: zzz_other" in first_fix(text, "F101")[1].new_text


def test_a_library_file_is_used() -> None:
    text = sound()
    used = next(line for line in text.split("\n") if line.startswith("use: ["))
    text = text.replace(used, "use: [" + ", ".join(one for one in used[6:-1].split(", ") if one != "closings") + "]")
    assert "closings" in next(line for line in mended(text, "F102").split("\n") if line.startswith("use: ["))


def test_what_is_of_no_use_is_taken_out() -> None:
    step = _first_step(sound())
    text = apply_edit(sound(), PATH, SetField(step, "disclosures", ("price",)))
    assert mended(text, "F218") == sound()
    text = apply_edit(apply_edit(sound(), PATH, SetField(step, "tries", "2")), PATH, SetField(step, "else", _last_step(sound())))
    assert mended(text, "F217") == sound()


def test_an_end_moves_into_the_close() -> None:
    text = sound().replace("\nclose:\n", "\n  zzz_end:\n    title: 结束\n    say: 再见。\n    end: not_kept\nclose:\n", 1)
    text = apply_edit(text, PATH, AddReaction(_first_step(text), "不用了", "zzz_end"))
    fix = first_fix(text, "F206")[1]
    assert "F206" not in {one.code for one in findings(fix.new_text)}


def test_a_stale_translation_is_looked_at_and_a_gone_one_goes() -> None:
    flow = read_flow(sound(), PATH, library()).flow
    assert flow is not None
    path = "flows/retention/broken.en.yaml"
    overlay = (ROOT / "flows/retention/winback.en.yaml").read_text(encoding="utf-8")
    stale = overlay.replace("src: h", "src: habcdef\n    # was h", 1)
    gone = overlay.replace("\nsteps:\n", "\nsteps:\n  zzz_gone:\n    say: Gone\n", 1)
    for text, code in ((stale, "F502"), (gone, "F504")):
        finding = next(one for one in read_overlay(text, path, flow).findings if one.code == code)
        fix = fixes(text, path, finding, library(), sound())[0]
        assert code not in {one.code for one in read_overlay(fix.new_text, path, flow).findings}
    assert fixes(gone, path, finding, library(), sound())[-1].new_text == overlay


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        *(("可以接受", "accept"), ("好，就这个吧", "accept"), ("那行吧", "accept"), ("Yes, do it", "accept")),
        *(("不要了", "reject"), ("算了", "reject"), ("好像不用吧", "reject"), ("No, thank you", "reject")),
        *(("还是贵", ""), ("我再想想", ""), ("可以便宜点吗？", ""), ("要绑多久", "")),
    ],
)
def test_words_that_are_plainly_a_yes_or_a_no(label: str, meant: str) -> None:
    assert meant_by(label) == meant


@pytest.mark.long
def test_answers_written_without_keys_get_those_that_say_what_they_mean() -> None:
    step = "best_offer"
    text = (ROOT / "flows/retention/bill_too_high.yaml").read_text(encoding="utf-8")
    said = step_form(text, PATH, step).reactions
    renamed = text
    for number, one in enumerate(said):
        renamed = apply_edit(renamed, PATH, ChangeReaction(step, one.key, one.label, one.to.id, one.when, f"answer_{number}"))
    seen: set[str] = set()
    while wrong := [one for one in findings(renamed) if one.code in ("F208", "F211") and fixes(renamed, PATH, one, library())]:
        assert str(wrong[0]) not in seen
        seen.add(str(wrong[0]))
        renamed = fixes(renamed, PATH, wrong[0], library())[0].new_text
    assert [one.key for one in step_form(renamed, PATH, step).reactions] == [one.key for one in said]
    emptied = text
    for one in said:
        emptied = apply_edit(emptied, PATH, RemoveReaction(step, one.key))
    for one in said:
        emptied = apply_edit(emptied, PATH, AddReaction(step, one.label, one.to.id))
    assert [one.key for one in step_form(emptied, PATH, step).reactions] == [one.key for one in said]


def test_what_a_rule_of_the_library_wants_is_said() -> None:
    text = (ROOT / "flows/retention/bill_too_high.yaml").read_text(encoding="utf-8")
    text = apply_edit(text, PATH, SetField("recap", "must_say", ()))
    while any(one.code == "F706" for one in findings(text)):
        text = mended(text, "F706")
    assert "must_say" in text[text.index("  accepted_end:") : text.index("  ask_decision:")]
    plain = (ROOT / "flows/retention/bill_too_high.yaml").read_text(encoding="utf-8")
    silent = apply_edit(plain, PATH, SetField("second_offer", "disclosures", ("scenario", "validity", "restriction")))
    assert mended(silent, "F706") == plain


def test_who_confirms_is_said() -> None:
    text = (ROOT / "flows/retention/bill_too_high.yaml").read_text(encoding="utf-8")
    text = apply_edit(text, PATH, ChangeReaction("verify", "match", "一致", "purpose", new_key="yi_zhi"))
    assert "match: 一致 -> purpose" in mended(text, "F214")


def test_a_finding_of_another_file_has_no_mend_here() -> None:
    text = (BROKEN / "fact_mistyped.yaml").read_text(encoding="utf-8")
    finding = next(one for one in findings(text) if one.code == "F301")
    assert fixes(text, "flows/retention/other.yaml", finding, library()) == ()


def _first_step(text: str) -> str:
    return text[text.index("\nopening:\n") :].split("\n")[2].strip(" :")


def _last_step(text: str) -> str:
    close = text[text.index("\nclose:\n") : text.index("\ntests:\n")]
    return [line.strip(" :") for line in close.split("\n") if line.startswith("  ") and line[2] not in " #"][-1]
