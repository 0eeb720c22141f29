"""Comments on drafts: raised by whoever reads one, settled by whoever did what was asked."""

from engine.errors import BadInput, NotFound
from engine.services.house import House
from engine.storage.draft_comments import Comment, add_comment, comments_of, settle_comment
from engine.storage.drafts import load_draft

__all__ = ["Comment", "comments_of", "raise_comment", "settle"]

LONGEST = 1000


def raise_comment(house: House, by: str, draft_id: str, step: str | None, body: str) -> Comment:
    """Say what should be changed at a step, or in the whole draft.

    Raises NotFound("draft.not_found"), BadInput("comment.empty" | "comment.too_long").
    """
    body = body.strip()
    if not body:
        raise BadInput("comment.empty")
    if len(body) > LONGEST:
        raise BadInput("comment.too_long", limit=LONGEST)
    comment = Comment(house.ids.new(), draft_id, step or None, body, by, house.clock.now())
    with house.database.transaction() as tx:
        load_draft(tx, draft_id)
        add_comment(tx, comment)
    return comment


def settle(house: House, by: str, draft_id: str, comment_id: str) -> None:
    """It is done. Raises NotFound("comment.not_open") for one that is not there or settled already."""
    with house.database.transaction() as tx:
        if not settle_comment(tx, draft_id, comment_id, by, house.clock.now()):
            raise NotFound("comment.not_open", comment_id=comment_id)
