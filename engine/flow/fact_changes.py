"""What changed around the steps: facts, and the translation of a step."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.flow.step_changes import Change, mapped


def fact_changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """Facts that came, went or are declared otherwise; `was` and `now` are the `facts` of the two versions."""
    for name, written in now.items():
        fact, told = mapped(written), mapped(written).get("label") or name
        if name not in was:
            yield Change("fact_added", f"新变量“{told}”({name})", f"new fact {name!r}")
            continue
        old = mapped(was[name])
        for key, zh, en in (("type", "类型", "type"), ("from", "来源", "source"), ("label", "叫法", "label")):
            if old.get(key) != fact.get(key):
                yield Change(
                    "fact_changed",
                    f"“{told}”的{zh}：{old.get(key) or '无'} → {fact.get(key) or '无'}",
                    f"{name}: {en} {old.get(key) or 'none'} → {fact.get(key) or 'none'}",
                )
        if mapped(old.get("options")) != mapped(fact.get("options")):
            yield Change(
                "fact_options", f"“{told}”的选项改了", f"{name}: options changed", _pairs(old.get("options")), _pairs(fact.get("options"))
            )
    for name in was:
        if name not in now:
            yield Change("fact_removed", f"变量“{mapped(was[name]).get('label') or name}”({name})没有了", f"fact {name!r} removed")


_TRANSLATED = (("title", "名称", "title"), ("say", "话术", "wording"), ("tip", "提示", "tip"), ("hear", "回应", "answers"))


def translated_changes(tag: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What changed in the translation of one step into the language `tag`."""
    fields = [(zh, en) for key, zh, en in _TRANSLATED if old.get(key) != new.get(key)]
    if fields:
        zh, en = "、".join(one for one, _ in fields), ", ".join(one for _, one in fields)
        yield Change(
            "translation",
            f"{tag} 译文改了（{zh}）",
            f"{tag} translation changed ({en})",
            str(old.get("say") or ""),
            str(new.get("say") or ""),
        )
    elif old.get("src") != new.get("src"):
        yield Change("translation_checked", f"{tag} 译文重新核对过", f"{tag} translation looked at again")


def _pairs(value: Any) -> str:
    return "\n".join(f"{key}: {one}" for key, one in mapped(value).items())
