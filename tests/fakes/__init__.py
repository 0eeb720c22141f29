"""Fakes that answer to the same ports as the real adapters."""
