"""Every check, fed with the mistake it is for: code, line and suggestion."""

import re

import pytest

from engine.flow.checking import CHECKS
from engine.flow.findings import Finding, Severity
from engine.flow.library import Library
from engine.flow.reading import read_flow
from tests.unit.flow.help_pages import PAGES
from tests.unit.flow.sample_cast import FLOW_TEXT, LIBRARY_FILES, library, reading

pytestmark = pytest.mark.unit

TWICE = FLOW_TEXT[FLOW_TEXT.index("    tries: 2\n") : FLOW_TEXT.index("  need_time:\n")]
MISTAKES = [
    # (code, what stands there, what is written instead, where the finding stands, what the suggestion says)
    ("F001", "title: 样例挽留", "title： 样例挽留", "title： 样例挽留", "英文冒号"),
    ("F001", "  company: {type", "  company: &a {type", "company: &a", ""),
    ("F002", "  agent_name: {type: text, from: session}", "  company: {type: text}", "company: {type: text}", ""),
    ("F002", "  verify:\n", "  greet:\n", "  greet:\n    confirms", ""),
    ("F002", "  moving_note:\n", "  greet:\n", "  greet:\n    say: 新地址", ""),
    ("F003", "    tip: 不是", "    tipp: 不是", "tipp:", "是不是 tip"),
    ("F008", "      self: 是我 -> verify", "      self: 是我", "是我\n", ""),
    ("F003", "    else: let_go", "    otherwise: let_go", "otherwise:", "可用"),
    ("F003", "    ask: leave_reason\n", "    hear_use: x\n", "hear_use", ""),
    ("F007", "{type: date, from", "{type: day, from", "day, from", ""),
    ("F007", "format: flow/1", "format: flow/9", "flow/9", ""),
    ("F006", "  do_not_call: stop_calling\n", "", "always:", ""),
    ("F007", "    tries: 2", "    tries: many", "many", ""),
    (
        "F005",
        "  third_party:\n    say: 打扰了。\n    end: third_party",
        "  third_party: {say: 打扰了。, end: third_party}",
        "打扰了。, end",
        "分行",
    ),
    ("F101", "other: 不是本人 -> third_party", "other: 不是本人 -> third_part", "不是本人 -> third_part\n", "third_party"),
    ("F101", "      - to: best_offer", "      - to: best_ofer", "best_ofer", "best_offer"),
    ("F101", "    else: let_go", "    else: let_goo", "let_goo", "let_go"),
    ("F101", "none: explain_bill", "none: explain", "explain\n", ""),
    ("F101", "  cancel: let_go", "  cancel: lets_go", "lets_go", "let_go"),
    ("F102", "say: {use: answers.value}", "say: {use: answers.valu}", "answers.valu}", "answers.value"),
    ("F102", "must_say: notices.recording", "must_say: notices.recordings", "notices.recordings", "notices.recording"),
    ("F102", "use: [notices, answers, endings]", "use: [notices, endings]", "answers.explain_bill}", "answers"),
    ("F102", "    end: care_only", "    end: care_onli", "care_onli", "care_only"),
    ("F102", "disclosures: [price, ", "disclosures: [prise, ", "prise", "price"),
    ("F103", "是**${salutation}**本人", "是${salutation本人", "|\n      您好", ""),
    ("F103", "我是${company}的", "我是{company}的", "|\n      您好", "${company}"),
    ("F104", "我是${company}的", "我是${company.upper()}的", "|\n      您好", ""),
    ("F105", 'when: leave_reason == "quality"', 'when: leave_reason = "quality"', '= "quality"', ""),
    ("F105", "when: tenure_months > 12", 'when: tenure_months > "12"', 'tenure_months > "12"', ""),
    ("F201", '      - when: leave_reason == "moving"\n        to: moving_note\n', "", "  moving_note:", ""),
    ("F202", "    say: 打扰了。\n    end: third_party", "    say: 打扰了。", "  third_party:\n    say: 打扰了。\n  stop", ""),
    (
        "F203",
        "      understood: 明白了 -> care_end\n      reject: 还是要停 -> let_go",
        "      understood: 明白了 -> explain_bill",
        "  explain_bill:\n",
        "",
    ),
    (
        "F204",
        "      - to: best_offer",
        '      - when: leave_reason == "price"\n        to: best_offer',
        '- when: leave_reason == "quality"',
        "when",
    ),
    ("F204", '      - when: leave_reason == "quality"\n        to: fix_line', "      - to: fix_line", "to: fix_line", ""),
    ("F205", "    else: let_go\n", "", "  too_dear:\n    handles", ""),
    ("F206", "    say: 麻烦您说一下证件后四位。\n", "    say: 麻烦您说一下证件后四位。\n    end: care_only\n", "care_only\n    hear", ""),
    ("F207", TWICE, TWICE.replace("    tries: 2\n", "").replace("    else: let_go\n", ""), "  best_offer:\n", "tries"),
    ("F208", "    handles: delay\n", "", "delay: 我再想想", "handles: delay"),
    ("F209", "      mismatch: 不一致 -> third_party", "      mismatch: 不一致 -> too_dear", "不一致 -> too_dear", ""),
    ("F210", "  cancel: let_go", "  cancel: explain_bill", "explain_bill", ""),
    ("F211", "      busy: 在忙 -> book_callback", "      busy: 在忙 -> recap", "accepted_pending", ""),
    ("F211", "      accept: 好 -> recap\n      delay: 再说吧", "      delay: 再说吧", "  fix_line:\n", "accept"),
    ("F211", "      accept: 可以 -> recap", "      accept: 可以 -> care_end", "可以 -> care_end", ""),
    ("F301", "ask: leave_reason", "ask: leave_reson", "leave_reson", "leave_reason"),
    ("F301", "是**${salutation}**本人", "是**${salutaton}**本人", "|\n      您好", "salutation"),
    ("F301", "given: {salutation: 李先生}", "given: {salutatio: 李先生}", "李先生", "salutation"),
    ("F302", "say: 麻烦您说一下", "say: 因为${leave_reason}，麻烦您说一下", "因为${leave_reason}", ""),
    ("F302", "say: 打扰了。", "say: ${offer.name}打扰了。", "${offer.name}打扰了", ""),
    ("F601", "say: 打扰了。", "say: 别家电信打扰了。", "别家电信", ""),
    ("F601", "say: 打扰了。", "say: 我们公司不会错。", "我们公司不会错", "核实"),
    ("F602", "say: 打扰了。", "say: 绝对打扰了。", "绝对打扰了", "去掉"),
]


def read(text: str) -> tuple[Finding, ...]:
    """What is found in a text."""
    return read_flow(text, "flows/sample.yaml", library(), ["别家电信"]).findings


def test_the_sample_is_clean() -> None:
    assert read(FLOW_TEXT) == ()


@pytest.mark.parametrize(("code", "right", "wrong", "where", "suggestion"), MISTAKES, ids=[f"{m[0]}-{n}" for n, m in enumerate(MISTAKES)])
def test_a_mistake_is_found_where_it_is(code: str, right: str, wrong: str, where: str, suggestion: str) -> None:
    assert FLOW_TEXT.count(right) >= 1, right
    text = FLOW_TEXT.replace(right, wrong, 1)
    at = text.index(where)
    line = text.count("\n", 0, at) + 1
    found = [finding for finding in read(text) if finding.code == code]
    assert [finding for finding in found if finding.line == line], [str(finding) for finding in read(text)]
    if suggestion:
        assert any(suggestion in finding.suggestion for finding in found if finding.line == line), [str(finding) for finding in found]
    assert all(finding.message_zh and finding.message_en for finding in found)


def test_an_error_keeps_the_flow_back_and_a_warning_does_not() -> None:
    assert reading(FLOW_TEXT.replace("say: 打扰了。", "say: 绝对打扰了。")).flow is not None
    assert reading(FLOW_TEXT.replace("-> third_party", "-> nowhere")).flow is None


def test_columns_point_at_the_value_or_into_the_condition() -> None:
    text = FLOW_TEXT.replace('when: leave_reason == "quality"', 'when: leave_reason = "quality"')
    finding = next(one for one in read(text) if one.code == "F105")
    assert text.splitlines()[finding.line - 1][finding.column - 1 :].startswith('= "quality"')


def test_a_broken_library_file_is_told_and_the_others_load() -> None:
    loaded = Library.load(
        {**LIBRARY_FILES, "lines/broken.yaml": "format: lines/1\nid： x\n", "lines/half.yaml": "format: lines/1\nid: half\nlinez: {}\n"}
    )
    assert [finding.code for finding in loaded.findings] == ["F001", "F006", "F003"]
    assert "notices.recording" in loaded.lines


def test_a_library_line_with_a_bad_placeholder_or_translation_is_told() -> None:
    loaded = Library.load({"x.yaml": 'format: lines/1\nid: x\nlines:\n  a: {zh: "${a.b}", en: x}\n  b: {zh: "${a}", en: "${b}"}\n'})
    assert [(finding.code, finding.line) for finding in loaded.findings] == [("F104", 4), ("F503", 5)]


def test_files_of_other_formats_are_left_alone() -> None:
    loaded = Library.load({"offers.yaml": "format: offers/1\nanything: goes\n", "list.yaml": "- 1\n"})
    assert loaded.findings == []


def test_the_flow_of_a_broken_file_does_not_exist_but_its_findings_do() -> None:
    read_broken = reading("format: flow/1\nid: [\n")
    assert read_broken.flow is None
    assert [finding.severity for finding in read_broken.findings] == [Severity.error]


def test_every_check_says_its_code() -> None:
    assert all((one.__doc__ or "").startswith("F") for one in CHECKS)
    told = {code for one in CHECKS for code in re.findall(r"F\d{3}", (one.__doc__ or ""))}
    assert told <= set(PAGES)


def test_many_warnings_never_crowd_out_an_error() -> None:
    talk = "".join(f"  s{n}:\n    say: 绝对好。\n    go: s{n + 1}\n" for n in range(50))
    talk += "  s50:\n    say: 我们公司不会错。\n    go: why\n"
    text = FLOW_TEXT.replace("discovery:\n", "discovery:\n" + talk).replace("-> why", "-> s0", 1)
    idle = "".join("  - never: layer solution\n" for _ in range(50)) + "  - never: end third_party\n"
    text = text.replace("tests:\n", "properties:\n" + idle + "tests:\n", 1)
    found = [finding.code for finding in read(text)]
    assert (found.count("F602"), found.count("F601")) == (30, 1)
    assert (found.count("F709"), found.count("F706")) == (30, 1)
