"""Runs a command in a network that has this machine's loopback and nothing else, so that nothing it starts can reach anybody.

    python -m tools.pbx.alone COMMAND …

Programs outside cannot reach it either: what belongs together (the tests, the exchange, a browser) must be started together in it.
Linux only; without root it asks for a user namespace, in which the command believes to be root.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

PATIENCE = 10
INSIDE = "--inside"
EXTRA_ADDRESS = "198.51.100.1"
"""From the range for documentation (RFC 5737). Asterisk needs one address that is not 127.… or it has nothing to offer a browser."""
SET_FLAGS, SET_ADDRESS, SET_MASK, UP = 0x8914, 0x8916, 0x891C, 0x1


def command(inner: list[str]) -> list[str]:
    """The command line that runs `inner` alone."""
    return [*_unshare(), sys.executable, "-m", "tools.pbx.alone", INSIDE, *inner]


def possible() -> bool:
    """Whether this machine lets us make a network of our own."""
    if not shutil.which("unshare"):
        return False
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    return tried.returncode == 0


def inside() -> bool:
    """Whether we run in such a network: there is nothing but loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def _unshare() -> list[str]:
    return ["unshare", "--net", "--"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net", "--"]


def _bring_up() -> None:
    """Switch the loopback on and give it the extra address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh", b"lo", UP) + bytes(22))
        for request, address in ((SET_ADDRESS, EXTRA_ADDRESS), (SET_MASK, "255.255.255.255")):
            told = struct.pack("16sHH4s8s", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address), bytes(8))
            fcntl.ioctl(control, request, told + bytes(40 - len(told)))


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == [INSIDE]:
        _bring_up()
        os.execvp(arguments[1], arguments[1:])
    if not arguments:
        sys.exit("usage: python -m tools.pbx.alone COMMAND …")
    if not possible():
        sys.exit("This machine lets nobody make a network of their own (unshare); nothing was started.")
    os.execvp("unshare", command(arguments))


if __name__ == "__main__":
    main()
