"""What changed in one step, in sentences. Steps are plain YAML values, so that a file the checker refuses can be compared as well."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

Name = Callable[[str], str]
"""Step id → what people call it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `before` and `after` hold longer wording, to be shown beside each other."""

    code: str
    zh: str
    en: str
    before: str = ""
    after: str = ""


def mapped(value: Any) -> dict[str, Any]:
    """A mapping as it is, anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list as it is, a single value as a list of one."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if value is None else [value]


def step_changes(old: Mapping[str, Any], new: Mapping[str, Any], name: Name) -> tuple[Change, ...]:
    """What is different in a step. `old`'s targets are those of today: a step that was only renamed is no change here."""
    return (
        *_wording(old, new),
        *_answers(mapped(old.get("hear")), mapped(new.get("hear")), name),
        *_ways(old, new, name),
        *_rules(old, new),
    )


def _wording(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if old.get("title") != new.get("title"):
        zh, en = f"名称改为“{new.get('title') or '（无）'}”", f"now titled {new.get('title') or 'nothing'!r}"
        yield Change("title", zh, en, str(old.get("title") or ""), str(new.get("title") or ""))
    for key, zh, en in (("say", "话术", "wording"), ("tip", "提示", "tip")):
        was, now = _told(old.get(key)), _told(new.get(key))
        if was == now:
            continue
        if not was:
            yield Change(key, f"新增{zh}", f"new {en}", was, now)
        elif not now:
            yield Change(key, f"{zh}删了", f"{en} removed", was, now)
        else:
            yield Change(key, f"{zh}改了", f"{en} changed", was, now)
    yield from _names("must_say", "必说", "must be said", listed(old.get("must_say")), listed(new.get("must_say")))


def _told(value: Any) -> str:
    """A text, or the library line it is taken from."""
    used = mapped(value).get("use")
    return f"{{use: {used}}}" if used else str(mapped(value).get("text") or "") if isinstance(value, dict) else str(value or "").strip()


def _names(code: str, zh: str, en: str, old: Iterable[Any], new: Iterable[Any]) -> Iterator[Change]:
    was, now = [str(one) for one in old], [str(one) for one in new]
    for one in now:
        if one not in was:
            yield Change(code, f"{zh}增加“{one}”", f"{en}: {one} added")
    for one in was:
        if one not in now:
            yield Change(code, f"{zh}去掉“{one}”", f"{en}: {one} removed")


@dataclass(frozen=True, slots=True)
class _Answer:
    label: str
    to: str
    when: str


def _answer(written: Any) -> _Answer:
    if isinstance(written, str):
        label, arrow, to = written.rpartition("->")
        return _Answer(label.strip(), to.strip(), "") if arrow else _Answer(written.strip(), "", "")
    long = mapped(written)
    return _Answer(str(long.get("label") or ""), str(long.get("go") or ""), str(long.get("when") or ""))


def _answers(old: Mapping[str, Any], new: Mapping[str, Any], name: Name) -> Iterator[Change]:
    if list(old) == ["use"] or list(new) == ["use"]:
        if old != new:
            yield Change("answers", "换了一组回应", "another set of answers", str(old.get("use") or ""), str(new.get("use") or ""))
        return
    for key, written in new.items():
        now = _answer(written)
        if key not in old:
            yield Change("answer_added", f"新回应“{now.label}”，走到{name(now.to)}", f"new answer {now.label!r}, leading to {name(now.to)}")
            continue
        yield from _one_answer(_answer(old[key]), now, name)
    for key, written in old.items():
        if key not in new:
            label = _answer(written).label
            yield Change("answer_removed", f"回应“{label}”没有了", f"answer {label!r} removed")
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change("answers_order", "回应的顺序变了", "answers in another order")


def _one_answer(was: _Answer, now: _Answer, name: Name) -> Iterator[Change]:
    if was.label != now.label:
        yield Change("answer_label", f"回应“{was.label}”改为“{now.label}”", f"answer {was.label!r} now reads {now.label!r}")
    if was.to != now.to:
        zh = f"回应“{now.label}”改走{name(now.to)}，原来是{name(was.to)}"
        yield Change("answer_leads", zh, f"answer {now.label!r} now leads to {name(now.to)} instead of {name(was.to)}")
    if was.when != now.when:
        yield Change("answer_when", f"回应“{now.label}”的条件变了", f"answer {now.label!r}: condition changed", was.when, now.when)


def _ways(old: Mapping[str, Any], new: Mapping[str, Any], name: Name) -> Iterator[Change]:
    was, now = _branches(old.get("go")), _branches(new.get("go"))
    if was != now:
        yield _way_on(was, now, name)
    if old.get("else") != new.get("else"):
        to = str(new.get("else") or "")
        zh, en = (
            (f"次数用完后改走{name(to)}", f"after the last try it now leads to {name(to)}")
            if to
            else ("次数用完后没有去处了", "no way on after the last try")
        )
        yield Change("else_leads", zh, en)
    was_none, now_none = mapped(old.get("offer")).get("none"), mapped(new.get("offer")).get("none")
    if was_none != now_none and old.get("offer") and new.get("offer"):
        yield Change("none_leads", f"没有方案时改走{name(str(now_none))}", f"with nothing to offer it now leads to {name(str(now_none))}")
    if old.get("end") != new.get("end"):
        yield Change(
            "end",
            f"通话结果：{old.get('end') or '无'} → {new.get('end') or '无'}",
            f"outcome: {old.get('end') or 'none'} → {new.get('end') or 'none'}",
        )


def _branches(value: Any) -> list[tuple[str, str]]:
    """[(condition, target)] of a `go`."""
    if isinstance(value, str):
        return [("", value)]
    return [(str(mapped(one).get("when") or ""), str(mapped(one).get("to") or "")) for one in listed(value)]


def _way_on(was: list[tuple[str, str]], now: list[tuple[str, str]], name: Name) -> Change:
    def told(branches: list[tuple[str, str]]) -> str:
        return "\n".join(f"{when} → {name(to)}" if when else f"→ {name(to)}" for when, to in branches)

    if len(was) == len(now) == 1 and was[0][0] == now[0][0]:
        return Change(
            "go_leads",
            f"接着改走{name(now[0][1])}，原来是{name(was[0][1])}",
            f"now goes on to {name(now[0][1])} instead of {name(was[0][1])}",
        )
    if [to for _, to in was] == [to for _, to in now]:
        return Change("go_when", "分支的条件变了", "conditions of the ways on changed", told(was), told(now))
    return Change("go_leads", "分支变了", "the ways on changed", told(was), told(now))


_FIELDS = (
    ("confirms", "核实", "confirms"),
    ("ask", "要问的变量", "asks for"),
    ("handles", "处理的异议", "handles"),
    ("method", "方法", "method"),
    ("record", "录音", "recording"),
    ("layer", "提问层", "layer"),
    ("tries", "最多次数", "tries"),
)


def _rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key, zh, en in _FIELDS:
        was, now = old.get(key), new.get(key)
        if was != now:
            yield Change(key, f"{zh}：{was or '无'} → {now or '无'}", f"{en}: {was or 'nothing'} → {now or 'nothing'}")
    had, has = mapped(old.get("offer")), mapped(new.get("offer"))
    if bool(had) != bool(has):
        yield Change("offer", *(("新增方案", "an offer is made now") if has else ("不再给方案", "no offer is made any more")))
    else:
        yield from _names("offer_rungs", "方案档", "rungs", listed(had.get("rungs")), listed(has.get("rungs")))
        yield from _names("offer_codes", "方案", "offers", listed(had.get("codes")), listed(has.get("codes")))
    yield from _names("disclosures", "要说明的", "disclosures", listed(old.get("disclosures")), listed(new.get("disclosures")))
