"""The test exchange's own instruments: what they measure is what was there."""

import numpy as np
import pytest

from engine.calls.sounds import Sound
from tools.pbx import ENDINGS, number_that
from tools.pbx.customers import live_number
from tools.pbx.sip_message import read, reply, write
from tools.pbx.sounds import AMPLITUDE, HOUSE_HZ, from_ulaw, silence, strength, to_ulaw, tone

pytestmark = pytest.mark.unit


def test_sound_survives_the_code_it_travels_in() -> None:
    every = np.arange(-32635, 32636, 7).astype(np.int16)
    back = from_ulaw(to_ulaw(every)).astype(int)
    assert np.abs(back - every).max() <= 512  # half a step of the loudest segment (1024)
    quiet = np.abs(every) < 1000
    assert np.abs(back - every)[quiet].max() <= 32
    assert to_ulaw(silence(0.001)) == b"\xff" * 8  # G.711's own silence


def test_a_tone_is_found_where_it_is_and_nowhere_else() -> None:
    heard = tone(440, 0.4)
    assert strength(heard, 440) == pytest.approx(AMPLITUDE, rel=0.05)
    assert strength(heard, 1000) < AMPLITUDE / 100
    assert strength(silence(0.4), 440) == 0
    assert strength(tone(440, 0.01), 440) == 0.0, "too short to tell"


def test_every_behaviour_has_a_number_of_its_own() -> None:
    numbers = {number_that(behaviour, 7) for behaviour in ENDINGS} | {live_number(line, 7) for line in range(10)}
    assert len(numbers) == len(ENDINGS) + 10
    assert all(len(number) == 15 and number.startswith("+99900000007") for number in numbers)


def test_every_sound_of_the_house_is_there() -> None:
    assert set(HOUSE_HZ) == {sound.value for sound in Sound}


def test_a_reply_goes_the_way_the_request_came() -> None:
    vias = [("Via", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa"), ("Via", "SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKb")]
    known = [
        ("From", "<sip:a@x>;tag=1"),
        ("To", "<sip:b@x>"),
        ("Call-ID", "call"),
        ("CSeq", "7 INVITE"),
        ("Contact", "<sip:a@127.0.0.1:99>"),
    ]
    request = read(write("INVITE sip:b@x SIP/2.0", [*vias, *known], "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"))
    assert request is not None
    assert (request.method, request.status, request.target) == ("INVITE", 0, "sip:a@127.0.0.1:99")
    assert request.sound_goes_to == ("127.0.0.1", 4000)
    answer = read(reply(request, "486 Busy Here", "ours"))
    assert answer is not None
    assert (answer.method, answer.status, answer.sequence) == ("INVITE", 486, 7)
    assert answer.all("via") == request.all("via")
    assert answer.get("to") == "<sip:b@x>;tag=ours"
    assert read(b"\r\n\r\n") is None
