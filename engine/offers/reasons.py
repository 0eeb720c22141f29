"""Why an offer may be made, and why not: closed lists of codes. Sentences are made of them where they are shown."""

from enum import StrEnum


class FitReason(StrEnum):
    """Why an offer is on the list."""

    fits_reason = "fits_reason"  # it answers the reason for leaving that the customer gave
    fits_use = "fits_use"  # all its conditions on use and tenure hold
    asked_for = "asked_for"  # the flow names it by its code
    open_to_all = "open_to_all"  # it has no conditions


class Refusal(StrEnum):
    """Why an offer is not on the list. The fields that come with each are named after it."""

    unknown_code = "unknown_code"  # (none): the policy has no such offer
    not_published = "not_published"  # publication_no, since, until: CN-13
    remaining = "remaining"  # remaining
    authority = "authority"  # needs, has
    fact_missing = "fact_missing"  # facts: not known, or not of their type
    currency = "currency"  # currency, wants: the customer pays in another currency than the tariffs are published in
    port = "port"  # state: CN-17, CN-19
    vulnerable = "vulnerable"  # cause: upsell or contract, VUL-02
    condition = "condition"  # condition, expression, values, label
    other_reason = "other_reason"  # leave_reason, answers
    cooldown = "cooldown"  # last, months
    above_rung_needs_decline = "above_rung_needs_decline"  # needs: leave_reason or declined_rung
    exclusive_group = "exclusive_group"  # group
