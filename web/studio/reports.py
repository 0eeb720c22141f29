"""The checker's report of a draft for routes: at once when it is known, else worked out in the workshop while the event loop goes on."""

from collections.abc import Mapping

from engine.services.checking_drafts import Report, kept_report, report_of_files
from engine.services.drafts import Draft
from integrations.wiring import Stayline
from web.running import in_thread, run


async def report_for(stayline: Stayline, draft: Draft) -> Report:
    """The report of a draft as it is saved. Raises Refused, see engine.ports.workshop."""
    return await report_for_files(stayline, draft.files, draft.path)


async def report_for_files(stayline: Stayline, files: Mapping[str, str], path: str) -> Report:
    """The report of a flow and its translations, path → text, saved or not."""
    kept = await run(stayline, kept_report, stayline, files, path)
    if kept is not None:
        return kept
    return await in_thread(report_of_files, stayline, files, path)
