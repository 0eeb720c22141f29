"""Policies are files; a broken one is refused with its place and what would be right."""

import hashlib
from datetime import date, timedelta

import pytest

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance_policy import read_policy
from engine.campaigns.policy_parts import RuleKind
from engine.errors import BadFile
from engine.phone_number import NumberSpace
from tests.unit.campaigns.cases import CN, DEMO, policy_text

pytestmark = pytest.mark.unit

TEXT = policy_text("cn_telecom")


def test_the_shipped_policies_carry_every_rule_with_its_source() -> None:
    for policy in (CN, DEMO):
        assert set(policy.provenance) == set(RuleKind)
        assert all(entry.source for entry in policy.provenance.values())
        assert len({entry.id for entry in policy.provenance.values()}) == len(RuleKind)
    assert [CN.provenance[kind].id for kind in (RuleKind.window, RuleKind.do_not_call, RuleKind.attempt_caps)] == [
        "CN-01",
        "CN-06",
        "CN-08",
    ]


def test_the_prc_pack_holds_the_strictest_caps_of_the_carriers() -> None:
    caps = [(cap.at_most, cap.within) for cap in CN.attempt_caps]
    assert caps == [(1, timedelta(minutes=1)), (3, timedelta(minutes=5)), (3, timedelta(days=1)), (10, timedelta(days=30))]
    assert CN.consents[CallPurpose.retention] == {CallPurpose.retention, CallPurpose.marketing}


def test_the_demonstration_may_dial_test_numbers_only_and_still_has_caps() -> None:
    assert DEMO.always_open
    assert DEMO.spaces == {NumberSpace.test}
    assert DEMO.attempt_caps


def test_the_version_is_the_fingerprint_of_the_file() -> None:
    assert CN.version == hashlib.sha256(TEXT.encode()).hexdigest()
    assert CN.label == f"cn_telecom@{CN.version}"
    assert read_policy(TEXT + "# touched\n", "x").version != CN.version


def test_dates_of_a_rule_are_read() -> None:
    dated = TEXT.replace("    guard: 60 s", "    effective_to: 2027-01-01\n    reviewed_on: 2026-11-01\n    guard: 60 s")
    provenance = read_policy(dated, "x").provenance[RuleKind.window]
    assert (provenance.effective_to, provenance.reviewed_on) == (date(2027, 1, 1), date(2026, 11, 1))
    assert provenance.in_force(date(2027, 1, 1))
    assert not provenance.in_force(date(2027, 1, 2))


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("calling_policy/1", "calling_policy/2", "calling_policy/1"),
        ('"09:00-12:00", "14:00-20:00"', '"09:00-12:00", "20:00-14:00"', "hours"),
        ('"09:00-12:00", "14:00-20:00"', '"9:00-12:00"', "hours"),
        ('"09:00-12:00", "14:00-20:00"', '"09:00-24:30"', "hours"),
        ("[tue, wed, thu]", "[tue, wed, thur]", "thur"),
        ("guard: 60 s", "guard: 60", "60 s"),
        ("guard: 60 s", "guard: 2 h", "one hour"),
        ("within: 30 d}", "within: 31 d}", "at most 30 days"),
        ("within: 92 d,", "within: 93 d,", "at most 92 days"),
        ("at_most: 10,", "at_most: ten,", "ten"),
        ("states: [eligibility_query,", "states: [eligibility,", "known"),
        ("given_for: [survey]", "given_for: []", "at least one"),
        ("unknown_counts: true", "unknown_counts: maybe", "maybe"),
        ("    effective_from: 2020-01-01\n    guard", "    effective_from: 2020-13-01\n    guard", "2020-13-01"),
        ("spaces: [public, test]", "spaces: []", "spaces"),
        ("  open_attempt:\n", "  open_attempts:\n", "did you mean open_attempt?"),
        ("    guard: 60 s", "    guard: 60 s\n    always_open: true", "either windows or always_open"),
    ],
)
def test_a_broken_policy_is_refused_with_its_place(written: str, broken: str, told: str) -> None:
    assert written in TEXT
    text = TEXT.replace(written, broken, 1)
    with pytest.raises(BadFile) as refused:
        read_policy(text, "policies/mine.yaml")
    assert told in str(refused.value)
    assert refused.value.path == "policies/mine.yaml"
    assert abs(refused.value.line - line_of(text, broken.strip().split("\n")[-1])) <= 8


def test_an_always_open_policy_that_dials_public_numbers_is_refused() -> None:
    with pytest.raises(BadFile, match="test numbers only"):
        read_policy(policy_text("demo_always_open").replace("spaces: [test]", "spaces: [public, test]"), "demo.yaml")


def test_a_policy_without_one_of_the_rules_is_refused() -> None:
    start, end = TEXT.index("  complaint:"), TEXT.index("  vulnerable:")
    with pytest.raises(BadFile, match="complaint"):
        read_policy(TEXT[:start] + TEXT[end:], "x")
