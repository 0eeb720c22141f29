"""The review's part of the cast: a real call of somebody, ended, recorded with a real WAV, and scored if asked."""

import io
import wave

import numpy as np

from engine.ids import RecordingId
from engine.people.account import SignedIn
from engine.services.recordings import expect_recording, fetch_recording
from engine.services.reviewing import Answer, Draft, publish, review_of, save
from engine.storage.call_log import load_call
from tests.services.world import TO_ACCEPTANCE, World
from tests.web.conftest import Shell
from tests.web.desk.stage import desk_world, number

RATE = 8000
_presses = iter(range(1_000_000, 9_000_000, 1_000))


def wav(seconds: float) -> bytes:
    """Two channels: the customer speaks in the first half, the agent in the second, with twelve seconds of silence between if it fits."""
    count = round(seconds * RATE)
    samples = np.zeros((count, 2), dtype="<i2")
    samples[: count // 3, 0] = 8000
    samples[count * 2 // 3 :, 1] = 8000
    made = io.BytesIO()
    with wave.open(made, "wb") as writing:
        writing.setnchannels(2)
        writing.setsampwidth(2)
        writing.setframerate(RATE)
        writing.writeframes(samples.tobytes())
    return made.getvalue()


def ended_call(stayline: Shell, owner: SignedIn) -> tuple[World, str]:
    """A call of this person that went through to a verbal yes and ended."""
    world = desk_world(stayline, owner)
    world.presses = next(_presses)  # the same press again would be the same call
    with world.database.transaction() as tx:
        tx.run("UPDATE agent_desk SET state = 'available', lead_id = NULL, call_id = NULL WHERE user_id = :id", id=owner.user_id)
    return world, world.ended_call(*TO_ACCEPTANCE, number=number())


def recorded_call(stayline: Shell, owner: SignedIn, seconds: float = 48) -> tuple[str, RecordingId]:
    """(call, recording) of this person, the recording stored."""
    world, call_id = ended_call(stayline, owner)
    reference = f"RE-{call_id}"
    world.carrier.recordings[reference] = wav(seconds)
    with stayline.database.transaction() as tx:
        call = load_call(tx, call_id)
        expect_recording(stayline, tx, call, world.carrier.name, reference)
    recording_id = world.one("SELECT id FROM recording WHERE call_id = :id", id=call_id)["id"]
    fetch_recording(stayline, recording_id)
    return call_id, RecordingId(recording_id)


def all_yes(stayline: Shell, call_id: str) -> Draft:
    """Every item of the live card answered with yes."""
    return Draft({item.code: Answer("yes") for item in review_of(stayline, call_id).card.items})


def scored_call(stayline: Shell, owner: SignedIn, reviewer: SignedIn) -> tuple[str, RecordingId, str]:
    """(call, recording, evaluation): published with 100 points."""
    call_id, recording_id = recorded_call(stayline, owner)
    saved = save(stayline, call_id, reviewer.user_id, 0, all_yes(stayline, call_id))
    found = publish(stayline, call_id, reviewer.user_id, saved.version, actor=reviewer.actor)
    return call_id, recording_id, found.id
