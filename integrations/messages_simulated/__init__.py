"""A message gateway that sends nothing: what would have gone out stands in a journal."""

from integrations.messages_simulated.sender import SimulatedMessageSender

__all__ = ["SimulatedMessageSender"]
