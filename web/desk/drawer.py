"""The objection drawer: each objection with its answer, filled in for this call, found by Chinese, English or pinyin initials."""

from collections.abc import Sequence

from markupsafe import escape

from engine.flow.definition import Flow
from engine.flow.run import FlowRun
from engine.flow.view import DrawerEntry, drawer
from engine.flow.wording import Segment
from web.desk.marks import shape
from web.desk.talk_html import sentence
from web.desk.wording import gettext_of
from web.pages import initials


def drawer_part(flow: Flow, run: FlowRun, tag: str) -> str:
    """The part `#drawer-list`."""
    return drawer_list(drawer(flow, run), run, tag)


def drawer_list(entries: Sequence[DrawerEntry], run: FlowRun, tag: str) -> str:
    """The same part of entries already filled in."""
    lang, label = "en" if run.language == "en" else "zh-CN", gettext_of(tag)("Objection replies")
    rows = "".join(_entry(entry, number, tag, lang) for number, entry in enumerate(entries))
    is_open = "true" if run.drawer_open else "false"
    return f'<ol id="drawer-list" role="listbox" aria-label="{label}" data-open="{is_open}">{rows}</ol>'


def _entry(entry: DrawerEntry, number: int, tag: str, lang: str) -> str:
    comma = "、" if lang == "zh-CN" else ", "
    found_by = " ".join((entry.label, initials(entry.label), *(f"{signal} {initials(signal)}" for signal in entry.signals))).lower()
    used = gettext_of(tag)("used")
    badge = f'<span class="badge green">{shape("tick")}{used}</span>' if entry.used else ""
    return (
        f'<li class="obj" role="option" id="obj-{number}" aria-selected="false" data-value="{escape(entry.code)}" lang="{lang}"'
        f' data-find="{escape(found_by)}"><p class="hd"><b>{escape(entry.label)}</b>'
        f'<span class="dim clip">{escape(comma.join(entry.signals))}</span><span class="grow"></span>{badge}</p>'
        f'<dl class="laer">{_reply(entry, tag, lang, comma)}</dl></li>'
    )


def _reply(entry: DrawerEntry, tag: str, lang: str, comma: str) -> str:
    """Listen, then agree, ask, answer; and what must not be said."""
    _ = gettext_of(tag)
    then, never = _("Then"), _("Never say")
    rows = [_line(_("Agree"), entry.acknowledge, lang), _line(_("Ask"), entry.explore, lang), _line(_("Answer"), entry.response, lang)]
    if entry.next_step:
        rows.append(f'<dt>{then}</dt><dd class="dim">{escape(entry.next_step)}</dd>')
    if entry.forbidden:
        rows.append(f'<dt class="not">{never}</dt><dd class="not">{shape("ban")}{escape(comma.join(entry.forbidden))}</dd>')
    return "".join(rows)


def _line(label: str, told: Sequence[Segment], lang: str) -> str:
    return f'<dt>{escape(label)}</dt><dd lang="{lang}">{sentence(told, {})}</dd>' if told else ""
