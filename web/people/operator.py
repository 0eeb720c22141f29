"""What the operator's command line asks of a running server, because one process writes: new sign-in links."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from engine.services.signing_in import make_link
from web.running import door_of, run, stayline_of

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
