"""How the operator's routes about the lines are asked, for the table of rights."""

from engine.clock import to_millis
from engine.people.account import SignedIn
from tests.web.cast import Asked, Cast, asks


@asks("POST /lines/recordings/{call_id}/try-again", owned=False)
def _try_again(cast: Cast, owner: SignedIn) -> Asked:
    call_id = cast.call_of(owner)
    with cast.stayline.database.transaction() as tx:
        tx.run(
            "INSERT INTO recording (id, call_id, state, carrier, carrier_ref, channel_map, made_at)"
            " VALUES (:id, :call, 'outstanding', 'simulated', 'rec-1', '{}', :at)",
            id=cast.stayline.ids.secret(),
            call=call_id,
            at=to_millis(cast.stayline.clock.now()),
        )
    return Asked(f"/lines/recordings/{call_id}/try-again")
