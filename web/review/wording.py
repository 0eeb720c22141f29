"""What the codes of reviewing are called on the screen."""

from collections.abc import Mapping

from engine.services.review_points import PointKind
from web.errors import add_sentences
from web.languages import n_

PHASES: Mapping[str, str] = {
    "opening": n_("Opening"),
    "discovery": n_("Discovery"),
    "offer": n_("Offers"),
    "objections": n_("Objections"),
    "close": n_("Closing"),
}

CLASSES: Mapping[str, str] = {
    "customer": n_("customer"),
    "business": n_("business"),
    "compliance": n_("compliance"),
    "non_critical": "",
}

MARKS: Mapping[str, str] = {"yes": n_("Yes"), "no": n_("No"), "na": n_("N/A")}

FINDINGS: Mapping[str, str] = {
    "listen": n_("Listen here"),
    "not_answered": n_("The call was never answered"),
    "notice_missing": n_("The recording notice was not ticked"),
    "notice_late": n_("The recording notice came after 20 seconds"),
    "notice_in_time": n_("The recording notice was ticked within 20 seconds"),
    "account_before_identity": n_("The account was spoken of before the identity check"),
    "identity_confirmed": n_("The holder was confirmed first"),
    "no_account_spoken_of": n_("The account was not spoken of"),
    "ended_before_asking": n_("The call ended before it came to that"),
    "ended_before_offer": n_("The call ended before an offer"),
    "leave_asked": n_("Leave was asked"),
    "all_layers": n_("All four layers came up"),
    "layers_missing": n_("Not all four layers came up"),
    "reason_on_record": n_("A reason is on record"),
    "reason_missing": n_("No reason is on record"),
    "no_objection": n_("No objection came up"),
    "nothing_accepted": n_("Nothing was accepted"),
    "confirmation_explained": n_("How to confirm was ticked"),
    "confirmation_missing": n_("How to confirm was not ticked"),
    "next_step_on_record": n_("A next step is on record"),
    "customer_hung_up": n_("The customer hung up first"),
    "agent_hung_up": n_("The agent hung up first"),
    "line_broke": n_("The line broke"),
    "no_outcome": n_("No outcome is on record"),
    "outcome_differs_from_route": n_("The outcome is not the one the script ended with"),
    "no_note": n_("There is no note"),
    "outcome_and_note": n_("Outcome and note are on record"),
    "no_offer": n_("No offer was made"),
    "offer_not_allowed": n_("An offer was made that the rules did not allow"),
    "offers_answer_the_reason": n_("The offers answer the reason given"),
    "disclosures_missing": n_("Not everything was ticked before the yes"),
    "disclosures_said": n_("Everything was ticked before the yes"),
    "rung_skipped": n_("A lower rung was passed over"),
    "two_offers_at_once": n_("Two offers at once"),
    "lowest_first": n_("The lowest rung came first"),
    "lower_ones_offered_before": n_("The lower rungs had been offered before"),
    "provisioned_unconfirmed": n_("It took effect without a confirmation"),
    "offer_after_do_not_call": n_("An offer after “do not call again”"),
    "offers_after_cancel": n_("More than two offers after the wish to cancel"),
    "cancel_not_registered": n_("The wish to cancel was not registered"),
}

POINTS: Mapping[PointKind, tuple[str, str, str]] = {
    PointKind.notice: ("tick", "green", n_("Recording notice")),
    PointKind.identity: ("tick", "green", n_("Identity confirmed")),
    PointKind.must_say: ("tick", "green", n_("Said: %(what)s")),
    PointKind.unsaid: ("ban", "red", n_("Tick taken back: %(what)s")),
    PointKind.missed: ("x", "red", n_("Not said: %(what)s")),
    PointKind.disclosure: ("tick", "green", n_("Disclosed: %(what)s")),
    PointKind.reason: ("dia", "blue", n_("Reason: %(what)s")),
    PointKind.offer_presented: ("disc", "blue", n_("Offered: %(what)s")),
    PointKind.offer_declined: ("x", "grey", n_("Declined: %(what)s")),
    PointKind.offer_accepted: ("half", "violet", n_("Verbal yes: %(what)s")),
    PointKind.objection: ("dia", "amber", n_("Objection: %(what)s")),
    PointKind.cancel: ("flag", "blue", n_("Asks to cancel")),
    PointKind.do_not_call: ("ban", "blue", n_("Do not call again")),
    PointKind.silence: ("bars", "amber", n_("Silence, %(seconds)s s")),
}
"""Shape, colour and words of a point; the words alone would do."""

RECORDINGS: Mapping[str, tuple[str, str, str]] = {
    "stored": ("tick", "green", n_("Recorded")),
    "outstanding": ("arc", "amber", n_("Being fetched")),
    "missing": ("x", "red", n_("Missing")),
    "deleted": ("dash", "grey", n_("Deleted")),
}

SCORED: Mapping[str, tuple[str, str, str]] = {
    "none": ("ring", "grey", n_("Not scored")),
    "draft": ("half", "amber", n_("Draft")),
    "published": ("tick", "green", n_("Published")),
    "acknowledged": ("tick", "blue", n_("Acknowledged")),
}

add_sentences(
    {
        "evaluation.stale": n_("Another page saved this evaluation since. Reload; what was saved is kept."),
        "evaluation.taken": n_("%(reviewer)s is scoring this call."),
        "evaluation.published": n_("This evaluation is published and does not change any more."),
        "evaluation.not_answered": n_("This call was never answered; there is nothing to score."),
        "evaluation.mark": n_("Yes, no, or not applicable."),
        "evaluation.too_many": n_("That is more than an evaluation holds."),
        "evaluation.comment": n_("A comment needs words."),
        "evaluation.text_too_long": n_("At most %(most)s characters."),
        "evaluation.moment": n_("That moment does not lie in this call."),
        "auto_fail.no_quote": n_("A fail rule needs a time and the words heard."),
        "auto_fail.no_offset": n_("A fail rule needs a time and the words heard."),
        "score.unanswered": n_("Answer every item before publishing."),
        "score.nothing_applies": n_("Nothing applies to this call; it cannot be scored."),
        "review.filter": n_("That filter is not known."),
        "review.cursor": n_("That page of the list is not known."),
    }
)
