"""How the routes of web/studio/text.py and panel.py are asked for, for the table of rights; and of the help on findings."""

from engine.people.account import SignedIn
from engine.services.drafts import begin_flow, open_draft_of
from tests.web.cast import Asked, Cast, asks
from tests.web.conftest import Shell, person_named


def written_draft(stayline: Shell, text: str | None = None) -> str:
    """The open draft of a flow of its own, begun if there is none."""
    with stayline.database.reading() as tx:
        found = open_draft_of(tx, "written")
    trainer = person_named(stayline, "trainer").user_id
    return found.id if found else begin_flow(stayline, trainer, "written", "写出来的", "retention", text).id


def _path(cast: Cast, part: str) -> str:
    return f"/studio/drafts/{written_draft(cast.stayline)}/{part}"


@asks("GET /studio/drafts/{draft_id}/text", owned=False)
def _text(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "text"))


@asks("POST /studio/drafts/{draft_id}/text", owned=False)
def _save(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "text"), json={"seen": 1, "text": "format: flow/1\n"})


@asks("POST /studio/drafts/{draft_id}/check", owned=False)
def _check(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "check"), json={"text": "format: flow/1\n"})


@asks("POST /studio/drafts/{draft_id}/complete", owned=False)
def _complete(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "complete"), json={"text": "form", "line": 1, "column": 5})


@asks("POST /studio/drafts/{draft_id}/format", owned=False)
def _form(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "format"), json={"text": "format:   flow/1\n"})


@asks("POST /studio/drafts/{draft_id}/fix", owned=False)
def _fix(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "fix"), json={"text": "format: flow/1\n", "line": 1})


@asks("GET /studio/drafts/{draft_id}/report", owned=False)
def _report(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "report"))


@asks("GET /studio/drafts/{draft_id}/proposals", owned=False)
def _proposals(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "proposals"))


@asks("POST /studio/drafts/{draft_id}/proposals", owned=False)
def _take_in(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(_path(cast, "proposals"), json={"seen": 1, "way": "greet.self", "name": "例子"})


@asks("GET /help/checks/{code}", owned=False)
def _help(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/help/checks/F101")
