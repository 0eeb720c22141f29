"""Customers as they are stored: what a call finds out comes back as facts of the next one."""

from datetime import timedelta

import pytest

from engine.customers.facts import flow_facts
from engine.errors import NotFound
from engine.storage.customers import add_contact, count_contacts, find_customers, load_customer, recent_contacts
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service


@pytest.mark.parametrize(
    ("rung", "state", "counts"),
    [
        ("r5", "confirmed", True),
        ("r7", "verbal_yes", True),
        ("r6", "success_sent", True),
        ("r4", "confirmed", False),
        ("r8", "confirmed", False),
        ("r5", "declined", False),
        ("r5", "expired", False),
        ("r5", "cancelled", False),
    ],
)
def test_a_discount_we_gave_is_known_on_the_next_call(world: World, rung: str, state: str, counts: bool) -> None:
    world.close(world.ended_call(*TO_ACCEPTANCE), "accepted_pending")
    given_on = world.clock.now().date()
    with world.house.database.transaction() as tx:
        tx.run("UPDATE sales_order SET rung = :rung, state = :state", rung=rung, state=state)
    world.clock.advance(timedelta(days=100))
    customer_id = world.one("SELECT customer_id FROM sales_order")["customer_id"]
    with world.house.database.reading() as tx:
        facts = flow_facts(load_customer(tx, customer_id), world.clock.now())
    assert facts.get("last_offer_rung_date") == (given_on.isoformat() if counts else None)


def test_contacts_come_newest_first(world: World) -> None:
    customer_id, now = world.customer(), world.clock.now()
    with world.house.database.transaction() as tx:
        for days, summary in ((3, "older"), (1, "newer"), (9, "oldest")):
            at = now - timedelta(days=days)
            add_contact(tx, world.ids.new(), customer_id, at=at, channel="shop", direction="in", summary=summary)
    with world.house.database.reading() as tx:
        assert [contact.summary for contact in recent_contacts(tx, customer_id, 2)] == ["newer", "older"]
        assert count_contacts(tx, customer_id) == 3


def test_an_erased_customer_is_not_found_any_more(world: World) -> None:
    customer_id = world.customer()
    with world.house.database.transaction() as tx:
        before = {found.id for found in find_customers(tx)}
        tx.run("UPDATE customer SET erased_at = 1 WHERE id = :id", id=customer_id)
        assert before - {found.id for found in find_customers(tx)} == {customer_id}


def test_a_customer_nobody_knows_is_said_not_to_be_there(world: World) -> None:
    with world.house.database.reading() as tx, pytest.raises(NotFound, match=r"customer\.not_found"):
        load_customer(tx, "nobody")
