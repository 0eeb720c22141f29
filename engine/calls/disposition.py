"""Dispositions: the one outcome each call gets, and what it needs and brings about. Data in scripts_library/dispositions.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadFile
from engine.yaml_text import YamlFile, read_yaml

NEEDS = frozenset({"callback_at", "order", "reason", "reference"})
EFFECTS = frozenset({"none", "callback", "do_not_call", "cancellation", "order"})


@dataclass(frozen=True, slots=True)
class Disposition:
    """An outcome. `rank`: the lowest wins when the system must choose; `final`: the lead is done;
    `opportunity`: it counts in the save rate."""

    code: str
    label: Mapping[str, str]
    rank: int
    final: bool
    connected: bool
    opportunity: bool
    needs: frozenset[str]
    effect: str


def read_dispositions(text: str, path: str) -> dict[str, Disposition]:
    """Read a dispositions/1 file, in the order of its ranks. Raises BadFile with line and column."""
    file = read_yaml(text, path)
    entries: dict[str, Any] = file.data.get("dispositions", {})
    read = [_read(file, code, entry) for code, entry in entries.items()]
    return {one.code: one for one in sorted(read, key=lambda one: one.rank)}


def _read(file: YamlFile, code: str, entry: Mapping[str, Any]) -> Disposition:
    def wrong(key: str, problem: str, suggestion: str = "") -> BadFile:
        line, column = file.value_at(("dispositions", code, key))
        return BadFile(file.path, line, column, problem, suggestion)

    def truth(key: str) -> bool:
        value = entry.get(key)
        if value not in ("true", "false"):
            raise wrong(key, f"{code}.{key} 要写 true 或 false / {code}.{key} must be true or false")
        return value == "true"

    rank = entry.get("rank", "")
    if not str(rank).isdigit():
        raise wrong("rank", f"{code}.rank 要写整数 / {code}.rank must be a whole number")
    needs = frozenset(entry.get("needs", []))
    if not needs <= NEEDS:
        raise wrong("needs", f"不认识 {', '.join(sorted(needs - NEEDS))} / unknown needs", f"可用 / known: {', '.join(sorted(NEEDS))}")
    effect = entry.get("effect", "none")
    if effect not in EFFECTS:
        raise wrong("effect", f"不认识 {effect} / unknown effect", f"可用 / known: {', '.join(sorted(EFFECTS))}")
    label = {"zh": entry["label"], "en": entry.get("en", entry["label"])}
    return Disposition(code, label, int(rank), truth("final"), truth("connected"), truth("opportunity"), needs, effect)
