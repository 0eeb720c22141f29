"""What the page of experiments says: verdicts, guards, why one stopped by itself, and why something is refused."""

from web.errors import add_sentences
from web.languages import n_

VERDICTS = {
    "go_on": ("half", "blue", n_("Go on")),
    "a_better": ("tick", "green", n_("Version a keeps more customers")),
    "b_better": ("tick", "green", n_("Version b keeps more customers")),
    "no_difference": ("dash", "grey", n_("No difference worth it")),
    "undecided": ("dash", "amber", n_("Not decided, and the end is reached")),
    "held_back": ("tri", "red", n_("Held back")),
}
"""Verdict → shape, colour, name."""
STOPPED_EARLY = ("dash", "grey", n_("Stopped before it decided"))
"""What "go on" is called once it did not go on."""
ADVICE = {
    "go_on": n_("The figures do not decide yet. Let it run."),
    "a_better": n_("Zero lies outside the interval: version a is better. You may stop now and keep it."),
    "b_better": n_("Zero lies outside the interval: version b is better. You may stop now and publish it."),
    "no_difference": n_("Whatever the difference is, it is smaller than what you called worth finding. You may stop now."),
    "undecided": n_("The agreed end is reached and shows neither a difference nor its absence. Stop, and try something larger."),
    "held_back": n_("One version keeps more customers, but the figures marked red speak against it. Find out why before you choose it."),
}
GUARDS = {
    "opportunity": n_("Opportunities of the answered customers"),
    "do_not_call": n_("Asked not to be called again"),
    "cancelled": n_("Cancellations registered"),
    "complained": n_("Complaints open now"),
}
"""Guard → name; the figure's own name in the report is in COUNTED."""
COUNTED = {"opportunity": "opportunities", "do_not_call": "do_not_call", "cancelled": "cancelled", "complained": "complained"}
BY_ITSELF = {
    "live_changed": n_("It stopped by itself: another version became the live one."),
    "flow_retired": n_("It stopped by itself: the flow was retired."),
    "version_unusable": n_("It stopped by itself: one of its versions can no longer be used for a call."),
    "version_unpublishable": n_("It stopped by itself: one of its versions would not be published today (%(codes)s)."),
}
"""Reason → sentence; see engine.services.experiments.stop_by_itself."""

add_sentences(
    {
        "experiment.title": n_("Give the experiment a name of 1 to %(longest)s characters: what you want to find out."),
        "experiment.same_version": n_("Choose two different versions: a version is never better than itself."),
        "experiment.version_unknown": n_("Choose two published versions of this flow."),
        "experiment.share": n_("Version b gets %(least)s to %(most)s per cent of the customers."),
        "experiment.holdout": n_("The hold-out is %(least)s to %(most)s per cent of all customers."),
        "experiment.window": n_("A customer is followed for %(least)s to %(most)s days."),
        "experiment.effect": n_("The smallest difference worth finding is 0.5 to 50 percentage points."),
        "experiment.rate": n_("The save rate expected now is 1 to 99 per cent."),
        "experiment.maximum": n_("The end is at %(least)s to %(most)s opportunities."),
        "experiment.number": n_("Write a number where a number is asked for: %(written)s is none."),
        "experiment.message": n_("Say in 1 to %(longest)s characters why it is stopped."),
        "experiment.runs_already": n_("An experiment of this flow runs already. Stop it first."),
        "experiment.stopped_already": n_("This experiment has stopped already."),
        "experiment.not_found": n_("There is no such experiment of this flow."),
        "experiment.publishing_scheduled": n_("A version of this flow waits to be published. Take it back first, or begin after it."),
        "experiment.stands_in_the_way": n_(
            "The experiment “%(title)s” runs on this flow. Stop it first: it needs the live version as it is."
        ),
    }
)
