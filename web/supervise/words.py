"""What the floor says: why something cannot be done, and what is spoken when the reader's own part in a call changes."""

from collections.abc import Mapping

from web.desk.wording import gettext_of
from web.languages import n_

SENTENCES: Mapping[str, str] = {
    "supervision.own_call": n_("Your own phone speaks in this call already."),
    "supervision.not_in_call": n_("Listen to the call first; then it can be taken over."),
}


def floor_texts(tag: str) -> dict[str, str]:
    """The sentences of web/static/js/supervise.js. What stands in braces is filled in there."""
    _ = gettext_of(tag)
    names = {"agent": "{agent}", "customer": "{customer}"}
    return {
        "listen": _("You listen to %(agent)s and %(customer)s. Nobody hears you.") % names,
        "whisper": _("You whisper: only %(agent)s hears you.") % names,
        "barge": _("You are in the call: %(agent)s and %(customer)s hear you.") % names,
        "joining": _("Your phone is on its way into the call …"),
        "left": _("You have left the call."),
        "over": _("The call you heard has ended."),
        "none": _("Choose a call first: arrow keys."),
        "phone": _("Your phone is not ready yet. Look at its lamp above."),
        "first": _("Listen to the call first; then it can be taken over."),
        "lost": _("Recorder lost: %(agent)s and %(customer)s") % names,
    }
