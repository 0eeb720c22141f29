"""A process with the adapter in it that places one call and dies at a step of it: killed, with nothing tidied up.

python -m tests.telephony.asterisk_child '{"host": …, "journal": …, "moment": "before|after", "method": "POST", "ends": "/record", …}'
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from engine.clock import SystemClock
from engine.ids import AttemptId, CallId, LegId, RandomIds
from engine.ports.carrier import PlaceCall
from integrations.asterisk import AsteriskHost, AsteriskTrunk, open_asterisk
from integrations.asterisk.ari import Ari
from tests.contracts.asterisk_line import TRUNK
from tests.contracts.waiting import eventually


class DyingAri(Ari):
    """Dies just before a request leaves, or when it has been answered."""

    moment = method = ends = ""

    def ask(self, method: str, path: str, *rest: Any, **more: Any) -> Any:
        here = method == self.method and path.endswith(self.ends)
        if here and self.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        reply = super().ask(method, path, *rest, **more)
        if here and self.moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return reply


def main(told: dict[str, Any]) -> None:
    import integrations.asterisk.opening as opening

    DyingAri.moment, DyingAri.method, DyingAri.ends = told["moment"], told["method"], told["ends"]
    opening.Ari = DyingAri
    clock = SystemClock()
    host = AsteriskHost("pbx", told["url"], told["user"], told["password"], (AsteriskTrunk(TRUNK, told["trunk"]),))
    carrier = open_asterisk([host], clock=clock, ids=RandomIds(clock), journal_directory=Path(told["journal"]), tell=lambda _: None)
    eventually(lambda: carrier.health()[0].up or None)
    carrier.place_call(PlaceCall(AttemptId(LegId(told["attempt"])), told["number"], TRUNK, CallId(told["room"])))
    threading.Event().wait(60)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
