"""The reference of a cancellation, as the agent reads it to the customer."""

from markupsafe import escape

from engine.clock import to_millis
from engine.services.desk_live import Cancellation
from engine.services.lawful_paths import TIME_TO_TAKE_BACK
from web.desk.marks import cap, shape
from web.desk.wording import gettext_of

NO_REFERENCE = '<div id="reference"></div>'


def reference(found: Cancellation | None, now: int, tag: str) -> str:
    """The part `#reference`: the number to tell, and whether the cancellation can still be taken back. `now` in milliseconds."""
    _ = gettext_of(tag)
    if found is None:
        return NO_REFERENCE
    until = to_millis(found.registered_at + TIME_TO_TAKE_BACK)
    states = {
        "unverified": _("waits for the account holder's own reply by message"),
        "registered": _("registered"),
        "executing": _("being carried out"),
        "executed": _("carried out"),
        "failed": _("could not be carried out yet; it is tried again"),
    }
    label, spaced = _("Cancellation reference"), f"{found.reference[:2]} {found.reference[2:10]} {found.reference[10:]}"
    state, undo = states.get(found.state, found.state), ""
    if found.state in ("registered", "unverified") and now < until:
        sentence = _("Pressed by mistake? Back takes it back for")
        undo = f'<span class="undo" data-goes>{cap("⌫")}{sentence} <time data-until="{until}"></time></span>'
    return (
        f'<div id="reference" class="reference" role="status">{shape("tick")}<span>{label}</span>'
        f'<b data-test="reference">{escape(spaced)}</b><span class="badge">{escape(state)}</span>{undo}</div>'
    )
