"""What the agent sees after a call: the outcome its route speaks for, what was said, what will follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.calls.lifecycle import EndReason
from engine.campaigns.callee_zone import callee_zones
from engine.campaigns.calling_hours import open_until
from engine.campaigns.clearance_policy import ClearancePolicy, next_open
from engine.customers.customer import Customer
from engine.events.envelope import Logged
from engine.events.flow_events import DrawerLineUsed, FactSet
from engine.events.offer_events import OfferAccepted, OfferDecided, OfferDeclined, OfferPresented
from engine.events.outcome_events import NoteSaved
from engine.flow.definition import Flow
from engine.flow.fact_values import OWN_FILTER, show_plain
from engine.flow.run import FlowRun
from engine.flow.saying import lines_met, missing_before_yes, required_disclosures
from engine.flow.texts import pick
from engine.services import content
from engine.services.clearing import policy_of
from engine.services.desk_live import CallOnDesk, call_on_desk, own_call
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.lawful_paths import refuse_callee, register_cancellation
from engine.services.messages import queue_follow_up
from engine.services.orders import open_order
from engine.services.wrapping_up import proposed_disposition
from engine.storage.call_log import StoredCall, read_log
from engine.storage.database import Transaction
from engine.storage.leads import load_lead

_SLOT_HOURS = (time(10), time(11), time(15), time(16, 30), time(19))
"""Hours people are asked for; those outside the calling window are not offered."""
_SLOT_DAYS = 5
_MOST_SLOTS = 6
_NOT_PLACED = "not_placed"
_NOT_GIVEN = "unknown"
"""The library's word for a reason that was not given."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A disposition the agent may choose, its label by language. `common`: conversations about staying usually end so."""

    code: str
    label: Mapping[str, str]
    needs: frozenset[str]
    effect: str
    common: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the notes can say: `kind` is asked, objection, offered, declined or accepted; the rest fills its sentence."""

    kind: str
    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment to call back, in the customer's time."""

    at: datetime
    preferred: bool


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """A message as it would go out."""

    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class WrapUp:
    """The whole wrap-up screen. `reasons`: families of (code, label) pairs; `said` of `to_say` must-say items were said."""

    on_desk: CallOnDesk
    proposed: str
    outcomes: tuple[Outcome, ...]
    reasons: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    reason: str | None
    told: tuple[Told, ...]
    edited: bool
    """Whether the note was already worked on after the call: then it is shown as it stands."""
    slots: tuple[Slot, ...]
    zone: str
    order: Mapping[str, Any] | None
    said: int
    to_say: int


def wrap_up_of(house: House, caller: Caller, call_id: str, language: str) -> WrapUp:
    """What to show for a call in wrap-up; labels in the agent's language. Raises NotFound."""
    on_desk = call_on_desk(house, caller, call_id)
    call, customer = on_desk.call, on_desk.customer
    with house.database.reading() as tx:
        lead = load_lead(tx, call.lead_id)
        policy = policy_of(tx, lead.window_policy)
        zones = callee_zones(policy, customer.numbers[0].number if customer.numbers else "", customer.zone, customer.province)
        reasons = content.library_data(tx, content.REASONS, "churn_reasons")
        log = read_log(tx, call.id)
        told = tuple(_told(log, on_desk.flow, call, language))
        outcomes = tuple(_outcomes(tx, call))
    zone = customer.zone or house.company.zone
    run = call.run
    said, to_say = _said(on_desk.flow, run)
    return WrapUp(
        on_desk=on_desk,
        proposed=_NOT_PLACED if _was_not_placed(call) else proposed_disposition(call.line, run),
        outcomes=outcomes,
        reasons=tuple(_families(reasons, language)),
        reason=_reason(reasons, run, customer),
        told=told,
        edited=any(isinstance(logged.event, NoteSaved) and logged.at >= (call.line.ended_at or logged.at) for logged in log),
        slots=tuple(_slots(policy, zones, ZoneInfo(zone), house.clock.now(), lead.purpose)),
        zone=zone,
        order=run.decision.find(run.accepted) if run is not None and run.decision is not None else None,
        said=said,
        to_say=to_say,
    )


def preview_messages(
    house: House, caller: Caller, call_id: str, disposition: str, callback_at: datetime | None
) -> tuple[MessagePreview, ...]:
    """The messages this outcome would send, made by the very services that send them, in a transaction that is thrown away.

    A reference that is only given when the outcome is saved shows as an ellipsis. Raises NotFound, BadInput.
    """
    now = house.clock.now()
    with house.database.reading() as tx:
        call = own_call(tx, caller, call_id)
        chosen = content.dispositions(tx).get(disposition)
        if chosen is None or call.line.answered_at is None or (chosen.effect == "callback" and callback_at is None):
            return ()
        made_up = _rehearse(house, tx, call, chosen.effect, now)
        queue_follow_up(house, tx, call, chosen.code, callback_at, now)
        rows = tx.rows("SELECT kind, body FROM message WHERE call_id = :id ORDER BY id", id=call.id)
        return tuple(MessagePreview(row["kind"], row["body"].replace(made_up, "…") if made_up else row["body"]) for row in rows)


def _rehearse(house: House, tx: Transaction, call: StoredCall, effect: str, now: datetime) -> str:
    """Do what the outcome does; returns the reference that was made up for it, or an empty text."""
    match effect:
        case "order" if call.run is not None and call.run.accepted is not None:
            open_order(house, tx, call, now)
        case "do_not_call":
            refuse_callee(house, tx, call, now, reason="rehearsal")
        case "cancellation":
            made = register_cancellation(house, tx, call, now)
            return str(made[0].data()["reference"]) if made else ""
        case _:
            pass
    return ""


def _outcomes(tx: Transaction, call: StoredCall) -> Iterator[Outcome]:
    """What may be chosen: by whether somebody answered, and never against what the customer asked for."""
    data: Mapping[str, Any] = content.library_data(tx, content.DISPOSITIONS, "outcomes")["dispositions"]
    run, answered = call.run, call.line.answered_at is not None
    for one in content.dispositions(tx).values():
        if one.connected != answered or (
            data[one.code].get("set_by") == "system" and not (one.code == _NOT_PLACED and _was_not_placed(call))
        ):
            continue
        if "order" in one.needs and (run is None or run.accepted is None):
            continue
        if run is not None and run.do_not_call_requested and one.effect != "do_not_call":
            continue
        yield Outcome(one.code, one.label, one.needs, one.effect, one.opportunity)


def _was_not_placed(call: StoredCall) -> bool:
    """Whether it is proven that no phone rang: that is no "nobody answered"."""
    return call.line.end_reason == EndReason.not_placed.value


def _families(data: Mapping[str, Any], language: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    def label(entry: Mapping[str, Any]) -> str:
        return str(entry.get("en", entry["label"])) if language == "en" else str(entry["label"])

    for family in data["families"].values():
        yield label(family), tuple((code, label(entry)) for code, entry in family["reasons"].items())


def _reason(data: Mapping[str, Any], run: FlowRun | None, customer: Customer) -> str | None:
    """The reason asked on the call wins over what was thought before; among its likenesses the customer's own comes first.

    Who simply wants to go is not asked why, and the wrap-up does not ask the agent to make something up either.
    """
    known = {code: entry for family in data["families"].values() for code, entry in family["reasons"].items()}
    thought = [code for code in customer.churn_reasons if code in known]
    asked = None if run is None else run.facts.get("leave_reason")
    if asked is None:
        not_given = _NOT_GIVEN if run is not None and run.cancel_requested and _NOT_GIVEN in known else None
        return thought[0] if thought else not_given
    fitting = [code for code, entry in known.items() if entry.get("leave_reason") == asked]
    return next((code for code in thought if code in fitting), fitting[0] if fitting else None)


def _told(log: Sequence[Logged], flow: Flow, call: StoredCall, language: str) -> Iterator[Told]:
    """What was learnt and offered, in order, each thing once and as it stood in the end."""
    run = call.run
    if run is None:
        return
    names: dict[str, str] = {}
    asked: dict[str, Told] = {}
    happened: dict[tuple[str, str], Told] = {}
    for logged in log:
        match logged.event:
            case FactSet(name=name) if name in run.facts and name in flow.facts:
                asked[name] = Told("asked", _fact_label(flow, name, language), _fact_value(flow, run, name, language))
            case DrawerLineUsed(objection=code) if code in flow.drawer:
                happened["objection", code] = Told("objection", pick(flow.drawer[code].label, language))
            case OfferDecided(offered=offered):
                names |= {one["code"]: _offer_name(one, language) for one in offered}
            case OfferPresented(code=code):
                happened["offered", code] = Told("offered", names.get(code, code))
            case OfferDeclined(code=code, step=step, reaction=reaction):
                said = flow.steps[step].reaction(reaction) if step in flow.steps else None
                told = Told("declined", names.get(code, code), pick(said.label, language) if said else reaction)
                happened["offered", code] = told
            case OfferAccepted(code=code):
                happened["offered", code] = Told("accepted", names.get(code, code))
            case _:
                pass
    yield from asked.values()
    yield from happened.values()


def _fact_label(flow: Flow, name: str, language: str) -> str:
    label = flow.facts[name].label
    return pick(label, language) if label else name


def _fact_value(flow: Flow, run: FlowRun, name: str, language: str) -> str:
    fact, value = flow.facts[name], run.facts[name]
    if value in fact.options:
        return pick(fact.options[value], language)
    return OWN_FILTER.get(fact.type, show_plain)(value, language, run.facts)


def _offer_name(offered: Mapping[str, Any], language: str) -> str:
    translated: Mapping[str, Any] = offered["facts"].get(language) or {}
    return str(translated.get("name") or offered["name"])


def _said(flow: Flow, run: FlowRun | None) -> tuple[int, int]:
    if run is None:
        return 0, 0
    to_say = len(lines_met(flow, run)) + len(required_disclosures(flow, run))
    return to_say - len(missing_before_yes(flow, run)), to_say


def _slots(policy: ClearancePolicy, zones: Sequence[str], zone: ZoneInfo, now: datetime, purpose: Any) -> Iterator[Slot]:
    """Moments of the next days at which calling will be allowed, the better hours first within a day."""
    found = 0
    today = now.astimezone(zone).date()
    better = tuple((policy.preferred, name) for name in zones)
    for days in range(_SLOT_DAYS):
        for hour in _SLOT_HOURS:
            at = datetime.combine(today + timedelta(days=days), hour, tzinfo=zone)
            if at < now + timedelta(hours=1) or not zones or next_open(policy, tuple(zones), at, purpose) != at:
                continue
            yield Slot(at, open_until(better, at) is not None)
            found += 1
            if found == _MOST_SLOTS:
                return
