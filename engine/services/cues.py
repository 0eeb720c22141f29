"""Tells a carrier that wants to know (only the simulated one does) what is being said, so that its recording holds it."""

import logging

from engine.errors import StaylineError
from engine.events.envelope import Logged
from engine.events.flow_events import AnswerChosen, StepEntered
from engine.flow.definition import Flow
from engine.flow.run import replay
from engine.flow.texts import pick
from engine.flow.wording import plain
from engine.ids import AttemptId
from engine.ports.carrier import Cue
from engine.services import content
from engine.services.house import House
from engine.storage.attempts import load_attempt
from engine.storage.call_log import load_call, read_log

log = logging.getLogger(__name__)


def tell_cues(house: House) -> None:
    """Listen to the live bus from now on and pass each newly shown step to the carrier of its call, off the request."""
    if not any(line.carrier.capabilities.speaks_cues for line in house.lines.values()):
        return

    def heard(topic: str, sequence: int, types: tuple[str, ...]) -> None:
        if "step.entered" in types or "step.reversed" in types:
            house.later(lambda: send_cue(house, topic, sequence))

    house.live.listen(heard)


def send_cue(house: House, call_id: str, sequence: int) -> None:
    """Tell the carrier the line shown as of an event. A cue that cannot be told is lost: it is never worth a call."""
    try:
        with house.database.reading() as tx:
            call = load_call(tx, call_id)
            attempt = load_attempt(tx, call.attempt_id)
            flow = content.flow_of(tx, call)
            events = [logged for logged in read_log(tx, call_id) if logged.sequence <= sequence]
        carrier = house.lines[attempt.trunk].carrier
        if carrier.capabilities.speaks_cues and call.line.answered_at is not None:
            offset = events[-1].at - call.line.answered_at
            carrier.cue(AttemptId(attempt.id), _cue(flow, events, max(0, int(offset.total_seconds() * 1000)), call.language))
    except StaylineError as problem:
        log.warning("a cue was lost", extra={"call_id": call_id, "problem": problem.reason})


def _cue(flow: Flow, events: list[Logged], offset_ms: int, language: str) -> Cue:
    run = replay(flow, [logged.event for logged in events])
    assert run is not None
    step = flow.steps[run.step]
    says = plain(step.say.render(run.known(), language)) if step.say else ""
    lines = " ".join(plain(line.wording.render(run.known(), language)) for line in step.must_say)
    answer = next((e.event for e in reversed(events) if isinstance(e.event, AnswerChosen)), None)
    entered = next((e.event for e in reversed(events) if isinstance(e.event, StepEntered)), None)
    said = ""
    if answer is not None and entered is not None and entered.origin == answer.step:
        reaction = flow.steps[answer.step].reaction(answer.reaction)
        said = pick(reaction.label, language) if reaction else answer.reaction
    return Cue(offset_ms, step.id, f"{lines} {says}".strip(), said, language)
