"""A real Asterisk on loopback under the conformance suite: the exchange of tools.pbx, its customers, and phones with real sound."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from engine.calls.sounds import Sound
from engine.clock import SystemClock
from engine.ids import LegId, RandomIds
from engine.phone_number import TrunkKind
from engine.ports.carrier import CarrierEvent, PlaceCall, PlaceResult, Trunk
from integrations.asterisk import AsteriskCarrier, AsteriskHost, AsteriskTrunk, open_asterisk
from tests.conftest import cannot_have
from tests.contracts.callback_receiver import EventReceiver
from tests.contracts.carrier_line import PATIENCE, Ability, Behaviour
from tests.contracts.waiting import eventually
from tools import pbx
from tools.pbx import ENDINGS, RunningPbx, Telephone, number_that, sounds

CALLER = "+99910000000000"
TRUNK = Trunk("asterisk-lab", TrunkKind.lab, CALLER)
DEAD_TRUNK = Trunk("asterisk-dead", TrunkKind.lab, CALLER)
TEST_TONE_HZ, MUSIC_HZ = 300, 350
RIG_WORDS: dict[str, str] = {
    "answers": "answers",
    "busy": "busy",
    "no_answer": "no_answer",
    "rings_long": "no_answer",
    "rejected": "rejected",
    "invalid_number": "invalid",
    "customer_hangs_up": "hangs_up",
    "congestion": "congestion",
    "trunk_down": "answers",
    "machine": "machine",
    "loses_recorder": "answers",
}
"""What the suite asks of a customer → what the exchange of tools.pbx calls it."""


def start_pbx(directory: Path) -> RunningPbx:
    """An exchange, or the test counts as not run."""
    try:
        return pbx.start(directory)
    except pbx.NoPbx as reason:
        cannot_have("Asterisk", str(reason))


def host_of(running: RunningPbx, name: str = "pbx") -> AsteriskHost:
    """The exchange as an installation's settings would name it."""
    return AsteriskHost(
        name,
        running.ari_url.removesuffix("/ari"),
        running.ari_user,
        running.ari_password,
        trunks=(
            AsteriskTrunk(TRUNK, running.trunk, max_lines=200, calls_per_second=100),
            AsteriskTrunk(DEAD_TRUNK, running.dead_trunk),
        ),
        phone_url=running.sip_ws_url,
        realm=running.realm,
        phone_options=tuple(running.endpoint_on_loopback.items()),
    )


def write_sounds(running: RunningPbx) -> None:
    """The installation's own sounds: each a tone."""
    folder = running.directory / "data" / "sounds" / "stayline"
    folder.mkdir(exist_ok=True)
    for sound in Sound:
        hertz = MUSIC_HZ if sound is Sound.hold_music else TEST_TONE_HZ
        sounds.write_wav(folder / f"{sound.value}.wav", sounds.tone(hertz, 2))


class PatientReceiver(EventReceiver):
    """A real telephone rings for as long as it says."""

    def wait_for(self, leg_id: str, kind: str, count: int = 1) -> CarrierEvent:
        for _ in range(2):
            with suppress(AssertionError):
                return super().wait_for(leg_id, kind, count)
        return super().wait_for(leg_id, kind, count)


class AsteriskPhone:
    """A phone on the exchange."""

    def __init__(self, telephone: Telephone) -> None:
        self.address, self._telephone = telephone.address, telephone
        telephone.speaks(None)

    def call_in(self, leg_id: LegId) -> bool:
        """Asterisk itself takes the call; let in is who stays in."""
        try:
            self._telephone.call_in(leg_id)
        except pbx.PhoneRefused:
            return False
        return True

    def hang_up(self) -> None:
        self._telephone.hang_up()

    def press(self, digits: str) -> None:
        self._telephone.press(digits)

    def keys(self) -> str:
        return self._telephone.keys

    def speaks(self, hz: int) -> None:
        self._telephone.speaks(hz or None)

    def hears(self, hz: int) -> None:
        assert self._telephone.hears(hz, PATIENCE), f"{self.address} never heard {hz} Hz"

    def hears_not(self, hz: int) -> None:
        assert self._telephone.stops_hearing(hz, PATIENCE), f"{self.address} heard {hz} Hz all the time"


class AsteriskLine:
    """One exchange with everything around it."""

    name: ClassVar[str] = "asterisk"
    can: ClassVar[frozenset[Behaviour | Ability]] = frozenset(
        {
            *("congestion", "trunk_down", "machine", "presses_keys", "loses_recorder"),
            *("sound", "keys_heard", "kill", "dies", "refuses_repeats", "desk_phones"),
        }
    )
    in_short_form: ClassVar[frozenset[str] | None] = frozenset(
        {
            "test_a_pause_is_silence_on_both_sides_and_the_timeline_goes_on",
        }
    )

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.pbx = start_pbx(directory)
        write_sounds(self.pbx)
        self.receiver = PatientReceiver()
        self.trunk, self.customer_hz, self.customer_stays, self.tolerance = TRUNK, int(sounds.CUSTOMER_HZ), 3.0, 1.0
        self._numbers = self._phones = self._lines = 0
        self._placed: dict[str, list[str]] = {}
        self._special: dict[str, Behaviour] = {}
        self._watchers: list[threading.Thread] = []
        self.carrier = self.open()

    def open(self) -> AsteriskCarrier:
        """The adapter, ready for orders."""
        clock = SystemClock()
        carrier = open_asterisk(
            [host_of(self.pbx)],
            clock=clock,
            ids=RandomIds(clock),
            journal_directory=self.directory / "journal",
            tell=self.receiver.tell,
            pauses=(0.05, 0.1),
        )
        eventually(lambda: carrier.health()[0].up or None)
        return carrier

    def number_that(self, behaviour: Behaviour) -> str:
        self._numbers += 1
        pressing = behaviour == "presses_keys"
        number = self._customer_who_presses() if pressing else number_that(RIG_WORDS[behaviour], self._numbers)
        self._special[number] = behaviour
        return number

    def place(self, order: PlaceCall, *, hurried: bool = False) -> PlaceResult:
        behaviour = self._special.get(order.number)
        self._placed.setdefault(order.number, []).append(order.attempt_id)
        if behaviour == "answers" and order.detect_machine:  # else a tone without end, which no listener takes for a person
            order = replace(order, number=order.number[:-3] + ENDINGS["says_hello"])
        if behaviour == "trunk_down":
            order = replace(order, trunk=DEAD_TRUNK)
        if behaviour == "loses_recorder":
            self._watch(lambda: self._end_recorder(order.attempt_id))
        return self.carrier.place_call(order)

    def rings(self, number: str) -> list[str]:
        """By the customers' own log; which attempt rang is known by the order of the orders."""
        rung = eventually(lambda: self.pbx.customers.rung.count(number) or None) if self._placed.get(number) else 0
        return self._placed.get(number, [])[:rung] + ["once too often"] * (rung - len(self._placed.get(number, [])))

    def phone(self) -> AsteriskPhone:
        self._phones += 1
        return AsteriskPhone(self.pbx.phone(f"phone{self._phones}"))

    def phone_at(self, telephone: Telephone) -> AsteriskPhone:
        """A telephone of the test's own, as the suite knows phones."""
        return AsteriskPhone(telephone)

    def desk_phone(self, *, answers: bool = True, registered: bool = True) -> AsteriskPhone:
        self._phones += 1
        telephone = self.pbx.phone(f"desk{self._phones}")
        telephone.answers = answers
        made = AsteriskPhone(telephone)
        if not registered:
            made.address = f"nobody{self._phones}"
        return made

    def pass_time(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def kill(self) -> None:
        self.pbx.kill()
        eventually(lambda: not self.carrier.health()[0].up or None)

    def restart(self) -> None:
        self.pbx.restart()
        eventually(lambda: self.carrier.health()[0].up or None)

    def cut_socket(self) -> None:
        """The adapter's connection breaks; it makes another shortly."""
        for host in self.carrier._fleet.all():
            socket = host.ari._socket
            assert socket is not None
            socket.socket.shutdown(2)

    def close(self) -> None:
        self.carrier.close()
        self.pbx.stop()
        for watcher in self._watchers:
            watcher.join()

    # ------------------------------------------------------------ customers of the test's own

    def _customer_who_presses(self) -> str:
        customer = self.pbx.customer(self._lines)
        self._lines += 1

        def press() -> None:
            if customer.wait_until_in_call(PATIENCE):
                customer.press("123")

        self._watch(press)
        return customer.address

    def _end_recorder(self, attempt_id: str) -> None:
        """End the recorder's channels behind the adapter's back."""
        self.receiver.wait_for(attempt_id, "recording_started")
        for side in ("left", "right"):
            with suppress(Exception):
                self.pbx.ari("DELETE", f"/channels/{side}-1-{attempt_id}")

    def _watch(self, work: Callable[[], None]) -> None:
        watcher = threading.Thread(target=work, daemon=True)
        watcher.start()
        self._watchers.append(watcher)
