"""Who else is in a call, in words, and why a call cannot go to somebody."""

from collections.abc import Mapping
from typing import Any

from engine.calls.leg import Ear
from engine.services.in_the_call import Listener, Others
from web.desk.wording import gettext_of
from web.languages import n_

SENTENCES: Mapping[str, str] = {
    "transfer.under_way": n_("A colleague is being called already. Call that off first."),
    "transfer.nobody_there": n_("This colleague cannot take the call now. The customer is still with you."),
}
_LISTENERS: Mapping[Ear, tuple[str, str]] = {
    Ear.listen: (n_("%(name)s listens"), n_("%(name)s listens; neither you nor the customer hears them")),
    Ear.whisper: (n_("%(name)s whispers"), n_("%(name)s speaks to you; the customer does not hear it")),
    Ear.barge: (n_("%(name)s is in the call"), n_("%(name)s is in the call; the customer hears them")),
}
"""In short for the bar, which is narrow, and in full for its title and for whoever listens to the page."""


def others_told(others: Others, held: bool, tag: str, *, shown: bool = True) -> dict[str, Any]:
    """{"listeners": [(short, full)], "called_in": {"name", "how", "is_in", "held", "word"} or None}. Who joins in is always told."""
    told = [_listener(one, tag) for one in others.listeners if one.is_in and (shown or one.ear is Ear.barge)]
    colleague = others.colleague
    if colleague is None:
        return {"listeners": told, "called_in": None}
    return {
        "listeners": told,
        "called_in": {
            "name": colleague.name,
            "how": colleague.how,
            "is_in": colleague.is_in,
            "held": held,
            "word": gettext_of(tag)(_word(colleague.how, colleague.is_in, held)) % {"name": colleague.name},
        },
    }


def _listener(one: Listener, tag: str) -> tuple[str, str]:
    _, (short, full) = gettext_of(tag), _LISTENERS[one.ear]
    return _(short) % {"name": one.name}, _(full) % {"name": one.name}


def _word(how: str, is_in: bool, held: bool) -> str:
    if how == "blind":
        return n_("%(name)s is being rung. The call is theirs when they answer; until then the customer is with you.")
    if not is_in:
        return n_("%(name)s is being rung. The customer hears music.")
    if held:
        return n_("You speak with %(name)s. The customer hears music.")
    return n_("Three in one conversation: you, the customer and %(name)s.")
