"""How the routes of web/studio/picture.py are asked for, for the table of rights."""

from hashlib import sha256

from engine.flow import snapshot
from engine.people.account import SignedIn
from engine.services.drafts import begin_flow, open_draft_of
from engine.storage.content import publish_content
from tests.unit.library.cast import flow_of, overlay_of
from tests.web.cast import Asked, Cast, asks


def some_draft(cast: Cast) -> str:
    """A draft to look at."""
    with cast.stayline.database.reading() as tx:
        found = open_draft_of(tx, "drawn")
    return found.id if found else begin_flow(cast.stayline, cast.of("trainer").user_id, "drawn", "图", "retention").id


@asks("GET /studio/drafts/{draft_id}/picture", owned=False)
def _picture(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{some_draft(cast)}/picture")


def some_flow(cast: Cast) -> str:
    """A published flow nobody has called with."""
    body = snapshot.publish(flow_of("bill_too_high"), (overlay_of("bill_too_high"),)).text
    with cast.stayline.database.transaction() as tx:
        publish_content(tx, "flow", "called", sha256(body.encode()).hexdigest(), body, at=cast.stayline.clock.now(), by="test", message="")
    return "called"


@asks("GET /flows/{flow_id}/traffic", owned=False)
def _traffic(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/flows/{some_flow(cast)}/traffic")


@asks("GET /flows/{flow_id}/traffic/table.csv", owned=False)
def _table(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/flows/{some_flow(cast)}/traffic/table.csv")
