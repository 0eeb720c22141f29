"""How the routes of web/studio/impact.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from tests.web.cast import Asked, Cast, asks
from tests.web.studio.rehearsal_asked import draft_id


@asks("GET /studio/drafts/{draft_id}/impact", owned=False)
def _page(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/impact")


@asks("GET /studio/drafts/{draft_id}/impact/calls", owned=False)
def _calls(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/impact/calls?calls=5")
