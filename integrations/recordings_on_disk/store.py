"""Keeps recordings as `aa/<id>.wav` under one folder: checked on the way in, visible whole or not at all, read in ranges."""

import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import BadInput, Conflict, NotFound
from engine.ids import RecordingId
from engine.ports.recording_store import StoredRecording
from integrations.recordings_on_disk.peaks import PEAKS_PER_SECOND, lanes
from integrations.recordings_on_disk.wav import read_head

LARGEST = 1 << 30
"""1 GiB: nine hours of 8 kHz."""
_CHUNK = 64 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_ABANDONED_SECONDS = 24 * 3600.0


class RecordingsOnDisk:
    """The recording store of one machine. `largest` is in bytes."""

    def __init__(self, directory: Path, *, largest: int = LARGEST) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = directory.resolve()
        self._incoming = self._root / "incoming"
        self._incoming.mkdir(exist_ok=True, mode=0o700)
        self._largest = largest
        self._lock = threading.Lock()
        self._sweep()

    def store(self, recording_id: RecordingId, chunks: Iterable[bytes]) -> StoredRecording:
        """See the port. Raises BadInput recording.bad_id, recording.too_large or recording.broken (problem)."""
        path = self._path(recording_id)
        temporary = self._incoming / secrets.token_hex(16)
        try:
            with open(temporary, "x+b", opener=_private) as file:
                sha256 = self._write(file, chunks)
                stored = _describe(file, sha256)
                file.flush()
                os.fsync(file.fileno())
            self._reveal(temporary, path, stored)
        finally:
            temporary.unlink(missing_ok=True)
        return stored

    def size(self, recording_id: RecordingId) -> int:
        """Bytes stored. Raises NotFound."""
        return self._found(recording_id).stat().st_size

    def read(self, recording_id: RecordingId, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to and excluding `end`, at most to the file's end, in pieces of 64 KiB. Raises NotFound at once."""
        if start < 0 or end < start:
            raise BadInput("recording.bad_range", start=start, end=end)
        return _pieces(self._found(recording_id), start, end)

    def delete(self, recording_id: RecordingId) -> None:
        """Remove it; removing it twice is fine. Gone from the folder for good when this returns."""
        path = self._path(recording_id)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync(path.parent)

    def _path(self, recording_id: RecordingId) -> Path:
        if not _ID.fullmatch(recording_id):
            raise BadInput("recording.bad_id")
        path = self._root / recording_id[:2] / f"{recording_id}.wav"
        if path.resolve() != path:  # a link planted in the folder leads elsewhere
            raise BadInput("recording.bad_id")
        return path

    def _found(self, recording_id: RecordingId) -> Path:
        try:
            path = self._path(recording_id)
        except BadInput:
            raise NotFound("recording.unknown") from None
        if not path.is_file():
            raise NotFound("recording.unknown")
        return path

    def _write(self, file: BinaryIO, chunks: Iterable[bytes]) -> str:
        digest, written = hashlib.sha256(), 0
        for chunk in chunks:
            written += len(chunk)
            if written > self._largest:
                raise BadInput("recording.too_large", most=self._largest)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        return digest.hexdigest()

    def _reveal(self, temporary: Path, path: Path, stored: StoredRecording) -> None:
        """Make the file visible under its name; one that stands there already must be the same."""
        with self._lock:
            if path.exists():
                if _sha256(path) != stored.sha256:
                    raise Conflict("recording.other_content")
                return
            path.parent.mkdir(exist_ok=True, mode=0o700)
            temporary.rename(path)
            _sync(path.parent)
            _sync(self._root)

    def _sweep(self) -> None:
        """Remove what a crash left half written a day ago or longer."""
        for left_over in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left_over.stat().st_mtime > _ABANDONED_SECONDS:
                    left_over.unlink()


def _describe(file: BinaryIO, sha256: str) -> StoredRecording:
    head = read_head(file)
    left, right = lanes(file, head)
    return StoredRecording(
        bytes=os.fstat(file.fileno()).st_size,
        sha256=sha256,
        duration_ms=head.duration_ms,
        sample_rate=head.rate,
        peaks_per_second=PEAKS_PER_SECOND,
        peaks_left=left,
        peaks_right=right,
    )


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(start)
            remaining = end - start
            while remaining > 0 and (piece := file.read(min(_CHUNK, remaining))):
                remaining -= len(piece)
                yield piece
    except FileNotFoundError:
        raise NotFound("recording.unknown") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _sync(folder: Path) -> None:
    """A name is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
