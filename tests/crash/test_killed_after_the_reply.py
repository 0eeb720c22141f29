"""kill -9 at once after an acknowledged press, dial, note and wrap-up: the next start finds each of them, once.

What a kill cannot show: `synchronous=OFF` or `NORMAL` loses nothing when only the process dies, for the kernel still holds the pages;
that the database runs with FULL on every connection is tested where connections are made.
"""

from collections.abc import Callable

import pytest

from tests.crash.installation import Installation, check_everything

pytestmark = [pytest.mark.crash, pytest.mark.safety]


def kill_and_start(at: Installation) -> None:
    at.kill()
    at.start()


def test_what_was_acknowledged_is_there_after_the_kill(installation: Installation) -> None:
    at = installation
    at.start()
    at.take("lead-0")
    assert at.dial("lead-0", "act-dial").status_code == 303
    kill_and_start(at)
    call = at.call_to("lead-0")
    at.wait_for_screen(call, "live", "wrap_up")
    if at.screen(call) == "wrap_up":  # the request had not left yet: shown, never dialled by itself
        assert at.orders() == []
        at.wrap_up(call, "act-none-1", "no_answer")
        at.send("POST", "/desk/resume")
        at.take("lead-1")
        at.dial("lead-1", "act-dial-2")
        call = at.call_to("lead-1")
        at.wait_for_screen(call, "live")
    at.act(call, "act-self-1", "answer", "self")
    kill_and_start(at)
    assert at.rows("SELECT type FROM call_event WHERE action_id = 'act-self-1'") == [{"type": "answer.chosen"}]
    assert at.screen(call) == "live"
    at.note(call, "act-note-1", "先记一笔")
    kill_and_start(at)
    assert at.rows("SELECT note FROM call WHERE id = ?", call) == [{"note": "先记一笔"}]
    at.hang_up(call, "act-hang-up")
    at.wait_for_screen(call, "wrap_up")
    at.wrap_up(call, "act-wrap-up", "not_kept")
    kill_and_start(at)
    assert at.rows("SELECT state, disposition FROM call WHERE id = ?", call) == [{"state": "closed", "disposition": "not_kept"}]
    assert at.rows("SELECT 1 FROM agent_desk WHERE call_id IS NOT NULL") == []
    check_everything(at, dict.fromkeys(("act-dial", "act-self-1", "act-note-1", "act-hang-up", "act-wrap-up"), 1))


def test_a_server_that_replies_before_it_commits_is_found_out(install: Callable[..., Installation]) -> None:
    """The mechanism taken away: the same check must fail, or it would prove nothing."""
    at = install("tests.crash.hasty_server")
    at.start()
    at.take("lead-0")
    at.dial("lead-0", "act-dial")
    call = at.call_to("lead-0")
    at.wait_for_screen(call, "live")
    at.note(call, "act-note-1", "先记一笔")
    at.kill()
    with pytest.raises(AssertionError, match="act-note-1 was acknowledged and is there 0 times"):
        check_everything(at, {"act-dial": 1, "act-note-1": 1})
