"""pydantic's complaints about a file, turned into findings with line, column and a "did you mean" for unknown keys.

Generic: flows, the library, offers and mapping files use it. A validator of ours raises ValueError("中文 / English").
"""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.errors import BadFile
from engine.flow.findings import Finding, at_key, at_value, did_you_mean
from engine.yaml_text import Loc, YamlFile

Model = TypeVar("Model", bound=BaseModel)


MOST_COMPLAINTS = 100
UNKNOWN_KEY, MISSING_KEY, WRONG_FORM = "F003", "F006", "F007"


class Misshapen(ValueError):
    """A validator's complaint with a code of its own; the text is "中文 / English"."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(told)
        self.code = code


def checked(model: type[Model], file: YamlFile) -> tuple[Model | None, list[Finding]]:
    """The file as a model, or None and what is wrong with it: F003 unknown key, F006 missing key, F007 wrong form."""
    try:
        return model.model_validate(file.data), []
    except ValidationError as error:
        return None, findings_of(error, model, file)


def checked_or_raise(model: type[Model], file: YamlFile) -> Model:
    """The file as a model. Raises BadFile at the first thing that is wrong; written twice counts as wrong."""
    for twice in file.duplicates:
        raise BadFile(file.path, twice.line, twice.column, f"“{twice.loc[-1]}”写了两次 / {twice.loc[-1]!r} is written twice")
    value, findings = checked(model, file)
    if value is None:
        first = min(findings, key=lambda finding: (finding.line, finding.column))
        raise BadFile(first.path, first.line, first.column, f"{first.message_zh} / {first.message_en}", first.suggestion)
    return value


def findings_of(error: ValidationError, model: type[BaseModel], file: YamlFile) -> list[Finding]:
    """One finding for each complaint, as far as anybody reads them."""
    return [_finding(detail, model, file) for detail in error.errors(include_url=False)[:MOST_COMPLAINTS]]


def _finding(detail: ErrorDetails, model: type[BaseModel], file: YamlFile) -> Finding:
    loc: Loc = tuple(detail["loc"])
    name = str(loc[-1]) if loc else ""
    if detail["type"] == "extra_forbidden":
        known = known_keys(model, loc[:-1])
        hint = did_you_mean(name, known) or f"可用：{'、'.join(known)}"
        return at_key(file, loc, UNKNOWN_KEY, f"没有“{name}”这一项", f"unknown key {name!r}", hint)
    if detail["type"] == "missing":
        return at_key(file, loc[:-1], MISSING_KEY, f"缺少“{name}”", f"{name!r} is missing")
    zh, en = _sentences(detail)
    return at_value(file, loc, getattr(detail.get("ctx", {}).get("error"), "code", WRONG_FORM), zh, en)


def _sentences(detail: ErrorDetails) -> tuple[str, str]:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        zh, _, en = str(context.get("error", detail["msg"])).partition(" / ")
        return zh, en or zh
    if detail["type"] in ("enum", "literal_error"):
        return f"只能是 {context.get('expected')}", f"must be {context.get('expected')}"
    zh = {
        "int_parsing": "要写整数",
        "int_type": "要写整数",
        "decimal_parsing": "要写数字",
        "float_parsing": "要写数字",
        "bool_parsing": "要写 true 或 false",
        "string_type": "这里要写文字",
        "list_type": "这里要写成列表",
        "tuple_type": "这里要写成列表",
        "dict_type": "这里要写成“键: 值”",
        "model_type": "这里要写成“键: 值”",
        "string_too_short": "不能为空",
        "greater_than_equal": f"不能小于 {context.get('ge')}",
        "less_than_equal": f"不能大于 {context.get('le')}",
        "string_pattern_mismatch": "写法不对",
    }.get(detail["type"], "内容不对")
    return zh, detail["msg"]


def known_keys(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys allowed at a location of a model."""
    found: Any = model
    for part in loc:
        found = _inside(found, part)
    names = _fields(found)
    return list(names) if names else []


def _fields(found: Any) -> Mapping[str, Any]:
    """Field annotations by the name they have in a file."""
    if isinstance(found, type) and issubclass(found, BaseModel):
        return {field.alias or name: field.annotation for name, field in found.model_fields.items() if not field.exclude}
    for option in get_args(found):
        if names := _fields(option):
            return names
    return {}


def _inside(found: Any, part: str | int) -> Any:
    if get_origin(found) in (dict, list, tuple):
        return get_args(found)[-1 if get_origin(found) is dict else 0]
    fields = _fields(found)
    if part in fields:
        return fields[str(part)]
    for option in get_args(found):
        if get_origin(option) in (dict, list, tuple):
            return _inside(option, part)
    return None
