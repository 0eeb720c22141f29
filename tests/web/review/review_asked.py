"""How the routes of reviewing are asked for somebody's thing, for the table of rights."""

from engine.people.account import SignedIn
from tests.web.cast import Asked, Cast, asks
from tests.web.review.stage import ended_call, scored_call


@asks("POST /review/find", owned=False)
def _find(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/review/find", {"customer": "+99913800001234"})


@asks("GET /review/calls/{call_id}")
def _call(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/review/calls/{ended_call(cast.stayline, owner)[1]}")


@asks("POST /review/calls/{call_id}/draft")
def _draft(cast: Cast, owner: SignedIn) -> Asked:
    call_id = ended_call(cast.stayline, owner)[1]
    return Asked(f"/review/calls/{call_id}/draft", json={"version": 0, "answers": {"says_who": {"value": "yes"}}})


@asks("POST /review/calls/{call_id}/publish")
def _publish(cast: Cast, owner: SignedIn) -> Asked:
    call_id = scored_call(cast.stayline, owner, cast.of("reviewer"))[0]
    return Asked(f"/review/calls/{call_id}/publish", json={"version": 1})


@asks("GET /review/mine/{evaluation_id}")
def _mine(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/review/mine/{scored_call(cast.stayline, owner, cast.of('reviewer'))[2]}")


@asks("POST /review/mine/{evaluation_id}/acknowledge")
def _acknowledge(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/review/mine/{scored_call(cast.stayline, owner, cast.of('reviewer'))[2]}/acknowledge")


@asks("GET /recordings/{recording_id}/audio")
def _hear(cast: Cast, owner: SignedIn) -> Asked:
    """One whose evaluation is published, so that the agent it is about may hear it."""
    return Asked(f"/recordings/{scored_call(cast.stayline, owner, cast.of('reviewer'))[1]}/audio")
