"""What was done to a draft, in words: for undo, for the list of changes, for who is told of somebody else's."""

from collections.abc import Mapping
from typing import Any

from web.languages import Language, n_

NAMES: dict[str, str] = {
    "draft.begun": n_("the draft was begun"),
    "draft.from_file": n_("taken in from a file"),
    "flow.begun": n_("the flow was begun"),
    "text.edited": n_("the text"),
    "text.formatted": n_("the text was tidied"),
    "text.fixed": n_("a finding was mended"),
    "translation.edited": n_("a translation"),
    "wording.taken": n_("wording from a sheet"),
    "test.added": n_("example “%(name)s” added"),
    "set_flow": n_("settings of the flow"),
    "set_always": n_("what leads on from every step"),
    "add_fact": n_("fact “%(label)s” added"),
    "change_fact": n_("fact “%(name)s”"),
    "remove_fact": n_("fact “%(name)s” taken away"),
    "add_step": n_("new step"),
    "rename_step": n_("another id"),
    "move_step": n_("moved"),
    "remove_step": n_("taken away"),
    "set_field.title": n_("title"),
    "set_field.say": n_("wording"),
    "set_field.line": n_("line of the library"),
    "set_field.tip": n_("tip"),
    "set_field.must_say": n_("what must be said"),
    "set_field.confirms": n_("what a yes confirms"),
    "set_field.ask": n_("the question"),
    "set_field.disclosures": n_("what is made plain"),
    "set_field.record": n_("what is recorded"),
    "set_field.layer": n_("layer of questioning"),
    "set_field.method": n_("method"),
    "set_field.handles": n_("the objection it meets"),
    "set_field.tries": n_("how often"),
    "set_field.else": n_("where it goes after that"),
    "set_field.end": n_("how the call ends"),
    "set_field.hear_line": n_("shared answers"),
    "set_offer": n_("what is offered"),
    "add_reaction": n_("answer “%(label)s” added"),
    "change_reaction": n_("answer “%(label)s”"),
    "move_reaction": n_("order of the answers"),
    "remove_reaction": n_("answer taken away"),
    "add_branch": n_("way on added"),
    "change_branch": n_("way on"),
    "move_branch": n_("order of the ways on"),
    "remove_branch": n_("way on taken away"),
    "add_test": n_("example “%(name)s” added"),
    "rename_test": n_("name of an example"),
    "remove_test": n_("example taken away"),
}
"""What was done, by the code a revision carries."""
_AT_STEP = n_("“%(step)s”: %(what)s")


def told(language: Language, what: Mapping[str, Any]) -> str:
    """One phrase for what a revision did; codes that are not known here are told plainly."""
    code = str(what.get("code"))
    phrase = NAMES.get(f"{code}.{what.get('field')}") or NAMES.get(code, n_("a change"))
    fields = {name: str(value) for name, value in what.items()}
    text = language.gettext(phrase)
    done = text % _Fields(fields)
    if "step" in fields and "%(step)s" not in text:
        return language.gettext(_AT_STEP) % {"what": done, "step": fields.get("step_title") or fields["step"]}
    return done


class _Fields(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"
