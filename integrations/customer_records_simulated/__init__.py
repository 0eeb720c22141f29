"""Customer records of an operator that does not exist: what would have taken effect stands in a journal."""

from integrations.customer_records_simulated.records import SimulatedCustomerRecords

__all__ = ["SimulatedCustomerRecords"]
