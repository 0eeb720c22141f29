"""Who may do what: one table of route × role × relation. A route that is not in it keeps the application from starting.

Each line is `METHOD /path` and who may use it:

    public        anybody, signed in or not
    signed_in     every role
    operator      this machine's operator key, no person
    carrier       a carrier's signed callback, no person
    role:own      that role, for what is their own
    role:team     … and for what belongs to their team
    role:any      … and for everybody's (also for routes that touch no particular person's things)

A role that is not named is refused with 403; a person of the right role who asks for another's things gets 404,
as if there were nothing. Routes ask `require_relation` for the thing they loaded; lists ask `widest_relation` for their filter.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from engine.errors import NotFound
from engine.people.account import SignedIn
from engine.people.role import Role

TABLE = """
GET  /                                  signed_in
GET  /sign-in                           public
POST /sign-in                           public
GET  /sign-in/link/{token}              public
POST /sign-in/link/{token}              public
POST /sign-out                          signed_in
POST /language                          public
GET  /me                                signed_in
POST /me                                signed_in
GET  /help                              signed_in
GET  /help/checks                       signed_in
GET  /help/checks/{code}                signed_in
GET  /people                            administrator:any
POST /people                            administrator:any
POST /people/{user_id}/link             administrator:any
POST /people/{user_id}/disable          administrator:any
POST /people/{user_id}/enable           administrator:any
GET  /lines                             supervisor:team administrator:any
POST /lines/recordings/{call_id}/try-again  administrator:any
GET  /flows                             trainer:any supervisor:any administrator:any
POST /flows                             trainer:any
GET  /flows/{flow_id}                   trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/draft             trainer:any
POST /flows/{flow_id}/roll-back         trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/retire            trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/campaigns         trainer:any supervisor:any administrator:any
GET  /flows/{flow_id}/versions/{sha256}  trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/differences  trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/submit   trainer:any
POST /studio/drafts/{draft_id}/take-back  trainer:any
POST /studio/drafts/{draft_id}/send-back  trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/approve  trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/discard  trainer:any
POST /studio/drafts/{draft_id}/comments  trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/comments/{comment_id}/settle  trainer:any supervisor:any administrator:any
GET  /flows/{flow_id}/experiments       trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/experiments       trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/experiments/{experiment_id}/stop  trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}           trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/cards     trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/news      trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/form      trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/edit      trainer:any
POST /studio/drafts/{draft_id}/undo      trainer:any
POST /studio/drafts/{draft_id}/redo      trainer:any
GET  /studio/drafts/{draft_id}/picture   trainer:any supervisor:any administrator:any
GET  /flows/{flow_id}/traffic           trainer:any supervisor:any administrator:any
GET  /flows/{flow_id}/traffic/table.csv trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/translation/{language}   trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/translation/{language}   trainer:any
GET  /studio/drafts/{draft_id}/wording.xlsx   trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/wording   trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/wording   trainer:any
POST /studio/drafts/{draft_id}/wording/take   trainer:any
GET  /studio/drafts/{draft_id}/text      trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/text      trainer:any
POST /studio/drafts/{draft_id}/check     trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/complete  trainer:any
POST /studio/drafts/{draft_id}/format    trainer:any
POST /studio/drafts/{draft_id}/fix       trainer:any
GET  /studio/drafts/{draft_id}/report    trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/proposals trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/proposals trainer:any
GET  /studio/drafts/{draft_id}/rehearsal         trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/rehearsal         trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/rehearsal/finish  trainer:any supervisor:any administrator:any
POST /studio/drafts/{draft_id}/rehearsal/test    trainer:any
GET  /flows/{flow_id}/rehearsal                  trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/rehearsal                  trainer:any supervisor:any administrator:any
POST /flows/{flow_id}/rehearsal/finish           trainer:any supervisor:any administrator:any
POST /studio/customers                           trainer:team supervisor:team administrator:any
POST /studio/customers/{customer_id}/facts       trainer:team supervisor:team administrator:any
GET  /studio/drafts/{draft_id}/impact            trainer:any supervisor:any administrator:any
GET  /studio/drafts/{draft_id}/impact/calls      trainer:any supervisor:any administrator:any
GET  /live                              supervisor:team administrator:any
POST /live/{call_id}/listen             supervisor:team administrator:any
POST /live/{call_id}/leave              supervisor:team administrator:any
POST /live/{call_id}/take-over          supervisor:team
GET  /desk                              agent:any supervisor:any
POST /desk/next                         agent:any
POST /desk/pause                        agent:any
POST /desk/resume                       agent:any
GET  /desk/callbacks                    agent:any
GET  /desk/phone                        agent:any supervisor:any administrator:any
POST /desk/phone/ticket                 agent:any supervisor:any administrator:any
POST /desk/phone/seen                   agent:any supervisor:any administrator:any
POST /desk/phone/simulated              agent:any supervisor:any administrator:any
GET  /desk/news                         agent:any supervisor:any
GET  /desk/transfer                     agent:any supervisor:any
POST /desk/transfer/turn-down           agent:any supervisor:any
POST /desk/leads/{lead_id}/take         agent:own
POST /desk/leads/{lead_id}/dial         agent:own
POST /desk/leads/{lead_id}/skip         agent:own
POST /desk/leads/{lead_id}/later        agent:own
GET  /desk/calls/{call_id}              agent:own supervisor:own
POST /desk/calls/{call_id}/act          agent:own supervisor:own
POST /desk/calls/{call_id}/note         agent:own supervisor:own
POST /desk/calls/{call_id}/hang-up      agent:own supervisor:own
POST /desk/calls/{call_id}/hold         agent:own supervisor:own
POST /desk/calls/{call_id}/mute         agent:own supervisor:own
POST /desk/calls/{call_id}/digits       agent:own supervisor:own
POST /desk/calls/{call_id}/recording    agent:own supervisor:own
POST /desk/calls/{call_id}/phone        agent:own supervisor:own
GET  /desk/calls/{call_id}/others       agent:own supervisor:own
GET  /desk/calls/{call_id}/transfer     agent:own supervisor:own
POST /desk/calls/{call_id}/transfer     agent:own supervisor:own
POST /desk/calls/{call_id}/transfer/complete  agent:own supervisor:own
POST /desk/calls/{call_id}/transfer/together  agent:own supervisor:own
POST /desk/calls/{call_id}/transfer/cancel    agent:own supervisor:own
GET  /desk/calls/{call_id}/message      agent:own supervisor:own
POST /desk/calls/{call_id}/wrap-up      agent:own supervisor:own
GET  /live/calls/{call_id}              agent:own reviewer:team supervisor:team
GET  /review                            reviewer:team supervisor:team administrator:any
POST /review/find                       reviewer:team supervisor:team administrator:any
GET  /review/calls/{call_id}            reviewer:team supervisor:team administrator:any
POST /review/calls/{call_id}/draft      reviewer:team supervisor:team
POST /review/calls/{call_id}/publish    reviewer:team supervisor:team
GET  /review/mine                       agent:own
GET  /review/mine/{evaluation_id}       agent:own
POST /review/mine/{evaluation_id}/acknowledge  agent:own
GET  /recordings/{recording_id}/audio   agent:own reviewer:team supervisor:team administrator:any
POST /carriers/{carrier}/events         carrier
POST /carriers/twilio/voice             carrier
POST /carriers/twilio/incoming-message  carrier
POST /carriers/twilio/status/{about}    carrier
POST /carriers/twilio/conference/{about}  carrier
POST /carriers/twilio/recording/{about}  carrier
POST /carriers/twilio/machine/{about}   carrier
POST /carriers/twilio/sound/{about}     carrier
POST /carriers/twilio/digits/{about}    carrier
POST /carriers/twilio/message/{about}   carrier
POST /operator/sign-in-links            operator
POST /operator/replies                  operator
GET  /healthy                           public
GET  /static/{version}                  public
"""


class Relation(IntEnum):
    """How far a person's right reaches; each includes those before."""

    own = 1
    team = 2
    any = 3


class Gate(StrEnum):
    """Who is let in at all."""

    public = "public"
    person = "person"
    operator = "operator"
    carrier = "carrier"


@dataclass(frozen=True, slots=True)
class Right:
    """One line of the table."""

    route: str
    gate: Gate
    reach: dict[Role, Relation]

    def allows(self, role: Role) -> bool:
        return role in self.reach


def read_table(text: str) -> dict[str, Right]:
    """Route ("GET /path") → right. Raises ValueError for a line that cannot be read or stands twice."""
    found: dict[str, Right] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        method, path, *who = line.split()
        route = f"{method} {path}"
        if route in found or not who or not path.startswith("/"):
            raise ValueError(f"the table of rights has a bad or double line: {line}")
        found[route] = _right(route, who)
    return found


def _right(route: str, who: list[str]) -> Right:
    if who == ["signed_in"]:
        return Right(route, Gate.person, dict.fromkeys(Role, Relation.any))
    if len(who) == 1 and who[0] in (Gate.public, Gate.operator, Gate.carrier):
        return Right(route, Gate(who[0]), {})
    pairs = (word.split(":") for word in who)
    return Right(route, Gate.person, {Role(role): Relation[reach] for role, reach in pairs})


RIGHTS = read_table(TABLE)


def relation_to(person: SignedIn, owner_id: str | None, team_id: str | None) -> Relation:
    """How a thing stands to a person: their own, their team's, or neither (`any`: only who may see everybody's may see it)."""
    if owner_id is not None and owner_id == person.user_id:
        return Relation.own
    if team_id is not None and team_id == person.team_id:
        return Relation.team
    return Relation.any


def require_relation(person: SignedIn, owner_id: str | None, team_id: str | None, route: str) -> None:
    """Raises NotFound when the table does not let this person reach a thing of that owner and team by this route.

    `route` is the line's "METHOD /path/{with}/{parameters}".
    """
    reach = RIGHTS[route].reach.get(person.role)
    if reach is None or relation_to(person, owner_id, team_id) > reach:
        raise NotFound("not_found")


def widest_relation(person: SignedIn, route: str) -> Relation:
    """How far this person's lists reach by this route. Raises NotFound for a role that has no business there."""
    reach = RIGHTS[route].reach.get(person.role)
    if reach is None:
        raise NotFound("not_found")
    return reach
