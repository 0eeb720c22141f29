"""The middle of the live screen: what to say now, what must be said, what the customer may answer."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from markupsafe import escape

from engine.flow.view import AnswerView, QuestionView, StepView
from engine.flow.wording import Segment
from web.desk.marks import cap, icon, plain, shape, toggle
from web.desk.wording import BLOCKED, name_of
from web.desk.words import words

_KEPT = 4096
_LONG = 11
"""A filled-in fact of more characters than this may break over lines."""
_MOST_SOON = 2
_TWO_COLUMNS = 6
_CHARACTERS_A_LINE, _LATIN_WIDTH = 26, 0.52
_LONG_LINES, _LONGER_LINES = 5, 7
_MARKED = ("offer.price", "offer.scenario", "offer.validity", "offer.restriction", "offer.early_exit_fee")


def talk(seen: StepView, sequence: int, tag: str) -> str:
    """The part `#talk`, which carries the sequence it shows."""
    lang = _script(seen.language)
    length = _length(seen.say)
    said = {f"offer.{line.key}": line.said for line in seen.disclosures}
    shown = [*(seen.question.options if seen.question else ()), *seen.answers]
    tip = f'<p class="tip" lang="{lang}">{icon("tip")}<span>{sentence(seen.tip, {})}</span></p>' if seen.tip else ""
    return "".join(
        (
            f'<section class="talk{length}" id="talk" tabindex="-1" aria-label="{words(tag).say_now}" data-step="{escape(seen.step)}"',
            f' data-phase="{seen.phase}" data-sequence="{sequence}"><p class="stepline">',
            f'<span class="at" lang="{lang}">{escape(seen.title)}</span>{_state_of(seen, tag)}</p>',
            f'<p class="say" id="say" lang="{lang}" data-test="sentence">{sentence(seen.say, said)}</p>',
            _must_says(seen, tag, lang),
            tip,
            _soon(shown, tag, lang) if seen.ended is None else "",
            f'<div id="reply" class="reply" lang="{lang}" hidden></div>',
            _answers(seen, shown, tag, lang),
            "</section>",
        )
    )


def sentence(segments: Sequence[Segment], said: Mapping[str, bool]) -> str:
    """Facts are underlined, amounts stressed; a disclosed part of the offer carries its number, green once it was said."""
    parts: list[str] = []
    for segment in segments:
        text = str(escape(segment.text))
        if segment.fact is None:
            parts.append(f"<em>{text}</em>" if segment.emphasis else text)
            continue
        parts.append(f'<span class="{_kinds(segment)}">{text}</span>')
        if segment.fact in said and segment.fact in _MARKED:
            mark = "ok" if said[segment.fact] else "go"
            parts.append(f'&NoBreak;<sup class="{mark}">{_MARKED.index(segment.fact) + 1}</sup>')
    return "".join(parts)


def _length(segments: Sequence[Segment]) -> str:
    """How much room the sentence takes: over about five lines the next steps give way, over seven the tip. It never shrinks itself."""
    lines = 0.0
    for line in plain(segments).split("\n"):
        wide = (len(line.encode()) - len(line)) / 2  # in UTF-8 a Chinese character is three bytes, a Latin one a single byte
        lines += max(1.0, (wide + (len(line) - wide) * _LATIN_WIDTH) / _CHARACTERS_A_LINE)
    return "" if lines <= _LONG_LINES else " long" if lines <= _LONGER_LINES else " long longer"


def _kinds(segment: Segment) -> str:
    amount = " n" if segment.emphasis or segment.text[:1].isdigit() or segment.text[:3] == "CNY" else ""
    return f"f{amount}{' long' if len(segment.text) > _LONG else ''}{' missing' if segment.missing else ''}"


def _script(language: str) -> str:
    return "en" if language == "en" else "zh-CN"


def _must_says(seen: StepView, tag: str, lang: str) -> str:
    """The must-say lines. Space ticks the next one: lines first, then the disclosures of the offer."""
    if not seen.must_say:
        return ""
    first = next((line.key for line in seen.must_say if not line.said), None)
    rows = "".join(_must_say(line.key, plain(line.text), line.said, line.here, line.key == first, tag, lang) for line in seen.must_say)
    return f'<ul class="musts" aria-label="{words(tag).must_be_said}">{rows}</ul>'


@lru_cache(maxsize=_KEPT)
def _must_say(key: str, text: str, said: bool, here: bool, is_next: bool, tag: str, lang: str) -> str:
    told = words(tag)
    earlier = "" if here or said else f'<span class="badge amber">{shape("tri")}{told.from_earlier}</span>'
    return (
        f"<li>{toggle(key, said, is_next, 'must-say')}{shape('tick' if said else 'ring')}<b>{told.said if said else told.say}</b>"
        f'<span class="line" lang="{lang}">{escape(text)}</span>{earlier}<span class="grow"></span>{cap(told.space) if is_next else ""}'
        "</button></li>"
    )


def _soon(shown: Sequence[AnswerView], tag: str, lang: str) -> str:
    """The first sentence of the next steps, so that the agent never waits; no two rows say the same."""
    rows: dict[str, str] = {}
    for one in shown:
        line = plain(one.next_line)
        if line and line not in rows and len(rows) < _MOST_SOON:
            label = words(tag).if_answer % {"answer": escape(one.label)}
            rows[line] = f'<li><span class="q">{label}</span><span class="clip" lang="{lang}">{escape(line)}</span></li>'
    return f'<ul class="soon" aria-label="{words(tag).likely_next}">{"".join(rows.values())}</ul>' if rows else ""


def _state_of(seen: StepView, tag: str) -> str:
    told = words(tag)
    if seen.do_not_call_requested:
        return f'<span class="badge">{shape("ban")}{told.no_more_calls}</span>'
    if seen.cancel_requested:
        return f'<span class="badge amber">{shape("half")}{told.cancel_asked}</span>'
    if seen.identity:
        return f'<span class="badge green">{shape("tick")}{told.identity}</span>'
    return ""


def _answers(seen: StepView, shown: Sequence[AnswerView], tag: str, lang: str) -> str:
    told = words(tag)
    if seen.ended is not None:
        return f'<p class="ended" data-test="flow-ended">{shape("tick")}<b>{told.script_ended}</b><span>{told.say_goodbye}</span></p>'
    typed = _typed(seen.question, tag, lang) if seen.question is not None and not seen.question.options else ""
    order = {line.key: str(number) for number, line in enumerate(seen.disclosures, 1)}
    buttons = "".join(
        _answer(
            one.digit,
            one.key,
            one.label,
            one.blocked,
            _missing(one.missing, order, tag) if one.missing else "",
            one.target_title,
            (tag, lang),
        )
        for one in shown
    )
    wide = " three" if len(shown) > _TWO_COLUMNS else ""
    return f'{typed}<div class="answers{wide}" id="answers" role="group" aria-label="{told.answers}">{buttons}</div>'


@lru_cache(maxsize=_KEPT)
def _answer(digit: int | None, key: str, label: str, blocked: str | None, missing: str, target: str, languages: tuple[str, str]) -> str:
    tag, lang = languages
    drawn = "" if digit is None else cap(str(digit))
    digit_key = "" if digit is None else f' data-key="{digit}"'
    begin = f'<button type="button" class="ans" data-act="answer" data-value="{escape(key)}"{digit_key} data-test="answer"'
    name = f'<span class="l" lang="{lang}">{escape(label)}</span>'
    if blocked is None:
        return f'{begin}>{drawn}{name}<span class="to" lang="{lang}">{escape(target)}{icon("go")}</span></button>'
    reason = escape(name_of(tag, BLOCKED, blocked) % {"what": missing})
    why = f"why-{escape(key)}"
    return (
        f'{begin} aria-disabled="true" aria-describedby="{why}">{drawn}{name}'
        f'<span class="to" id="{why}">{icon("lock")}{reason}</span></button>'
    )


def _missing(keys: Sequence[str], order: Mapping[str, str], tag: str) -> str:
    """What is still to be said: the must-say line, and the numbers of the disclosures as the sentence and the offer carry them."""
    if not keys:
        return ""
    told = words(tag)
    numbers = told.listing.join(order[key] for key in keys if key in order)
    lines = told.must_say_line if any(key not in order for key in keys) else ""
    return told.listing.join(part for part in (lines, numbers) if part)


def _typed(question: QuestionView, tag: str, lang: str) -> str:
    """A question that is answered by typing: a date, a number, a name."""
    kind = {"date": "date", "month": "month"}.get(question.type.value, "text")
    value = "" if question.value is None else escape(str(question.value))
    return (
        f'<form class="ask" data-ask><label for="ask" lang="{lang}">{escape(question.label)}</label>'
        f'<input type="{kind}" id="ask" name="value" value="{value}" autocomplete="off" maxlength="200" required>'
        f'<button class="btn pri" type="submit">{words(tag).keep}{cap("Enter")}</button></form>'
    )
