"""Recordings on disk: whole or not at all, under their own id and nowhere else."""

import hashlib
import io
import os
import stat
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadInput, Conflict, NotFound, StaylineError
from engine.ids import RecordingId
from engine.ports.recording_store import RecordingStore
from integrations.recordings_on_disk import RecordingsOnDisk

pytestmark = pytest.mark.safety

ID = RecordingId("Ab3_" + "x" * 39)


def wav(samples: np.ndarray, rate: int = 8000, channels: int = 2, width: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as writing:
        writing.setnchannels(channels)
        writing.setsampwidth(width)
        writing.setframerate(rate)
        writing.writeframes(samples.astype("<i2").tobytes())
    return made.getvalue()


def sound(seconds: float, left: int = 0, right: int = 0) -> np.ndarray:
    return np.tile(np.array([left, right]), (round(seconds * 8000), 1))


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))


def files_under(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_recording_is_stored_and_described(tmp_path: Path) -> None:
    store: RecordingStore = RecordingsOnDisk(tmp_path)
    samples = sound(2.5)
    samples[4000:4010, 0] = -32768
    samples[12_000:12_010, 1] = 16_384
    data = wav(samples)
    stored = store.store(ID, pieces(data))
    assert (stored.bytes, stored.sha256, stored.duration_ms, stored.sample_rate) == (
        len(data),
        hashlib.sha256(data).hexdigest(),
        2500,
        8000,
    )
    assert stored.peaks_per_second == 20
    assert [place for place, peak in enumerate(stored.peaks_left) if peak] == [10]
    assert [place for place, peak in enumerate(stored.peaks_right) if peak] == [30]
    assert (max(stored.peaks_left), max(stored.peaks_right), len(stored.peaks_left)) == (127, 63, 50)
    assert files_under(tmp_path) == [f"Ab/{ID}.wav"]
    assert store.size(ID) == len(data)


def test_the_peaks_of_a_long_recording_do_not_depend_on_how_it_is_read(tmp_path: Path) -> None:
    samples = np.random.default_rng(7).integers(-20_000, 20_000, size=(8000 * 95 + 123, 2))
    stored = RecordingsOnDisk(tmp_path).store(ID, pieces(wav(samples), 1 << 20))
    expected = [int(np.abs(samples[start : start + 400, 1]).max()) * 127 // 32767 for start in range(0, len(samples), 400)]
    assert list(stored.peaks_right) == expected


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, 200_000), (44, 160_044), (65_535, 65_537), (160_043, 160_044), (160_044, 170_000), (7, 7)]
)
def test_a_range_is_read_as_asked_in_pieces_of_64_kib(tmp_path: Path, start: int, end: int) -> None:
    store = RecordingsOnDisk(tmp_path)
    data = wav(np.random.default_rng(1).integers(-9, 9, size=(40_000, 2)))
    store.store(ID, [data])
    read = list(store.read(ID, start, end))
    assert b"".join(read) == data[start:end]
    assert all(len(piece) <= 65_536 for piece in read)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (9, 8)])
def test_a_range_that_is_none_is_refused(tmp_path: Path, start: int, end: int) -> None:
    store = RecordingsOnDisk(tmp_path)
    store.store(ID, [wav(sound(1))])
    with pytest.raises(BadInput):
        store.read(ID, start, end)


def test_the_same_content_again_changes_nothing_and_other_content_is_a_conflict(tmp_path: Path) -> None:
    store = RecordingsOnDisk(tmp_path)
    first = store.store(ID, [wav(sound(1, 100))])
    before = os.stat(tmp_path / "Ab" / f"{ID}.wav").st_ino
    assert store.store(ID, [wav(sound(1, 100))]) == first
    with pytest.raises(Conflict):
        store.store(ID, [wav(sound(1, 200))])
    assert os.stat(tmp_path / "Ab" / f"{ID}.wav").st_ino == before
    assert files_under(tmp_path) == [f"Ab/{ID}.wav"]


def test_a_recording_cut_off_anywhere_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    data = wav(sound(0.05, 100))
    store = RecordingsOnDisk(tmp_path)
    for length in [*range(60), len(data) // 2, len(data) - 3, len(data) - 2, len(data) - 1]:
        with pytest.raises(BadInput) as refused:
            store.store(ID, [data[:length]])
        assert refused.value.reason == "recording.broken"
    assert files_under(tmp_path) == []


def garbage() -> dict[str, bytes]:
    whole = wav(sound(0.1, 100))
    return {
        "an error page": b"<html>502 Bad Gateway</html>" * 20,
        "zeros": bytes(4096),
        "trailing bytes": whole + b"xx",
        "mono": wav(np.zeros(800), channels=1),
        "four bytes wide": wav(np.zeros((800, 4)), width=4),
        "float samples": whole[:20] + struct.pack("<H", 3) + whole[22:],
        "a rate of zero": whole[:24] + bytes(8) + whole[32:],
        "a length of a stream": whole[:4] + b"\xff\xff\xff\xff" + whole[8:40] + b"\xff\xff\xff\xff" + whole[44:],
        "a chunk that claims 4 GiB": whole[:12] + b"LIST\xf0\xff\xff\xff" + whole[12:],
        "samples before the format": b"RIFF" + struct.pack("<I", 16) + b"WAVEdata" + struct.pack("<I", 4) + bytes(4),
        "no samples": b"RIFF" + struct.pack("<I", 28) + whole[8:36],
        "half a frame": b"RIFF" + struct.pack("<I", 38) + whole[8:40] + struct.pack("<I", 2) + bytes(2),
    }


@pytest.mark.parametrize("kind", list(garbage()))
def test_what_is_no_two_channel_wav_is_refused_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadInput) as refused:
        RecordingsOnDisk(tmp_path).store(ID, pieces(garbage()[kind]))
    assert refused.value.reason == "recording.broken"
    assert files_under(tmp_path) == []


def test_other_chunks_before_the_samples_are_passed_over(tmp_path: Path) -> None:
    whole = wav(sound(0.1, 100))
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    data = b"RIFF" + struct.pack("<I", len(whole) - 8 + len(extra)) + whole[8:36] + extra + whole[36:]
    assert RecordingsOnDisk(tmp_path).store(ID, [data]).duration_ms == 100


def test_a_recording_that_is_too_large_is_refused_while_it_arrives(tmp_path: Path) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield bytes(1000)

    with pytest.raises(BadInput) as refused:
        RecordingsOnDisk(tmp_path, largest=5000).store(ID, endless())
    assert refused.value.reason == "recording.too_large"
    assert len(taken) == 6
    assert files_under(tmp_path) == []


def test_a_transfer_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield wav(sound(1))[:500]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        RecordingsOnDisk(tmp_path).store(ID, broken())
    assert files_under(tmp_path) == []


WRONG_IDS = [
    "", "a", "x" * 42, "x" * 44, "../" + "x" * 40, "..%2f" + "x" * 38, "/" + "x" * 42, "x" * 42 + "/", "x" * 42 + "\n", "\0" + "x" * 42,
    "x" * 42 + ".", "é" * 43, "ａ" * 43, "x" * 40 + "\\..", "~" + "x" * 42, "x" * 42 + " ", "١" * 43, "incoming/" + "x" * 34,
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_IDS)
def test_an_id_that_is_no_random_token_reaches_no_file(tmp_path: Path, wrong: str) -> None:
    store = RecordingsOnDisk(tmp_path / "root")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    recording_id = RecordingId(wrong)
    with pytest.raises(BadInput):
        store.store(recording_id, [wav(sound(1))])
    with pytest.raises(BadInput):
        store.delete(recording_id)
    for ask in (lambda: store.size(recording_id), lambda: store.read(recording_id, 0, 10)):
        with pytest.raises(NotFound):
            ask()
    assert files_under(tmp_path) == ["secret.wav"]


def test_a_link_planted_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    store = RecordingsOnDisk(tmp_path / "root")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (tmp_path / "root" / "Ab").mkdir()
    (tmp_path / "root" / "Ab" / f"{ID}.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(NotFound):
        store.read(ID, 0, 6)
    with pytest.raises(StaylineError):
        store.delete(ID)
    assert (tmp_path / "secret.wav").exists()


def test_a_deleted_recording_is_gone_and_deleting_it_again_is_fine(tmp_path: Path) -> None:
    store = RecordingsOnDisk(tmp_path)
    store.store(ID, [wav(sound(1))])
    store.delete(ID)
    store.delete(ID)
    with pytest.raises(NotFound):
        store.size(ID)
    assert files_under(tmp_path) == []


def test_a_recording_deleted_while_it_is_asked_for_is_not_found(tmp_path: Path) -> None:
    store = RecordingsOnDisk(tmp_path)
    store.store(ID, [wav(sound(1))])
    reading = store.read(ID, 0, 100)
    store.delete(ID)
    with pytest.raises(NotFound):
        next(reading)


def test_nobody_else_on_the_machine_may_read_them(tmp_path: Path) -> None:
    RecordingsOnDisk(tmp_path / "root").store(ID, [wav(sound(1))])
    for path in [tmp_path / "root", *(tmp_path / "root").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_a_crash_left_half_written_a_day_ago_is_swept_away_at_the_start(tmp_path: Path) -> None:
    RecordingsOnDisk(tmp_path)
    old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1_000_000, 1_000_000))
    RecordingsOnDisk(tmp_path)
    assert files_under(tmp_path) == ["incoming/young"]
