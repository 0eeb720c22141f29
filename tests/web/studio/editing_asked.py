"""How the routes of web/studio/editing.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from engine.services.drafts import begin_flow, open_draft_of
from tests.web.cast import Asked, Cast, asks


def edited_draft(cast: Cast) -> str:
    """A draft to write on."""
    with cast.stayline.database.reading() as tx:
        found = open_draft_of(tx, "edited")
    return found.id if found else begin_flow(cast.stayline, cast.of("trainer").user_id, "edited", "改一改", "retention").id


@asks("GET /studio/drafts/{draft_id}", owned=False)
def _page(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}")


@asks("GET /studio/drafts/{draft_id}/cards", owned=False)
def _cards(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/cards")


@asks("GET /studio/drafts/{draft_id}/news", owned=False)
def _news(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/news?version=1")


@asks("POST /studio/drafts/{draft_id}/undo", owned=False)
def _undo(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/undo", {"seen": "1"})


@asks("POST /studio/drafts/{draft_id}/redo", owned=False)
def _redo(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/redo", {"seen": "1"})


@asks("GET /studio/drafts/{draft_id}/form", owned=False)
def _form(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/form")


@asks("POST /studio/drafts/{draft_id}/edit", owned=False)
def _edit(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{edited_draft(cast)}/edit", {"kind": "set_flow", "field": "title", "value": "改名", "seen": "1"})
