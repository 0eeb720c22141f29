"""A recording is exactly as long as its call, and each side is heard on its own channel."""

import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from integrations.recordings_on_disk.wav import read_head
from integrations.simulated.house_sounds import keys
from integrations.simulated.recorder import Said, write_recording
from integrations.simulated.sound_track import Sounding, SoundTrack
from integrations.simulated.tone_codes import CODE_MS, read_codes, step_code

pytestmark = [pytest.mark.property, pytest.mark.telephony]

STEPS = ("greeting", "identity", "reason", "offer", "objection", "close")


def speech(path: Path, seconds: float, level: int) -> Path:
    """Something as loud as speech that is no code: noise."""
    np.random.default_rng(level).integers(-level, level, round(seconds * 8000)).astype("<i2").tofile(path)
    return path


def recorded(path: Path) -> np.ndarray:
    with wave.open(str(path)) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, 8000)
        return np.frombuffer(read.readframes(read.getnframes()), "<i2").reshape(-1, 2)


def make(folder: Path, duration_ms: int, said: Sequence[Said], opening: Path | None = None) -> np.ndarray:
    write_recording(folder / "call.wav", duration_ms, said, opening, seed=1)
    with (folder / "call.wav").open("rb") as file:
        assert read_head(file).duration_ms == duration_ms
    return recorded(folder / "call.wav")


def along(folder: Path, duration_ms: int, said: Sequence[Said], *changes: tuple[int, Sounding]) -> np.ndarray:
    """A recording of a call in which it sounds so from these moments on."""
    write_recording(folder / "call.wav", duration_ms, said, None, seed=1, track=SoundTrack(list(changes)))
    return recorded(folder / "call.wav")


def loud(samples: np.ndarray) -> bool:
    return bool(np.abs(samples.astype(np.int32)).max() > 1000)


@given(
    gaps=st.lists(st.integers(CODE_MS, 6000), min_size=1, max_size=6),
    tail=st.integers(CODE_MS, 4000),
    agent_seconds=st.floats(0, 9),
    customer_seconds=st.floats(0, 9),
    first_at=st.integers(0, 3000),
)
@settings(max_examples=40, deadline=None)
def test_every_step_is_found_at_its_moment_on_the_right_and_nowhere_on_the_left(
    gaps: list[int], tail: int, agent_seconds: float, customer_seconds: float, first_at: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        agent, customer = speech(folder / "a.pcm", agent_seconds, 9000), speech(folder / "c.pcm", customer_seconds, 8000)
        offsets = [first_at + sum(gaps[:place]) for place in range(len(gaps))]
        said = [Said(at, STEPS[place], agent, customer if place else None) for place, at in enumerate(offsets)]
        duration = offsets[-1] + tail
        both = make(folder, duration, said)
    assert len(both) == duration * 8
    found = read_codes(both[:, 1])
    assert [code for _, code in found] == [step_code(one.step) for one in said]
    assert all(abs(heard - at) <= 30 for (heard, _), at in zip(found, offsets, strict=True))
    assert read_codes(both[:, 0]) == []


def test_the_agents_line_follows_the_code_and_stops_where_the_next_step_starts(tmp_path: Path) -> None:
    agent = speech(tmp_path / "a.pcm", 30, 9000)
    both = make(tmp_path, 10_000, [Said(1000, "greeting", agent), Said(5000, "reason", None)])
    right = both[:, 1]
    assert not loud(right[: 1000 * 8])
    assert not loud(right[1405 * 8 : 1445 * 8]), "a pause between code and line"
    assert loud(right[1460 * 8 : 1500 * 8])
    assert loud(right[4900 * 8 : 4960 * 8])
    assert not loud(right[4960 * 8 : 5000 * 8]), "a pause before the next code"
    assert not loud(right[5410 * 8 :])
    assert not loud(both[:, 0])


def test_the_customers_words_end_shortly_before_the_step_they_led_to(tmp_path: Path) -> None:
    customer, opening = speech(tmp_path / "c.pcm", 2, 8000), speech(tmp_path / "o.pcm", 0.5, 8000)
    left = make(tmp_path, 9000, [Said(0, "greeting"), Said(6000, "reason", None, customer)], opening)[:, 0]
    heard = [loud(left[at * 8 : (at + 100) * 8]) for at in range(0, 9000, 100)]
    assert [at * 100 for at, now in enumerate(heard) if now] == [*range(300, 800, 100), *range(3800, 5800, 100)]


def test_a_line_is_never_digital_silence_and_never_louder_than_the_format_allows(tmp_path: Path) -> None:
    both = make(tmp_path, 3000, [])
    assert 1 < np.abs(both).max() < 20
    assert np.count_nonzero(both) > both.size * 0.8


def test_what_is_said_after_the_end_is_not_recorded(tmp_path: Path) -> None:
    agent = speech(tmp_path / "a.pcm", 3, 9000)
    both = make(tmp_path, 2000, [Said(1700, "greeting", agent, agent), Said(2500, "reason", agent, agent)])
    assert len(both) == 16_000
    assert read_codes(both[:, 1]) == []


def test_a_call_that_ended_as_it_was_answered_has_an_empty_recording(tmp_path: Path) -> None:
    assert len(make(tmp_path, 0, [])) == 0


# ---------------------------------------------------------------- what the room did


def test_an_agent_who_does_not_reach_the_customer_is_not_recorded_and_the_customer_is(tmp_path: Path) -> None:
    agent, customer = speech(tmp_path / "a.pcm", 9, 9000), speech(tmp_path / "c.pcm", 9, 8000)
    said = [Said(0, "greeting", agent), Said(9000, "reason", agent, customer)]
    both = along(tmp_path, 12_000, said, (-500, Sounding(agent=False)), (4000, Sounding(agent=True)), (6000, Sounding(agent=False)))
    heard = [loud(both[at * 8 : (at + 100) * 8, 1]) for at in range(0, 12_000, 100)]
    assert [at * 100 for at, now in enumerate(heard) if now] == list(range(4000, 6000, 100))
    assert read_codes(both[:, 1]) == []
    assert all(loud(both[at * 8 : (at + 100) * 8, 0]) for at in range(1000, 8600, 100))


def test_during_a_hold_the_music_is_on_the_right_alone_and_is_no_code(tmp_path: Path) -> None:
    both = along(tmp_path, 30_000, [], (5000, Sounding(agent=False, music=True)), (25_000, Sounding()))
    assert not loud(both[: 5000 * 8])
    assert all(loud(both[at * 8 : (at + 100) * 8, 1]) for at in range(5000, 25_000, 100))
    assert not loud(both[25_000 * 8 :])
    assert not loud(both[:, 0])
    assert read_codes(both[:, 1]) == []


def test_what_is_not_recorded_is_silence_on_both_sides_and_the_rest_keeps_its_place(tmp_path: Path) -> None:
    said = [Said(1000, "greeting"), Said(6000, "identity"), Said(12_000, "reason")]
    both = along(tmp_path, 15_000, said, (5000, Sounding(recorded=False, left_hz=440)), (10_000, Sounding(left_hz=440)))
    assert not both[5000 * 8 : 10_000 * 8].any()
    assert [(round(at, -2), code) for at, code in read_codes(both[:, 1])] == [(1000, step_code("greeting")), (12_000, step_code("reason"))]
    assert loud(both[10_000 * 8 :, 0])
    assert len(both) == 15_000 * 8


def test_a_tone_goes_on_without_a_break_from_one_block_to_the_next(tmp_path: Path) -> None:
    left = along(tmp_path, 21_000, [], (0, Sounding(left_hz=440)))[:, 0].astype(np.float64)
    steps = np.abs(np.diff(left))
    assert steps.max() < 2 * np.pi * 440 / 8000 * 3000 + 40, "a break would be a jump"


def test_keys_are_heard_one_by_one_and_are_no_code(tmp_path: Path) -> None:
    write_recording(tmp_path / "call.wav", 4000, [], None, 1, SoundTrack(), [(1000, keys("1234567"))])
    right = recorded(tmp_path / "call.wav")[:, 1]
    heard = [loud(right[at * 8 : (at + 50) * 8]) for at in range(0, 4000, 50)]
    assert [at * 50 for at, now in enumerate(heard) if now] == [1000 + 200 * key + part for key in range(7) for part in (0, 50)]
    assert read_codes(right) == []


def test_a_sound_longer_than_the_call_is_cut_off_at_its_end(tmp_path: Path) -> None:
    write_recording(tmp_path / "call.wav", 2000, [], None, 1, SoundTrack(), [(1500, keys("123456789")), (2500, keys("1"))])
    assert len(recorded(tmp_path / "call.wav")) == 2000 * 8
