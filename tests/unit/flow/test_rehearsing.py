"""A rehearsed call: walked by the desk's rules, told in both voices, timed; facts typed, taken without the person, kept as a test."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadInput, Refused
from engine.flow import snapshot
from engine.flow.definition import Fact
from engine.flow.embedded_tests import run_tests
from engine.flow.fact_values import FactType
from engine.flow.library import Library
from engine.flow.rehearsal_facts import SAMPLE_TEXTS, fields_of, presets_of, typed_facts, without_the_person
from engine.flow.rehearsal_test import with_rehearsal
from engine.flow.rehearsing import Asked, Press, Scene, Shelf, decider_at, moment_of, rehearse, setup_of, stored_path
from engine.flow.snapshot import publish
from engine.services.reading_flows import read_flows
from integrations.content_files import read_content

pytestmark = pytest.mark.unit
AS_OF = "2026-11-25T10:00:00+08:00"
FILES = read_content(Path())
PATH = "flows/retention/broadband_cancellation.yaml"
SESSION = {"company": "星川通信", "department": "客户关怀部", "agent_name": "陈刚", "agent_number": "8000", "service_number": "10050"}
ANSWERS = ("self", "match", "agree", "seldom", "price", "waste", "willing")


def _shelf() -> Shelf:
    library = Library.load({path: text for path, text in FILES.items() if path.startswith("scripts_library/")})
    beside = {path: text for path, text in FILES.items() if path.startswith(PATH.removesuffix(".yaml"))}
    (found,) = read_flows(beside, library)
    assert found.snapshot is not None
    return Shelf(found.snapshot.text, FILES["scripts_library/offers/retention.yaml"], FILES["scripts_library/personas.yaml"])


SHELF = _shelf()
FLOW = snapshot.load(SHELF.flow)
FACTS = presets_of(FLOW)[0].facts


def asked(*presses: Press, **changed: Any) -> Asked:
    return replace(Asked("price_sensitive", 1, "zh", AS_OF, FACTS, SESSION, presses), **changed)


def after(*answers: str, **changed: Any) -> Scene:
    """A run that gave these answers, everything said before each."""
    presses: list[Press] = []
    scene = rehearse(SHELF, asked(**changed))
    for answer in answers:
        presses += [("say", one.key) for one in (*scene.view.must_say, *scene.view.disclosures) if not one.said]
        presses.append(("answer", answer))
        scene = rehearse(SHELF, asked(*presses, **changed))
        assert scene.refused is None, scene.refused
    return scene


def test_the_setup_tells_fields_presets_and_personas() -> None:
    setup = setup_of(SHELF.flow, SHELF.personas)
    assert {one.name for one in setup.fields} == {one.name for one in FLOW.facts.values() if one.source == "customer"}
    assert len(setup.presets) > 1
    assert len(setup.personas) >= 7
    assert setup.languages[0] == "zh"


def test_what_the_desk_refuses_the_rehearsal_refuses_and_tells_why() -> None:
    at_the_offer = after(*ANSWERS)
    assert at_the_offer.view.step == "best_offer"
    refused = rehearse(SHELF, asked(*at_the_offer.presses, ("answer", "accept")))
    assert refused.refused is not None
    assert refused.refused[0] == "flow.say_first"
    assert "price" in refused.refused[1]["missing"]
    assert refused.view == at_the_offer.view
    assert refused.presses == at_the_offer.presses
    accepted = after(*ANSWERS, "accept", "correct")
    assert (accepted.run.ended, len(accepted.run.shown)) == ("accepted_pending", 1)
    assert [word.partition(".")[2] for word in accepted.words] == [*ANSWERS, "accept", "correct"]


def test_offers_are_decided_by_the_live_policy_as_of_the_chosen_moment() -> None:
    later = after(*ANSWERS, as_of="2099-01-01T10:00:00+08:00")
    assert later.view.step != "best_offer"
    assert later.run.shown == ()


def test_the_lawful_keys_and_back_are_words_of_the_walk() -> None:
    scene = rehearse(SHELF, asked(("say", "disclosures.recording_notice"), ("answer", "self"), ("back", None), ("cancel", None)))
    assert scene.words == ("greet.self", "back", "cancel")
    assert scene.run.cancel_requested
    scene = rehearse(SHELF, asked(("do_not_call", None)))
    assert (scene.view.ended, scene.reply.answer) == ("refused", None)


def test_the_drawer_works_as_on_the_desk() -> None:
    opened = rehearse(SHELF, asked(("open_drawer", None)))
    assert opened.view.drawer_open
    assert opened.drawer
    used = rehearse(SHELF, asked(("open_drawer", None), ("use_line", "price"), ("close_drawer", None)))
    assert used.run.drawer_used == ("price",)
    assert used.spoken.by_phase["opening"] > 0
    assert used.words == ()


def test_both_voices_are_told_in_order_and_timed_by_phase() -> None:
    scene = after(*ANSWERS)
    assert [one.who for one in scene.spoken.talks] == ["agent", "customer"] * len(ANSWERS)
    assert set(scene.spoken.by_phase) == {"opening", "discovery"}
    assert sum(scene.spoken.by_phase.values()) == sum(one.spoken_ms for one in scene.spoken.steps)
    assert scene.spoken.now_ms > 0
    assert scene.spoken.lines[0][2]
    in_english = after(*ANSWERS, language="en")
    assert in_english.spoken.talks[0].text.isascii() is False or "record" in in_english.spoken.talks[0].text
    assert in_english.title != scene.title


def test_the_answer_the_persona_meant_is_heard_in_its_own_words_and_another_by_its_label() -> None:
    scene = rehearse(SHELF, asked())
    assert scene.reply.answer is not None
    meant = after(scene.reply.answer)
    assert meant.spoken.talks[-1].text == scene.reply.zh
    other = next(one for one in scene.view.answers if one.key != scene.reply.answer)
    assert after(other.key).spoken.talks[-1].text == other.label


def test_a_run_goes_on_on_a_changed_flow_as_far_as_it_goes() -> None:
    presses = after(*ANSWERS).presses
    gone = Shelf(_without("why", "price"), SHELF.policy, SHELF.personas)
    with pytest.raises((BadInput, Refused)):
        rehearse(gone, asked(*presses))
    scene = rehearse(gone, asked(*presses), leniently=True)
    assert scene.view.step == "why"
    assert scene.lost == 3
    assert scene.lost_at == "why"


def _without(step: str, option: str) -> str:
    """The flow without one of the options asked for at a step."""
    fact = FLOW.facts[FLOW.steps[step].ask or ""]
    options = {key: label for key, label in fact.options.items() if key != option}
    changed = replace(FLOW, facts={**FLOW.facts, fact.name: replace(fact, options=options)})
    return publish(changed).text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"persona": "nobody"}, "rehearsal.persona"),
        ({"as_of": "yesterday"}, "rehearsal.moment"),
        ({"as_of": "2026-11-25T10:00:00"}, "rehearsal.moment"),
        ({"facts": {"monthly_fee": "much"}}, "fact.wrong_type"),
        ({"facts": {"tier": "king"}}, "fact.unknown_option"),
        ({"presses": (("dance", None), ("back", None))}, "rehearsal.press"),
        ({"presses": (("open_drawer", None),) * 401}, "rehearsal.too_long"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        rehearse(SHELF, asked(**changed))
    assert refused.value.reason == code


def test_a_run_becomes_a_test_that_is_green() -> None:
    scene = after(*ANSWERS, "accept", "correct")
    text = with_rehearsal(SHELF, FILES[PATH], PATH, asked(*scene.presses), "精打细算的客户同意了")
    assert text.count("精打细算的客户同意了") == 1
    library = Library.load({path: one for path, one in FILES.items() if path.startswith("scripts_library/")})
    (found,) = read_flows({PATH: text}, library)
    assert found.snapshot is not None, found.findings
    flow = snapshot.load(found.snapshot.text)
    test = flow.tests[-1]
    assert (test.name, test.end, test.offered) == ("精打细算的客户同意了", "accepted_pending", scene.run.shown)
    decide_at = lambda at: decider_at(SHELF.policy, moment_of(at or AS_OF))  # noqa: E731
    assert all(one.passed for one in run_tests(flow, decide_at, SESSION))
    with_it = Shelf(found.snapshot.text, SHELF.policy, SHELF.personas)
    twice = with_rehearsal(with_it, text, PATH, asked(*scene.presses), "精打细算的客户同意了")
    assert "精打细算的客户同意了 2" in twice


def test_only_an_ended_run_that_a_test_can_walk_becomes_one() -> None:
    with pytest.raises(Refused, match=r"rehearsal\.not_ended"):
        with_rehearsal(SHELF, FILES[PATH], PATH, asked(*after(*ANSWERS).presses), "没走完")
    at_the_offer = after(*ANSWERS)
    other = next(one.code for one in at_the_offer.view.offers if not one.presented)
    picked = (*at_the_offer.presses, ("present", other), ("answer", "reject"))
    scene = rehearse(SHELF, asked(*picked, ("do_not_call", None)))
    with pytest.raises(Refused, match=r"rehearsal\.no_test"):
        with_rehearsal(SHELF, FILES[PATH], PATH, asked(*scene.presses), "换了一个方案")


REAL = {
    "salutation": "欧阳先生", "name": "欧阳修", "name_masked": "欧**", "city": "乐山", "number_tail": "4321", "plan_name": "融合199",
    "monthly_fee": "198.67", "spend_3m": "211.43", "tenure_months": 47, "contract_end": "2026-12-17", "contract_months_left": 0,
    "data_used_gb": 13.7, "data_plan_gb": 60, "tier": "gold", "star": 5, "port_state": "none", "vulnerable": False,
    "complaint_open": True, "churn_score": 71, "last_offer_rung_date": "2026-02-11", "birthday": "1979-03-05",
}  # fmt: skip


def test_of_a_real_customer_only_declared_facts_are_taken_and_nobody_is_in_them() -> None:
    taken = without_the_person(FLOW, REAL)
    assert set(taken) <= {one.name for one in fields_of(FLOW)}
    assert taken["salutation"] == SAMPLE_TEXTS["salutation"]
    assert taken["plan_name"] == "融合199"
    assert taken["monthly_fee"] == "199.00"
    assert taken["contract_end"] == "2026-12-31"
    assert taken["data_used_gb"] == 14.0
    told = repr(taken)
    for personal in ("欧阳", "乐山", "4321", "198.67", "211.43", "12-17", "02-11", "1979"):
        assert personal not in told
    assert typed_facts(FLOW, taken) == taken


def test_a_name_that_was_typed_in_does_not_stand_in_the_test() -> None:
    scene = rehearse(SHELF, asked(("do_not_call", None), facts={**FACTS, "salutation": "欧阳先生"}))
    text = with_rehearsal(SHELF, FILES[PATH], PATH, asked(*scene.presses, facts={**FACTS, "salutation": "欧阳先生"}), "不再来电")
    assert "不再来电" in text
    assert "欧阳" not in text


def test_free_text_is_kept_nowhere() -> None:
    step = FLOW.steps["verify"]
    note = Fact("note", FactType.text, None, {"zh": "备注"})
    changed = replace(FLOW, facts={**FLOW.facts, "note": note}, steps={**FLOW.steps, "verify": replace(step, ask="note")})
    shelf = Shelf(publish(changed).text, SHELF.policy, SHELF.personas)
    scene = rehearse(shelf, asked(("answer", "self"), ("choose", "欧阳修住在乐山")))
    assert scene.refused is None
    assert scene.words == ("greet.self", "verify.样例")
    assert stored_path(shelf.flow, scene.words) == ["greet.self", "verify.answered"]
