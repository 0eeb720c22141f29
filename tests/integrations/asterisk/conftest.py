"""An adapter on the fake of ARI."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.ids import RandomIds
from engine.phone_number import TrunkKind
from engine.ports.carrier import CarrierEvent, Trunk
from integrations.asterisk import AsteriskCarrier, AsteriskHost, AsteriskTrunk, HostHealth, open_asterisk
from tests.integrations.asterisk.fake_ari import FakeAri

PATIENCE = 20.0
TRUNK = Trunk("lab", TrunkKind.lab, "+99910000000000")


class Told:
    """What the adapter told."""

    def __init__(self) -> None:
        self.events: list[CarrierEvent] = []
        self.refusals = 0
        self._changed = threading.Condition()

    def __call__(self, event: CarrierEvent) -> None:
        with self._changed:
            if self.refusals:
                self.refusals -= 1
                raise RuntimeError("the database is busy")
            self.events.append(event)
            self._changed.notify_all()

    def of(self, leg_id: str) -> list[str]:
        return [event.kind.value for event in self.events if event.leg_id == leg_id]

    def wait_for(self, leg_id: str, kind: str) -> CarrierEvent:
        with self._changed:
            assert self._changed.wait_for(lambda: kind in self.of(leg_id), PATIENCE), f"never told: {kind}; {self.of(leg_id)}"
            return next(event for event in self.events if event.leg_id == leg_id and event.kind == kind)


class Desk:
    """An adapter with everything around it."""

    def __init__(self, directory: Path, fakes: list[FakeAri], **options: float) -> None:
        self.directory, self.fakes, self.options = directory, fakes, options
        self.told = Told()
        self.open()

    def open(self) -> None:
        clock = SystemClock()
        self.carrier: AsteriskCarrier = open_asterisk(
            [self._host(number, fake) for number, fake in enumerate(self.fakes, 1)],
            clock=clock,
            ids=RandomIds(clock),
            journal_directory=self.directory,
            tell=self.told,
            pauses=(0.05,),
            answer_seconds=self.options.get("answer_seconds", 5.0),
        )
        for number in range(1, len(self.fakes) + 1):
            self.until(lambda number=number: self.host(f"host{number}").up)

    def _host(self, number: int, fake: FakeAri) -> AsteriskHost:
        trunk = AsteriskTrunk(TRUNK, "carrier", max_lines=int(self.options.get("max_lines", 30)), calls_per_second=1000)
        return AsteriskHost(f"host{number}", fake.url, "stayline", "secret", (trunk,), phone_url="wss://phones.test/ws")

    def host(self, name: str) -> HostHealth:
        return next(one for one in self.carrier.health() if one.host == name)

    def until(self, holds: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.01)):
            if holds():
                return
            pause.wait(0.01)
        raise AssertionError("it never came to be")


def lab_peers(fake: FakeAri, contact: str = "sip:127.0.0.2:5060", proxy: str = "") -> None:
    """What the host says about its trunk."""
    base = "asterisk/config/dynamic/res_pjsip"
    fake.answers["GET", f"{base}/endpoint/carrier"] = (
        200,
        [{"attribute": "aors", "value": "carrier"}, {"attribute": "outbound_proxy", "value": proxy}],
    )
    fake.answers["GET", f"{base}/aor/carrier"] = 200, [{"attribute": "contact", "value": contact}]


@pytest.fixture
def fake() -> Iterator[FakeAri]:
    made = FakeAri()
    lab_peers(made)
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, fake: FakeAri) -> Iterator[Desk]:
    made = Desk(tmp_path, [fake], answer_seconds=0.5)
    yield made
    made.carrier.close()
