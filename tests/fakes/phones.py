"""Phones whose tickets a test can see, and which remember what was taken back."""

from dataclasses import dataclass, field
from datetime import timedelta

from engine.clock import Clock
from engine.ports.phone import PhoneKind, PhoneTicket


@dataclass
class ScriptedPhones:
    """Gives every tab an address of its own, for an hour."""

    clock: Clock
    kind: PhoneKind = PhoneKind.simulated
    rings: bool = False
    withdrawn: list[str] = field(default_factory=list)

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        return PhoneTicket(self.kind, f"p{phone_id.lower()}", self.clock.now() + timedelta(hours=1), self.rings)

    def withdraw(self, address: str) -> None:
        self.withdrawn.append(address)
