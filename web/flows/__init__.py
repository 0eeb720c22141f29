"""The flows that are live."""
