"""The workshop in a process of its own."""

from integrations.other_process.workshop import OtherProcess

__all__ = ["OtherProcess"]
