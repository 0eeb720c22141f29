"""One process writes an installation on SQLite: whoever means to write takes this lock first.

The lock is the kernel's, on `<data>/stayline.lock`, so it goes with its process however that ends.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from engine.errors import Refused

LOCK_FILE = "stayline.lock"


class InstallationLock:
    """`with InstallationLock(data_directory): …` – raises Refused("installation.busy") when another process holds it."""

    def __init__(self, data_directory: Path) -> None:
        self._path = data_directory / LOCK_FILE
        self._handle: int | None = None

    def __enter__(self) -> "InstallationLock":
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Refused("installation.busy", path=str(self._path)) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_held(data_directory: Path) -> bool:
    """Whether some process (this one too) holds the installation."""
    try:
        with InstallationLock(data_directory):
            return False
    except Refused:
        return True
