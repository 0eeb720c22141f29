"""What the desk says when something cannot be done, by the error's code."""

from collections.abc import Mapping

from web.languages import n_

SENTENCES: Mapping[str, str] = {
    "press.unreadable": n_("That press could not be read. Reload the page and press again."),
    "call.not_in_flow": n_("This call has no script running any more."),
    "call.not_in_wrap_up": n_("This call is not in wrap-up."),
    "call.closed": n_("This call is already saved."),
    "call.not_found": n_("There is no such call on your desk."),
    "lead.not_found": n_("There is no such customer on your list."),
    "lead.not_yours": n_("Another agent has this customer."),
    "lead.moved": n_("Somebody else has just taken this customer. Take the next one."),
    "desk.moved": n_("Your desk has moved on in another window. Reload this one."),
    "desk.not_available": n_("Finish what is on your desk first."),
    "number.in_use": n_("This number is being called right now. It is not called twice."),
    "customer.no_number": n_("This customer has no such number."),
    "flow.ended": n_("The script is at its end. Hang up, or go back a step."),
    "flow.unknown_reaction": n_("That answer does not belong to this step."),
    "flow.say_first": n_("Say the must-say lines and all parts of the offer first; then a yes counts."),
    "flow.nothing_offered": n_("No offer is before the customer"),
    "flow.not_offered": n_("The tariff rules do not allow this offer now."),
    "flow.no_more_offers": n_("No more offers: the customer has decided. Carry out what they asked for."),
    "flow.at_start": n_("Nothing lies behind this step"),
    "flow.registered": n_("This is registered and cannot be taken back here."),
    "flow.no_drawer": n_("The drawer is closed."),
    "flow.unknown_line": n_("That line does not belong to this step."),
    "flow.unknown_objection": n_("There is no such objection."),
    "flow.no_question": n_("Nothing is asked at this step."),
    "fact.wrong_type": n_("That does not look like what is asked for."),
    "fact.unknown_option": n_("That is none of the possible answers."),
    "cancellation.under_way": n_("The cancellation is already being carried out. To withdraw it, the customer calls the service number."),
    "note.too_long": n_("A note has at most %(limit)s characters."),
    "skip.reason": n_("Choose a reason from the list."),
    "later.moment": n_("Choose a moment within the next %(days)s days."),
    "break.code": n_("Choose a kind of break from the list."),
    "callback.moment": n_("That is not a day and an hour."),
}
