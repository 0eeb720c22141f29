"""Who hears whom in a room, and what of it reaches the customer's line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine.calls.leg import Ear, LegRole
from integrations.simulated.book import Book
from integrations.simulated.leg import Leg
from integrations.simulated.phone_call import PhoneCall
from integrations.simulated.scenarios import Scenario
from integrations.simulated.sound_track import Played, Sounding, SoundTrack
from integrations.simulated.sped_clock import SpedClock

pytestmark = pytest.mark.unit

CUSTOMER_HZ, HERTZ = 440, {"agent": 620, "colleague": 850, "supervisor": 1150}


@dataclass
class Scene:
    """One room, walked by the records a journal would hold; a second apart."""

    book: Book = field(default_factory=lambda: Book(SpedClock()))
    at: int = 1_000_000
    records: list[dict[str, Any]] = field(default_factory=list)

    def write(self, record: dict[str, Any]) -> None:
        self.at += 1000
        record = {**record, "at": self.at}
        if "event" in record:
            record["event"] = {**record["event"], "at": self.at}
        self.records.append(record)
        self.book.take_in(record)

    def event(self, leg_id: str, kind: str) -> None:
        self.write({"type": "event", "event": {"fingerprint": f"{leg_id}:{kind}:{self.at}", "leg_id": leg_id, "kind": kind}})

    def change(self, leg_id: str, change: str, **told: Any) -> None:
        self.write({"type": "change", "leg_id": leg_id, "change": change, **told})

    def customer(self, *, headset: bool = False, record: bool = True) -> PhoneCall:
        order = {"attempt_id": "customer", "number": "+99913800001234", "trunk": "t", "caller_number": "c", "max_ring_seconds": 30}
        scenario = Scenario(hums=CUSTOMER_HZ).written()
        self.write(
            {
                "type": "order",
                **order,
                "record": record,
                "room_id": "room",
                "headset": headset,
                "scenario": scenario,
                "carrier_call_id": "s",
            }
        )
        self.event("customer", "answered")
        return self.call

    def phone(self, name: str, ear: Ear | None = None, beside: str | None = None) -> Leg:
        role = LegRole(name)
        order = {"leg_id": name, "room_id": "room", "role": role, "phone": f"p{name}", "ring": False, "max_ring_seconds": 20}
        self.write({"type": "join", **order, "ear": ear, "beside": beside, "carrier_call_id": f"sim-{name}"})
        self.event(name, "joined")
        self.change(name, "speak", hz=HERTZ[name])
        return self.book.legs[name]

    @property
    def call(self) -> PhoneCall:
        call = self.book.legs["customer"]
        assert isinstance(call, PhoneCall)
        return call

    def heard_by(self, leg_id: str) -> set[int]:
        leg = self.book.legs[leg_id]
        return {voice.hz for voice in leg.room.heard_by(leg)}

    def now(self) -> Sounding:
        return self.call.track.soundings[-1][1]


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.customer()
    made.phone("agent")
    return made


def test_two_hear_each_other(scene: Scene) -> None:
    assert (scene.heard_by("agent"), scene.heard_by("customer")) == ({440}, {620})
    assert scene.now() == Sounding(agent=True, left_hz=440, right_hz=(620,))


def test_nobody_hears_a_phone_that_is_only_expected(scene: Scene) -> None:
    scene.write(
        {
            "type": "join",
            "leg_id": "late",
            "room_id": "room",
            "role": "colleague",
            "phone": "plate",
            "ring": False,
            "max_ring_seconds": 20,
            "ear": None,
            "beside": None,
            "carrier_call_id": "sim-late",
        }
    )
    assert scene.heard_by("late") == set()
    assert scene.heard_by("agent") == {440}


@pytest.mark.parametrize(
    ("ear", "beside", "agent", "colleague", "customer"),
    [
        (Ear.listen, None, {440, 850}, {440, 620}, {620, 850}),
        (Ear.whisper, None, {440, 850, 1150}, {440, 620}, {620, 850}),
        (Ear.whisper, "agent", {440, 850, 1150}, {440, 620}, {620, 850}),
        (Ear.whisper, "colleague", {440, 850}, {440, 620, 1150}, {620, 850}),
        (Ear.barge, None, {440, 850, 1150}, {440, 620, 1150}, {620, 850, 1150}),
    ],
)
def test_a_supervisor_hears_all_and_is_heard_as_the_ear_says(
    scene: Scene, ear: Ear, beside: str | None, agent: set[int], colleague: set[int], customer: set[int]
) -> None:
    scene.phone("colleague")
    scene.phone("supervisor", ear, beside)
    assert scene.heard_by("supervisor") == {440, 620, 850}
    assert (scene.heard_by("agent"), scene.heard_by("colleague"), scene.heard_by("customer")) == (agent, colleague, customer)


def test_a_supervisor_who_listens_is_nobody_whose_words_are_recorded(scene: Scene) -> None:
    scene.event("agent", "ended")
    scene.phone("supervisor", Ear.barge)
    assert scene.now() == Sounding(agent=False, left_hz=440, right_hz=(1150,))


HELD: list[tuple[str, Callable[[Scene], None], Sounding]] = [
    ("held", lambda scene: scene.event("customer", "held"), Sounding(agent=False, music=True, left_hz=440)),
    ("agent held", lambda scene: scene.event("agent", "held"), Sounding(agent=False, left_hz=440)),
    ("muted", lambda scene: scene.change("agent", "mute", on=True), Sounding(agent=False, left_hz=440)),
    ("gone", lambda scene: scene.event("agent", "ended"), Sounding(agent=False, left_hz=440)),
    ("paused", lambda scene: scene.event("customer", "recording_paused"), Sounding(recorded=False, left_hz=440, right_hz=(620,))),
    ("lost", lambda scene: scene.event("customer", "recording_lost"), Sounding(recorded=False, left_hz=440, right_hz=(620,))),
]


@pytest.mark.parametrize(("act", "sounding"), [one[1:] for one in HELD], ids=[one[0] for one in HELD])
def test_what_is_done_to_a_leg_decides_what_the_line_carries(scene: Scene, act: Callable[[Scene], None], sounding: Sounding) -> None:
    act(scene)
    assert scene.now() == sounding


def test_without_phones_the_agent_is_always_there_but_during_a_hold() -> None:
    scene = Scene()
    scene.customer(headset=True)
    assert scene.now() == Sounding(agent=True, left_hz=440)
    scene.event("customer", "held")
    assert scene.now() == Sounding(agent=False, music=True, left_hz=440)
    scene.event("customer", "resumed")
    assert scene.now() == Sounding(agent=True, left_hz=440)


def test_a_call_that_is_not_recorded_is_so_from_the_moment_it_was_asked_for() -> None:
    scene = Scene()
    call = scene.customer(record=False)
    answered = scene.at
    assert not scene.now().recorded
    scene.event("customer", "recording_started")
    stretches = call.track.since(answered).stretches(5000)
    assert [(start, end, sounding.recorded) for start, end, sounding in stretches] == [(0, 1000, False), (1000, 5000, True)]


@given(st.lists(st.sampled_from(["held", "resumed", "mute", "unmute", "play", "keys", "recording_paused", "recording_resumed"])))
def test_what_was_written_down_makes_the_same_book_again(acts: list[str]) -> None:
    scene = Scene()
    scene.customer()
    scene.phone("agent")
    for act in acts:
        match act:
            case "mute" | "unmute":
                scene.change("agent", "mute", on=act == "mute")
            case "play":
                scene.change("customer", "play", sound="one_moment")
            case "keys":
                scene.change("customer", "digits", digits="42")
            case _:
                scene.event("customer", act)
    again = Scene()
    again.book.read_back(scene.records)
    assert again.call.track == scene.call.track
    assert again.call.events == scene.call.events
    for before, after in zip(scene.book.legs.values(), again.book.legs.values(), strict=True):
        assert (before.leg_id, before.muted, before.held, before.hz) == (after.leg_id, after.muted, after.held, after.hz)


def test_a_journal_from_before_there_were_rooms_is_still_read() -> None:
    order = {"attempt_id": "a", "number": "+99913800001234", "trunk": "t", "caller_number": "c", "max_ring_seconds": 30, "record": True}
    event = {"fingerprint": "sim-1:answered:1", "attempt_id": "a", "carrier_call_id": "sim-1", "kind": "answered", "at": 2000}
    book = Book(SpedClock())
    book.read_back(
        [
            {"type": "order", **order, "carrier_call_id": "sim-1", "scenario": {"name": "busy"}, "at": 1000},
            {"type": "event", "event": event},
        ]
    )
    call = book.leg("a")
    assert isinstance(call, PhoneCall)
    assert (call.room.room_id, call.order.headset, call.order.detect_machine) == ("a", True, False)
    assert [told["leg_id"] for told in call.events] == ["a"]


soundings = st.builds(Sounding, recorded=st.booleans(), agent=st.booleans(), music=st.booleans(), left_hz=st.sampled_from([0, 440]))


@given(st.lists(st.tuples(st.integers(-2000, 20_000), soundings), max_size=12), st.integers(0, 15_000))
def test_stretches_cover_the_call_without_gap_or_overlap(noted: list[tuple[int, Sounding]], duration: int) -> None:
    track = SoundTrack()
    for at, sounding in sorted(noted, key=lambda one: one[0]):
        track.note(at, sounding)
    stretches = track.stretches(duration)
    assert [start for start, _, _ in stretches] == [0, *(end for _, end, _ in stretches[:-1])][: len(stretches)]
    assert (stretches[-1][1] if stretches else 0) == duration
    for start, end, sounding in stretches:
        assert start < end
        before = [one for at, one in track.soundings if at <= start]
        assert sounding == (before[-1] if before else Sounding())


def test_what_is_played_is_counted_from_the_answer() -> None:
    track = SoundTrack()
    track.play(Played(5000, digits="1"))
    assert track.since(4000).played == [Played(1000, digits="1")]
