"""Speech at the recording's rate, and hums where there is none."""

import stat
from pathlib import Path

import numpy as np
import pytest

from integrations.simulated.phone_call import SpokenCue
from integrations.simulated.sound_track import SoundTrack
from integrations.simulated.studio import Studio
from integrations.simulated.tone_codes import RATE
from integrations.simulated.voices import AGENT, CUSTOMER, Espeak, Hum, SpeechFailed, best_speaker

pytestmark = pytest.mark.telephony

CUE = SpokenCue(0, "greeting", "您好", "喂", "zh-CN")
HOSTILE = [
    "-w /tmp/written-by-a-sentence",
    "--help",
    "[[",
    "[[;;]]",
    "\0",
    "\x1b[2J",
    "$(touch /tmp/x)",
    "<audio src='/etc/passwd'/>",
    "\ud800",
    "字" * 5000,
]


def program(folder: Path, script: str) -> str:
    path = folder / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_sentence_becomes_a_second_or_more_of_sound(language: str) -> None:
    sound = best_speaker().say("您好，请问是王女士吗？" if language == "zh-CN" else "Hello, am I speaking to Ms Wang?", language, AGENT)
    assert 1.0 < len(sound) / RATE < 10.0
    assert 3000 < np.abs(sound.astype(np.int32)).max() <= 22_000


def test_the_customer_sounds_different_from_the_agent() -> None:
    speaker = best_speaker()
    agent, customer = (speaker.say("好的", "zh-CN", voice) for voice in (AGENT, CUSTOMER))
    assert len(agent) != len(customer) or not np.array_equal(agent, customer)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_sentence_is_taken_for_an_option_or_hangs_the_speaker(text: str) -> None:
    sound = best_speaker().say(text, "zh-CN", AGENT)
    assert sound.dtype == np.int16
    assert not Path("/tmp/written-by-a-sentence").exists()


@pytest.mark.parametrize("script", ["exit 1", "echo not a wav", "printf RIFF", "exec sleep 30"])
def test_a_line_the_speech_program_cannot_say_is_hummed(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.simulated.voices._SPEAKING_TIMEOUT", 0.2)
    studio = Studio(tmp_path, Espeak(program(tmp_path, script)))
    spoken = studio._spoken("您好", "zh-CN", AGENT)
    assert np.array_equal(spoken, Hum().say("您好", "zh-CN", AGENT))
    studio.close()


def test_the_speech_program_gets_the_text_on_its_input_and_never_as_an_argument(tmp_path: Path) -> None:
    speaker = Espeak(program(tmp_path, f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/input; exit 1'))
    with pytest.raises(SpeechFailed):
        speaker.say("--secret 您好", "zh-CN", AGENT)
    assert "secret" not in (tmp_path / "arguments").read_text(encoding="utf-8")
    assert (tmp_path / "input").read_text(encoding="utf-8") == "--secret 您好"


async def test_what_was_said_is_removed_when_the_recording_is_made(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Hum())
    studio.take_cue("call-1", CUE)
    ref, told = await studio.make("call-1", 3000, "human", SoundTrack())
    assert list((tmp_path / "spool").iterdir()) == []
    path = studio.path_of(ref)
    assert path is not None
    assert path.stat().st_size == told["bytes"] == 44 + 3000 * 8 * 4
    assert told["voice"] == "tones"
    studio.close()


@pytest.mark.parametrize("ref", ["", "../../secret", "x" * 43, "a/b"])
async def test_a_reference_that_was_never_given_leads_to_no_file(tmp_path: Path, ref: str) -> None:
    studio = Studio(tmp_path, Hum())
    assert studio.path_of(ref) is None
    studio.delete(ref)
    studio.close()
