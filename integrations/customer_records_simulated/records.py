"""The simulated operator's system: takes cancellations and orders, answers with a reference that is always the same for the same order."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.clock import Clock, SystemClock, to_millis
from engine.errors import CarrierError
from engine.ports.customer_records import CancellationOrder, ProvisionOrder
from integrations.journal import Journal


class SimulatedCustomerRecords:
    """Appends each order once to `customer_records.jsonl` in a directory: {kind, key, order, reference, at}."""

    name = "customer_records_simulated"

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        self._journal = Journal(directory / "customer_records.jsonl")
        self._clock = clock or SystemClock()
        self._done: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    def close(self) -> None:
        self._journal.close()

    def cancel(self, order: CancellationOrder) -> str:
        """Execute a cancellation once; a repeat gives the same reference. Raises CarrierError order.reference_reused, not retryable."""
        return self._execute("cancel", order.reference, asdict(order))

    def provision(self, order: ProvisionOrder) -> str:
        """Provision an order once; a repeat gives the same reference. Raises CarrierError order.reference_reused, not retryable."""
        return self._execute("provision", order.order_id, asdict(order))

    def _execute(self, kind: str, key: str, order: dict[str, Any]) -> str:
        with self._journal.locked():
            for record in self._journal.read_new():
                self._done[(record["kind"], record["key"])] = (record["order"], record["reference"])
            if (kind, key) in self._done:
                known, reference = self._done[(kind, key)]
                if known != order:
                    raise CarrierError("order.reference_reused", retryable=False, key=key)
                return reference
            reference = f"OP-{kind[0].upper()}{hashlib.sha256(f'{kind}:{key}'.encode()).hexdigest()[:10].upper()}"
            self._journal.append({"kind": kind, "key": key, "order": order, "reference": reference, "at": to_millis(self._clock.now())})
            return reference
