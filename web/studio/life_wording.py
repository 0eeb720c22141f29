"""What the pages of a flow's life say: states, what was done, and why something is refused."""

from collections.abc import Mapping

from web.errors import add_sentences
from web.languages import n_

STATES: Mapping[str, tuple[str, str, str]] = {
    "draft": ("box", "blue", n_("Draft v%(number)s")),
    "in_review": ("half", "amber", n_("In review v%(number)s")),
    "scheduled": ("arc", "violet", n_("Scheduled v%(number)s")),
    "published": ("tick", "green", n_("Published")),
    "discarded": ("x", "grey", n_("Discarded")),
}
"""State of a draft → shape, colour, words."""

EVENTS: Mapping[str, tuple[str, str, str]] = {
    "submitted": ("half", "amber", n_("submitted it for review")),
    "taken_back": ("box", "blue", n_("took it back")),
    "sent_back": ("x", "red", n_("sent it back")),
    "approved": ("tick", "green", n_("approved it")),
    "scheduled": ("arc", "violet", n_("scheduled it")),
    "published": ("tick", "green", n_("published it")),
    "set_aside": ("tick", "grey", n_("approved a version for an experiment")),
    "rolled_back": ("arc", "amber", n_("made an earlier version live again")),
    "retired": ("ban", "grey", n_("retired the flow")),
    "discarded": ("x", "grey", n_("discarded the draft")),
}
"""What was done → shape, colour, words after a name."""

NOBODY: Mapping[str, str] = {"system": n_("Stayline"), "operator": n_("The operator of this installation")}
"""Who is no person."""

FAMILIES: Mapping[str, str] = {"retention": n_("Retention"), "care": n_("Care"), "surveys": n_("Surveys")}
"""Folders of flows that everybody has."""

add_sentences(
    {
        "draft.not_found": n_("There is no such draft."),
        "draft.no_revision": n_("The draft never stood like that."),
        "draft.changed": n_("Somebody changed this draft meanwhile. Nothing you wrote is lost: look at the change, then do it again."),
        "draft.not_editable": n_("This draft is not being written now. Take it back first, or begin a new one."),
        "draft.nothing_to_undo": n_("There is nothing to undo."),
        "draft.nothing_to_redo": n_("There is nothing to do again."),
        "draft.too_large": n_("A flow has at most %(limit)s characters; this one would have %(characters)s."),
        "draft.bad_character": n_("There is a character in it that cannot be stored. Type the place again."),
        "draft.bad_language": n_("There is no language %(language)s."),
        "draft.no_message": n_("Say what changed or why, in one sentence."),
        "draft.long_message": n_("That is too long: at most %(limit)s characters."),
        "draft.no_change": n_("The draft says exactly what is live already."),
        "draft.own_work": n_("You wrote or submitted part of this. Another person must approve it."),
        "draft.has_errors": n_("The checker found errors (%(count)s): it cannot be published. %(first)s"),
        "draft.other_id": n_("The text calls itself %(written)s, but this is the flow %(flow_id)s. Set `id` back, or begin a new flow."),
        "draft.aside_has_no_moment": n_("A version for an experiment does not go live, so it needs no moment."),
        "draft.bad_moment": n_("Choose a moment that lies ahead, at most a year."),
        "draft.not_approved": n_("This was never approved, so it is not published."),
        "library.changed": n_("The scripts library changed while this was checked. Look at it and approve again."),
        "flow.not_found": n_("There is no such flow."),
        "flow.no_source": n_("The files of this version were not kept. Take the flow in again with `stayline content load`."),
        "flow.bad_id": n_("An id has 1 to 60 of: a to z, digits, underscore, beginning with a letter."),
        "flow.bad_family": n_("A folder has 1 to 60 of: a to z, digits, underscore, beginning with a letter."),
        "flow.bad_title": n_("A title has 1 to %(longest)s characters on one line."),
        "flow.id_taken": n_("There is a flow %(flow_id)s already. Choose another id."),
        "flow.already_live": n_("This version is live already."),
        "content.not_live": n_(
            "“%(name)s” is not live: it was retired or never published, so no new call can begin with it. Tell your supervisor."
        ),
        "content.no_version": n_("There is no such version."),
        "campaign.unknown": n_("There is no such campaign."),
        "campaign.flow_not_live": n_("This flow is not live, so no campaign can use it. Publish it first."),
        "comment.empty": n_("Write what should be changed."),
        "comment.too_long": n_("That is too long: at most %(limit)s characters."),
        "comment.not_open": n_("This comment is settled already."),
        "workshop.busy": n_("The checker is busy with other work. Nothing changed; try again in a moment."),
        "workshop.too_slow": n_("Checking took too long and was stopped. Nothing changed."),
        "workshop.died": n_("The checker could not cope with this flow. Nothing changed."),
    }
)
