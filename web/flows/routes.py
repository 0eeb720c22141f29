"""Which flows are live, in which version, since when: what new calls are guided by."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.flow.definition import Flow
from engine.services.content import FLOWS, flow_version
from engine.storage.content import ContentVersion, content_versions
from engine.storage.database import Database
from web.pages import page
from web.running import run, stayline_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class LiveFlow:
    """A flow new calls are guided by, and how many versions came before it."""

    flow: Flow
    version: ContentVersion
    earlier: int


@router.get("/flows")
async def show_flows(request: Request) -> Response:
    stayline = stayline_of(request)
    return page(request, "flows/flows.html", flows=await run(stayline, _live_flows, stayline.database))


def _live_flows(database: Database) -> list[LiveFlow]:
    with database.reading() as tx:
        versions = content_versions(tx, FLOWS)
        counted = {one.name: sum(other.name == one.name for other in versions) for one in versions}
        return [LiveFlow(flow_version(tx, one.name, one.sha256), one, counted[one.name] - 1) for one in versions if one.live]
