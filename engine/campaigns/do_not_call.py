"""A refusal is for ever: whoever asked, for whatever campaign, however long ago (CN-06)."""

from engine.campaigns.clearance_case import Case, Finding, allow, block
from engine.campaigns.clearance_request import known_flag


def do_not_call(case: Case) -> Finding:
    """Blocks a number on the do-not-call list for every purpose, with no end."""
    listed, since = known_flag(case.request.do_not_call, "do_not_call"), case.request.do_not_call_since
    if not listed and since is None:
        return allow("do_not_call.not_listed", listed=False)
    if since is None:
        return block("do_not_call.listed", listed=True, since=None)
    since = since.astimezone(case.local().tzinfo)
    return block("do_not_call.listed_since", {"since": since.date().isoformat()}, listed=True, since=since.isoformat())
