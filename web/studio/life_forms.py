"""What the pages of a flow's life send, as plain values."""

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form

from engine.errors import BadInput

Message = Annotated[str, Form(max_length=4000)]
Seen = Annotated[int, Form(ge=0)]
Word = Annotated[str, Form(max_length=200)]
Yes = Annotated[bool, Form()]
LONGEST_ID = 60


def moment_in(text: str, zone: str) -> datetime:
    """A moment as a browser sends it ("2026-11-26T09:00"), in the installation's zone. Raises BadInput("draft.bad_moment")."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("draft.bad_moment", publish_at=text) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def id_from(title: str) -> str:
    """An id made from a title, for whoever does not care: its words, Chinese ones in pinyin. May be empty.

    >>> id_from("提前换机 5G")
    'ti_qian_huan_ji_5g'
    """
    from pypinyin import Style, lazy_pinyin  # a fifth of a second that the start need not wait for

    words = "_".join(lazy_pinyin(title, style=Style.NORMAL)).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_0123456789")[:LONGEST_ID].strip("_")
