"""The right side of the live screen: the offer before the customer, the others, and what cannot be given."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import escape

from engine.flow.fact_values import show_money
from engine.flow.run import FlowRun
from engine.flow.view import LineView, OfferView, RefusedView, StepView
from web.desk.marks import cap, plain, shape, toggle
from web.desk.wording import DISCLOSURES, RUNGS, name_of, why_offered, why_refused
from web.desk.words import words

_KEPT = 4096


def offer(seen: StepView, run: FlowRun, tag: str) -> str:
    """The part `#offer`."""
    entry, told = run.offer, words(tag)
    if entry is None and not seen.refused:
        return (
            f'<div id="offer"><section class="sec offer"><h2>{told.offer}</h2><p class="empty flat">{told.no_offer_yet}</p></section></div>'
        )
    nothing = told.nothing_presented if seen.offers else told.nothing_possible
    shown = f'<p class="empty flat">{nothing}</p>' if entry is None else _presented(entry, seen, run, tag)
    rest = [_other(one, seen.may_present, tag) for one in seen.offers if not one.presented]
    rest += [_refused(one, tag) for one in seen.refused]
    others = f'<section class="sec"><h2>{told.others}</h2><ol class="rungs">{"".join(rest)}</ol></section>' if rest else ""
    yes = f'<span class="end"><span class="badge violet">{shape("half")}{told.verbal_yes}</span></span>' if seen.accepted else ""
    return f'<div id="offer"><section class="sec offer"><h2>{told.offer}{yes}</h2>{shown}</section>{others}</div>'


def _presented(entry: Mapping[str, Any], seen: StepView, run: FlowRun, tag: str) -> str:
    own: Mapping[str, Any] = entry["facts"]
    texts: Mapping[str, Any] = own.get(seen.language) or {}
    lines_said = all(line.said for line in seen.must_say)
    first = next((line.key for line in seen.disclosures if not line.said), None) if lines_said else None
    rows = "".join(_disclosure(line, number, line.key == first, tag, seen.language) for number, line in enumerate(seen.disclosures, 1))
    name = str(texts.get("name") or entry["name"])
    why = why_offered(tag, entry["reason"], entry["reason_fields"])
    holds = str(texts.get("contains") or own.get("contains") or "")
    return (
        _head(name, entry["rung"], str(own.get("publication_no", "")), price(own, run.facts, tag), _saving(own, run.facts, tag), tag)
        + f'<ul class="disc" aria-label="{words(tag).disclose}">{rows}</ul>'
        + _lines(why, own.get("remaining"), holds, tag)
    )


@lru_cache(maxsize=_KEPT)
def _head(name: str, rung: str, publication: str, amount: str, saving: str, tag: str) -> str:
    rung_name = f"{escape(rung.upper())} {name_of(tag, RUNGS, rung)}"
    return (
        f'<p class="name"><b data-test="offer-name">{escape(name)}</b><span class="badge">{rung_name}</span></p>'
        f'<p class="price"><span class="big">{escape(amount)}</span><span class="cmp">{escape(saving)}</span></p>'
        f'<p class="no">{words(tag).publication} {escape(publication)}</p>'
    )


def price(own: Mapping[str, Any], known: Mapping[str, Any], tag: str) -> str:
    """What an offer costs, or takes off, and how often."""
    told = words(tag)
    if not float(own.get("fee") or 0):
        return told.free_of_charge
    per = {"monthly_total": told.a_month, "monthly_extra": told.more_a_month, "monthly_off": told.off_a_month}
    return show_money(own.get("fee", "0"), "en" if tag == "en" else "zh", known) + per.get(str(own.get("fee_basis", "")), "")


def _saving(own: Mapping[str, Any], known: Mapping[str, Any], tag: str) -> str:
    if not own.get("saving"):
        return ""
    return words(tag).saves % {"amount": show_money(own["saving"], "en" if tag == "en" else "zh", known)}


def _disclosure(line: LineView, number: int, is_next: bool, tag: str, language: str) -> str:
    return _disclosure_of(line.key, number, plain(line.text), line.said, is_next, tag, "en" if language == "en" else "zh-CN")


@lru_cache(maxsize=_KEPT)
def _disclosure_of(key: str, number: int, text: str, said: bool, is_next: bool, tag: str, lang: str) -> str:
    told = words(tag)
    end = cap(told.space) if is_next else f'<span class="at">{told.said if said else told.to_say}</span>'
    return (
        f"<li>{toggle(key, said, is_next, 'disclosure')}{shape('tick' if said else 'ring')}"
        f'<span class="lab">{number} {name_of(tag, DISCLOSURES, key)}</span><span lang="{lang}">{escape(text)}</span>{end}</button></li>'
    )


@lru_cache(maxsize=_KEPT)
def _lines(why: str, remaining: int | None, holds: str, tag: str) -> str:
    told = words(tag)
    left = f"<dt>{told.left}</dt><dd><b>{remaining}</b></dd>" if remaining is not None else ""
    contains = f"<dt>{told.holds}</dt><dd>{escape(holds)}</dd>" if holds else ""
    return f'<dl class="lines">{contains}<dt>{told.why}</dt><dd>{escape(why)}</dd>{left}</dl>'


def _other(one: OfferView, may_present: bool, tag: str) -> str:
    why = why_offered(tag, one.reason, one.reason_fields)
    return _other_of(one.code, one.rung, one.name, one.declined, may_present, why, tag)


@lru_cache(maxsize=_KEPT)
def _other_of(code: str, rung: str, name: str, declined: bool, may_present: bool, why: str, tag: str) -> str:
    told = words(tag)
    begin = f'<button type="button" class="btn small" data-act="present" data-value="{escape(code)}" data-test="present-offer"'
    button = f"{begin}>{told.offer_this}</button>" if may_present else ""
    turned_down = f' <span class="cf">{told.turned_down}</span>' if declined else ""
    return (
        f'<li class="may"><span class="r">{escape(rung.upper())}</span><span>{escape(name)}{turned_down}'
        f'<span class="why">{escape(why)}</span></span>{button}</li>'
    )


def _refused(one: RefusedView, tag: str) -> str:
    return _refused_of(one.rung, one.name, why_refused(tag, one.reason, one.reason_fields, one.until), tag)


@lru_cache(maxsize=_KEPT)
def _refused_of(rung: str, name: str, why: str, tag: str) -> str:
    cannot = words(tag).cannot_give % {"why": escape(why)}
    return (
        f'<li class="no"><span class="r">{escape(rung.upper())}</span><span>{escape(name)}'
        f'<span class="why">{shape("ban")}{cannot}</span></span></li>'
    )
