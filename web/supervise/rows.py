"""A call of the floor in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.calls.leg import Ear
from engine.calls.lifecycle import CallState
from engine.clock import to_millis
from engine.flow.texts import pick
from engine.services.floor import FloorCall
from engine.services.in_the_call import Listener
from web.desk.wording import gettext_of
from web.languages import n_

POOR_LOSS, POOR_JITTER_MS, POOR_ROUND_TRIP_MS = 0.03, 40, 400
"""From here on a talk is hard work: words go missing, or people speak over each other."""

_STATES: Mapping[CallState, tuple[str, str, str]] = {
    CallState.queued: ("chev", "blue", n_("Dialling")),
    CallState.dialing: ("chev", "blue", n_("Dialling")),
    CallState.ringing: ("bell", "blue", n_("Ringing")),
    CallState.connected: ("disc", "blue", n_("In call")),
    CallState.on_hold: ("hold", "blue", n_("On hold")),
    CallState.unknown: ("tri", "red", n_("Outcome unknown")),
}
_RECORDERS: Mapping[str, tuple[str, str, str]] = {
    "on": ("disc", "red", n_("Recording")),
    "paused": ("bars", "amber", n_("Recording paused")),
    "lost": ("tri", "red", n_("Recorder lost")),
    "off": ("ring", "grey", n_("Not recording")),
}
_EARS: Mapping[Ear, tuple[str, str]] = {
    Ear.listen: (n_("%(name)s listens"), n_("you listen")),
    Ear.whisper: (n_("%(name)s whispers"), n_("you whisper")),
    Ear.barge: (n_("%(name)s is in the call"), n_("you are in the call")),
}
_UP = (CallState.connected, CallState.on_hold)


def row_of(one: FloorCall, me: str, tag: str) -> dict[str, Any]:
    """The values of one row; `me` is the reader, whose own part in the call the page shows on its keys."""
    _, live = gettext_of(tag), one.call
    language = "en" if tag == "en" else "zh"
    mine = next((other for other in one.listeners if other.user_id == me), None)
    return {
        "id": live.call_id,
        "agent": live.agent,
        "customer": live.customer,
        "state": _told(_STATES[live.state], tag),
        "since": to_millis(live.since),
        "flow": pick(one.flow, language),
        "step": "" if one.step is None else pick(one.step, language),
        "recorder": _told(_RECORDERS[live.recorder], tag),
        "recorder_code": live.recorder,
        "quality": quality_of(one.quality, tag),
        "listeners": [_listener(other, me, tag) for other in one.listeners],
        "mine": "" if mine is None else mine.ear.value,
        "mine_leg": "" if mine is None else mine.leg_id,
        "mine_in": mine is not None and mine.is_in,
        "blocked": _blocked(one, me, tag),
    }


def _told(known: tuple[str, str, str], tag: str) -> tuple[str, str, str]:
    """(shape, colour, word in the language of the screen)."""
    shape, colour, word = known
    return shape, colour, gettext_of(tag)(word)


def _listener(other: Listener, me: str, tag: str) -> str:
    _, mine = gettext_of(tag), other.user_id == me
    theirs, yours = _EARS[other.ear] if other.is_in else (n_("%(name)s is on the way in"), n_("you are on the way in"))
    return _(yours) if mine else _(theirs) % {"name": other.name}


def _blocked(one: FloorCall, me: str, tag: str) -> str:
    """Why nobody can listen to this call; empty when they can."""
    _ = gettext_of(tag)
    if one.call.agent_id == me:
        return _("This call is your own.")
    if not one.can_listen:
        return _("This line lets nobody listen in.")
    return "" if one.call.state in _UP else _("The customer is not on the line yet.")


def quality_of(known: Mapping[str, Any], tag: str) -> dict[str, str]:
    """The line in a word, with its figures: {"shape", "colour", "word", "figures"}; nothing measured has no word."""
    _ = gettext_of(tag)
    figures = _figures(known, tag)
    if not figures:
        return {"shape": "", "colour": "", "word": "", "figures": _("Nothing measured yet")}
    poor = (
        known.get("loss", 0) >= POOR_LOSS
        or known.get("jitter_ms", 0) >= POOR_JITTER_MS
        or known.get("round_trip_ms", 0) >= POOR_ROUND_TRIP_MS
    )
    shape, colour, word = ("tri", "amber", _("poor")) if poor else ("tick", "green", _("good"))
    comma = _(", ")
    return {"shape": shape, "colour": colour, "word": word, "figures": comma.join(figures)}


def _figures(known: Mapping[str, Any], tag: str) -> Sequence[str]:
    _ = gettext_of(tag)
    told: list[str] = []
    if "loss" in known:
        told.append(_("lost %(percent)s %%") % {"percent": f"{known['loss'] * 100:.1f}"})
    if "jitter_ms" in known:
        told.append(_("jitter %(ms)s ms") % {"ms": f"{known['jitter_ms']:.0f}"})
    if "round_trip_ms" in known:
        told.append(_("there and back %(ms)s ms") % {"ms": f"{known['round_trip_ms']:.0f}"})
    return told
