"""Every request we make of Twilio, by the SDK's own resources; what goes wrong comes back as TwilioFailed."""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2

from engine.clock import to_millis
from integrations.twilio.failures import Proof, TwilioFailed, failure_of
from integrations.twilio.health import Watch
from integrations.twilio.settings import TwilioSettings

if TYPE_CHECKING:
    from twilio.rest import Client

_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
NEWEST_CALLS = 50
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
ROOM_EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify"]


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call as Twilio has it; times are Unix milliseconds, 0 when not known."""

    sid: str
    status: str
    sender: str
    to: str
    direction: str
    created_at: int
    started_at: int
    ended_at: int
    seconds: int | None


@dataclass(frozen=True, slots=True)
class RecordingTold:
    """A recording as Twilio has it."""

    sid: str
    call_sid: str
    status: str
    channels: int
    started_at: int
    seconds: int | None
    error: int | None


class Rest:
    """Requests of one account."""

    def __init__(self, settings: TwilioSettings, client: Callable[[], "Client"], watch: Watch | None = None) -> None:
        self._settings, self._client, self._watch = settings, client, watch

    @contextmanager
    def _asking(self) -> Generator[None]:
        """One request; how it went is noted."""
        try:
            with asking():
                yield
        except TwilioFailed as problem:
            if self._watch is not None:
                self._watch.failed(problem)
            raise
        if self._watch is not None:
            self._watch.answered()

    @property
    def _account(self) -> Any:
        return self._client().api.v2010.account

    def participant(self, room: str, **asked: Any) -> tuple[str, str]:
        """Ring somebody into a room: (call sid, conference sid), either empty when the answer does not say."""
        with self._asking():
            made = self._account.conferences(room).participants.create(**asked)
        return made.call_sid or "", made.conference_sid or ""

    def call(self, sid: str) -> CallTold:
        with self._asking():
            return _call(self._account.calls(sid).fetch())

    def change_call(self, sid: str, **asked: Any) -> None:
        with self._asking():
            self._account.calls(sid).update(**asked)

    def calls_to(self, number: str) -> list[CallTold]:
        """The newest calls to a number or client."""
        with self._asking():
            return [_call(one) for one in self._account.calls.list(to=number, limit=NEWEST_CALLS, page_size=NEWEST_CALLS)]

    def newest_calls(self) -> list[CallTold]:
        """The newest calls of the account, whoever made them; NEWEST_CALLS at most."""
        with self._asking():
            return [_call(one) for one in self._account.calls.list(limit=NEWEST_CALLS, page_size=NEWEST_CALLS)]

    def open_conferences(self, name: str) -> list[str]:
        """The sids of the conferences of that name that are not over."""
        with self._asking():
            listed: Sequence[Any] = self._account.conferences.list(friendly_name=name, limit=20, page_size=20)
        return [one.sid for one in listed if one.status != "completed"]

    def end_conference(self, sid: str) -> None:
        with self._asking():
            self._account.conferences(sid).update(status="completed")

    def participants(self, conference: str) -> dict[str, str]:
        """Label → call sid of who is in a conference, or being rung into it."""
        with self._asking():
            listed: Sequence[Any] = self._account.conferences(conference).participants.list(limit=250, page_size=250)
        return {one.label: one.call_sid for one in listed if one.label}

    def change_participant(self, conference: str, call_sid: str, **asked: Any) -> None:
        with self._asking():
            self._account.conferences(conference).participants(call_sid).update(**asked)

    def record(self, call_sid: str, callback: str) -> str:
        """Record a call from now on, in two channels: the recording's sid."""
        with self._asking():
            made = self._account.calls(call_sid).recordings.create(
                recording_channels="dual",
                recording_track="both",
                trim="do-not-trim",
                recording_status_callback=callback,
                recording_status_callback_event=["in-progress", "completed", "absent"],
                recording_status_callback_method="POST",
            )
        return made.sid or ""

    def pause(self, call_sid: str, recording: str, on: bool) -> None:
        with self._asking():
            one = self._account.calls(call_sid).recordings(recording)
            if on:
                one.update(status="paused", pause_behavior="silence")
            else:
                one.update(status="in-progress")

    def recordings_of(self, call_sid: str) -> list[RecordingTold]:
        with self._asking():
            listed: Sequence[Any] = self._account.calls(call_sid).recordings.list(limit=20, page_size=20)
        return [_recording(one) for one in listed]

    def recording(self, sid: str) -> RecordingTold:
        with self._asking():
            return _recording(self._account.recordings(sid).fetch())

    def delete_recording(self, sid: str) -> None:
        with self._asking():
            self._account.recordings(sid).delete()

    def message(self, **asked: Any) -> str:
        """Send a message: its sid."""
        with self._asking():
            return self._account.messages.create(**asked).sid or ""


@contextmanager
def asking() -> Generator[None]:
    """Turns every way a request can fail into TwilioFailed."""
    from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

    try:
        yield
    except (TwilioRestException, TwilioServiceException) as problem:
        raise failure_of(problem.status, problem.code) from None
    except TwilioException as problem:
        raise _listing_failed(problem) from None
    except _NEVER_LEFT as problem:
        raise TwilioFailed(Proof.never_left, type(problem).__name__) from None
    except httpx2.HTTPError as problem:
        raise TwilioFailed(Proof.unsure, type(problem).__name__) from None
    except (ValueError, KeyError) as problem:  # an answer the SDK could not read
        raise TwilioFailed(Proof.unsure, f"unreadable answer: {type(problem).__name__}") from None


def _listing_failed(problem: Exception) -> TwilioFailed:
    """A list that failed hides the answer in the exception's second argument (the SDK's own defect)."""
    answer: Any = problem.args[1] if len(problem.args) > 1 else None
    status = getattr(answer, "status_code", 0)
    if not isinstance(status, int) or status < 400:
        return TwilioFailed(Proof.unsure, type(problem).__name__)
    try:
        told = json.loads(answer.text)
        code = told.get("code")
    except (ValueError, AttributeError, TypeError):
        code = None
    return failure_of(status, code if isinstance(code, int) else None)


def _millis(moment: Any) -> int:
    if not isinstance(moment, datetime):
        return 0
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _call(told: Any) -> CallTold:
    return CallTold(
        sid=told.sid or "",
        status=str(told.status or ""),
        sender=getattr(told, "_from", None) or getattr(told, "from_", None) or "",
        to=told.to or "",
        direction=told.direction or "",
        created_at=_millis(told.date_created),
        started_at=_millis(told.start_time),
        ended_at=_millis(told.end_time),
        seconds=_whole(told.duration),
    )


def _recording(told: Any) -> RecordingTold:
    return RecordingTold(
        sid=told.sid or "",
        call_sid=told.call_sid or "",
        status=str(told.status or ""),
        channels=_whole(told.channels) or 0,
        started_at=_millis(told.start_time),
        seconds=_whole(told.duration),
        error=_whole(told.error_code),
    )


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
