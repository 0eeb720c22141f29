"""What the review screen sends, as plain values."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import BadInput
from engine.phone_number import PhoneNumber
from engine.services.reviewing import Answer, Comment, Draft, Failing
from engine.storage.finding_calls import Wanted

Moment = Annotated[int, Field(ge=0, le=100_000_000)]
Text = Annotated[str, Field(max_length=2000)]
Code = Annotated[str, Field(max_length=64)]


class AnswerSent(BaseModel):
    """A mark on an item."""

    model_config = ConfigDict(extra="forbid")
    value: Code
    note: Text = ""
    offset_ms: Moment | None = None


class FailingSent(BaseModel):
    """A rule that fails the call."""

    model_config = ConfigDict(extra="forbid")
    code: Code
    offset_ms: int = -1
    quote: Text = ""


class CommentSent(BaseModel):
    """Words pinned to a moment."""

    model_config = ConfigDict(extra="forbid")
    at_ms: Moment
    text: Text
    until_ms: Moment | None = None
    item: Code | None = None


class DraftSent(BaseModel):
    """A draft and the version it was made from."""

    model_config = ConfigDict(extra="forbid")
    version: int
    answers: dict[Code, AnswerSent] = Field(default_factory=dict[Code, AnswerSent], max_length=200)
    auto_fails: list[FailingSent] = Field(default_factory=list[FailingSent], max_length=100)
    comments: list[CommentSent] = Field(default_factory=list[CommentSent], max_length=500)

    def draft(self) -> Draft:
        return Draft(
            {code: Answer(one.value, one.note, one.offset_ms) for code, one in self.answers.items()},
            [Failing(one.code, one.offset_ms, one.quote) for one in self.auto_fails],
            [Comment(one.at_ms, one.text, one.until_ms, one.item) for one in self.comments],
        )


class PublishSent(BaseModel):
    """The version to publish."""

    model_config = ConfigDict(extra="forbid")
    version: int


class Filters(BaseModel):
    """The filters of the list as the page's address carries them: no personal data. Empty means any."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")
    agent: Code = ""
    outcome: Code = ""
    flow: Code = ""
    since: Annotated[str, Field(max_length=10, alias="from")] = ""
    until: Annotated[str, Field(max_length=10, alias="to")] = ""
    recorded: Code = ""
    scored: Code = ""

    @property
    def any(self) -> bool:
        """Whether something is filtered."""
        return any(self.model_dump().values())

    def told(self) -> dict[str, str]:
        """The filters in use by their names in the address."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value}

    def wanted(self, zone: str, customer: str = "") -> Wanted:
        """What is looked for; days are days of the installation's zone. `customer` is a name, or a phone number in full."""
        number, name = _number_or_name(customer)
        until = _day(self.until, zone)
        return Wanted(
            agent_id=self.agent or None,
            outcome=self.outcome or None,
            flow=self.flow or None,
            since=_day(self.since, zone),
            until=until + timedelta(days=1) if until else None,
            recorded=self.recorded or None,
            scored=self.scored or None,
            number=number,
            customer=name,
        )


class Search(Filters):
    """The filters and the customer: posted, so that neither name nor number comes into an address or a log."""

    customer: Annotated[str, Field(max_length=60)] = ""
    after: Annotated[str, Field(max_length=60)] = ""


class Listing(Filters):
    """The filters and the cursor."""

    after: Annotated[str, Field(max_length=60)] = ""


Filtered = Annotated[Listing, Query()]
Searched = Annotated[Search, Form()]


def _day(text: str, zone: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone))
    except ValueError:
        raise BadInput("review.filter", value=text) from None


def _number_or_name(customer: str) -> tuple[str | None, str | None]:
    """A number typed in full is looked up whole; anything else is part of a name."""
    text = customer.strip()
    if not text:
        return None, None
    if not any(letter.isdigit() for letter in text):
        return None, text
    return PhoneNumber.parse(text).e164, None
