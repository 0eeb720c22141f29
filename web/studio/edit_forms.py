"""An edit as the page sends it: names and texts, some of them several times, become the mapping that the engine reads."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from engine.errors import BadInput

LISTS = frozenset({"rungs", "codes", "use"})
LIST_FIELDS = frozenset({"must_say", "disclosures"})
OWN = frozenset({"seen", "print", "kind", "step", "option_key", "option_label", "fact", "operator", "row_value", "join"})
"""What is not handed on as it stands."""
LONGEST = 8_000


def edit_sent(form: FormData) -> dict[str, Any]:
    """The edit a form sent. Raises BadInput("edit.too_long") for a text nobody could speak."""
    texts = {name: [str(value) for value in form.getlist(name)] for name in form}
    for name, values in texts.items():
        if any(len(value) > LONGEST for value in values):
            raise BadInput("edit.too_long", field=name, limit=LONGEST)
    told: dict[str, Any] = {name: values[-1] for name, values in texts.items() if name not in OWN}
    told |= {name: texts[name] for name in LISTS if name in texts}
    kind = texts.get("kind", [""])[-1]
    told["kind"] = kind
    if kind != "add_step":
        told["step"] = texts.get("step", [""])[-1]
    if kind == "set_field" and told.get("field") in LIST_FIELDS:
        told["value"] = [one for one in texts.get("value", []) if one]
    if "option_label" in texts:
        told["options"] = [one for one in zip(texts.get("option_key", []), texts["option_label"], strict=False) if one[1].strip()]
    return told | _rows(texts)


def _rows(texts: Mapping[str, list[str]]) -> dict[str, Any]:
    """The rows of a condition that was built, if one was."""
    if "join" not in texts:
        return {}
    parts = zip(texts.get("fact", []), texts.get("operator", []), texts.get("row_value", []), strict=False)
    rows = [{"fact": fact, "operator": operator, "value": value} for fact, operator, value in parts]
    return {"join": texts["join"][-1], "rows": rows}


def typed(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What somebody wrote, to be shown to them again."""
    return [(name, str(data[name])) for name in ("value", "label", "title", "name") if isinstance(data.get(name), str) and data[name]]
