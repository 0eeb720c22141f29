"""What can stand in the way of a telephone exchange for tests."""


class NoPbx(Exception):
    """Asterisk, or the customers behind it, cannot be had here; the message says why in one sentence."""
