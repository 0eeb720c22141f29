"""What Asterisk tells, turned into what happens in a room and what is told on. One room's messages are taken one after another."""

import logging
import re
from collections.abc import Callable
from datetime import datetime

from engine.calls.hostile_text import plain
from engine.clock import Clock
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.book import Book
from integrations.asterisk.causes import ChannelEnd, ending_of
from integrations.asterisk.fleet import Host
from integrations.asterisk.legs import Leg
from integrations.asterisk.parts import Parts
from integrations.asterisk.told import Message, args_of, channel_id, channel_of, moment, object_in, quality_of

log = logging.getLogger(__name__)
_RECORDING = re.compile(r"stayline-([A-Za-z0-9_-]+)-([0-9]+)-(left|right)")
_SIDE_CHANNEL = re.compile(r"(?:(?:left|right|ear)-[0-9]+|amd)-([A-Za-z0-9_-]+)")
_ENDING = ("RTPAUDIOQOS",)


class Progress:
    """Takes in one message at a time. Every handler may see its message twice, late, or not at all."""

    def __init__(self, book: Book, parts: Parts, clock: Clock) -> None:
        self._book, self._parts, self._clock = book, parts, clock
        self._replies: dict[str, int] = {}
        """What the far end of a channel said of itself before it ended: a SIP code."""
        self._handlers: dict[str, Callable[[Host, Message, datetime], None]] = {
            "Dial": self._dial,
            "ChannelStateChange": self._state,
            "StasisStart": self._start,
            "StasisEnd": self._stasis_end,
            "ChannelEnteredBridge": self._entered,
            "ChannelHangupRequest": self._hangup_request,
            "ChannelDestroyed": self._destroyed,
            "ChannelDtmfReceived": self._digit,
            "ChannelVarset": self._variable,
            "RecordingStarted": self._recording,
            "RecordingFinished": self._recording,
            "RecordingFailed": self._recording,
            "PlaybackFinished": self._playback,
        }

    def concerns(self, message: Message) -> bool:
        """Whether anything is done about a message."""
        kind = message.get("type")
        return kind in self._handlers and (kind != "ChannelVarset" or message.get("variable") in _ENDING)

    def room_of(self, message: Message) -> str:
        """Whose turn a message is: the room's, where it can be told."""
        leg = self._leg_of(message)
        return leg.room_id if leg else channel_id(message)

    def _leg_of(self, message: Message) -> Leg | None:
        if (leg := self._book.leg_on(channel_id(message))) is not None:
            return leg
        args = args_of(message)
        recording = _RECORDING.fullmatch(str(object_in(message, "recording").get("name")))
        playback = object_in(message, "playback")
        target = str(playback.get("target_uri") or "").removeprefix("channel:")
        if target and (leg := self._book.leg_on(target)) is not None:
            return leg
        own = _SIDE_CHANNEL.fullmatch(channel_id(message))
        named = [recording.group(1)] if recording else [own.group(1) if own else "", *args[1:]]
        return next((leg for name in named if (leg := self._book.leg(name)) is not None), None)

    def take(self, host: Host, message: Message) -> None:
        """Deal with one message; a refusal of the switch is logged, what follows from it is told by the switch itself."""
        handler = self._handlers[str(message.get("type"))]
        try:
            handler(host, message, moment(message, self._clock.now(), host.skew))
        except CarrierError as problem:
            log.warning("an Asterisk refused a step", extra={"step": message.get("type"), "problem": str(problem)})

    # ------------------------------------------------------------ ringing and answering

    def _dial(self, host: Host, message: Message, at: datetime) -> None:
        if message.get("dialstatus") in ("RINGING", "PROGRESS"):
            self._rings(host, message, at)

    def _state(self, host: Host, message: Message, at: datetime) -> None:
        state = channel_of(message).get("state")
        if state == "Ringing":
            self._rings(host, message, at)
        elif state == "Up" and (leg := self._book.leg_on(channel_id(message))) is not None and leg.is_customer:
            self._hear(leg, CarrierEventKind.answered, at)

    def _rings(self, host: Host, message: Message, at: datetime) -> None:
        leg = self._book.leg_on(channel_id(message))
        if leg is not None and (leg.ended or leg.hung_up_by_us):
            self._parts.rooms.end_channel(host, channel_id(message))  # an order that was carried out after it was given up
        elif leg is not None and (leg.is_customer or leg.ring) and not leg.told(CarrierEventKind.answered):
            self._hear(leg, CarrierEventKind.ringing, at)

    # ------------------------------------------------------------ channels that come to us

    def _start(self, host: Host, message: Message, at: datetime) -> None:
        channel = channel_id(message)
        leg = self._leg_of(message)
        match args_of(message):
            case ["customer"] if leg is not None:
                self._customer_is_up(leg, at)
            case ["phone"] if leg is not None:
                self._phone_is_up(leg)
            case ["join", _, endpoint]:
                self._join(host, leg, channel, endpoint)
            case ["recorder", side, number, _] if leg is not None and leg.recorders:
                self._parts.recorders.snoop_is_up(leg, int(number), side)
            case ["machine", _] if leg is not None:
                self._parts.machines.snoop_is_up(leg)
            case ["amd", status, cause, _] if leg is not None:
                self._parts.machines.verdict(leg, channel, status, cause, at)
            case ["ear", _, _] if leg is not None:
                self._parts.ears.snoop_is_up(leg, channel)
            case args:
                log.warning("a channel nobody expects was hung up", extra={"channel": plain(channel), "called": plain(" ".join(args))})
                self._parts.rooms.end_channel(host, channel)

    def _customer_is_up(self, leg: Leg, at: datetime) -> None:
        self._hear(leg, CarrierEventKind.answered, at)
        if self._is_over(leg):
            self._parts.rooms.end_late(leg)
            return
        if leg.keeps_apart:
            self._parts.recorders.start(leg)
        self._parts.rooms.let_in(leg)
        if leg.detect_machine and leg.told(CarrierEventKind.machine) is None:
            self._parts.machines.listen(leg)

    def _is_over(self, leg: Leg) -> bool:
        return leg.ended or leg.hung_up_by_us or self._book.is_closed(leg.room_id)

    def _phone_is_up(self, leg: Leg) -> None:
        if self._is_over(leg):
            self._parts.rooms.end_late(leg)
        elif leg.ear is not None:
            self._parts.ears.admit(leg)
        else:
            self._parts.rooms.enter(leg)

    def _join(self, host: Host, leg: Leg | None, channel: str, endpoint: str) -> None:
        """A phone calls in, naming a leg. It is let in once, and only the phone the leg was promised to."""
        expected = leg is not None and not leg.is_customer and not leg.ring and not leg.hung_up_by_us and not leg.ended
        if leg is None or not expected or leg.channel_id not in (None, channel) or leg.phone != endpoint or leg.host != host.name:
            log.warning(
                "a phone was not let in",
                extra={"endpoint": plain(endpoint), "leg_id": leg.leg_id if leg else None, "host": host.name},
            )
            self._parts.rooms.end_channel(host, channel)
            return
        if leg.channel_id is None:
            self._book.note(leg, "channel", channel=channel, durable=True)
        # a channel that came in by itself is forgotten at its StasisEnd, and its end would not be told
        host.ask("POST", "applications/stayline/subscription", {"eventSource": f"channel:{channel}"})
        self._parts.rooms.answer(leg)
        self._phone_is_up(leg)

    def _entered(self, host: Host, message: Message, at: datetime) -> None:
        bridge = str(object_in(message, "bridge").get("id"))
        leg = self._book.leg_on(channel_id(message))
        if leg is not None and bridge == leg.room_id:
            self._hear(leg, CarrierEventKind.joined, at)
            self._parts.ears.somebody_came(leg.room_id)
        elif bridge.startswith("ear-") and (listener := self._book.leg(bridge.removeprefix("ear-"))) is not None:
            self._hear(listener, CarrierEventKind.joined, at)

    # ------------------------------------------------------------ the end

    def _hangup_request(self, host: Host, message: Message, at: datetime) -> None:
        if isinstance(code := message.get("tech_cause"), int):
            self._replies[channel_id(message)] = code

    def _destroyed(self, host: Host, message: Message, at: datetime) -> None:
        channel = channel_id(message)
        replied = self._replies.pop(channel, None)
        leg = self._book.leg_on(channel)
        if leg is None:
            self._side_channel_ended(leg or self._leg_of(message), channel)
            return
        code = message.get("tech_cause")
        end = ChannelEnd(
            cause=int(message.get("cause") or 0),
            sip=code if isinstance(code, int) else None,
            answered=bool(leg.told(CarrierEventKind.answered) or leg.told(CarrierEventKind.joined)),
            rang=leg.told(CarrierEventKind.ringing) is not None,
            replied=replied is not None,
            hung_up_by_us=leg.hung_up_by_us,
            waited=(at - leg.ordered_at).total_seconds(),
        )
        ending = ending_of(end)
        self._book.hear(
            CarrierEvent(
                f"{leg.leg_id}:ended",
                leg.leg_id,
                CarrierEventKind.ended,
                at,
                carrier_call_id=channel,
                ended_by="agent" if ending.by == "customer" and not leg.is_customer else ending.by,
                reason=ending.reason,
                detail=dict(end.detail),
            )
        )
        self._parts.after_end(leg)

    def _stasis_end(self, host: Host, message: Message, at: datetime) -> None:
        channel = channel_id(message)
        if self._book.leg_on(channel) is None:
            self._side_channel_ended(self._leg_of(message), channel)

    def _side_channel_ended(self, leg: Leg | None, channel: str) -> None:
        """A snoop is over: an ear is laid on another; that of a recorder is looked into shortly, for the customer may be going too."""
        if leg is None:
            return
        if channel.startswith("ear-"):
            self._parts.ears.snoop_ended(leg, channel)
        elif channel.startswith(("left-", "right-")):
            self._parts.suspect(leg, int(channel.split("-")[1]))

    # ------------------------------------------------------------ while it lasts

    def _digit(self, host: Host, message: Message, at: datetime) -> None:
        leg = self._book.leg_on(channel_id(message))
        if leg is not None:
            number = leg.told_count(CarrierEventKind.digits) + 1
            self._hear(leg, CarrierEventKind.digits, at, fingerprint=f"{leg.leg_id}:digits:{number}", detail={"count": 1})

    def _variable(self, host: Host, message: Message, at: datetime) -> None:
        leg = self._book.leg_on(channel_id(message))
        if leg is not None and (quality := quality_of(str(message.get("value")))):
            self._hear(leg, CarrierEventKind.quality, at, detail=quality)

    def _recording(self, host: Host, message: Message, at: datetime) -> None:
        found = _RECORDING.fullmatch(str(object_in(message, "recording").get("name")))
        leg = self._book.leg(found.group(1)) if found else None
        if found is None or leg is None:
            return
        number, side = int(found.group(2)), found.group(3)
        match message.get("type"):
            case "RecordingStarted":
                self._parts.recorders.side_started(leg, number, side, at)
                if leg.told(CarrierEventKind.joined) is None:
                    self._parts.rooms.let_in(leg)
            case "RecordingFinished":
                self._parts.recorders.side_done(leg, number, side)
                self._parts.suspect(leg, number)
            case _:
                self._parts.suspect(leg, number)

    def _playback(self, host: Host, message: Message, at: datetime) -> None:
        leg = self._leg_of(message)
        playback = object_in(message, "playback")
        played = playback.get("state") != "failed"
        if leg is not None:
            self._parts.rooms.playback_finished(leg, str(playback.get("id")), str(playback.get("media_uri")), played)

    def _hear(
        self, leg: Leg, kind: CarrierEventKind, at: datetime, *, fingerprint: str = "", detail: dict[str, float] | None = None
    ) -> None:
        self._book.hear(
            CarrierEvent(fingerprint or f"{leg.leg_id}:{kind.value}", LegId(leg.leg_id), kind, at, leg.channel_id, detail=detail or {})
        )
