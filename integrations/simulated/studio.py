"""Makes and keeps the carrier's recordings: speaks each cue in a thread as it comes, puts the call together when it has ended.

What is being said lies in `spool/<call>/` until then (it survives a kill), and is removed with the finished recording in place.
"""

import asyncio
import json
import logging
import re
import secrets
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from integrations.simulated.house_sounds import announced, keys
from integrations.simulated.phone_call import SpokenCue
from integrations.simulated.recorder import Said, write_recording
from integrations.simulated.sound_track import Played, SoundTrack
from integrations.simulated.tone_codes import Samples
from integrations.simulated.voices import AGENT, CUSTOMER, Espeak, Hum, SpeechFailed, Voice, beep

_log = logging.getLogger("integrations.simulated")
_REF = re.compile(r"[A-Za-z0-9_-]{43}")
_PICKS_UP = {
    "human": ("喂，你好。", "Hello?"),
    "machine": ("您好，我现在无法接听，请在提示音后留言。", "I cannot answer now. Please speak after the tone."),
}


class Studio:
    """The recordings of a simulated carrier, in its directory."""

    def __init__(self, directory: Path, speaker: Espeak | Hum) -> None:
        self._spool, self._recordings = directory / "spool", directory / "recordings"
        for folder in (self._spool, self._recordings):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._speaker = speaker
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="studio")
        self._speaking: dict[str, list[Future[None]]] = {}

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def take_cue(self, call: str, cue: SpokenCue, *, speak_now: bool = True) -> None:
        """Keep what is said and, where the call is recorded already, start speaking it."""
        folder = self._spool / call
        folder.mkdir(exist_ok=True, mode=0o700)
        with (folder / "cues.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(cue), ensure_ascii=False) + "\n")
        if speak_now:
            self._speaking.setdefault(call, []).append(self._pool.submit(self._speak_cue, folder, cue))

    async def make(self, call: str, duration_ms: int, answered_by: str, track: SoundTrack) -> tuple[str, dict[str, Any]]:
        """Put a call's recording together: (its reference, what can be told of it)."""
        await asyncio.gather(*(asyncio.wrap_future(one) for one in self._speaking.pop(call, [])), return_exceptions=True)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._assemble, call, duration_ms, answered_by, track)

    def path_of(self, ref: str) -> Path | None:
        """The file of a finished recording."""
        path = self._recordings / f"{ref}.wav"
        return path if _REF.fullmatch(ref) and path.is_file() else None

    def delete(self, ref: str) -> None:
        """Remove a recording; removing it twice is fine."""
        if path := self.path_of(ref):
            path.unlink(missing_ok=True)

    def forget(self, call: str) -> None:
        """Drop what was said in a call that is not recorded."""
        self._speaking.pop(call, None)
        shutil.rmtree(self._spool / call, ignore_errors=True)

    def _assemble(self, call: str, duration_ms: int, answered_by: str, track: SoundTrack) -> tuple[str, dict[str, Any]]:
        folder, ref = self._spool / call, secrets.token_urlsafe(32)
        folder.mkdir(exist_ok=True, mode=0o700)
        cues = {(cue.offset_ms, cue.step): cue for cue in _spooled(folder)}
        said = [self._said(folder, cue) for cue in cues.values() if cue.offset_ms < duration_ms]
        language = next(iter(cues.values())).language if cues else "zh-CN"
        opening = self._opening(folder, answered_by, language)
        path = self._recordings / f"{ref}.wav"
        sounds = [(one.at, self._played(one, language)) for one in track.played]
        write_recording(path, duration_ms, said, opening, int.from_bytes(call.encode()[-8:]), track, sounds)
        shutil.rmtree(folder, ignore_errors=True)
        return ref, {
            "duration_ms": duration_ms,
            "bytes": path.stat().st_size,
            "voice": self._speaker.name,
            "channels": {"left": "customer", "right": "agent"},
        }

    def _played(self, played: Played, language: str) -> Samples:
        if played.digits:
            return keys(played.digits)
        return announced(played.sound, language, lambda text, spoken: self._spoken(text, spoken, AGENT))

    def _said(self, folder: Path, cue: SpokenCue) -> Said:
        self._speak_cue(folder, cue)
        agent, customer = _files(folder, cue)
        return Said(cue.offset_ms, cue.step, agent if cue.agent_says.strip() else None, customer if cue.customer_said.strip() else None)

    def _speak_cue(self, folder: Path, cue: SpokenCue) -> None:
        for path, text, voice in zip(_files(folder, cue), (cue.agent_says, cue.customer_said), (AGENT, CUSTOMER), strict=True):
            if text.strip() and not path.exists():
                _save(path, self._spoken(text, cue.language, voice))

    def _opening(self, folder: Path, answered_by: str, language: str) -> Path:
        text = _PICKS_UP["machine" if answered_by == "machine" else "human"][language.lower().startswith("en")]
        sound = self._spoken(text, language, CUSTOMER)
        path = folder / "opening.pcm"
        _save(path, np.concatenate([sound, beep()]) if answered_by == "machine" else sound)
        return path

    def _spoken(self, text: str, language: str, voice: Voice) -> Samples:
        try:
            return self._speaker.say(text, language, voice)
        except SpeechFailed as problem:
            _log.warning("speech failed; this line is hummed", extra={"problem": str(problem)})
            return Hum().say(text, language, voice)


def _spooled(folder: Path) -> list[SpokenCue]:
    """The cues kept for a call; a line torn by a kill is left out."""
    path = folder / "cues.jsonl"
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return [SpokenCue(**json.loads(line)) for line in whole.splitlines()]


def _files(folder: Path, cue: SpokenCue) -> tuple[Path, Path]:
    step = cue.step.encode().hex()[:80]
    return folder / f"{cue.offset_ms}-{step}-agent.pcm", folder / f"{cue.offset_ms}-{step}-customer.pcm"


def _save(path: Path, sound: Samples) -> None:
    """Whole or not at all: the same cue may be spoken twice at once."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    temporary.write_bytes(sound.astype("<i2").tobytes())
    temporary.replace(path)
