"""Where recordings are kept: by random id, checked on the way in, read in ranges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from engine.ids import RecordingId


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """What was stored: size in bytes, SHA-256 in hex, length in ms, samples a second, and the two lanes' peaks.

    `peaks_left` and `peaks_right` hold `peaks_per_second` values a second, each 0 (silence) to 127.
    """

    bytes: int
    sha256: str
    duration_ms: int
    sample_rate: int
    peaks_per_second: int
    peaks_left: tuple[int, ...]
    peaks_right: tuple[int, ...]


class RecordingStore(Protocol):
    """Keeps WAV files of two channels."""

    def store(self, recording_id: RecordingId, chunks: Iterable[bytes]) -> StoredRecording:
        """Write, fsync, check that it is a whole two-channel WAV, then make it visible at once. Raises BadInput; leaves nothing half done.

        Storing the same id again replaces it only when the content is the same; other content raises Conflict.
        """
        ...

    def size(self, recording_id: RecordingId) -> int:
        """Bytes stored. Raises NotFound."""
        ...

    def read(self, recording_id: RecordingId, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to and excluding `end`. Raises NotFound."""
        ...

    def delete(self, recording_id: RecordingId) -> None:
        """Remove it; removing it twice is fine."""
        ...
