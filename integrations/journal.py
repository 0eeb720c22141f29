"""An append-only file of JSON lines that survives a kill at any instant: used by the simulated carrier, sender and records.

A record counts once its newline is on disk. A line torn by a crash has none: it was never acknowledged, and the next append cuts it off.
"""

import fcntl
import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Journal:
    """One file, safe for several threads and processes. `read_new` gives what others and we appended since the last call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._read_up_to = 0

    def close(self) -> None:
        os.close(self._file)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Nobody else, here or in another process, appends meanwhile."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def read_new(self) -> list[Record]:
        """The whole records since the last call, oldest first. Raises ValueError for a line that is not JSON."""
        with self._lock:
            size = os.fstat(self._file).st_size
            data = os.pread(self._file, size - self._read_up_to, self._read_up_to)
            whole = data[: data.rfind(b"\n") + 1]
            self._read_up_to += len(whole)
            return [json.loads(line) for line in whole.splitlines()]

    def whole_lines(self) -> bytes:
        """Everything that counts, as it stands in the file: a line that is just being written does not yet."""
        data = self.path.read_bytes()
        return data[: data.rfind(b"\n") + 1]

    def append(self, record: Record, *, durable: bool = True) -> None:
        """Write one record; when `durable`, it is on disk at return.

        Call it within `locked` when the decision to write depends on what stands there.
        """
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._cut_torn_line()
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(f"{self.path}: only {written} of {len(line)} bytes could be written")
            if durable:
                os.fdatasync(self._file)

    def _cut_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size == 0 or os.pread(self._file, 1, size - 1) == b"\n":
            return
        start = self._read_up_to
        tail = os.pread(self._file, size - start, start)
        os.ftruncate(self._file, start + tail.rfind(b"\n") + 1)
