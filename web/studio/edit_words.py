"""The sentences of edits that are refused."""

from web.errors import add_sentences
from web.languages import n_

MERGED = n_("%(who)s saved meanwhile, at other places. Your change was put on top of theirs; nothing is lost.")

add_sentences(
    {
        "flow.no_step": n_("This step is not there any more."),
        "flow.shared_step": n_("This step is shared: it lies in the scripts library."),
        "flow.no_reaction": n_("This answer is not there any more."),
        "flow.no_branch": n_("This way is not there any more."),
        "flow.no_fact": n_("This fact is not there any more."),
        "flow.no_test": n_("This example is not there any more."),
        "flow.no_field": n_("A step has no such part."),
        "flow.bad_phase": n_("There is no such phase."),
        "flow.bad_name": n_("A name has small letters, digits and underscores, and begins with a letter."),
        "flow.step_taken": n_("Another step has the id %(step)s."),
        "flow.reaction_taken": n_("This step has such an answer already."),
        "flow.fact_taken": n_("There is a fact %(fact)s already."),
        "flow.step_in_use": n_("Something still leads to this step."),
        "flow.fact_in_use": n_("Sentences or conditions still use this fact. Take it out there first."),
        "flow.too_many_reactions": n_("Nine answers are the most: each has a digit at the desk."),
        "flow.bad_label": n_("Write what the customer says, without an arrow ->."),
        "flow.bad_value": n_("This cannot stand here."),
        "flow.otherwise_is_last": n_("“Otherwise” comes last."),
        "flow.not_written": n_("The file is written in a way that this change would break. Make it in the text."),
        "flow.too_long": n_("That is too long: at most %(limit)s characters."),
        "condition.too_many_rows": n_("A condition has at most %(most)s rows. Lead to a step in between that asks for the rest."),
        "flow.bad_character": n_("There is a character in it that cannot be kept."),
        "flow.unknown_edit": n_("The page asked for something this server does not know. Reload it."),
        "flow.edit_incomplete": n_("Something is missing: %(field)s."),
        "condition.no_fact": n_("The condition compares a fact that is not there."),
        "condition.bad_operator": n_("These cannot be compared this way."),
        "condition.bad_value": n_("Give the condition a value that fits its fact."),
        "edit.too_long": n_("This is too long to be spoken: at most %(limit)s characters."),
        "bad_file": n_("The text of the flow cannot be read (line %(line)s). Mend it in the text first."),
    }
)
