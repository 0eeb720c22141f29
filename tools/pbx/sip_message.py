"""Just enough SIP (RFC 3261) to read and write what a plain telephone says and hears."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A request or a reply. Header names are in lower case; one that comes several times stands several times."""

    first_line: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def method(self) -> str:
        """INVITE, BYE … of a request; of a reply the method it answers."""
        return self.get("cseq").split()[-1] if self.status else self.first_line.split()[0]

    @property
    def status(self) -> int:
        """The code of a reply; 0 for a request."""
        found = re.match(r"SIP/2\.0 (\d{3})", self.first_line)
        return int(found.group(1)) if found else 0

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def sequence(self) -> int:
        return int(self.get("cseq").split()[0])

    @property
    def target(self) -> str:
        """The address in Contact: where requests in this call go."""
        found = re.search(r"<([^>]+)>", self.get("contact"))
        return found.group(1) if found else self.get("contact").split(";")[0]

    @property
    def sound_goes_to(self) -> tuple[str, int] | None:
        """Where the other side wants our sound, as its SDP says; None without one."""
        port = re.search(r"^m=audio (\d+) ", self.body, re.MULTILINE)
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        return (host.group(1), int(port.group(1))) if port and host else None


def read(datagram: bytes) -> SipMessage | None:
    """The message in a datagram; None for what is none, such as a keep-alive."""
    head, _, body = datagram.decode("utf-8", errors="replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    if "SIP/2.0" not in first:
        return None
    pairs = [line.partition(":") for line in lines]
    return SipMessage(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)


def write(first_line: str, headers: Sequence[tuple[str, str]], body: str = "") -> bytes:
    told = [first_line, *(f"{name}: {value}" for name, value in headers)]
    if body:
        told.append("Content-Type: application/sdp")
    return ("\r\n".join([*told, f"Content-Length: {len(body)}", "", ""]) + body).encode()


def reply(request: SipMessage, status: str, tag: str, extra: Sequence[tuple[str, str]] = (), body: str = "") -> bytes:
    """A reply to a request; `tag` marks our end unless the request already carries it."""
    to = request.get("to") if ";tag=" in request.get("to") or not tag else f"{request.get('to')};tag={tag}"
    headers = [("Via", via) for via in request.all("via")]
    headers += [("Record-Route", route) for route in request.all("record-route")]
    headers += [("From", request.get("from")), ("To", to), ("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq"))]
    return write(f"SIP/2.0 {status}", [*headers, *extra], body)


def new_branch() -> str:
    return "z9hG4bK" + secrets.token_hex(8)


def plain_sound(address: str, port: int) -> str:
    """An SDP that offers or takes G.711 µ-law and keys as events."""
    lines = ["v=0", f"o=phone 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP 0 101"]
    lines += ["a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv"]
    return "\r\n".join(lines) + "\r\n"
