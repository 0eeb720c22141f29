"""Small pieces of the live screen: marks, keys, plain text. Each is made once and kept."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import escape

from engine.flow.wording import Segment
from web.assets import Assets


@lru_cache(maxsize=1)
def _sprite() -> str:
    return Assets().url("icons.svg")


@lru_cache(maxsize=128)
def shape(name: str, kind: str = "") -> str:
    """A mark that stands beside a colour and a word."""
    return f'<svg class="sh {kind}" aria-hidden="true" focusable="false"><use href="{_sprite()}#s-{name}"/></svg>'


@lru_cache(maxsize=128)
def icon(name: str) -> str:
    return f'<svg class="i" aria-hidden="true" focusable="false"><use href="{_sprite()}#i-{name}"/></svg>'


@lru_cache(maxsize=128)
def cap(key: str) -> str:
    """A key as it is drawn."""
    return f'<kbd class="k">{escape(key)}</kbd>'


def plain(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


@lru_cache(maxsize=4096)
def toggle(key: str, said: bool, is_next: bool, kind: str) -> str:
    """The opening tag of a button that ticks something as said, or takes the tick back. Space works on the next one to say."""
    state = ("done" if said else "todo") + (" next" if is_next else "")
    space = ' data-key="Space"' if is_next else ""
    return (
        f'<button type="button" class="tell {state}" data-act="{"unsay" if said else "say"}" data-value="{escape(key)}"'
        f' aria-pressed="{"true" if said else "false"}"{space} data-test="{kind}">'
    )
