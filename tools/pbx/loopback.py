"""Addresses on this machine that nobody outside it can reach, one set for each run."""

import re
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.pbx.errors import NoPbx

PORTS = (30000, 32700)
"""Below the range from which the system takes ports for connections, so that a restart finds them free."""


@dataclass(frozen=True, slots=True)
class Network:
    """The loopback addresses of a run, 127.x.y.…; they differ from Asterisk's 127.0.0.1, since a trunk is known by its address."""

    first: str

    @property
    def customers(self) -> str:
        return f"{self.first}.2"

    @property
    def phones(self) -> str:
        return f"{self.first}.3"

    @property
    def nobody(self) -> str:
        """Where nobody listens: the trunk that is down."""
        return f"{self.first}.4"

    @property
    def phone_bank(self) -> str:
        return f"{self.first}.5"

    @property
    def live_customers(self) -> str:
        """What the address of a customer in a test's hand begins with; the line, 0 to 9, ends it."""
        return f"{self.first}.2"


def own_network() -> Network:
    """A network nobody else uses, with x and y by chance. Several runs share the machine."""
    for _ in range(50):
        network = Network(f"127.{secrets.randbelow(250) + 2}.{secrets.randbelow(250) + 2}")
        if not is_taken(network.customers, 5060):
            return network
    raise NoPbx("no free loopback address was found in 127.0.0.0/8")


def is_taken(address: str, port: int) -> bool:
    """Whether somebody listens on this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return True
        return False


def free_port(kind: int = socket.SOCK_STREAM, address: str = "127.0.0.1", *, preferred: int = 0) -> int:
    """A port nobody has at the moment: the preferred one, or any. Raises NoPbx."""
    for attempt in range(200):
        port = preferred if preferred and attempt == 0 else PORTS[0] + secrets.randbelow(PORTS[1] - PORTS[0])
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind((address, port))
            return port
    raise NoPbx(f"no free port was found on {address}")


def ice_host_candidates(shown: str) -> str:
    """Lines for rtp.conf that show each address of this machine as `shown`; Asterisk itself offers no loopback address."""
    table = Path("/proc/net/fib_trie").read_text(encoding="utf-8")
    addresses = sorted(set(re.findall(r"(\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL", table)))
    return "\n".join(f"{address} => {shown}" for address in addresses if not address.startswith("127."))
