"""The customers behind the trunk: one sipp that does, by the number's last three digits, what people and networks do.

A number is +999 and eleven digits (`number_that`); it is dialled as PJSIP/<number>@<trunk>, with the plus sign, and the scenario takes
it without one too.

| ending | behaviour           | what happens                                                                       |
|--------|---------------------|------------------------------------------------------------------------------------|
| 100    | answers             | rings 1 s, answers, speaks 1000 Hz until somebody hangs up                         |
| 101    | answers_at_once     | the same after 0.1 s                                                               |
| 130    | says_hello          | as answers, but a person's "hello": 0.5 s of tone, 4.5 s silence, then tone        |
| 200    | machine             | answers, an answering machine's greeting of 9 s (words of 1000 Hz), a beep 1400 Hz |
| 230    | hangs_up            | answers, speaks, hangs up 3 s after the answer                                     |
| 240    | goes_silent         | answers, and not one packet of sound ever comes: the line is lost (rtp_timeout)    |
| 000    | no_answer           | rings on (180) until it is cancelled (487)                                         |
| 486    | busy                | 486 Busy Here                                                                      |
| 480    | unavailable         | 480 Temporarily Unavailable                                                        |
| 404    | invalid             | 404 Not Found                                                                      |
| 603    | rejected            | rings 0.3 s, 603 Decline                                                           |
| 503    | congestion          | 503 Service Unavailable                                                            |
| 408    | timeout             | 408 Request Timeout, as a network answers for a phone that is out of reach         |
| 300-309|                     | the customer a test holds in its hand: RunningPbx.customer(line 0 to 9)            |

Any other ending answers. A trunk whose far end is missing is an endpoint of its own (RunningPbx.dead_trunk).
"""

from pathlib import Path

from tools.pbx import scenario
from tools.pbx.loopback import Network
from tools.pbx.reaper import Reaper
from tools.pbx.sipp import Sipp

ENDINGS = {
    "answers": "100",
    "answers_at_once": "101",
    "says_hello": "130",
    "machine": "200",
    "hangs_up": "230",
    "goes_silent": "240",
    "no_answer": "000",
    "busy": "486",
    "unavailable": "480",
    "invalid": "404",
    "rejected": "603",
    "congestion": "503",
    "timeout": "408",
}


def number_that(behaviour: str, serial: int = 1) -> str:
    """An E.164 test number of a customer who behaves so; another `serial` (up to 8 digits) is another customer.

    >>> number_that("busy", 7)
    '+99900000007486'
    """
    return f"+999{serial:08d}{ENDINGS[behaviour]}"


def live_number(line: int, serial: int = 1) -> str:
    """The number of the customer in a test's hand on this line, 0 to 9."""
    return f"+999{serial:08d}30{line}"


class Customers:
    """The running customers. `address` and `port` are where the trunk leads; `folder` holds their scenario, sounds and log."""

    def __init__(self, folder: Path, network: Network, reaper: Reaper) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, sound in scenario.CUSTOMER_SOUNDS.items():
            (folder / name).write_bytes(sound())
        self._sipp = Sipp(folder, scenario.customers(ENDINGS, network.live_customers), network.customers, reaper)
        self.address, self.port = self._sipp.address, self._sipp.port

    def start(self) -> None:
        """Answer again after `kill`. Raises NoPbx."""
        self._sipp.start()

    def kill(self) -> None:
        """All customers are gone at once, as when the carrier's machine fails."""
        self._sipp.kill()

    @property
    def pid(self) -> int:
        return self._sipp.pid

    @property
    def running(self) -> bool:
        return self._sipp.running

    @property
    def rung(self) -> list[str]:
        """Every number whose phone was reached, oldest first, once for each time: a second dial is seen here."""
        return [line.split("rung ", 1)[1].strip() for line in self._sipp.log if "rung " in line]
