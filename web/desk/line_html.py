"""The state of the line as a hidden part of the live screen: the phone's strip is drawn from it, and it travels with every press."""

from functools import lru_cache

from engine.calls.lifecycle import CallState
from engine.calls.line import Line


def line_part(line: Line) -> str:
    """The recorder (off, on, paused, lost) and whether the customer is on hold."""
    return _part(line.recorder.value, line.state is CallState.on_hold)


@lru_cache(maxsize=16)
def _part(recorder: str, held: bool) -> str:
    return f'<span id="line-state" hidden data-recorder="{recorder}" data-held="{str(held).lower()}"></span>'
