"""The published JSON Schema is in step with the reader and accepts what ships."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.flow.document import FlowDocument, flow_schema, flow_schema_text

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
FLOWS = [path for path in sorted((ROOT / "flows").rglob("*.yaml")) if path.name.count(".") == 1]


def test_the_published_schema_is_the_one_of_the_reader() -> None:
    published = (ROOT / "flows" / "flow.schema.json").read_text(encoding="utf-8")
    assert published == flow_schema_text(), "stayline flow schema --write flows/flow.schema.json"
    assert set(json.loads(published)["properties"]) == set(FlowDocument.model_fields)


class Core(yaml.SafeLoader):
    """YAML 1.2 as editors read it: no dates, and only true and false are booleans."""


Core.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in known if not tag.endswith((":timestamp", ":bool"))]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


def as_an_editor_reads(path: Path) -> Any:
    """The values of a flow file, numbers as numbers."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Core)


@pytest.mark.parametrize("path", FLOWS, ids=[path.stem for path in FLOWS])
def test_an_editor_finds_nothing_wrong_with_a_shipped_flow(path: Path) -> None:
    assert list(wrong(as_an_editor_reads(path), flow_schema(), flow_schema(), "")) == []


def test_an_editor_finds_a_wrong_key_a_missing_one_and_a_wrong_value() -> None:
    data = as_an_editor_reads(FLOWS[0])
    step = next(iter(data["opening"].values()))
    step["tipp"] = "x"
    del data["always"]["cancel"]
    data["format"] = "flow/2"
    told = "\n".join(wrong(data, flow_schema(), flow_schema(), ""))
    assert "tipp" in told
    assert "cancel" in told
    assert "flow/1" in told


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def wrong(value: Any, schema: Any, root: Any, at: str) -> list[str]:
    """What a validator says: the part of JSON Schema that pydantic writes, and an assertion for any other."""
    unknown = set(schema) - {
        *(
            "$ref",
            "$defs",
            "$schema",
            "title",
            "description",
            "default",
            "type",
            "anyOf",
            "const",
            "enum",
            "properties",
            "required",
            "items",
        ),
        *(
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "pattern",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
        ),
        *("minimum", "maximum", "maxItems", "minProperties"),
    }
    assert not unknown, unknown
    if "$ref" in schema:
        return wrong(value, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, at)
    if "anyOf" in schema:
        tried = [wrong(value, one, root, at) for one in schema["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    kinds = schema.get("type", [])
    allowed = tuple(kind for name in ([kinds] if isinstance(kinds, str) else kinds) for kind in TYPES[name])
    if allowed and not isinstance(value, allowed):
        return [f"{at}: {value!r} is not {kinds}"]
    if "const" in schema and value != schema["const"]:
        return [f"{at}: must be {schema['const']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: must be one of {schema['enum']}"]
    found: list[str] = []
    if isinstance(value, dict):
        found += [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
        names = schema.get("propertyNames", {})
        for name, inner in value.items():
            if "pattern" in names and not re.search(names["pattern"], name):
                found.append(f"{at}: {name!r} is no name")
            found += _inside(name, inner, schema, root, f"{at}/{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found += wrong(inner, schema.get("items", {}), root, f"{at}/{number}")
    return found


def _inside(name: str, value: Any, schema: Any, root: Any, at: str) -> list[str]:
    if name in schema.get("properties", {}):
        return wrong(value, schema["properties"][name], root, at)
    for pattern, inner in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return wrong(value, inner, root, at)
    more = schema.get("additionalProperties", True)
    if more is False:
        return [f"{at}: unknown"]
    return [] if more is True else wrong(value, more, root, at)
