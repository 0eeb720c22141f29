"""The cast: two teams with one of each role, and for each route a request that asks for somebody's thing by it.

An area adds what its routes need:

    @asks("GET /recordings/{recording_id}")
    def hear(cast: Cast, owner: SignedIn) -> Asked:
        return Asked(f"/recordings/{cast.make_recording(owner)}")

Routes without a parameter that only show something need no entry. The owner is the person whose thing is asked for; a route that
touches nobody's things says `@asks("POST /…", owned=False)`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.people.account import SignedIn
from engine.services.accounts import FIRST_TEAM, add_person
from engine.services.signing_in import make_link
from tests.web.conftest import Shell, person_named
from tests.web.rows import make_call

ROLES = ("agent", "trainer", "reviewer", "supervisor", "administrator")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path, and what it carries."""

    path: str
    form: dict[str, Any] = field(default_factory=dict[str, Any])
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Cast:
    """The people on stage: `of(role)` of the first team, `colleague` another agent of that team, `stranger` an agent of another."""

    stayline: Shell
    colleague: SignedIn
    stranger: SignedIn
    victims: int = 0

    def of(self, role: str) -> SignedIn:
        return person_named(self.stayline, role)

    def spare_person(self) -> SignedIn:
        """Somebody nobody needs afterwards."""
        self.victims += 1
        name = f"spare{self.victims}"
        add_person(self.stayline.door, name, name, "agent", team=None, agent_number=None, made_by="test")
        return person_named(self.stayline, name)

    def call_of(self, owner: SignedIn) -> str:
        return make_call(self.stayline.database, self.stayline.ids, owner, self.stayline.clock.now())


def make_cast(stayline: Shell) -> Cast:
    for name, team in (("colleague", FIRST_TEAM), ("stranger", "挽留二组")):
        add_person(stayline.door, name, name, "agent", team=team, agent_number=None, made_by="test")
    return Cast(stayline, person_named(stayline, "colleague"), person_named(stayline, "stranger"))


Maker = Callable[[Cast, SignedIn], Asked]
MAKERS: dict[str, tuple[Maker, bool]] = {}


def asks(route: str, *, owned: bool = True) -> Callable[[Maker], Maker]:
    """Say how a route is asked for a thing of somebody; `owned=False` when no particular person's thing is touched."""

    def keep(maker: Maker) -> Maker:
        MAKERS[route] = (maker, owned)
        return maker

    return keep


@asks("POST /sign-in", owned=False)
def _sign_in(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/sign-in", {"name": "nobody", "password": "nothing"})


@asks("GET /sign-in/link/{token}", owned=False)
def _show_link(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/sign-in/link/{make_link(cast.stayline.door, cast.spare_person().name, 'test').token}")


@asks("POST /sign-in/link/{token}", owned=False)
def _use_link(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(_show_link(cast, owner).path, {"password": "too short", "again": "too short"})


@asks("POST /sign-out", owned=False)
def _sign_out(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/sign-out")


@asks("POST /language", owned=False)
def _language(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/language", {"language": "en"})


@asks("POST /me", owned=False)
def _keep_me(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/me", {"language": "zh-CN", "theme": "dark"})


@asks("POST /people", owned=False)
def _add_person(cast: Cast, _owner: SignedIn) -> Asked:
    cast.victims += 1
    return Asked("/people", {"name": f"new{cast.victims}", "display_name": "新人", "role": "agent"})


@asks("POST /people/{user_id}/link", owned=False)
def _person_link(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/people/{cast.spare_person().user_id}/link")


@asks("POST /people/{user_id}/disable", owned=False)
def _disable(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/people/{cast.spare_person().user_id}/disable")


@asks("POST /people/{user_id}/enable", owned=False)
def _enable(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked(f"/people/{cast.spare_person().user_id}/enable")


@asks("GET /live/calls/{call_id}")
def _follow(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/live/calls/{cast.call_of(owner)}")


@asks("POST /operator/sign-in-links", owned=False)
def _operator(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/operator/sign-in-links", json={"name": "agent"})


@asks("POST /carriers/{carrier}/events", owned=False)
def _carrier(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/carriers/simulated/events", json={})


for _kind in ("voice", "incoming-message"):

    @asks(f"POST /carriers/twilio/{_kind}", owned=False)
    def _twilio_calls(_cast: Cast, _owner: SignedIn, kind: str = _kind) -> Asked:
        return Asked(f"/carriers/twilio/{kind}", form={"AccountSid": "AC1"})


for _kind in ("status", "conference", "recording", "machine", "sound", "digits", "message"):

    @asks(f"POST /carriers/twilio/{_kind}/{{about}}", owned=False)
    def _twilio_tells(_cast: Cast, _owner: SignedIn, kind: str = _kind) -> Asked:
        return Asked(f"/carriers/twilio/{kind}/a-leg", form={"AccountSid": "AC1"})


@asks("GET /static/{version}", owned=False)
def _static(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/static/any/css/base.css")


@asks("POST /operator/replies", owned=False)
def _reply(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/operator/replies", json={"number": "+99913800001234", "text": "Y"})


from tests.web import lines_asked  # noqa: E402 - it needs what stands above
from tests.web.desk import asked as desk  # noqa: E402
from tests.web.review import review_asked as review  # noqa: E402
from tests.web.studio import (  # noqa: E402
    editing_asked,
    experiments_asked,
    impact_asked,
    life_asked,
    picture_asked,
    rehearsal_asked,
    text_asked,
    translation_asked,
)
from tests.web.supervise import supervise_asked  # noqa: E402

AREAS = (
    desk, review, editing_asked, experiments_asked, impact_asked, life_asked, picture_asked, rehearsal_asked, text_asked, translation_asked,
    supervise_asked, lines_asked,
)  # fmt: skip
"""Importing them is what says how their routes are asked."""
