"""How the routes of web/studio/translation.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from engine.services.drafts import begin_flow
from tests.web.cast import Asked, Cast, asks


def _draft(cast: Cast) -> str:
    cast.victims += 1
    return begin_flow(cast.stayline, cast.of("trainer").user_id, f"talk_{cast.victims}", "谈一谈", "care").id


@asks("GET /studio/drafts/{draft_id}/translation/{language}", owned=False)
def _show(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/translation/en")


@asks("POST /studio/drafts/{draft_id}/translation/{language}", owned=False)
def _save(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/translation/en", json={"seen": 1, "changes": {"flow:flow:title": "A talk"}})


@asks("GET /studio/drafts/{draft_id}/wording.xlsx", owned=False)
def _out(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/wording.xlsx?language=en")


@asks("GET /studio/drafts/{draft_id}/wording", owned=False)
def _sheet(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/wording")


@asks("POST /studio/drafts/{draft_id}/wording", owned=False)
def _in(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/wording", {"language": "en"})


@asks("POST /studio/drafts/{draft_id}/wording/take", owned=False)
def _take(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast)}/wording/take", {"seen": 1, "rows": "[]", "language": "en"})
