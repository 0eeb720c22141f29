"""Two files of one channel, laid side by side as they come from the host."""

import io
import struct
import wave
from collections.abc import Iterator

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.errors import CarrierError
from integrations.asterisk.ari import Ari
from integrations.asterisk.fleet import Host
from integrations.asterisk.hosts import AsteriskHost
from integrations.asterisk.recordings import RATE, RecordingRef, fetch
from tests.integrations.asterisk.fake_ari import FakeAri

pytestmark = pytest.mark.telephony


def mono(value: int, seconds: float, *, finished: bool = True, rate: int = RATE) -> bytes:
    """A WAV of one channel that says nothing but `value`; one that was not finished names no length."""
    samples = np.full(int(rate * seconds), value, "<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", 0)
    return head[:40] + struct.pack("<I", len(samples) if finished else 0) + samples


@pytest.fixture
def host(fake: FakeAri) -> Iterator[Host]:
    settings = AsteriskHost("host1", fake.url, "stayline", "secret")
    made = Host(settings, SystemClock())
    made.ari = Ari(settings, on_event=lambda _: None, on_up=lambda: None, on_down=lambda: None)
    yield made
    made.ari.close()


def channels(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(io.BytesIO(data)) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, RATE)
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2").reshape(-1, 2)
    assert len(data) == 44 + samples.size * 2
    return samples[:, 0], samples[:, 1]


def put(fake: FakeAri, ref: RecordingRef, left: bytes | None, right: bytes | None) -> None:
    for side, data in (("left", left), ("right", right)):
        if data is not None:
            fake.files[ref.name(side)] = data


def test_each_side_begins_as_much_later_as_it_was_late_and_the_shorter_one_ends_in_silence(fake: FakeAri, host: Host) -> None:
    ref = RecordingRef("host1", "leg", 1, 250, 500)
    put(fake, ref, mono(100, 20), mono(-100, 10))
    left, right = channels(b"".join(fetch(host, ref)))
    assert len(left) == 20.25 * RATE
    assert (left[: RATE // 4].any(), set(left[RATE // 4 :])) == (False, {100})
    assert (right[: RATE // 2].any(), set(right[RATE // 2 : RATE // 2 + 10 * RATE])) == (False, {-100})
    assert not right[RATE // 2 + 10 * RATE :].any()


def test_a_file_whose_writer_died_is_read_to_its_end(fake: FakeAri, host: Host) -> None:
    ref = RecordingRef("host1", "leg", 1, 0, 0)
    put(fake, ref, mono(100, 3, finished=False), mono(-100, 2, finished=False))
    left, right = channels(b"".join(fetch(host, ref)))
    assert (len(left), set(left)) == (3 * RATE, {100})
    assert set(right[: 2 * RATE]) == {-100}


def test_one_side_alone_is_given_with_silence_for_the_other(fake: FakeAri, host: Host) -> None:
    ref = RecordingRef("host1", "leg", 1, 0, 0)
    put(fake, ref, mono(100, 1), None)
    left, right = channels(b"".join(fetch(host, ref)))
    assert (len(left), right.any()) == (RATE, False)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"<html>" * 100, mono(1, 1, rate=16000)])
def test_what_is_no_recording_is_refused(fake: FakeAri, host: Host, data: bytes) -> None:
    ref = RecordingRef("host1", "leg", 1, 0, 0)
    put(fake, ref, data, None)
    with pytest.raises(CarrierError):
        list(fetch(host, ref))


def test_a_recording_that_is_gone_is_gone_for_good(host: Host) -> None:
    with pytest.raises(CarrierError) as gone:
        list(fetch(host, RecordingRef("host1", "leg", 1, 0, 0)))
    assert not gone.value.retryable


@pytest.mark.parametrize(
    "text", ["", "host1", "host1:leg:1:0", "host1:../x:1:0:0", "host1:leg:1:0:0:0", "http://evil/x", "h:l:1:-1:0", "h:l:١:0:0"]
)
def test_a_reference_nobody_gave_out_is_refused(text: str) -> None:
    with pytest.raises(CarrierError):
        RecordingRef.read(text)


def test_a_reference_is_read_back() -> None:
    ref = RecordingRef("host1", "0198c0de-0000-7000-8000-000000000000", 2, 12, 2400)
    assert RecordingRef.read(ref.text) == ref
