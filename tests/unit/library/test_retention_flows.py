"""The shipped flows: they check without a finding, their examples hold, and they do what the trade and the law ask."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from engine.flow.advance import Decide
from engine.flow.definition import Flow, Step
from engine.flow.embedded_tests import run_tests
from engine.flow.overlay import fingerprint, read_overlay, with_overlay
from engine.flow.phase_machine import Phase
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.offer import Rung
from engine.offers.reading import read_policy
from tests.unit.library.cast import CHINESE, FLOW_NAMES, english_path, flow_of, overlay_of, placeholders, reading_of, text_of

pytestmark = [pytest.mark.unit, pytest.mark.safety]

POLICY = read_policy(text_of(Path("scripts_library/offers/retention.yaml")), "retention.yaml")
SESSION = {"company": "星川通信", "department": "客户服务部", "agent_name": "小林", "agent_number": "8016", "service_number": "10080"}
SELLING = tuple(name for name in FLOW_NAMES if any(step.offer for step in flow_of(name).steps.values()))
CN_14 = ("price", "scenario", "validity", "restriction")
LAYERS = ("leave", "information", "problem", "solution")
MOST_PER_LAYER = 2


def decide_at(as_of: str | None) -> Decide:
    assert as_of is not None, "an example without a moment would change with the calendar"
    now = datetime.fromisoformat(as_of)

    def answer(request: OfferRequest) -> Decision:
        return decide(POLICY, request, now=now, decision_id="decision")

    return answer


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_checker_has_nothing_to_say(name: str):
    reading = reading_of(name)
    assert [str(finding) for finding in reading.findings] == []
    path = english_path(name)
    assert reading.flow is not None
    assert [str(finding) for finding in read_overlay(text_of(path), str(path), reading.flow).findings] == []


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_every_example_holds(name: str):
    results = run_tests(flow_of(name), decide_at, SESSION)
    assert len(results) >= 6
    assert [f"{one.name}: {one.problem_zh} {one.walked}" for one in results if not one.passed] == []


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_examples_reach_the_ends_that_matter(name: str):
    ends = {test.end for test in flow_of(name).tests}
    assert {"cancel_registered", "refused"} <= ends
    assert ("accepted_pending" if name in SELLING else "care_only") in ends


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_every_step_but_routing_ones_says_something_in_both_languages(name: str):
    for step in both_languages(name).steps.values():
        if step.automatic:
            continue
        assert step.say is not None, step.id
        assert CHINESE.search(step.say.texts["zh"]), step.id
        assert "en" in step.say.texts, step.id
        assert not CHINESE.search(step.say.texts["en"]), step.id
        for reaction in step.hear:
            assert not CHINESE.search(reaction.label["en"]), f"{step.id}.{reaction.key}"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_both_languages_use_the_same_facts(name: str):
    for step in both_languages(name).steps.values():
        if step.say:
            assert placeholders(step.say.texts["zh"]) == placeholders(step.say.texts["en"]), step.id


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_english_is_of_the_chinese_as_it_stands(name: str):
    path, flow = english_path(name), flow_of(name)
    text = text_of(path)
    for step in flow.steps.values():
        if step.own_texts:
            assert f"  {step.id}:\n    src: {fingerprint(step)}\n" in text, f"{step.id}: look at the English again, then set src"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_opening_has_its_parts_before_anything_else(name: str):
    flow = flow_of(name)
    greeting = flow.steps[flow.start]
    assert greeting.say is not None
    text = greeting.say.texts["zh"]
    parts = ["您好", "${company}", "${department}", "${agent_name}", "${agent_number}", "${service_number}", "录音", "${salutation}本人"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert [line.name for line in greeting.must_say] == ["disclosures.recording_notice"]
    assert next(step for step in flow.steps.values() if step.confirms == "identity").phase is Phase.opening


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_nothing_about_the_account_is_said_before_the_holder_is_confirmed(name: str):
    flow = flow_of(name)
    for step in reached_without_identity(flow):
        used = set(step.say.names()) if step.say else set[str]()
        known_to_a_stranger = {*SESSION, "salutation"}
        assert used <= known_to_a_stranger, f"{step.id} tells {used - known_to_a_stranger}"


@pytest.mark.parametrize("name", SELLING)
def test_every_offer_step_asks_for_the_four_disclosures_and_says_them(name: str):
    flow = flow_of(name)
    offering = [step for step in flow.steps.values() if step.offer]
    assert offering
    for step in offering:
        assert step.disclosures == CN_14, step.id
        assert step.say is not None
        assert {f"offer.{kind}" for kind in CN_14} | {"offer.publication_no", "offer.name"} <= set(step.say.names()), step.id


@pytest.mark.parametrize("name", SELLING)
def test_an_acceptance_is_recapped_and_its_confirmation_explained(name: str):
    flow = flow_of(name)
    for step in flow.steps.values():
        for how, target in step.targets():
            if flow.steps[target].end == "accepted_pending":
                assert (step.id, how) == ("recap", "correct")
    assert {line.name for line in flow.steps["recap"].must_say} == {"disclosures.confirm_by_message", "disclosures.keep_codes_secret"}


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_no_more_than_two_questions_of_a_layer_on_any_path(name: str):
    flow = flow_of(name)
    used = {step.layer for step in flow.steps.values() if step.layer}
    assert used == set(LAYERS)
    for path in paths(flow):
        for layer in LAYERS:
            asked = [step for step in path if flow.steps[step].layer == layer]
            assert len(asked) <= MOST_PER_LAYER, f"{layer}: {asked}"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_no_path_sells_more_than_three_times_or_mends_more_than_once(name: str):
    flow = flow_of(name)
    for path in paths(flow):
        offering = [flow.steps[step] for step in path if flow.steps[step].offer]
        mending = [step.id for step in offering if mends(step)]
        assert len(offering) - len(mending) <= 3, [step.id for step in offering]
        assert len(mending) <= 1, mending


def mends(step: Step) -> bool:
    """Whether an offer step puts something right rather than selling."""
    offers = [POLICY.offer(code) for code in step.offer.codes] if step.offer else []
    return bool(offers) and all(offer is not None and offer.rung is Rung.r0 for offer in offers)


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_after_a_wish_to_cancel_or_to_move_the_number_nothing_is_offered(name: str):
    flow = flow_of(name)
    for start in {flow.cancel, "cancel_terms", "ask_decision"} & set(flow.steps):
        for step in reachable(flow, start):
            assert step.offer is None, step.id
            assert step.phase is Phase.close, step.id
    assert flow.steps["port_guide"].end == "porting"
    assert any(target == "port_guide" for step in flow.steps.values() for _, target in step.targets())


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_cancel_key_leads_to_the_terms_and_one_yes_registers(name: str):
    flow = flow_of(name)
    assert flow.cancel == "cancel_terms"
    ways = dict(flow.steps["cancel_terms"].targets())
    assert flow.steps[ways["confirm"]].end == "cancel_registered"
    leading = {step.id for step in flow.steps.values() for _, target in step.targets() if target == ways["confirm"]}
    assert leading == {"cancel_terms"}
    assert flow.steps[ways["withdraw"]].end == "not_kept"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_a_busy_customer_a_stranger_and_one_who_refuses_find_their_way_from_the_greeting(name: str):
    flow = flow_of(name)
    ways = dict(flow.steps[flow.start].targets())
    assert flow.steps[ways["other"]].end == "third_party"
    assert flow.steps[ways["wrong"]].end == "wrong_party"
    assert flow.steps[ways["refuse"]].end == "refused"
    assert ways["refuse"] == flow.do_not_call
    assert flow.steps[dict(flow.steps[ways["busy"]].targets())["agreed"]].end == "callback"


@pytest.mark.parametrize("name", SELLING)
def test_the_ending_has_its_five_points(name: str):
    say = flow_of(name).steps["accepted_end"].say
    assert say is not None
    for point in ("谢谢", "说好的是", "接下来", "${service_number}", "祝您"):
        assert point in say.texts["zh"], point


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_answers_fit_the_digit_keys_and_sentences_fit_the_screen(name: str):
    for step in flow_of(name).steps.values():
        assert len(step.hear) <= 9, step.id
        if step.say:
            assert len(step.say.texts["zh"]) <= 260, step.id


def both_languages(name: str) -> Flow:
    return with_overlay(flow_of(name), overlay_of(name))


def reachable(flow: Flow, start: str) -> Iterator[Step]:
    seen, waiting = set[str](), [start]
    while waiting:
        step = flow.steps[waiting.pop()]
        if step.id not in seen:
            seen.add(step.id)
            yield step
            waiting += [target for _, target in step.targets()]


def reached_without_identity(flow: Flow) -> Iterator[Step]:
    """The steps a call can come to without the answer that confirms the holder."""
    seen, waiting = set[str](), [flow.start]
    while waiting:
        step = flow.steps[waiting.pop()]
        if step.id in seen:
            continue
        seen.add(step.id)
        yield step
        waiting += [target for how, target in step.targets() if not (step.confirms and how == "match")]


def paths(flow: Flow) -> Iterator[tuple[str, ...]]:
    """Every path from the start through opening, discovery and offers, each step once."""

    def walk(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        step = flow.steps[path[-1]]
        ways = {
            target for _, target in step.targets() if target not in path and flow.steps[target].phase not in (Phase.close, Phase.objections)
        }
        if not ways:
            yield path
        for target in sorted(ways):
            yield from walk((*path, target))

    yield from walk((flow.start,))
