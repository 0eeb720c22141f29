"""Tells a desk what others do to it: a call came to it or went from it, a colleague rings.

    GET /desk/news

Each message is `event: desk`, `data: {"call": id or null, "leg": id or null, "answered": bool}`: the call on the desk, and the leg of a
call that is being transferred to it. The first comes at once, another whenever something of it is different.
"""

import json

from engine.people.account import SignedIn
from engine.storage.database import Database
from web.live import NewsStream
from web.running import Installation, run


class DeskStream(NewsStream):
    """The stream of one person's desk."""

    def __init__(self, stayline: Installation, person: SignedIn, token: str) -> None:
        super().__init__(stayline, f"agent:{person.user_id}", token)
        self._user_id = person.user_id
        self._told = ""

    async def news(self) -> bytes:
        now = await run(self._stayline, _desk_now, self._stayline.database, self._user_id)
        if now == self._told:
            return b""
        self._told = now
        return f"event: desk\ndata: {now}\n\n".encode()


def _desk_now(database: Database, user_id: str) -> str:
    with database.reading() as tx:
        desk = tx.row("SELECT call_id FROM agent_desk WHERE user_id = :id", id=user_id)
        leg = tx.row(
            "SELECT l.id, l.state FROM leg l JOIN call c ON c.id = l.call_id WHERE l.user_id = :id AND l.role = 'colleague'"
            " AND l.state IN ('expected', 'ringing', 'joined') AND c.ended_at IS NULL ORDER BY l.asked_at DESC",
            id=user_id,
        )
    call_id = None if desk is None else desk["call_id"]
    return json.dumps({"call": call_id, "leg": leg and leg["id"], "answered": leg is not None and leg["state"] == "joined"})
