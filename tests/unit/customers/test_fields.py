"""What is kept about a customer, who sees it, and how it goes."""

from dataclasses import fields
from datetime import date

import pytest

from engine.customers.customer import CustomerContent
from engine.customers.fields import FIELDS, ROLES, Erasure, Sight, masked_for
from engine.people.role import Role
from engine.storage.tables.customers import CustomerRow

pytestmark = pytest.mark.unit

OUR_OWN = {"id", "owner_id", "team_id", "content_hash", "created_at", "changed_at", "erased_at"}
"""Columns that tell nothing of the customer."""


def test_the_roles_are_those_of_the_people_who_work_here() -> None:
    assert tuple(Role) == ROLES
    assert all(set(field.sight) == set(Role) for field in FIELDS.values())


def test_every_column_and_every_part_of_a_customer_is_a_listed_field() -> None:
    assert set(CustomerRow.model_fields) - OUR_OWN <= set(FIELDS)
    assert {field.name for field in fields(CustomerContent)} <= set(FIELDS)


def test_what_is_personal_is_never_simply_kept() -> None:
    assert [field.name for field in FIELDS.values() if field.personal and field.erasure is Erasure.kept] == []


def test_only_the_administrator_sees_a_whole_number() -> None:
    seen = {role: masked_for(role, "numbers", "+8613800001234") for role in Role}
    assert seen == {
        Role.agent: "138****1234",
        Role.trainer: None,
        Role.reviewer: "138****1234",
        Role.supervisor: "138****1234",
        Role.administrator: "+8613800001234",
    }


def test_a_masked_value_never_holds_the_whole_value() -> None:
    values = {
        "external_id": "A-1234567",
        "name": "欧阳建国",
        "salutation": "王女士",
        "birthday": date(1980, 5, 6),
        "numbers": "+99913800001234",
    }
    for name, field in FIELDS.items():
        for role in Role:
            if field.sight[role] is Sight.masked:
                assert str(values[name]) not in masked_for(role, name, values[name])


def test_a_trainer_sees_no_personal_value_whole() -> None:
    assert [name for name, field in FIELDS.items() if field.personal and field.sight[Role.trainer] is Sight.full] == []


def test_a_field_nobody_listed_cannot_be_shown() -> None:
    with pytest.raises(KeyError):
        masked_for("administrator", "passport", "E123")
