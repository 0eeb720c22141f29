"""Where a process can be reached: its sockets that wait for anybody, as the kernel lists them."""

import os
import socket
import struct
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

LISTENING = {"tcp": "0A", "udp": "07"}
"""The state of a socket that waits for whoever comes (include/net/tcp_states.h)."""


def open_places(process: int) -> list[tuple[IPv4Address | IPv6Address, int]]:
    """Address and port of each TCP socket that listens and each UDP socket that is bound."""
    mine: set[str] = set()
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            target = os.readlink(entry)
            if target.startswith("socket:["):
                mine.add(target[8:-1])
    found: list[tuple[IPv4Address | IPv6Address, int]] = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path(f"/proc/{process}/net/{table}")
        for line in path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []:
            words = line.split()
            if words[3] == LISTENING[table[:3]] and words[9] in mine:
                address, port = words[1].split(":")
                found.append((_address(address), int(port, 16)))
    return found


def _address(text: str) -> IPv4Address | IPv6Address:
    """The kernel writes an address as words of 32 bits in the machine's own order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return ip_address(socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed))
