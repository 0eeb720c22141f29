"""Whole calls, pinned event by event. The run is written to JSON and read back between every two inputs, as it is in production."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Refused
from engine.events.catalogue import read_event
from engine.events.envelope import Event
from engine.flow.actions import (
    Action,
    Answer,
    Back,
    Cancel,
    ChooseOption,
    CloseDrawer,
    DoNotCall,
    EnterFact,
    OpenDrawer,
    PresentOffer,
    SayLine,
    UnsayLine,
    UseDrawerLine,
)
from engine.flow.advance import advance, start
from engine.flow.run import FlowRun, from_json, replay, to_json
from engine.flow.view import view
from engine.flow.wording import plain
from engine.yaml_text import read_yaml
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
CALLS: Mapping[str, Any] = read_yaml((HERE / "inputs.yaml").read_text(), "inputs.yaml").data

_WORDS: dict[str, Action] = {
    "back": Back(),
    "cancel": Cancel(),
    "do_not_call": DoNotCall(),
    "drawer": OpenDrawer(),
    "drawer_close": CloseDrawer(),
}


def action_of(word: str) -> Action:
    """The action a word of inputs.yaml stands for."""
    kind, colon, rest = word.partition(":")
    if not colon:
        return _WORDS.get(word) or Answer(word)
    if kind == "fact":
        name, _, value = rest.partition("=")
        return EnterFact(name, value)
    made = {"say": SayLine, "unsay": UnsayLine, "present": PresentOffer, "option": ChooseOption, "drawer": UseDrawerLine}
    return made[kind](rest)


def told(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """Events as they are stored."""
    return [{"type": event.type, **event.data()} for event in events]


def stored(run: FlowRun) -> FlowRun:
    """The run after a trip through the database's JSON."""
    return from_json(json.loads(json.dumps(to_json(run))))


def walked(name: str) -> list[dict[str, Any]]:
    """One call: each input, what happened, and where the desk stands after it."""
    call = CALLS[name]
    policy = SamplePolicy(nothing=call.get("offers") == "none")
    turn = start(flow(), FACTS, call["language"], policy)
    log: list[dict[str, Any]] = [*told(turn.events)]
    log[0]["version"] = "pinned"  # the sample's wording may change without changing what happens
    lines: list[dict[str, Any]] = [{"input": "start", "events": log, **standing(turn.run)}]
    run, everything = stored(turn.run), list(turn.events)
    for word in call["does"]:
        try:
            turn = advance(flow(), run, action_of(word), policy)
        except Refused as refusal:
            lines.append({"input": word, "refused": refusal.reason})
            continue
        run = stored(turn.run)
        everything += turn.events
        lines.append({"input": word, "events": told(turn.events), **standing(run)})
    assert replay(flow(), [read_event(event.type, json.loads(json.dumps(event.data()))) for event in everything]) == run
    return lines


def standing(run: FlowRun) -> dict[str, Any]:
    """What the agent reads after an input."""
    shown = view(flow(), run)
    return {"step": shown.step, "says": plain(shown.say)} | ({"ended": shown.ended} if shown.ended else {})


@pytest.mark.parametrize("name", list(CALLS))
def test_the_call_goes_as_it_went(name: str, request: pytest.FixtureRequest) -> None:
    file = HERE / "calls" / f"{name}.json"
    happened = walked(name)
    if request.config.getoption("--update-golden", default=False):  # unknown when pytest starts above this folder
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(happened, ensure_ascii=False, indent=1) + "\n")
    assert json.loads(file.read_text()) == happened


def test_no_golden_file_is_without_its_call() -> None:
    assert {file.stem for file in (HERE / "calls").glob("*.json")} == set(CALLS)
