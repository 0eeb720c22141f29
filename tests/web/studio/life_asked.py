"""How the routes of a flow's life are asked for, for the table of rights. Nobody who asks wrote any of it."""

from engine.people.account import SignedIn
from engine.services.draft_comments import raise_comment
from engine.services.drafts import Draft
from tests.web.cast import Asked, Cast, asks
from tests.web.studio.life_stage import WRITER, fresh_draft, fresh_version, live, with_content


def _draft(cast: Cast, *, submit: bool = False) -> Draft:
    cast.victims += 1
    return fresh_draft(cast.stayline, cast.victims, submit=submit)


@asks("POST /flows", owned=False)
def _new(cast: Cast, _owner: SignedIn) -> Asked:
    cast.victims += 1
    return Asked("/flows", {"title": "谈一谈", "family": "care", "flow_id": f"begun_{cast.victims}"})


@asks("GET /flows/{flow_id}", owned=False)
def _show(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/flows/{_draft(cast).flow_id}")


@asks("POST /flows/{flow_id}/draft", owned=False)
def _write_on(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/flows/{_draft(cast).flow_id}/draft")


@asks("POST /flows/{flow_id}/roll-back", owned=False)
def _roll_back(cast: Cast, _owner: SignedIn) -> Asked:
    cast.victims += 1
    name, sha256 = fresh_version(cast.stayline, cast.victims)
    return Asked(f"/flows/{name}/roll-back", {"sha256": sha256, "message": "退回"})


@asks("POST /flows/{flow_id}/retire", owned=False)
def _retire(cast: Cast, _owner: SignedIn) -> Asked:
    cast.victims += 1
    return Asked(f"/flows/{fresh_version(cast.stayline, cast.victims)[0]}/retire", {"message": "停用"})


@asks("POST /flows/{flow_id}/campaigns", owned=False)
def _campaign(cast: Cast, _owner: SignedIn) -> Asked:
    world = with_content(cast.stayline)
    return Asked("/flows/bill_too_high/campaigns", {"campaign_id": world.campaign})


@asks("GET /flows/{flow_id}/versions/{sha256}", owned=False)
def _version(cast: Cast, _owner: SignedIn) -> Asked:
    with_content(cast.stayline)
    return Asked(f"/flows/bill_too_high/versions/{live(cast.stayline, 'bill_too_high')}")


@asks("GET /studio/drafts/{draft_id}/differences", owned=False)
def _differences(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast).id}/differences")


@asks("POST /studio/drafts/{draft_id}/submit", owned=False)
def _submit(cast: Cast, _owner: SignedIn) -> Asked:
    draft = _draft(cast)
    return Asked(f"/studio/drafts/{draft.id}/submit", {"seen": draft.version, "message": "新的"})


@asks("POST /studio/drafts/{draft_id}/take-back", owned=False)
def _take_back(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast, submit=True).id}/take-back")


@asks("POST /studio/drafts/{draft_id}/send-back", owned=False)
def _send_back(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast, submit=True).id}/send-back", {"message": "再改改"})


@asks("POST /studio/drafts/{draft_id}/approve", owned=False)
def _approve(cast: Cast, _owner: SignedIn) -> Asked:
    draft = _draft(cast, submit=True)
    return Asked(f"/studio/drafts/{draft.id}/approve", {"seen": draft.version})


@asks("POST /studio/drafts/{draft_id}/discard", owned=False)
def _discard(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast).id}/discard")


@asks("POST /studio/drafts/{draft_id}/comments", owned=False)
def _comment(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{_draft(cast).id}/comments", {"step": "greet", "body": "慢一点"})


@asks("POST /studio/drafts/{draft_id}/comments/{comment_id}/settle", owned=False)
def _settle(cast: Cast, _owner: SignedIn) -> Asked:
    draft = _draft(cast)
    comment = raise_comment(cast.stayline, WRITER, draft.id, None, "慢一点")
    return Asked(f"/studio/drafts/{draft.id}/comments/{comment.id}/settle")
