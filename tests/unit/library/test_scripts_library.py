"""The shipped library hangs together: both languages everywhere, every reference leads somewhere, nothing forbidden is in it."""

from pathlib import Path
from typing import Any

import pytest

from engine.flow.library import Library
from tests.unit.library.cast import CHINESE, FLOW_NAMES, LIBRARY, all_texts, data_of, flow_of, library, placeholders

pytestmark = pytest.mark.unit

OFFERS = data_of("offers/retention.yaml")["offers"]
DISPOSITIONS = data_of("dispositions.yaml")["dispositions"]
OBJECTIONS = data_of("objections.yaml")
REASONS = data_of("churn_reasons.yaml")["families"]
MESSAGES = data_of("messages.yaml")["messages"]
LINE_FILES = sorted(path.name for path in (LIBRARY / "lines").glob("*.yaml"))
RUNGS = {f"r{number}" for number in range(9)}


def shipped() -> Library:
    return library()


def test_the_library_loads_without_a_finding():
    assert [str(finding) for finding in shipped().findings] == []


@pytest.mark.parametrize("name", LINE_FILES)
def test_every_line_has_both_languages_with_the_same_placeholders(name: str):
    for code, line in data_of(f"lines/{name}")["lines"].items():
        assert placeholders(line["zh"]) == placeholders(line["en"]), code
        assert CHINESE.search(line["zh"]), code
        assert not CHINESE.search(line["en"]), code


def test_objections_follow_laer_in_both_languages():
    objections = OBJECTIONS["objections"]
    assert len(objections) >= 40
    for code, one in objections.items():
        assert one["label"], code
        assert one["signals"], code
        assert "default" in one["responses"], code
        assert set(one["rungs"]) <= RUNGS, code
        for part in (one["acknowledge"], one["explore"], one["next_step"], *one["responses"].values()):
            assert set(part) == {"zh", "en"}, code
            assert not CHINESE.search(part["en"]), code


def test_likely_objections_name_objections_and_known_reasons():
    reasons = {reason.get("leave_reason") for family in REASONS.values() for reason in family["reasons"].values()} - {None}
    likely = OBJECTIONS["likely"]
    assert set(likely) == reasons | {"default"}
    for reason, codes in likely.items():
        assert len(codes) == 3, reason
        assert set(codes) <= set(OBJECTIONS["objections"]), reason


def test_every_leave_reason_of_the_flows_is_in_the_taxonomy():
    known = {reason.get("leave_reason") for family in REASONS.values() for reason in family["reasons"].values()}
    for name in FLOW_NAMES:
        asked = flow_of(name).facts.get("leave_reason")
        assert asked is None or set(asked.options) <= known, name
    for code, offer in OFFERS.items():
        assert set(offer.get("reasons", [])) <= known, code


def test_dispositions_have_an_order_and_say_what_follows():
    ranks = [int(one["rank"]) for one in DISPOSITIONS.values()]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    assert ranks == sorted(ranks)
    for code, one in DISPOSITIONS.items():
        assert one["effect"] in {"none", "callback", "do_not_call", "cancellation", "order"}, code
        assert set(one["needs"]) <= {"callback_at", "order", "reason", "reference"}, code
        assert {one["final"], one["connected"], one["opportunity"]} <= {"true", "false"}, code
        assert CHINESE.search(one["label"]), code
        assert not CHINESE.search(one["en"]), code


def test_a_refusal_wins_over_everything_and_needs_nothing():
    assert next(iter(DISPOSITIONS)) == "refused"
    assert DISPOSITIONS["refused"]["needs"] == []
    assert DISPOSITIONS["refused"]["effect"] == "do_not_call"
    assert DISPOSITIONS["cancel_registered"]["effect"] == "cancellation"
    assert DISPOSITIONS["accepted_pending"]["final"] == "false"


def test_messages_say_the_same_in_both_languages():
    for code, one in MESSAGES.items():
        assert placeholders(one["zh"]) == placeholders(one["en"]), code
        assert not CHINESE.search(one["en"]), code
        assert one["when"] in {
            *("after_call", "cancellation_registered", "callback_booked", "order_opened", "order_provisioned"),
            *("order_expired", "do_not_call_added", "porting"),
        }, code


def test_the_confirmation_message_carries_all_that_was_disclosed():
    used = placeholders(MESSAGES["order_confirmation"]["zh"])
    assert {"publication_no", "price", "scenario", "validity", "restriction", "confirm_by"} <= used


def test_offers_cover_the_ladder_and_the_trades_kinds():
    assert len(OFFERS) >= 14
    assert {offer["rung"] for offer in OFFERS.values()} == RUNGS
    kinds = {offer["kind"] for offer in OFFERS.values()}
    assert {"prepay_credit", "prepay_gift", "family_plan", "device_one_yuan", "device_sixty", "points", "data_pack", "voice_pack"} <= kinds
    numbers = [offer["publication_no"] for offer in OFFERS.values()]
    assert len(set(numbers)) == len(numbers)
    for code, offer in OFFERS.items():
        assert not any(CHINESE.search(text) for _, text in all_texts(offer["en"])), code


def test_the_one_yuan_phone_is_for_diamond_and_gold_only():
    conditions: list[dict[str, Any]] = OFFERS["one_yuan_phone"]["conditions"]
    assert 'tier in ["diamond", "gold"]' in [one["when"] for one in conditions]


SPOKEN = (
    "churn_reasons.yaml",
    "dispositions.yaml",
    "messages.yaml",
    "objections.yaml",
    "lines/*.yaml",
    "offers/*.yaml",
    "scorecards/*.yaml",
)
FILES = sorted(path for pattern in SPOKEN for path in LIBRARY.glob(pattern))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_forbidden_stands_in_the_library(path: Path):
    loaded = shipped()
    told: list[str] = []
    for loc, text in all_texts(data_of(str(path.relative_to(LIBRARY)))):
        if "forbidden" in loc or "guidance" in loc:  # there, what may not be said is named on purpose
            continue
        told += [f"{'.'.join(loc)}: {phrase.code} {words}" for phrase in loaded.forbidden if (words := phrase.found_in(text))]
    assert told == []


CLOSING_OF = {
    "refused": "do_not_call",
    "deceased": "bereaved",
    "porting": "port_out",
    "cancel_registered": "cancelled",
    "fraud_suspect": "fraud_warning",
    "vulnerable_route": "special_care",
    "accepted_pending": "agreed",
    "callback": "callback",
    "not_kept": "thanks",
    "care_only": "nothing_needed",
    "third_party": "third_party",
    "wrong_party": "wrong_number",
    "language": "other_language",
}
"""What is said last, by what came of the call."""
RULES = {
    "CN-11": ["recording_notice", "recording_stopped"],
    "CN-13": ["published"],
    "CN-14": ["own_agreement", "fees_as_signed"],
    "CN-15": ["confirm_by_message"],
    "CN-16": ["keep_codes_secret"],
    "CN-17": ["port_right"],
    "CN-23": ["no_suggestions"],
    "CN-28": ["downgrade_right"],
    "CX-01": ["free_to_cancel"],
    "CX-05": ["fees_as_signed"],
    "CX-06": ["reference_today", "withdraw_cancellation"],
    "VUL-02": ["no_decision_today"],
}
"""The lines of disclosures.yaml that a rule asks for."""


def test_every_outcome_of_a_conversation_has_its_last_words():
    lines = data_of("lines/closings.yaml")["lines"]
    spoken = {
        code
        for code, one in DISPOSITIONS.items()
        if one["connected"] == "true" and not code.startswith("saved_") and code not in ("dropped", "machine")
    }
    assert spoken - set(CLOSING_OF) == set()
    assert {line for code, line in CLOSING_OF.items() if code in spoken} <= set(lines)


def test_every_rule_that_asks_for_words_has_them():
    lines = data_of("lines/disclosures.yaml")["lines"]
    assert {rule: [name for name in names if name not in lines] for rule, names in RULES.items()} == {rule: [] for rule in RULES}


def test_the_sad_endings_sell_nothing_and_ask_nothing():
    lines = data_of("lines/closings.yaml")["lines"]
    for name in ("bereaved", "fraud_warning", "special_care", "complaint_taken"):
        assert "offer" not in str(placeholders(lines[name]["zh"])), name
        assert "？" not in lines[name]["zh"], name
