"""The shape of a flow file and of its overlay, as pydantic sees it: unknown keys are errors, every scalar starts as text."""

import json
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.json_schema import SkipJsonSchema

from engine.flow.fact_values import FactType
from engine.flow.properties import PropertyDocument
from engine.flow.schema_problems import Misshapen

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A name an author gives: lower case letters, digits, underscore."""
Scalar = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text to us; to an editor 199.00 is a number and true a boolean."""


class Document(BaseModel):
    """What every part of a file has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextDocument(Document):
    """`say: 文字` or `say: {use: file.line}`."""

    text: str | None = None
    use: str | None = None


class ReactionDocument(Document):
    """`key: 客户的话 -> 下一步`, or the long form with `label`, `go` and `when`."""

    label: str = Field(min_length=1)
    go: str
    when: str | None = None
    en: str | None = None


class BranchDocument(Document):
    """One line of a `go` list."""

    to: str
    when: str | None = None


class OfferDocument(Document):
    """What the policy is asked for, and where to go when there is nothing."""

    rungs: list[str] = []
    codes: list[str] = []
    none: str

    @model_validator(mode="after")
    def _asks_for_something(self) -> "OfferDocument":
        if not self.rungs and not self.codes:
            raise ValueError("要写 rungs 或 codes / name rungs or codes")
        return self


def _as_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _as_reaction(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    label, arrow, target = value.rpartition("->")
    if not arrow or not label.strip() or not target.strip():
        raise Misshapen("F008", "写成“客户的话 -> 下一步” / write 'what the customer says -> next_step'")
    return {"label": label.strip(), "go": target.strip()}


def _as_branches(value: Any) -> Any:
    return [{"to": value}] if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[TextDocument, BeforeValidator(_as_text, json_schema_input_type=str | TextDocument)]
Reaction = Annotated[ReactionDocument, BeforeValidator(_as_reaction, json_schema_input_type=str | ReactionDocument)]
Branches = Annotated[list[BranchDocument], BeforeValidator(_as_branches, json_schema_input_type=str | list[BranchDocument])]
Names = Annotated[list[str], BeforeValidator(_as_list, json_schema_input_type=str | list[str])]


class StepDocument(Document):
    """One step."""

    title: str | None = None
    say: Text | None = None
    tip: str | None = None
    must_say: Names = []
    confirms: Literal["identity", "consent"] | None = None
    ask: str | None = None
    offer: OfferDocument | None = None
    disclosures: list[str] = []
    record: Literal["pause"] | None = None
    layer: str | None = None
    method: str | None = None
    hear: dict[Name, Reaction] = {}
    hear_use: SkipJsonSchema[str | None] = Field(default=None, alias="hear.use", exclude=True)
    go: Branches = []
    handles: str | None = None
    tries: int | None = Field(default=None, ge=1, le=9)
    otherwise: str | None = Field(default=None, alias="else")
    end: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _shared_reactions(cls, value: Any) -> Any:
        """`hear: {use: reactions.standard}` names a shared set of reactions."""
        if not isinstance(value, dict):
            return value
        step = cast("dict[str, Any]", value)
        hear: Any = step.get("hear")
        if isinstance(hear, dict) and list(cast("dict[str, Any]", hear)) == ["use"]:
            name: Any = cast("dict[str, Any]", hear)["use"]
            if "->" not in str(name):
                return {**{key: part for key, part in step.items() if key != "hear"}, "hear.use": name}
        return step


class FactDocument(Document):
    """A declared fact."""

    type: FactType
    source: Literal["session", "customer"] | None = Field(default=None, alias="from")
    label: str | None = None
    options: dict[Name, str] = {}

    @model_validator(mode="after")
    def _options_fit(self) -> "FactDocument":
        if (self.type is FactType.choice) != bool(self.options):
            raise ValueError("choice 要有 options，其他类型不能有 / a choice needs options, other types have none")
        return self


class AlwaysDocument(Document):
    """Where "I want to cancel" and "do not call me again" lead, from every step. Both are required."""

    cancel: str
    do_not_call: str


class ExpectDocument(Document):
    """What must come of a test."""

    end: str | None = None
    offered: list[str] | None = None
    facts: dict[str, Scalar] = {}


class TestDocument(Document):
    """A worked example."""

    __test__ = False
    name: str
    as_of: str | None = None
    given: dict[str, Scalar] = {}
    path: list[str]
    expect: ExpectDocument


Steps = dict[Name, StepDocument]


class FlowDocument(Document):
    """A flow file, `format: flow/1`."""

    format: Literal["flow/1"]
    id: Name
    locale: Literal["zh-CN", "en"]
    title: str
    use: list[str] = []
    facts: dict[Name, FactDocument] = {}
    always: AlwaysDocument
    opening: Annotated[Steps, Field(min_length=1)]
    discovery: Steps = {}
    offer: Steps = {}
    objections: Steps = {}
    close: Annotated[Steps, Field(min_length=1)]
    properties: Annotated[list[PropertyDocument], Field(max_length=200)] = []
    tests: list[TestDocument] = []


class OverlayStepDocument(Document):
    """The translation of a step; `src` is the fingerprint of the original it was made from."""

    src: str | None = None
    title: str | None = None
    say: str | None = None
    tip: str | None = None
    hear: dict[str, str] = {}


class OverlayFactDocument(Document):
    """The translation of a fact's label and options."""

    label: str | None = None
    options: dict[str, str] = {}


class OverlayDocument(Document):
    """A translation, `format: locale/1`, in `<id>.<language>.yaml`."""

    format: Literal["locale/1"]
    of: Name
    locale: Literal["zh-CN", "en"]
    title: str | None = None
    facts: dict[str, OverlayFactDocument] = {}
    steps: dict[str, OverlayStepDocument] = {}


def flow_schema() -> dict[str, Any]:
    """The JSON Schema of a flow file, for editors: `# yaml-language-server: $schema=…` on the file's first line points at it.

    Opening and close may come from a shared file that `use` names, which an editor does not see.
    """
    schema = FlowDocument.model_json_schema(by_alias=True)
    schema["required"] = [name for name in schema["required"] if name not in ("opening", "close")]
    for phase in ("opening", "close"):
        schema["properties"][phase].pop("minProperties", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def flow_schema_text() -> str:
    """The schema as flows/flow.schema.json holds it."""
    return json.dumps(flow_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
