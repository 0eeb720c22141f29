"""What codes are called on the desk, in the language of the screen."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from web.languages import Language, n_, read_languages

Gettext = Callable[[str], str]


@lru_cache(maxsize=1)
def _languages() -> dict[str, Language]:
    return read_languages()


def gettext_of(tag: str) -> Gettext:
    """The translation function of a screen language, "zh-CN" or "en"."""
    return _languages()[tag].gettext


PHASES: Mapping[str, str] = {
    "opening": n_("Opening"),
    "discovery": n_("Discovery"),
    "offer": n_("Offering"),
    "objections": n_("Objections"),
    "close": n_("Closing"),
}

DISCLOSURES: Mapping[str, str] = {
    "price": n_("Price"),
    "scenario": n_("Who for"),
    "validity": n_("Validity"),
    "restriction": n_("Limits"),
    "early_exit_fee": n_("Early exit"),
}

RUNGS: Mapping[str, str] = {
    "r0": n_("Fix it first"),
    "r1": n_("Plan that fits"),
    "r2": n_("Already paid for"),
    "r3": n_("Speed or data"),
    "r4": n_("Pause"),
    "r5": n_("Discount"),
    "r6": n_("Device or contract"),
    "r7": n_("Exception"),
    "r8": n_("Let go"),
}

TIERS: Mapping[str, str] = {
    "diamond": n_("Diamond card"),
    "gold": n_("Gold card"),
    "silver": n_("Silver card"),
    "member": n_("Member card"),
}

CHANNELS: Mapping[str, str] = {
    "call": n_("Call"),
    "sms": n_("Text message"),
    "shop": n_("Shop"),
    "app": n_("App"),
    "visit": n_("Home visit"),
}

SKIP_REASONS: Mapping[str, str] = {
    "already_served": n_("Already served elsewhere"),
    "wrong_record": n_("The record is wrong"),
    "known_person": n_("I know this person"),
    "not_suitable": n_("Not a call to make now"),
}

BREAKS: Mapping[str, str] = {
    "after_call": n_("After the call"),
    "rest": n_("Rest"),
    "meal": n_("Meal"),
    "training": n_("Training"),
    "meeting": n_("Meeting"),
}

END_REASONS: Mapping[str, str] = {
    "completed": n_("The conversation ended"),
    "busy": n_("The line was busy"),
    "no_answer": n_("Nobody answered"),
    "rejected": n_("The call was rejected"),
    "invalid_number": n_("The number does not exist or is out of service"),
    "machine": n_("A machine answered"),
    "cancelled": n_("Hung up before an answer"),
    "congestion": n_("The network was congested"),
    "carrier_failure": n_("The carrier had a failure"),
    "trunk_down": n_("The line out did not answer: nobody was rung"),
    "media_lost": n_("The sound stopped: a network or a browser was gone"),
    "not_placed": n_("The call was not placed"),
}

ENDED_BY: Mapping[str, str] = {
    "agent": n_("you hung up"),
    "customer": n_("the customer hung up"),
    "carrier": n_("ended by the carrier"),
}

BLOCKED: Mapping[str, str] = {
    "flow.nothing_offered": n_("No offer is before the customer"),
    "flow.say_first": n_("Say first: %(what)s"),
}

_FITS: Mapping[str, str] = {
    "fits_reason": n_("It answers the reason the customer gave"),
    "fits_use": n_("It fits the customer's use and time with us"),
    "asked_for": n_("The script asks for it here"),
    "open_to_all": n_("Open to every customer"),
}

_REFUSED: Mapping[str, str] = {
    "unknown_code": n_("no such offer is published"),
    "not_published": n_("not on sale on this day"),
    "remaining": n_("none left"),
    "authority": n_("above what you may give"),
    "fact_missing": n_("something about the customer is not known"),
    "port": n_("the customer is moving the number away"),
    "vulnerable": n_("not for customers who need special care"),
    "other_reason": n_("answers another reason for leaving"),
    "cooldown": n_("given within the last %(months)s months"),
    "exclusive_group": n_("goes against something the customer has"),
    "condition": n_("a condition does not hold"),
}
_NEEDS: Mapping[str, str] = {
    "leave_reason": n_("only once the reason for leaving is known"),
    "declined_rung": n_("only after a lower offer was turned down"),
}

_REASONS: Mapping[str, str] = {
    "contract_ending": n_("The contract ends in %(days)s days"),
    "bill_rise": n_("The last bill rose by %(percent)s%%"),
    "spend_drop": n_("Spending fell by %(percent)s%%"),
    "low_usage": n_("Uses only %(percent)s%% of the plan's data"),
    "asked_to_cancel": n_("Asked how to cancel"),
    "churn_score": n_("Likely to leave: score %(score)s of 100"),
    "campaign": n_("On the campaign's list"),
}


def name_of(tag: str, names: Mapping[str, str], code: str) -> str:
    """The name of a code; a code we have no name for shows as it is, so that nobody is told something wrong."""
    text = names.get(code)
    return code if text is None else gettext_of(tag)(text)


def why_offered(tag: str, reason: str, fields: Mapping[str, Any]) -> str:
    """Why this offer: the tariff's own words where it has some, and the rule that let it through."""
    own: Mapping[str, str] = fields.get("why") or {}
    told = own.get("en" if tag == "en" else "zh", "")
    fit = name_of(tag, _FITS, reason)
    return f"{told}{'. ' if tag == 'en' else '。'}{fit}" if told else fit


def why_refused(tag: str, reason: str, fields: Mapping[str, Any], until: str | None) -> str:
    """Why not this offer, and from when it would be possible."""
    _ = gettext_of(tag)
    if reason == "above_rung_needs_decline":
        told = name_of(tag, _NEEDS, str(fields.get("needs", "declined_rung")))
    elif reason == "condition" and isinstance(fields.get("label"), Mapping) and fields["label"]:
        labels: Mapping[str, str] = fields["label"]
        told = labels.get("en" if tag == "en" else "zh") or next(iter(labels.values()))
    else:
        told = name_of(tag, _REFUSED, reason) % {"months": fields.get("months", "")}
    return _("%(why)s; possible from %(day)s") % {"why": told, "day": until} if until else told


def why_on_list(tag: str, reason: Mapping[str, Any]) -> str:
    """Why a customer is on the list."""
    code = str(reason.get("code", ""))
    fields: Mapping[str, Any] = reason.get("fields") or {}
    text = _REASONS.get(code)
    if text is None:
        return code
    try:
        return gettext_of(tag)(text) % fields
    except KeyError:
        return code
