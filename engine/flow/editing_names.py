"""Names made from what people write: steps, answers and facts get theirs from a title, by pinyin."""

import re
from collections.abc import Collection

from engine.errors import BadInput

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 60
_MADE = 24


def checked_name(name: str) -> str:
    """The name, if one may be called so. Raises BadInput("flow.bad_name", name=)."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise BadInput("flow.bad_name", name=name)
    return name


def step_id_for(title: str, taken: Collection[str]) -> str:
    """An id from a title, not yet taken: "报更合适的套餐" → "bao_geng_he_shi_de_tao", a second one with "_2"."""
    return name_for(title, taken, "step")


def name_for(text: str, taken: Collection[str], otherwise: str) -> str:
    """A name from what is written, `otherwise` where nothing in it can be spelled."""
    made = _spelled(text) or otherwise
    name, number = made, 2
    while name in taken:
        name, number = f"{made}_{number}", number + 1
    return name


def _spelled(text: str) -> str:
    from pypinyin import lazy_pinyin  # a fifth of a second that the start need not wait for

    words = re.findall(r"[a-z0-9]+", " ".join(lazy_pinyin(text[:80].replace("ü", "v"), v_to_u=False)).lower())
    found = ""
    for word in words:
        longer = f"{found}_{word}" if found else word.lstrip("0123456789")
        if len(longer) > _MADE:
            return found or longer[:_MADE]
        found = longer
    return found
