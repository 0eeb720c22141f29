"""Addresses on this machine that nobody outside it can reach, one set for each run."""

import secrets
import socket
import subprocess
from dataclasses import dataclass

from tools.pbx.errors import NoPbx


@dataclass(frozen=True, slots=True)
class Network:
    """The loopback addresses of a run. They differ from Asterisk's 127.0.0.1, since a trunk is known by its address."""

    customers: str
    phones: str
    nobody: str
    """Where nobody listens: the trunk that is down."""


def own_network() -> Network:
    """A network nobody else uses: 127.x.y.2 and so on, with x and y by chance. Several runs share the machine."""
    for _ in range(50):
        first = f"127.{secrets.randbelow(250) + 2}.{secrets.randbelow(250) + 2}"
        if not is_taken(f"{first}.2", 5060):
            return Network(f"{first}.2", f"{first}.3", f"{first}.4")
    raise NoPbx("no free loopback address was found in 127.0.0.0/8")


def is_taken(address: str, port: int) -> bool:
    """Whether somebody listens on this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return True
        return False


def free_port(kind: int = socket.SOCK_STREAM, address: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def ice_host_candidates(shown: str) -> str:
    """Lines for rtp.conf that show each address of this machine as `shown`; Asterisk itself offers no loopback address."""
    listed = subprocess.run(["ip", "-4", "-o", "addr", "show"], capture_output=True, text=True, check=False).stdout
    addresses = [line.split()[3].split("/")[0] for line in listed.splitlines()]
    return "\n".join(f"{address} => {shown}" for address in addresses if not address.startswith("127."))
