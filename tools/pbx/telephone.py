"""A telephone with real SIP and real sound: an agent's without a browser, or a customer's that a test holds in its hand.

It answers at once when it is rung (unless told otherwise), calls, speaks a tone, hears, presses keys and hangs up.
"""

import secrets
import select
import socket
import threading
import time
from dataclasses import dataclass, field

from tools.pbx import sip_message
from tools.pbx.rtp_sound import RtpSound
from tools.pbx.sip_message import SipMessage
from tools.pbx.sounds import PHONE_HZ

PATIENCE = 10.0
REPEAT_SECONDS = 0.5


class PhoneRefused(Exception):
    """The exchange did not take the call; `status` is its SIP code (0: it did not answer)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the exchange answered {status}")
        self.status = status


@dataclass(slots=True)
class _Dialog:
    """One call: who we are and who they are in it. `asked` is the INVITE that came in, for calls that ring us."""

    call_id: str
    ours: str
    theirs: str
    target: str
    sequence: int = 0
    branch: str = ""
    answered: bool = False
    acknowledged: bool = False
    asked: SipMessage | None = None
    tag: str = field(default_factory=lambda: secrets.token_hex(6))


class Telephone:
    """A phone with one line. `address` is its PJSIP endpoint's name, or the number of a customer's."""

    def __init__(self, address: str, host: str, exchange: tuple[str, int], realm: str, *, port: int = 0, hertz: float = PHONE_HZ) -> None:
        self.address, self._host, self._exchange, self._realm = address, host, exchange, realm
        self.answers = True
        """Whether it answers when it is rung; else it rings on."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._port = int(self._socket.getsockname()[1])
        self._sound = RtpSound(host)
        self._sound.speak(hertz)
        self._changed = threading.Condition(threading.RLock())
        self._dialog: _Dialog | None = None
        self.refused = 0
        """The SIP code with which its last call was not taken."""
        self._repeat: tuple[float, bytes] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._live, name=f"phone {address}", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ for a test

    @property
    def contact(self) -> str:
        """Where the exchange rings it."""
        return f"sip:{self.address}@{self._host}:{self._port}"

    @property
    def in_call(self) -> bool:
        with self._changed:
            return self._dialog is not None and self._dialog.answered

    @property
    def ringing(self) -> bool:
        with self._changed:
            return self._dialog is not None and self._dialog.asked is not None and not self._dialog.answered

    def call_in(self, leg_id: str, patience: float = PATIENCE) -> None:
        """Call into the room that expects this leg; returns when the exchange has answered. Raises PhoneRefused."""
        self.dial(f"join-{leg_id}")
        with self._changed:
            answered = self._changed.wait_for(lambda: self._dialog is None or self._dialog.answered, patience)
            if self._dialog is None or not answered:
                raise PhoneRefused(self.refused)

    def dial(self, extension: str) -> None:
        """Begin a call and do not wait for what becomes of it."""
        with self._changed:
            assert self._dialog is None, f"{self.address} is in a call already"
            target = f"sip:{extension}@{self._exchange[0]}:{self._exchange[1]}"
            tag, self.refused = secrets.token_hex(6), 0
            us = f"<sip:{self.address}@{self._realm}>;tag={tag}"
            self._dialog = _Dialog(secrets.token_hex(12), us, f"<sip:{extension}@{self._realm}>", target, tag=tag)
            self._request("INVITE", body=sip_message.plain_sound(self._host, self._sound.port))

    def answer(self) -> None:
        """Take the call that rings."""
        with self._changed:
            if self._dialog is not None and self._dialog.asked is not None and not self._dialog.answered:
                self._take(self._dialog, self._dialog.asked)

    def hang_up(self) -> None:
        """End the call, or give up one that is not answered yet; without a call nothing happens."""
        with self._changed:
            dialog = self._dialog
            if dialog is None:
                return
            if dialog.answered:
                self._request("BYE")
                self._end(keep_repeating=True)
            elif dialog.asked is not None:
                self._say(sip_message.reply(dialog.asked, "486 Busy Here", dialog.tag))
                self._end()
            else:
                self._request("CANCEL", dialog.branch)

    def press(self, digits: str) -> None:
        self._sound.press(digits)

    @property
    def keys(self) -> str:
        """The keys the other side pressed in this call, or in the last one."""
        return self._sound.keys

    def hears_keys(self, keys: str, patience: float = PATIENCE) -> bool:
        """Whether the other side comes to have pressed exactly these keys within `patience` seconds."""
        return self._sound.wait_for_keys(keys, patience)

    def speaks(self, hertz: float | None) -> None:
        """Speak this tone from now on; None is silence."""
        self._sound.speak(hertz)

    def hears(self, hertz: float, patience: float = PATIENCE) -> bool:
        """Whether it comes to hear this tone within `patience` seconds."""
        return self._sound.wait_to_hear(hertz, True, patience)

    def stops_hearing(self, hertz: float, patience: float = PATIENCE) -> bool:
        """Whether this tone is gone within `patience` seconds."""
        return self._sound.wait_to_hear(hertz, False, patience)

    def wait_until_in_call(self, patience: float = PATIENCE) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._dialog is not None and self._dialog.answered, patience)

    def wait_until_ended(self, patience: float = PATIENCE) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._dialog is None, patience)

    def vanish(self) -> None:
        """Not one packet more, and no goodbye: the machine with this phone on it has died."""
        with self._changed:
            self._sound.connect(None)
            self._end()

    def close(self) -> None:
        self.hang_up()
        self._closed = True
        self._thread.join()
        self._sound.close()
        self._socket.close()

    # ------------------------------------------------------------ its life

    def _live(self) -> None:
        while not self._closed:
            ready, _, _ = select.select([self._socket, self._sound.socket], [], [], min(self._sound.due, 0.1))
            if self._sound.socket in ready:
                self._sound.take()
            self._sound.tick()
            if self._socket in ready:
                self._hear(self._socket.recv(65535))
            self._say_again()

    def _hear(self, datagram: bytes) -> None:
        message = sip_message.read(datagram)
        if message is None:
            return
        with self._changed:
            dialog = self._dialog
            mine = dialog is not None and dialog.call_id == message.get("call-id")
            if message.status:
                self._replied(message, dialog if mine else None)
            else:
                self._asked(message, dialog if mine else None)
            self._changed.notify_all()

    def _asked(self, message: SipMessage, dialog: _Dialog | None) -> None:
        tag = dialog.tag if dialog else secrets.token_hex(6)
        if message.method == "INVITE" and dialog is None and self._dialog is None:
            self._rung(message, tag)
        elif message.method == "INVITE" and dialog is not None and dialog.answered:
            self._take(dialog, message)
        elif message.method == "INVITE" and dialog is None:
            self._say(sip_message.reply(message, "486 Busy Here", tag))
        elif message.method == "ACK" and dialog is not None:
            dialog.acknowledged = True
            self._repeat = None
        elif message.method == "CANCEL" and dialog is not None and dialog.asked is not None and not dialog.answered:
            self._say(sip_message.reply(message, "200 OK", tag))
            self._say(sip_message.reply(dialog.asked, "487 Request Terminated", tag))
            self._end()
        elif message.method == "BYE":
            self._say(sip_message.reply(message, "200 OK" if dialog else "481 Call/Transaction Does Not Exist", tag))
            if dialog is not None:
                self._end()
        elif message.method not in {"ACK", "INVITE"}:
            self._say(sip_message.reply(message, "200 OK", tag))

    def _rung(self, message: SipMessage, tag: str) -> None:
        ours = f"{message.get('to')};tag={tag}"
        self._dialog = _Dialog(message.get("call-id"), ours, message.get("from"), message.target, asked=message, tag=tag)
        self._say(sip_message.reply(message, "180 Ringing", tag, [("Contact", f"<{self.contact}>")]))
        if self.answers:
            self._take(self._dialog, message)

    def _take(self, dialog: _Dialog, invite: SipMessage) -> None:
        """Answer an INVITE, the first or one that changes the call."""
        sound = sip_message.plain_sound(self._host, self._sound.port)
        answer = sip_message.reply(invite, "200 OK", dialog.tag, [("Contact", f"<{self.contact}>")], sound)
        self._say(answer)
        self._repeat = (time.monotonic() + REPEAT_SECONDS, answer)
        dialog.answered = True
        self._sound.connect(invite.sound_goes_to or self._sound.to)

    def _replied(self, message: SipMessage, dialog: _Dialog | None) -> None:
        if message.method != "INVITE" or message.status >= 200:
            self._repeat = None
        if message.method != "INVITE" or dialog is None or message.status < 200:
            if message.method == "INVITE" and dialog is not None:
                self._repeat = None
            return
        dialog.theirs = message.get("to")
        if message.status < 300:
            dialog.target = message.target
            self._acknowledge(dialog, sip_message.new_branch())
            dialog.answered = True
            self._sound.connect(message.sound_goes_to)
        else:
            self._acknowledge(dialog, dialog.branch)
            self.refused = message.status
            self._end()

    def _acknowledge(self, dialog: _Dialog, branch: str) -> None:
        self._say(sip_message.write(f"ACK {dialog.target} SIP/2.0", self._headers(dialog, "ACK", branch)))

    def _end(self, *, keep_repeating: bool = False) -> None:
        self._dialog = None
        self._sound.connect(None)
        if not keep_repeating:
            self._repeat = None
        self._changed.notify_all()

    # ------------------------------------------------------------ saying

    def _request(self, method: str, branch: str = "", body: str = "") -> None:
        dialog = self._dialog
        assert dialog is not None
        if method != "CANCEL":
            dialog.sequence += 1
        branch = branch or sip_message.new_branch()
        if method == "INVITE":
            dialog.branch = branch
        message = sip_message.write(f"{method} {dialog.target} SIP/2.0", self._headers(dialog, method, branch), body)
        self._say(message)
        self._repeat = (time.monotonic() + REPEAT_SECONDS, message)

    def _headers(self, dialog: _Dialog, method: str, branch: str) -> list[tuple[str, str]]:
        return [
            ("Via", f"SIP/2.0/UDP {self._host}:{self._port};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", dialog.ours),
            ("To", dialog.theirs),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{dialog.sequence} {method}"),
            ("Contact", f"<{self.contact}>"),
        ]

    def _say(self, message: bytes) -> None:
        self._socket.sendto(message, self._exchange)

    def _say_again(self) -> None:
        """Repeat what nobody has answered; UDP may lose it."""
        with self._changed:
            if self._repeat is not None and self._repeat[0] <= time.monotonic():
                self._say(self._repeat[1])
                self._repeat = (time.monotonic() + REPEAT_SECONDS, self._repeat[1])
