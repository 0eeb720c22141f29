"""Phones of browsers: an endpoint for a sign-in, gone when its time is over, known again after a restart, and no secret in any log."""

import re
from pathlib import Path

import pytest

from engine.errors import CarrierError
from engine.ports.phone import PhoneKind
from tests.integrations.asterisk.conftest import Desk
from tests.integrations.asterisk.fake_ari import FakeAri

pytestmark = pytest.mark.telephony

BASE = "asterisk/config/dynamic/res_pjsip"
TAB = "tab0000001"


def test_a_ticket_is_an_endpoint_of_its_own(desk: Desk, fake: FakeAri) -> None:
    ticket = desk.carrier.phones.ticket("user-1", TAB)
    assert (ticket.kind, ticket.rings) == (PhoneKind.sip_wss, False)
    assert re.fullmatch(r"p[a-z0-9]{24}", ticket.address)
    assert ticket.settings == {
        "url": "wss://phones.test/ws",
        "user": ticket.address,
        "password": ticket.settings["password"],
        "realm": "stayline",
        "ice": [],
    }
    assert len(ticket.settings["password"]) >= 32
    for kind in ("auth", "aor", "endpoint"):
        assert len(fake.asked("PUT", f"{BASE}/{kind}/{ticket.address}")) == 1


def test_a_tab_keeps_its_address_another_tab_or_person_gets_another(desk: Desk) -> None:
    phones = desk.carrier.phones
    first = phones.ticket("user-1", TAB)
    assert phones.ticket("user-1", TAB).address == first.address
    others = {phones.ticket("user-1", "tab0000002").address, phones.ticket("user-2", TAB).address}
    assert len(others | {first.address}) == 3


def test_after_a_restart_a_tab_keeps_its_address_and_gets_a_new_password(desk: Desk) -> None:
    before = desk.carrier.phones.ticket("user-1", TAB)
    desk.carrier.close()
    desk.open()
    after = desk.carrier.phones.ticket("user-1", TAB)
    assert after.address == before.address
    assert after.settings["password"] != before.settings["password"]


def test_a_withdrawn_phone_is_gone_and_doing_it_twice_is_fine(desk: Desk, fake: FakeAri) -> None:
    ticket = desk.carrier.phones.ticket("user-1", TAB)
    desk.carrier.phones.withdraw(ticket.address)
    desk.carrier.phones.withdraw(ticket.address)
    for kind in ("endpoint", "aor", "auth"):
        assert len(fake.asked("DELETE", f"{BASE}/{kind}/{ticket.address}")) == 1


def test_an_asterisk_that_forgot_its_phones_is_told_them_again(desk: Desk, fake: FakeAri) -> None:
    ticket = desk.carrier.phones.ticket("user-1", TAB)
    fake.drop()
    fake.wait_for("PUT", f"{BASE}/endpoint/{ticket.address}", 2)
    assert desk.carrier.phones.ticket("user-1", TAB).settings == ticket.settings


@pytest.mark.parametrize("phone_id", ["", "short", "a" * 33, "tab;000001", "../../../x"])
def test_a_tab_that_names_itself_oddly_gets_no_phone(desk: Desk, fake: FakeAri, phone_id: str) -> None:
    with pytest.raises(CarrierError):
        desk.carrier.phones.ticket("user-1", phone_id)
    assert not [path for method, path, _ in fake.requests if method == "PUT"]


def test_without_a_host_there_is_no_phone_and_asking_later_helps(desk: Desk, fake: FakeAri) -> None:
    fake.close()
    desk.until(lambda: not desk.host("host1").up)
    with pytest.raises(CarrierError) as refused:
        desk.carrier.phones.ticket("user-1", TAB)
    assert refused.value.retryable


def test_no_password_is_written_anywhere(desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    ticket = desk.carrier.phones.ticket("user-1", TAB)
    password = ticket.settings["password"]
    assert password not in caplog.text
    assert "secret" not in repr(desk.carrier._fleet.all()[0].settings)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or password not in file.read_text()
    key = tmp_path / "phones-key"
    assert key.stat().st_mode & 0o077 == 0
