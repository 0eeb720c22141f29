"""Places where a test can make the process die, raise or wait: STAYLINE_FAILPOINT="name:occurrence:kill|raise".

Never compiled out, so that what is tested is what runs; refused by `serve` outside demo installations.
"""

import os
import signal
from collections import Counter

_PLAN = os.environ.get("STAYLINE_FAILPOINT", "")
_hits: Counter[str] = Counter()
NAMES = frozenset(
    {
        "dial.before_intent",
        "dial.after_intent",
        "dial.before_post",
        "dial.after_post",
        "dial.after_settle",
        "progress.after_inbox",
        "progress.after_fold",
        "desk.before_commit",
        "desk.after_commit",
        "wrap_up.before_commit",
        "wrap_up.after_commit",
        "recording.after_fetch",
        "recording.after_store",
        "message.after_claim",
        "message.after_send",
    }
)


def planned() -> str:
    """The plan in force, empty for none."""
    return _PLAN


def failpoint(name: str) -> None:
    """Pass, unless the plan says that this occurrence of `name` is the one to fail."""
    if not _PLAN:
        return
    assert name in NAMES, name
    planned, occurrence, action = _PLAN.split(":")
    if planned != name:
        return
    _hits[name] += 1
    if _hits[name] == int(occurrence):
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError(f"failpoint {name}")
