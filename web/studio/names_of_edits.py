"""What was done to a draft, in words: for undo, for the list of changes, for who is told of somebody else's."""

from collections.abc import Mapping
from typing import Any

from web.languages import Language, n_

NAMES: dict[str, str] = {
    "draft.begun": n_("the draft was begun"),
    "flow.begun": n_("the flow was begun"),
    "text.edited": n_("the text"),
    "text.formatted": n_("the text was tidied"),
    "text.fixed": n_("a finding was mended"),
    "translation.edited": n_("a translation"),
    "wording.taken": n_("wording from a sheet"),
    "test.added": n_("example “%(name)s” added"),
}
"""What was done, by the code a revision carries."""
_AT_STEP = n_("%(what)s, step %(step)s")


def told(language: Language, what: Mapping[str, Any]) -> str:
    """One phrase for what a revision did; codes that are not known here are told plainly."""
    phrase = NAMES.get(str(what.get("code")), n_("a change"))
    fields = {name: str(value) for name, value in what.items()}
    text = language.gettext(phrase)
    done = text % _Fields(fields)
    if "step" in fields and "%(step)s" not in text:
        return language.gettext(_AT_STEP) % {"what": done, "step": fields["step"]}
    return done


class _Fields(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"
