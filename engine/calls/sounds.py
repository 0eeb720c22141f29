"""The sounds an installation can let a customer hear: names the adapters know, files the operator may replace."""

from enum import StrEnum


class Sound(StrEnum):
    """A sound by its use."""

    hold_music = "hold_music"
    one_moment = "one_moment"
    """The agent's phone is gone: somebody is coming back to you."""
    will_call_back = "will_call_back"
    """Nobody came back: we will call you again."""
    voicemail = "voicemail"
    test_tone = "test_tone"
