"""A server with a fault built in on purpose: it says "saved" first and saves a moment later. A test must catch it.

python -m tests.crash.hasty_server serve
"""

import threading
from typing import Any

from engine.services import call_desk
from engine.storage.call_log import load_call
from web.cli import app
from web.desk import routes

LATER_SECONDS = 0.5
_save_note = call_desk.save_note


def save_note_later(house: Any, caller: Any, call_id: str, text: str, action: Any) -> Any:
    """Reply with the call as it stands, and commit afterwards: what a dependency's exit code or a background task would do."""
    threading.Timer(LATER_SECONDS, _save_note, (house, caller, call_id, text, action)).start()
    with house.database.reading() as tx:
        return load_call(tx, call_id)


if __name__ == "__main__":
    assert routes.call_desk is call_desk
    call_desk.save_note = save_note_later
    app()
