"""The operator's own customer records: where a cancellation or an order takes effect."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CancellationOrder:
    """A cancellation to execute. `reference` is ours, was told to the customer, and makes a repeat harmless."""

    reference: str
    source: str
    external_id: str


@dataclass(frozen=True, slots=True)
class ProvisionOrder:
    """A confirmed order to provision; `order_id` makes a repeat harmless."""

    order_id: str
    source: str
    external_id: str
    offer_code: str
    publication_no: str


class CustomerRecords(Protocol):
    """The operator's system of record."""

    name: str

    def cancel(self, order: CancellationOrder) -> str:
        """Execute a cancellation and return the operator's own reference. Raises CarrierError with `retryable`."""
        ...

    def provision(self, order: ProvisionOrder) -> str:
        """Provision a confirmed order and return the operator's own reference. Raises CarrierError with `retryable`."""
        ...
