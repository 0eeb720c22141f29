"""`make pbx`: a telephone exchange to try Stayline with by hand, until Ctrl-C."""

import fcntl
import signal
import sys
import threading
from types import FrameType

from tools import pbx, system_packages
from tools.pbx.asterisk_program import ROOT
from tools.pbx.running import RunningPbx, Setup

USUAL_PORTS = Setup(http_port=18088, https_port=18089, sip_port=15060)
FOLDER = ROOT / ".build"
WHAT = {
    "answers": "rings 1 s, answers, speaks a tone (1000 Hz) until somebody hangs up",
    "answers_at_once": "the same without ringing long",
    "says_hello": "a person says hello, waits 4.5 s, then talks on",
    "machine": "an answering machine: a greeting of many words, a beep, silence",
    "hangs_up": "answers and hangs up after 3 s",
    "goes_silent": "answers, and no sound ever comes: the line is lost after 8 s",
    "no_answer": "rings on",
    "busy": "is busy (486)",
    "unavailable": "cannot be reached just now (480)",
    "invalid": "is no number (404)",
    "rejected": "rings and refuses (603)",
    "congestion": "the network is full (503)",
    "timeout": "the network gives up (408)",
}


def main() -> None:
    if missing := system_packages.ensure([system_packages.SIPP]):
        sys.exit(f"Missing on this machine: {missing[0]}. Nothing was started.")
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "pbx.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("The exchange of this checkout runs already (make pbx in another window).")
        asked_to_stop = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            asked_to_stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        try:
            with pbx.start(FOLDER, USUAL_PORTS) as running:
                tell(running)
                sys.exit(wait(running, asked_to_stop))
        except pbx.NoPbx as reason:
            sys.exit(f"The exchange cannot be had here: {reason}.")


def wait(running: RunningPbx, asked_to_stop: threading.Event) -> str | None:
    """Wait for Ctrl-C; returns what went wrong if something ended before."""
    while not asked_to_stop.wait(1):
        if not running.running:
            return f"Asterisk has ended by itself: {running.log[-300:]}"
        if not running.customers.running:
            return "The customers (sipp) have ended by themselves."
    print("\nThe exchange stops.", flush=True)
    return None


def tell(running: RunningPbx) -> None:
    """Print how to reach it."""
    settings = {
        "STAYLINE_ASTERISK_URL": running.http_url,
        "STAYLINE_ASTERISK_USER": running.ari_user,
        "STAYLINE_ASTERISK_PASSWORD_FILE": running.ari_password_file,
        "STAYLINE_ASTERISK_TRUNK": running.trunk,
        "STAYLINE_ASTERISK_WS_URL": running.sip_ws_url,
        "STAYLINE_ASTERISK_REALM": running.realm,
        "STAYLINE_ASTERISK_MEDIA_ADDRESS": running.media_address,
    }
    print("A real Asterisk runs on this machine's loopback; nobody outside can reach it, and it can reach nobody.\n")
    print("To let Stayline use it, start it in another window with these settings:\n")
    print(" \\\n".join(f"  {name}={value}" for name, value in settings.items()) + " \\\n  make run\n")
    print("Who answers at which number (any +999 number with this ending):\n")
    for behaviour, ending in pbx.ENDINGS.items():
        print(f"  {pbx.number_that(behaviour)}  … {ending}  {WHAT[behaviour]}")
    print(f"\nThrough the trunk {running.dead_trunk!r} nobody is reached: its far end is not there.")
    print(f"SIP for a browser over TLS: {running.wss_url}; for a telephone: 127.0.0.1:{running.sip_port} (UDP).")
    print(f"Asterisk's log: {running.directory / 'log' / 'messages'}\n\nCtrl-C stops everything.", flush=True)


if __name__ == "__main__":
    main()
