"""The shape of the library's files, as pydantic sees them. See `engine.flow.library` for what each is for."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from engine.flow.document import Reaction
from engine.flow.properties import PropertyDocument


def _as_zh(value: Any) -> Any:
    return {"zh": value} if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Loose(BaseModel):
    """Files other parts of Stayline read in full; only what a flow needs is looked at here."""

    model_config = ConfigDict(extra="ignore")


class BilingualDocument(_Part):
    """`{zh: …, en: …}`, or Chinese text alone."""

    zh: str
    en: str | None = None

    def texts(self) -> dict[str, str]:
        """By language, Chinese first."""
        return {"zh": self.zh} | ({"en": self.en} if self.en else {})


Bilingual = Annotated[BilingualDocument, BeforeValidator(_as_zh, json_schema_input_type=str | BilingualDocument)]


class LinesDocument(_Part):
    """A file of lines."""

    format: Literal["lines/1"]
    id: str
    title: str | None = None
    lines: dict[str, Bilingual]


class ReactionsDocument(_Part):
    """A file of shared sets of reactions."""

    format: Literal["reactions/1"]
    id: str
    title: str | None = None
    reactions: dict[str, dict[str, Reaction]]


class ObjectionDocument(_Loose):
    """One objection, in the order of LAER."""

    label: str
    en: str | None = None
    signals: list[str] = []
    acknowledge: Bilingual | None = None
    explore: Bilingual | None = None
    responses: dict[str, Bilingual] = {}
    forbidden: list[str] = []
    next_step: Bilingual | None = None


class ObjectionsDocument(_Loose):
    """A file of objections."""

    format: Literal["objections/1"]
    id: str
    objections: dict[str, ObjectionDocument]


class DispositionDocument(_Loose):
    """What a flow needs to know of a disposition."""

    label: str
    en: str | None = None


class DispositionsDocument(_Loose):
    """A file of dispositions."""

    format: Literal["dispositions/1"]
    id: str
    dispositions: dict[str, DispositionDocument]


class OffersDocument(_Loose):
    """What a flow needs to know of an offer policy: the codes it may name."""

    format: Literal["offers/1"]
    offers: dict[str, Any] = {}


class PropertiesDocument(_Part):
    """A file of properties that every flow of the library keeps."""

    format: Literal["properties/1"]
    id: str
    title: str | None = None
    properties: list[PropertyDocument]


class ForbiddenPhraseDocument(_Loose):
    """A phrase that must not be said, as a pattern, with what takes it back."""

    code: str
    level: str
    scope: str = "script"
    pattern: str
    unless: str | None = None
    hint: str = ""


class ForbiddenDocument(_Loose):
    """A file of forbidden phrases."""

    format: Literal["forbidden/1"]
    id: str
    phrases: list[ForbiddenPhraseDocument]


class PatienceDocument(_Part):
    """How long a persona stays friendly: after so many steps it hurries, after so many offers turned down it is fed up, then hangs up."""

    steps: int
    offers: int
    hangs_up_after: int


class PersonaDocument(_Part):
    """A customer to rehearse with, see `engine.flow.personas`."""

    label: str
    en: str
    about: Bilingual
    patience: PatienceDocument
    answers: dict[str, float] = {}
    wording: dict[str, float] = {}
    objections: dict[str, float] = {}
    asked: dict[str, dict[str, float]] = {}
    softened_by: list[str] = []
    hurried: dict[str, float] = {}
    fed_up: dict[str, float] = {}
    openers: list[Bilingual] = []
    phrases: dict[str, list[Bilingual]] = {}


class EverybodyDocument(_Part):
    """What any customer is likely to answer where a persona names nothing else: weights, factors for words in the label, and phrases."""

    answers: dict[str, float] = {}
    wording: dict[str, float] = {}
    phrases: dict[str, list[Bilingual]] = {}


class PersonasDocument(_Part):
    """A file of personas."""

    format: Literal["personas/1"]
    id: str
    title: str | None = None
    everybody: EverybodyDocument = EverybodyDocument()
    personas: dict[str, PersonaDocument]
