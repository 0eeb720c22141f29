"""A recording's bytes: checked, and begun at the answer."""

import io
import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from engine.errors import CarrierError
from integrations.twilio.media import Expected, read_recording, recording_id

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


def wav(seconds: float = 2.0, channels: int = 2, rate: int = 8000, bits: int = 16, extra: bytes = b"") -> bytes:
    sound = bytes(range(256)) * 10000
    sound = sound[: round(seconds * rate) * channels * bits // 8]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    body = form + extra + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def read(content: bytes, expected: Expected | None = None, status: int = 200) -> bytes:
    @contextmanager
    def give(address: str) -> Iterator[httpx2.Response]:
        yield httpx2.Response(status, content=content)

    return b"".join(read_recording(give, "https://api.twilio.com/x.wav", expected or Expected()))


def frames(whole: bytes) -> bytes:
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        return file.readframes(file.getnframes())


def test_the_sound_comes_through_unchanged() -> None:
    assert frames(read(wav())) == frames(wav())


def test_other_pieces_of_the_file_are_left_out() -> None:
    assert frames(read(wav(extra=b"LIST" + struct.pack("<I", 3) + b"abc\0") + b"junk after it")) == frames(wav())


def test_silence_comes_before_a_recording_that_began_after_the_answer() -> None:
    sound = frames(read(wav(), Expected(begins_after=450)))
    assert sound[: 3600 * 4] == bytes(3600 * 4)
    assert sound[3600 * 4 :] == frames(wav())


@pytest.mark.parametrize("begins_after", [-5000, 0])
def test_nothing_is_cut_off(begins_after: int) -> None:
    assert frames(read(wav(), Expected(begins_after=begins_after))) == frames(wav())


@pytest.mark.parametrize(
    ("content", "status", "reason", "retryable"),
    [
        (b"", 404, "recording.not_ready", True),
        (b"", 503, "recording.not_given", True),
        (b"", 429, "recording.not_given", True),
        (b"", 401, "recording.not_given", False),
        (b"", 302, "recording.elsewhere", False),
        (wav(channels=1), 200, "recording.not_stereo", False),
        (wav(rate=16000), 200, "recording.wrong_form", False),
        (wav(bits=8), 200, "recording.wrong_form", False),
        (b"<html>an error page</html>", 200, "recording.wrong_form", False),
        (b"", 200, "recording.wrong_form", True),
        (wav()[:-100], 200, "recording.short", True),
        (wav(seconds=0.5), 200, "recording.short", True),
    ],
)
def test_what_is_no_whole_recording_is_refused(content: bytes, status: int, reason: str, retryable: bool) -> None:
    with pytest.raises(CarrierError) as problem:
        read(
            content,
            Expected(seconds=4) if len(content) < 20000 and content[:4] == b"RIFF" and reason == "recording.short" else None,
            status,
        )
    assert (problem.value.reason, problem.value.retryable) == (reason, retryable)


@pytest.mark.parametrize(
    "ref", ["", "RE1", "CA" + "0" * 32, "https://evil.example.com/RE" + "0" * 32, "../RE" + "0" * 32, "RE" + "0" * 32 + "\n"]
)
def test_only_a_recordings_id_is_ever_asked_for(ref: str) -> None:
    with pytest.raises(CarrierError):
        recording_id(ref)
