"""How the supervisor's routes are asked for somebody's call, for the table of rights."""

from engine.people.account import SignedIn
from tests.web.cast import Asked, Cast, asks
from tests.web.desk.asked import call_of


@asks("POST /live/{call_id}/listen")
def _listen(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/live/{call_of(cast, owner)}/listen", json={"ear": "listen"})


@asks("POST /live/{call_id}/leave")
def _leave(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/live/{call_of(cast, owner)}/leave")


@asks("POST /live/{call_id}/take-over")
def _take_over(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/live/{call_of(cast, owner)}/take-over")
