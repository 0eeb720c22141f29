"""A step can be told by program: its code is found where it was put, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from integrations.simulated.tone_codes import CODE_MS, SYMBOLS, code_tones, read_codes, step_code
from integrations.simulated.voices import AGENT, Hum, beep, best_speaker

pytestmark = [pytest.mark.property, pytest.mark.telephony]

codes = st.text(st.sampled_from(SYMBOLS), min_size=4, max_size=4)
placed = st.lists(st.tuples(st.integers(0, 1500), codes), min_size=1, max_size=6)


@given(gaps=placed, seed=st.integers(0, 1000), loudness=st.sampled_from([0.3, 1.0, 2.0]))
@settings(max_examples=60, deadline=None)
def test_every_code_is_read_at_its_moment_whatever_lies_between(gaps: list[tuple[int, str]], seed: int, loudness: float) -> None:
    sound = (
        np.random.default_rng(seed).integers(-9, 10, size=(sum(gap for gap, _ in gaps) + len(gaps) * CODE_MS + 200) * 8).astype(np.int16)
    )
    expected, at = [], 0
    for gap, code in gaps:
        at += gap
        sound[at * 8 : (at + CODE_MS) * 8] += (code_tones(code) * loudness).astype(np.int16)
        expected.append((at, code))
        at += CODE_MS
    found = read_codes(sound)
    assert [code for _, code in found] == [code for _, code in expected]
    assert all(abs(heard - put) <= 15 for (heard, _), (put, _) in zip(found, expected, strict=True))


def test_no_code_is_heard_in_speech_hums_beeps_noise_or_silence() -> None:
    text = "您好，我是您的客户经理，请问您为什么想取消宽带呢？我们可以为您每月优惠二十元。" * 8
    noise = np.random.default_rng(3).normal(0, 4000, 8000 * 30).astype(np.int16)
    for sound in (best_speaker().say(text, "zh-CN", AGENT), Hum().say(text, "zh-CN", AGENT), beep(3.0), noise, np.zeros(80_000, np.int16)):
        assert read_codes(sound) == []


@given(codes)
@settings(max_examples=30, deadline=None)
def test_a_code_cut_off_before_its_end_is_not_read_as_another(code: str) -> None:
    cut = np.concatenate([np.zeros(800, np.int16), code_tones(code)[: 3 * 800], np.zeros(4000, np.int16)])
    assert read_codes(cut) == []


def test_codes_of_a_sound_at_another_rate_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="8000"):
        read_codes(np.zeros(100, np.int16), rate=16_000)


def test_a_step_has_the_same_code_for_ever() -> None:
    assert [step_code(step) for step in ("greeting", "cancel", "不再致电")] == ["27D6", "3AB4", "6#94"]
