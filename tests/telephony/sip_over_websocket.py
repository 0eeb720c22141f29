"""How a browser's phone signs in: SIP over a WebSocket (RFC 7118), with a digest password (RFC 8760's older sister, MD5)."""

import hashlib
import re
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tools.pbx import sip_message
from tools.pbx.sip_message import SipMessage

PATIENCE = 10


@contextmanager
def signed_in(
    url: str, realm: str, user: str, password: str, *, expires: int = 60, tls: ssl.SSLContext | None = None
) -> Iterator[SipMessage]:
    """Sign a phone in and keep its connection: the exchange's last word on it is 200, or what refuses it."""
    call_id, tag = secrets.token_hex(8), secrets.token_hex(6)
    with connect(url, subprotocols=[Subprotocol("sip")], proxy=None, ssl=tls) as socket:

        def ask(sequence: int, credentials: str = "") -> SipMessage:
            headers = [
                ("Via", f"SIP/2.0/WS phone.invalid;branch={sip_message.new_branch()}"),
                ("Max-Forwards", "70"),
                ("From", f"<sip:{user}@{realm}>;tag={tag}"),
                ("To", f"<sip:{user}@{realm}>"),
                ("Call-ID", call_id),
                ("CSeq", f"{sequence} REGISTER"),
                ("Contact", f"<sip:{user}@phone.invalid;transport=ws>;expires={expires}"),
            ]
            if credentials:
                headers.append(("Authorization", credentials))
            socket.send(sip_message.write(f"REGISTER sip:{realm} SIP/2.0", headers).decode())
            while True:
                said = socket.recv(PATIENCE)
                message = sip_message.read(said.encode() if isinstance(said, str) else said)
                if message is not None and message.status and message.sequence == sequence:
                    return message

        first = ask(1)
        if first.status != 401:
            yield first
        else:
            yield ask(2, _credentials(first.get("www-authenticate"), f"sip:{realm}", user, password))


def _credentials(challenge: str, address: str, user: str, password: str) -> str:
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    count, ours = "00000001", secrets.token_hex(8)
    who = _md5(f"{user}:{given['realm']}:{password}")
    what = _md5(f"REGISTER:{address}")
    answer = _md5(f"{who}:{given['nonce']}:{count}:{ours}:auth:{what}")
    told = f'Digest username="{user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{address}", response="{answer}", '
    return told + f'algorithm=MD5, qop=auth, nc={count}, cnonce="{ours}", opaque="{given.get("opaque", "")}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
