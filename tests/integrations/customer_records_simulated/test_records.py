"""The simulated operator's records: an order takes effect once, under the same reference."""

from pathlib import Path

import pytest

from engine.errors import CarrierError
from engine.ports.customer_records import CancellationOrder, CustomerRecords, ProvisionOrder
from integrations.customer_records_simulated import SimulatedCustomerRecords

pytestmark = pytest.mark.unit

CANCELLATION = CancellationOrder("C-20260101-0001", "crm", "7590-VHVEG")
ORDER = ProvisionOrder("order-1", "crm", "7590-VHVEG", "R2-BILL-CREDIT", "2026-SD-017")


def test_a_repeat_takes_no_effect_and_gives_the_same_reference(tmp_path: Path) -> None:
    records: CustomerRecords = SimulatedCustomerRecords(tmp_path)
    assert "simulated" in records.name
    cancelled, provisioned = records.cancel(CANCELLATION), records.provision(ORDER)
    assert cancelled != provisioned
    again = SimulatedCustomerRecords(tmp_path)
    assert (again.cancel(CANCELLATION), again.provision(ORDER)) == (cancelled, provisioned)
    assert len((tmp_path / "customer_records.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_the_operators_reference_depends_on_the_order_alone(tmp_path: Path) -> None:
    one, other = SimulatedCustomerRecords(tmp_path / "one"), SimulatedCustomerRecords(tmp_path / "other")
    other.provision(ORDER)
    assert one.cancel(CANCELLATION) == other.cancel(CANCELLATION)


def test_our_reference_used_for_another_customer_is_refused(tmp_path: Path) -> None:
    records = SimulatedCustomerRecords(tmp_path)
    records.cancel(CANCELLATION)
    with pytest.raises(CarrierError) as refused:
        records.cancel(CancellationOrder(CANCELLATION.reference, "crm", "somebody-else"))
    assert (refused.value.reason, refused.value.retryable) == ("order.reference_reused", False)
