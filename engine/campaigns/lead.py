"""Leads: a customer on a campaign's list."""

from enum import StrEnum

from engine.state_table import StateTable


class LeadState(StrEnum):
    """Where a lead stands."""

    waiting = "waiting"
    reserved = "reserved"
    in_call = "in_call"
    later = "later"
    callback = "callback"
    skipped = "skipped"
    done = "done"


LEAD = StateTable(
    "lead",
    LeadState,
    [
        ("reserve", [LeadState.waiting, LeadState.later, LeadState.callback], LeadState.reserved),
        ("dial", [LeadState.reserved], LeadState.in_call),
        ("postpone", [LeadState.reserved, LeadState.in_call], LeadState.later),
        ("book", [LeadState.in_call, LeadState.reserved], LeadState.callback),
        ("skip", [LeadState.reserved], LeadState.skipped),
        ("finish", [LeadState.in_call, LeadState.reserved, LeadState.waiting, LeadState.later, LeadState.callback], LeadState.done),
    ],
)
