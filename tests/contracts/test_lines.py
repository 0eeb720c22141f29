"""What a carrier's line leaves out of the suite has a reason, and where something else shows it, that is named and is there."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.contracts.carrier_line import Ability, Behaviour
from tests.contracts.conftest import LINES, lines
from tests.contracts.needs import ALWAYS

pytestmark = pytest.mark.architecture

HERE = Path(__file__).parent
ALL = frozenset(get_args(Ability)) | frozenset(get_args(Behaviour))

NO_CUES = "its recordings hold what really sounded; only the simulated carrier makes them from cues"
FAKE_ARI, FAKE_TWILIO = "../integrations/asterisk", "../integrations/twilio"

LEFT_OUT: dict[str, dict[str, str]] = {
    "simulated": {},
    "asterisk": {
        **dict.fromkeys(("cues", "hangs_up_at_second_step", "hangs_up_20s_after_third_step"), NO_CUES),
        "remembers": "an Asterisk that died knows nothing of its calls; what was ordered stands in Stayline's own database",
        # a real Asterisk cannot be made to answer wrongly: its socket is played by a fake
        "silent": f"{FAKE_ARI}/test_protocol_faults.py::test_an_order_whose_answer_is_lost_is_unknown_and_not_made_again",
        "silent_but_rings": f"{FAKE_ARI}/test_protocol_faults.py::test_looking_up_finds_a_call_whose_order_was_never_answered",
        "cuts": f"{FAKE_ARI}/test_protocol_faults.py::test_an_order_cut_off_in_the_middle_is_unknown",
        "cuts_but_rings": f"{FAKE_ARI}/test_protocol_faults.py::test_looking_up_finds_a_call_whose_order_was_never_answered",
        "overloaded": f"{FAKE_ARI}/test_protocol_faults.py::test_only_proof_makes_an_order_not_placed",
        "throttled": f"{FAKE_ARI}/test_protocol_faults.py::test_only_proof_makes_an_order_not_placed",
        "replies_without_id": "the id of a channel is ours: there is none to be left out of a reply",
        "tells_nothing": f"{FAKE_ARI}/test_protocol_faults.py::test_a_call_that_ended_in_a_gap_is_told_to_have_ended",
        "tells_before_it_replies": f"{FAKE_ARI}/test_course.py::test_messages_in_any_order_and_twice_tell_the_same",
        "told_late": f"{FAKE_ARI}/test_course.py::test_messages_in_any_order_and_twice_tell_the_same",
        "told_out_of_order": f"{FAKE_ARI}/test_course.py::test_messages_in_any_order_and_twice_tell_the_same",
        "told_twice": f"{FAKE_ARI}/test_course.py::test_messages_in_any_order_and_twice_tell_the_same",
        "tells_again": f"{FAKE_ARI}/test_protocol_faults.py::test_an_event_that_could_not_be_stored_is_told_again",
    },
    "twilio": {
        **dict.fromkeys(("cues", "hangs_up_at_second_step", "hangs_up_20s_after_third_step"), NO_CUES),
        "dies": "Twilio's calls live on while it cannot be reached",
        "remembers": "Twilio does not die; what it was ordered stands in the adapter's own ledger",
        "presses_keys": "keys pressed in a conference are not told by Twilio",
        "trunk_down": "there is no line of ours to Twilio that could be down; not reaching Twilio at all is `kill`",
        "tells_again": f"{FAKE_TWILIO}/test_callbacks.py::test_a_callback_told_twice_is_one_event_and_its_first_telling_counts",
        "told_late": f"{FAKE_TWILIO}/test_callbacks.py::test_every_order_of_a_calls_callbacks_each_twice_adds_up_to_the_same_call",
        "told_out_of_order": f"{FAKE_TWILIO}/test_callbacks.py::test_every_order_of_a_calls_callbacks_each_twice_adds_up_to_the_same_call",
    },
}
"""Line → what it cannot be brought to → why, or the test that shows it another way."""


def test_the_lines_of_all_three_carriers_are_there() -> None:
    assert set(lines()) == set(LINES) == set(LEFT_OUT)


@pytest.mark.parametrize("name", list(LEFT_OUT))
def test_what_a_line_leaves_out_has_a_reason(name: str) -> None:
    assert ALL - ALWAYS - lines()[name].can <= set(LEFT_OUT[name])


@pytest.mark.parametrize("name", list(LEFT_OUT))
def test_a_reason_that_names_a_test_names_one_that_is_there(name: str) -> None:
    for shown in set(LEFT_OUT[name].values()):
        file, found, test = shown.partition("::")
        if found:
            assert re.search(rf"^def {test}\b", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE), shown
    assert set(LEFT_OUT[name]) <= ALL


@pytest.mark.parametrize("name", list(LINES))
def test_the_short_form_of_a_line_names_tests_that_are_there(name: str) -> None:
    """A test that was renamed would silently run in `make test-long` only."""
    written = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    for test in lines()[name].in_short_form or ():
        assert f"def {test}(" in written, test
