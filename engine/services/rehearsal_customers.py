"""Real customers as a rehearsal may use them: found within a person's reach, shown as their role may see them, taken without the person."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.customers.facts import flow_facts
from engine.customers.fields import masked_for
from engine.errors import BadInput, NotFound
from engine.events.envelope import Json
from engine.flow import snapshot
from engine.flow.rehearsal_facts import without_the_person
from engine.flow.rehearsing import moment_of
from engine.phone_number import PhoneNumber
from engine.services.house import House
from engine.services.rehearsing import OnStage
from engine.storage.customers import find_customers, load_customer

MOST = 12
_SHORTEST = 1
_TAIL = 4
_BY_TAIL = (
    "SELECT n.number FROM customer_number n JOIN customer c ON c.id = n.customer_id"
    " WHERE n.position = 1 AND n.number LIKE :tail AND (:everybody = 1 OR c.team_id = :team) ORDER BY n.number LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer as somebody of a role may see them; what is hidden from the role is empty."""

    id: str
    name: str
    number: str
    tier: str
    plan: str


@dataclass(frozen=True, slots=True)
class CustomerOwner:
    """Whose customer it is."""

    owner_id: str | None
    team_id: str | None


def find(house: House, role: str, text: str, team_id: str | None, *, everybody: bool) -> list[FoundCustomer]:
    """Customers whose name begins with `text`, who have it as their whole number, or whose number ends in these four digits.

    A person without a team finds nobody unless `everybody` is theirs to see. Raises BadInput("rehearsal.search").
    """
    wanted = text.strip()
    if len(wanted) < _SHORTEST:
        raise BadInput("rehearsal.search")
    if team_id is None and not everybody:
        return []
    team = None if everybody else team_id
    with house.database.reading() as tx:
        if wanted.isdecimal() and len(wanted) == _TAIL:
            rows = tx.rows(_BY_TAIL, tail=f"%{wanted}", everybody=int(everybody), team=team_id or "", most=MOST)
            found = [one for row in rows for one in find_customers(tx, number=row["number"], team_id=team, limit=1)]
        elif wanted.lstrip("+").isdecimal():
            found = find_customers(tx, number=PhoneNumber.parse(wanted, house.company.region).e164, team_id=team, limit=MOST)
        else:
            found = find_customers(tx, text=wanted, team_id=team, limit=MOST)
    return [
        FoundCustomer(
            one.id,
            masked_for(role, "salutation", one.salutation or one.name[:1]) or masked_for(role, "name", one.name) or "",
            masked_for(role, "numbers", one.number) or "" if one.number else "",
            one.tier.value,
            one.plan_name,
        )
        for one in found
    ]


def owner_of(house: House, customer_id: str) -> CustomerOwner:
    """Whose customer it is. Raises NotFound("customer.not_found")."""
    with house.database.reading() as tx:
        row = tx.row("SELECT owner_id, team_id, erased_at FROM customer WHERE id = :id", id=customer_id)
    if row is None or row["erased_at"] is not None:
        raise NotFound("customer.not_found", customer_id=customer_id)
    return CustomerOwner(row["owner_id"], row["team_id"])


def facts_of(house: House, stage: OnStage, customer_id: str, as_of: str) -> dict[str, Json]:
    """The facts the flow declares, of a real customer, without the person. Raises NotFound("customer.not_found")."""
    with house.database.reading() as tx:
        customer = load_customer(tx, customer_id)
    if stage.shelf is None:
        return {}
    return house.workshop.run(take, stage.shelf.flow, flow_facts(customer, moment_of(as_of)))


def take(flow_text: str, known: Mapping[str, Json]) -> dict[str, Json]:
    """For the workshop, see `without_the_person`."""
    return without_the_person(snapshot.load(flow_text), known)
