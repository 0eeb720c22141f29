"""What the templates of the impact page show. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow.impact_summary import NOT_TOLD, Impact, Parting
from engine.flow.replayed_walk import START
from engine.flow.texts import pick
from engine.services.flow_impact import MOST, Planned
from web.languages import Language, n_

REASONS: Mapping[str, str] = {
    "answer_gone": n_("The answer the customer gave is no longer there"),
    "condition": n_("A condition leads another way"),
    "leads_elsewhere": n_("The answer leads to another step"),
    "step_gone": n_("The step it led to is no longer there"),
    "must_say": n_("Something must be said first that was not said"),
    "offer_gone": n_("Nothing, or something else, may be offered here"),
    "other_offer": n_("Another offer would have been made; the answer to it is not known"),
    "end_changed": n_("The same step now ends the call another way"),
    "other_start": n_("The call begins at another step"),
    "stopped": n_("The draft stops here"),
    "asks_new": n_("The draft asks something the call never answered"),
    "unknown_fact": n_("The draft decides by a fact the call did not know"),
    "erased": n_("The customer's data were erased"),
    "not_recorded": n_("The script of the call never began"),
}
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A place where calls part, with those that may be opened."""

    step: str
    title: str
    reason: str
    count: int
    details: tuple[tuple[str, int], ...]
    leads: tuple[tuple[str, str, int], ...]
    links: tuple[tuple[str, Any], ...]
    unlinked: int
    more: int


def page_context(planned: Planned, wanted: int, language: Language) -> dict[str, Any]:
    """What studio/impact.html needs."""
    return {
        "draft": planned.draft,
        "wanted": wanted,
        "most": MOST,
        "found": len(planned.calls),
        "walkable": planned.text is not None,
        "problems": [(one.line, one.message_en if language.code == "en" else one.message_zh, one.code) for one in planned.errors[:8]],
    }


def impact_context(
    planned: Planned, impact: Impact, titles: Mapping[str, str], visible: frozenset[str], language: Language
) -> dict[str, Any]:
    """What studio/_impact.html needs."""
    at = {one.id: one.at for one in planned.calls}

    def place(one: Parting) -> PlaceShown:
        links = [call for call in one.calls if call in visible]
        return PlaceShown(
            one.step if one.step != START else "",
            titles.get(one.step, one.step) if one.step != START else "",
            language.gettext(REASONS.get(one.reason, one.reason)),
            len(one.calls),
            one.details[:4],
            tuple((step, titles.get(step, step), count) for step, count in one.leads[:4]),
            tuple((call, at[call]) for call in links[:_MOST_LINKS]),
            len(one.calls) - len(links),
            max(0, len(links) - _MOST_LINKS),
        )

    def end(code: str | None) -> str | None:
        return code if code in (None, NOT_TOLD) else pick(planned.ends[code], language.code) if code in planned.ends else code

    return {
        "draft": planned.draft,
        "impact": impact,
        "partings": [place(one) for one in impact.partings],
        "untold": [place(one) for one in impact.untold],
        "ends": [(end(old), end(new), count) for old, new, count in impact.ends],
        "share": round(100 * impact.other_way / impact.calls) if impact.calls else 0,
    }
