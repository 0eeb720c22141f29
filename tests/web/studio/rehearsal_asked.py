"""How the routes of web/studio/rehearsal.py are asked for, for the table of rights."""

from engine.people.account import SignedIn
from engine.services.drafts import begin_draft
from engine.storage.tables.customers import CustomerRow
from tests.web.cast import Asked, Cast, asks
from tests.web.desk.stage import desk_world
from tests.web.studio.rehearsal_stage import FLOW, a_run, to_the_end


def draft_id(cast: Cast) -> str:
    desk_world(cast.stayline)
    return begin_draft(cast.stayline, cast.of("trainer").user_id, FLOW).id


@asks("GET /studio/drafts/{draft_id}/rehearsal", owned=False)
def _page(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/rehearsal")


@asks("POST /studio/drafts/{draft_id}/rehearsal", owned=False)
def _turn(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/rehearsal", json=a_run())


@asks("POST /studio/drafts/{draft_id}/rehearsal/finish", owned=False)
def _finish(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/rehearsal/finish", json=a_run())


@asks("POST /studio/drafts/{draft_id}/rehearsal/test", owned=False)
def _test(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/studio/drafts/{draft_id(cast)}/rehearsal/test", json={**to_the_end(), "seen": 1, "name": "走一遍"})


@asks("GET /flows/{flow_id}/rehearsal", owned=False)
def _version_page(cast: Cast, _owner: SignedIn) -> Asked:
    desk_world(cast.stayline)
    return Asked(f"/flows/{FLOW}/rehearsal")


@asks("POST /flows/{flow_id}/rehearsal", owned=False)
def _version_turn(cast: Cast, _owner: SignedIn) -> Asked:
    desk_world(cast.stayline)
    return Asked(f"/flows/{FLOW}/rehearsal", json=a_run())


@asks("POST /flows/{flow_id}/rehearsal/finish", owned=False)
def _version_finish(cast: Cast, _owner: SignedIn) -> Asked:
    desk_world(cast.stayline)
    return Asked(f"/flows/{FLOW}/rehearsal/finish", json=a_run())


@asks("POST /studio/customers", owned=False)
def _find(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/studio/customers", json={"text": "王"})


@asks("POST /studio/customers/{customer_id}/facts")
def _facts(cast: Cast, owner: SignedIn) -> Asked:
    world = desk_world(cast.stayline)
    with cast.stayline.database.transaction() as tx:
        customer_id, now = world.ids.new(), world.clock.now()
        tx.session.add(
            CustomerRow(
                id=customer_id, source="crm", external_id=customer_id, name="王芳", team_id=owner.team_id, created_at=now, changed_at=now
            )
        )  # fmt: skip
    return Asked(f"/studio/customers/{customer_id}/facts", json={"flow": FLOW})
