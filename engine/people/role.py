"""The five roles."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here for."""

    agent = "agent"
    trainer = "trainer"
    reviewer = "reviewer"
    supervisor = "supervisor"
    administrator = "administrator"
