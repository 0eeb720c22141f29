"""The words of the live screen, translated once per language: looking them up again at every press would cost more than writing them."""

from dataclasses import dataclass, fields
from functools import lru_cache

from web.desk.wording import gettext_of
from web.languages import n_


@dataclass(frozen=True, slots=True)
class Words:
    """What the parts of the live screen say, in one language."""

    say_now: str = n_("Say now")
    likely_next: str = n_("Likely next")
    if_answer: str = n_("If “%(answer)s”")
    must_be_said: str = n_("Must be said")
    say: str = n_("Say")
    space: str = n_("Space")
    from_earlier: str = n_("from an earlier step")
    must_say_line: str = n_("the must-say line")
    answers: str = n_("What the customer says")
    keep: str = n_("Keep")
    no_more_calls: str = n_("Not to be called again, from now on")
    cancel_asked: str = n_("The customer asked to cancel")
    identity: str = n_("Identity confirmed")
    script_ended: str = n_("The script is at its end.")
    say_goodbye: str = n_("Say goodbye, then hang up. The outcome is filled in for you.")
    phases: str = n_("Phases of the call")
    phase_done: str = n_("done")
    phase_now: str = n_("now")
    phase_ahead: str = n_("ahead")
    offer: str = n_("Offer")
    no_offer_yet: str = n_("None now. The tariff rules are asked when the script comes to an offer.")
    nothing_presented: str = n_("No offer is before the customer.")
    nothing_possible: str = n_("Nothing can be given. Explain the bill, or register the cancellation.")
    others: str = n_("Others, and what cannot be given")
    verbal_yes: str = n_("verbal yes, not yet an order")
    publication: str = n_("Publication no.")
    saves: str = n_("%(amount)s less a month than now")
    disclose: str = n_("Say all of these before a yes counts")
    said: str = n_("said")
    to_say: str = n_("to say")
    why: str = n_("Why")
    left: str = n_("Left")
    holds: str = n_("Holds")
    offer_this: str = n_("Offer this")
    turned_down: str = n_("turned down")
    cannot_give: str = n_("Cannot be given: %(why)s")
    a_month: str = n_(" a month")
    more_a_month: str = n_(" more a month")
    off_a_month: str = n_(" off a month")
    known: str = n_("What is known")
    asked: str = n_("asked")
    back: str = n_("Back one step")
    nothing_behind: str = n_("Nothing lies behind this step")
    cancel: str = n_("Customer asks to cancel")
    do_not_call: str = n_("Do not call again")
    listing: str = n_(", ")
    free_of_charge: str = n_("No charge")


@lru_cache(maxsize=8)
def words(tag: str) -> Words:
    """The words in a screen language."""
    gettext = gettext_of(tag)
    return Words(**{one.name: gettext(str(one.default)) for one in fields(Words)})
