"""What the operator's command line asks of a running server, because one process writes: sign-in links, and a demo customer's replies."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from engine.errors import Refused
from engine.phone_number import NumberSpace, PhoneNumber
from engine.services.replies import customer_replied
from engine.services.signing_in import make_link
from web.running import door_of, run, stayline_of, wired_of

router = APIRouter()


class LinkWish(BaseModel):
    """For whom a link is wanted."""

    model_config = ConfigDict(extra="forbid")
    name: str


class LinkAnswer(BaseModel):
    """The link, once."""

    name: str
    display_name: str
    role: str
    token: str
    expires_at: str


@router.post("/operator/sign-in-links")
async def link_for(request: Request, wish: LinkWish) -> LinkAnswer:
    stayline = stayline_of(request)
    made = await run(stayline, make_link, door_of(stayline), wish.name, "operator")
    return LinkAnswer(
        name=made.name, display_name=made.display_name, role=made.role, token=made.token, expires_at=made.expires_at.isoformat()
    )


class Reply(BaseModel):
    """What a simulated customer wrote back."""

    model_config = ConfigDict(extra="forbid")
    number: str
    text: str


class ReplyOutcome(BaseModel):
    """What it was taken for: confirmed, declined, refused or noted."""

    outcome: str


@router.post("/operator/replies")
async def reply(request: Request, told: Reply) -> ReplyOutcome:
    """A reply to one of our messages, for test numbers only: real replies come signed from a message gateway."""
    stayline = wired_of(request)
    number = PhoneNumber.parse(told.number)
    if number.space is not NumberSpace.test:
        raise Refused("reply.not_a_test_number")
    return ReplyOutcome(outcome=await run(stayline, customer_replied, stayline, number.e164, told.text))
