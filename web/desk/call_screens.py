"""The screens of a call in words: while it is being put through, while it is live, and the wrap-up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.calls.lifecycle import CallState
from engine.clock import to_millis
from engine.errors import StaylineError
from engine.flow.texts import pick
from engine.services.desk_live import CallOnDesk
from engine.services.desk_place import Callback, Place
from engine.services.desk_wrap_up import Told, WrapUp
from web.desk.drawer import drawer_part
from web.desk.line_html import line_part
from web.desk.live_html import live_parts
from web.desk.offer_html import price
from web.desk.reference_html import NO_REFERENCE, reference
from web.desk.told import contacts, day_and_time, millis, who
from web.desk.wording import BREAKS, END_REASONS, ENDED_BY, PHASES, gettext_of, name_of
from web.languages import n_
from web.safe_html import trusted

_LINE: Mapping[CallState, tuple[str, str, str]] = {
    CallState.queued: ("dial", "chev", n_("Dialling")),
    CallState.dialing: ("dial", "chev", n_("Dialling")),
    CallState.ringing: ("ring", "bell", n_("Ringing")),
    CallState.connected: ("call", "disc", n_("In call")),
    CallState.on_hold: ("hold", "hold", n_("On hold")),
    CallState.unknown: ("lost", "tri", n_("Outcome unknown")),
    CallState.wrap_up: ("wrap", "half", n_("Wrap-up")),
}
_TOLD: Mapping[str, str] = {
    "asked": n_("%(name)s: %(value)s"),
    "objection": n_("Objection raised: %(name)s"),
    "offered": n_("Offered %(name)s"),
    "declined": n_("Offered %(name)s; the customer: “%(value)s”"),
    "accepted": n_("Said yes to %(name)s on the phone; not confirmed yet"),
}
_FIRST_KEYS = 9


def around(place: Place, tag: str) -> dict[str, Any]:
    """What every screen outside a call shows of where the agent is."""
    return {"since": millis(place.since), "break": name_of(tag, BREAKS, place.break_code or "rest")}


def line(d: CallOnDesk, zone: str, tag: str, now: datetime) -> dict[str, Any]:
    """The values of desk/line.html: dialling, ringing, or an outcome nobody knows yet."""
    state, mark, word = _LINE[d.call.line.state]
    return {
        "who": who(d.customer, d.number, now, zone, tag),
        "state": state,
        "mark": mark,
        "word": gettext_of(tag)(word),
        "since": to_millis(d.call.requested_at),
        "unknown": d.call.line.state is CallState.unknown,
        "contacts": contacts(d.contacts, zone, tag),
        "flow": pick(d.flow.title, "en" if tag == "en" else "zh"),
    }


def live(d: CallOnDesk, zone: str, tag: str, now: datetime) -> dict[str, Any]:
    """The values of desk/live.html."""
    run, answered = d.call.run, d.call.line.answered_at
    assert run is not None
    return {
        **line(d, zone, tag, now),
        "since": millis(answered),
        "parts": {part: trusted(html) for part, html in live_parts(d.flow, run, d.call.sequence, tag).items()},
        "reference": trusted(reference(d.cancellation, to_millis(now), tag) if run.cancel_requested else NO_REFERENCE),
        "drawer": trusted(drawer_part(d.flow, run, tag)),
        "line": trusted(line_part(d.call.line)),
        "times": _times(d),
        "note": d.call.line.note,
        "common": [pick(one.label, run.language) for one in list(d.flow.drawer.values())[:3]],
        "script": "en" if run.language == "en" else "zh-CN",
    }


def _times(d: CallOnDesk) -> dict[str, Any]:
    return {"spent": dict(d.times.spent), "running": d.times.running, "since": millis(d.times.since)}


def wrap_up(w: WrapUp, zone: str, tag: str, now: datetime, filled: Mapping[str, str] | None) -> dict[str, Any]:
    """The values of desk/wrap_up.html; `filled` is what the agent had put in when saving was refused."""
    d, language = w.on_desk, "en" if tag == "en" else "zh"
    call, run = d.call, d.call.run
    chosen = filled["disposition"] if filled else w.proposed
    outcomes = sorted(w.outcomes, key=lambda one: (one.code != w.proposed, not one.common))
    answered, ended = call.line.answered_at, call.line.ended_at
    written = "" if w.edited else notes(w.told, run is not None and run.cancel_requested, tag)
    note = filled["note"] if filled else "\n".join(part for part in (call.line.note, written) if part)
    return {
        **line(d, zone, tag, now),
        "since": millis(ended),
        "talked": None if answered is None or ended is None else to_millis(ended) - to_millis(answered),
        "ended": name_of(tag, END_REASONS, call.line.end_reason or "not_placed"),
        "ended_by": name_of(tag, ENDED_BY, call.line.ended_by or "carrier") if answered is not None else "",
        "outcomes": [
            {
                "code": one.code,
                "label": pick(one.label, language),
                "digit": number if number <= _FIRST_KEYS else None,
                "needs": sorted(one.needs),
                "chosen": one.code == chosen,
                "proposed": one.code == w.proposed,
            }
            for number, one in enumerate(outcomes, 1)
        ],
        "chosen": chosen,
        "calls_back": any("callback_at" in one.needs for one in w.outcomes),
        "reason": filled["reason"] if filled else w.reason or "",
        "note": note,
        "noted": bool(call.line.note),
        "slots": [{"value": f"{one.at:%Y-%m-%dT%H:%M}", "label": day_and_time(one.at, tag), "preferred": one.preferred} for one in w.slots],
        "callback_at": filled["callback_at"] if filled else "",
        "send_message": bool(filled["send_message"]) if filled else True,
        "order": _order(w, tag),
        "cancellation": d.cancellation,
        "refused": run is not None and run.do_not_call_requested,
        "phases": _phases(d, tag),
    }


def notes(told: Sequence[Told], cancel: bool, tag: str) -> str:
    """The note as the answers of the call would write it, a sentence a line."""
    _ = gettext_of(tag)
    stop = "." if tag == "en" else "。"
    lines = [_(_TOLD[one.kind]) % {"name": one.name, "value": one.value} for one in told]
    if cancel:
        lines.append(_("The customer asked to cancel"))
    return "\n".join(f"{text}{stop}" for text in lines)


def _order(w: WrapUp, tag: str) -> dict[str, Any] | None:
    if w.order is None:
        return None
    own: Mapping[str, Any] = w.order["facts"]
    texts: Mapping[str, Any] = own.get("en" if tag == "en" else "zh") or {}
    run = w.on_desk.call.run
    return {
        "name": str(texts.get("name") or w.order["name"]),
        "rung": str(w.order["rung"]).upper(),
        "price": price(own, run.facts if run else {}, tag),
        "publication_no": own.get("publication_no", ""),
    }


def _phases(d: CallOnDesk, tag: str) -> list[dict[str, Any]]:
    return [{"name": gettext_of(tag)(PHASES[phase]), "ms": spent} for phase, spent in d.times.spent.items()]


def problem(refused: StaylineError, tag: str) -> str:
    """Why an outcome cannot be saved yet, in one sentence."""
    _ = gettext_of(tag)
    if refused.reason == "disposition.needs":
        names: dict[str, str] = {"callback_at": _("when to call back"), "reason": _("the reason"), "order": _("an accepted offer")}
        missing: list[str] = list(refused.fields.get("missing", ()))  # type: ignore[call-overload]
        comma = _(", ")
        return _("Still needed for this outcome: %(what)s.") % {"what": comma.join(names.get(one, one) for one in missing)}
    if refused.reason == "disposition.customer_refused":
        return _("The customer asked not to be called again, so no other outcome can be saved.")
    if refused.reason == "callback.moment":
        return _("That is not a day and an hour.")
    return _("This outcome cannot be saved: %(why)s.") % {"why": refused.reason}


def callbacks(found: Sequence[Callback], zone: str, tag: str) -> list[dict[str, Any]]:
    """Callbacks in the customer's time first, ours beside it where it differs."""
    told: list[dict[str, Any]] = []
    for one in found:
        theirs, ours = one.at.astimezone(ZoneInfo(one.zone)), one.at.astimezone(ZoneInfo(zone))
        differs = theirs.utcoffset() != ours.utcoffset()
        told.append(
            {
                "lead_id": one.lead_id,
                "customer": one.customer,
                "at": day_and_time(theirs, tag),
                "ours": day_and_time(ours, tag) if differs else "",
                "note": one.note,
                "due": one.due,
            }
        )
    return told
