"""The part of the stage where flows live: drafts that somebody wrote, submitted, and versions that are live."""

from engine.services import drafts, publication
from engine.services.drafts import Draft
from engine.storage.content import content_body, live_version, publish_content
from tests.services.world import World
from tests.web.conftest import Shell
from tests.web.desk.stage import desk_world

FLOW = "broadband_cancellation"
WRITER = "01900000-0000-7000-8000-00000000beef"
"""Somebody who wrote a draft and is none of those who look at it."""


def with_content(stayline: Shell) -> World:
    """Everything that ships is live, and one campaign uses a flow of it."""
    return desk_world(stayline)


def live(stayline: Shell, flow_id: str = FLOW) -> str:
    with stayline.database.reading() as tx:
        return live_version(tx, "flow", flow_id)


def changed(stayline: Shell, by: str = WRITER, old: str = "title: 宽带", new: str = "title: 家里宽带") -> Draft:
    """A draft of a live flow with one change."""
    draft = drafts.begin_draft(stayline, by, FLOW)
    assert old in draft.text
    return drafts.save(stayline, by, draft.id, draft.version, text=draft.text.replace(old, new, 1), what={"code": "text"})


def submitted(stayline: Shell, by: str = WRITER, message: str = "名字说清楚", **how: str) -> Draft:
    draft = changed(stayline, by, **how)
    return publication.submit(stayline, by, draft.id, draft.version, message)


def fresh_draft(stayline: Shell, number: int, *, submit: bool = False) -> Draft:
    """A draft of a flow of its own."""
    draft = drafts.begin_flow(stayline, WRITER, f"fresh_{number}", "谈一谈", "care")
    return publication.submit(stayline, WRITER, draft.id, draft.version, "新的") if submit else draft


def fresh_version(stayline: Shell, number: int) -> tuple[str, str]:
    """(flow, the version before the live one) of a flow of its own."""
    name = f"lived_{number}"
    with_content(stayline)
    with stayline.database.transaction() as tx:
        body = content_body(tx, "flow", FLOW, live_version(tx, "flow", FLOW))
        for sha256 in ("1" * 64, "2" * 64):
            publish_content(tx, "flow", name, sha256, body, at=stayline.clock.now(), by=WRITER, message="试")
    return name, "1" * 64
