"""Writes docs/events.md from the catalogue of events, so that the page cannot fall behind the code.

python -m tools.event_guide
"""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from engine.events.catalogue import EVENTS
from engine.events.envelope import Event

PAGE = Path(__file__).resolve().parent.parent / "docs" / "events.md"

HEAD = """# Events

Everything that happens on a call is one of these facts, kept in order in the call's log and never changed. The page is written
from the code by `make events`; a test fails when it is out of step.

Each entry gives the stored type, its name on the screens in Chinese and English, what it means, and its fields.
Fields marked **personal** are erased with the customer.
"""


def page() -> str:
    """The whole of docs/events.md."""
    return "\n".join([HEAD, *(entry(kind, EVENTS[kind]) for kind in sorted(EVENTS))])


def entry(kind: str, event: type[Event]) -> str:
    chinese, english = event.label
    lines = [f"## {kind}", "", f"{chinese} · {english}", "", meaning_of(event)]
    told = fields(event)  # type: ignore[arg-type]  # every event of the catalogue is a dataclass
    if told:
        lines += ["", "| field | type | |", "|---|---|---|"]
    for field in told:
        remarks = [
            remark for remark, holds in (("**personal**", field.name in event.personal), ("may be absent", is_optional(field))) if holds
        ]
        lines.append(f"| `{field.name}` | `{type_name(field.type)}` | {', '.join(remarks)} |")
    return "\n".join(lines) + "\n"


def meaning_of(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())


def is_optional(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def type_name(kind: Any) -> str:
    """A type as a reader of the log sees it: typing.Any is a JSON value."""
    told = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    return told.replace("typing.Any", "JSON").replace("Any", "JSON").replace(" | ", " or ")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(PAGE.parent.parent)}: {len(EVENTS)} events")
