"""Recordings as files in a folder of this machine."""

from integrations.recordings_on_disk.store import RecordingsOnDisk

__all__ = ["RecordingsOnDisk"]
