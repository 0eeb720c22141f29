"""What an answer means, so that its key says it without anybody typing one: a yes or a no to an offer, an objection, a confirmation.

The checker, the reports and the engine go by keys; a trainer writes only what the customer says.
"""

import re
from collections.abc import Mapping
from typing import Any

from engine.flow.definition import CONFIRMING_REACTIONS
from engine.flow.editing_data import mapped

ACCEPT, REJECT = "accept", "reject"
_NO = re.compile(
    r"不要|不用|不办|不需要|不必|不想|不考虑|不了|不行|不接受|不同意|不一致|不对|不是|算了|拒绝|没兴趣|也不|还是停"
    r"|\b(?:no|not|don't|won't|never|leave it|refuse)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:那就?|嗯|哦|，|,|\s)*(?:可以|好|行|同意|接受|愿意|办吧|办了|就这|就办|要的|没问题|这个(?:可以|好|行))"
    r"|^(?:ok|okay|yes|sure|all right|fine|i'll take|i can take|let's)\b",
    re.IGNORECASE,
)
_CONFIRMING = {"identity": "match", "consent": "yes"}


def meant_by(label: str) -> str:
    """ "accept", "reject" or "" when the words are neither plainly."""
    if _NO.search(label):
        return REJECT
    return ACCEPT if _YES.match(label.strip()) and "?" not in label and "？" not in label else ""


def key_of(step: Mapping[str, Any], label: str, handled_there: str) -> str:
    """The key an answer of a step should have by what it means, "" when nothing asks for one, or it is taken.

    `handled_there`: the objection that the step it leads to handles.
    """
    hear = mapped(step.get("hear"))
    found = ""
    if step.get("offer"):
        found = handled_there or meant_by(label)
    elif step.get("handles"):
        found = meant_by(label)
    elif step.get("confirms") in _CONFIRMING and not any(key in hear for key in CONFIRMING_REACTIONS) and meant_by(label) != REJECT:
        found = _CONFIRMING[str(step["confirms"])]
    return "" if found in hear else found
