"""What the text view sends, as plain values. How long a text may be is the application's limit for every request, about 1 MB."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Tag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=40)]
Place = Annotated[int, Field(ge=1, le=2_000_000)]
Step = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Written(BaseModel):
    """A text as it stands in the editor: the flow's, or a translation's when `language` names one."""

    model_config = ConfigDict(extra="forbid")
    text: str
    language: Tag | None = None


class ToSave(Written):
    """A text to be saved, the version it was made from, and the step the author was at."""

    seen: int
    step: Step | None = None


class AtPlace(Written):
    """A text and a place in it, counted from 1."""

    line: Place
    column: Place


class ToFix(Written):
    """A line whose finding is to be mended: that of the code, or the first that can be."""

    line: Place
    code: Annotated[str, Field(pattern=r"^F\d{3}$")] | None = None


class ToTakeIn(BaseModel):
    """A proposed test to be taken in: the way it walks, and the name the author gives it."""

    model_config = ConfigDict(extra="forbid")
    seen: int
    way: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
