"""How the routes of web/studio/picture.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from engine.services.drafts import begin_flow, open_draft_of
from tests.web.cast import Asked, Cast, asks


def some_draft(cast: Cast) -> str:
    """A draft to look at."""
    with cast.stayline.database.reading() as tx:
        found = open_draft_of(tx, "drawn")
    return found.id if found else begin_flow(cast.stayline, cast.of("trainer").user_id, "drawn", "图", "retention").id


@asks("GET /studio/drafts/{draft_id}/picture", owned=False)
def _picture(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{some_draft(cast)}/picture")
