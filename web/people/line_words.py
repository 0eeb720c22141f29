"""What the page of the lines calls things: what a line reaches, how a leg ended, what is wrong with a recording and what to do."""

from collections.abc import Mapping

from engine.calls.leg import LegRole, LegState
from engine.calls.lifecycle import EndReason
from engine.calls.phone_kind import PhoneKind
from engine.phone_number import TrunkKind
from engine.services.outstanding_recordings import Stage
from web.languages import n_

REACHES: Mapping[TrunkKind, str] = {
    TrunkKind.simulated: n_("Nobody: calls are simulated"),
    TrunkKind.lab: n_("This machine only: test numbers"),
    TrunkKind.public: n_("The telephone network: real people"),
}
CARRIERS: Mapping[str, str] = {"simulated": n_("Simulated carrier"), "asterisk": "Asterisk", "twilio": "Twilio"}
PHONES: Mapping[PhoneKind | None, str] = {
    None: n_("None needed"),
    PhoneKind.simulated: n_("Simulated, silent"),
    PhoneKind.sip_wss: n_("Browser (SIP)"),
    PhoneKind.twilio_js: n_("Browser (Twilio)"),
    PhoneKind.desk_phone: n_("Telephone on the desk"),
}
ROLES: Mapping[LegRole, str] = {
    LegRole.customer: n_("Customer"),
    LegRole.agent: n_("Agent"),
    LegRole.colleague: n_("Colleague called in"),
    LegRole.supervisor: n_("Supervisor"),
}
STATES: Mapping[LegState, str] = {
    LegState.expected: n_("Not there yet"),
    LegState.ringing: n_("Ringing"),
    LegState.joined: n_("In the call now"),
    LegState.ended: n_("Ended"),
}
ENDS: Mapping[EndReason, str] = {
    EndReason.completed: n_("Hung up"),
    EndReason.busy: n_("The line was busy"),
    EndReason.no_answer: n_("Nobody answered"),
    EndReason.rejected: n_("The call was rejected"),
    EndReason.invalid_number: n_("The number does not exist or is out of service"),
    EndReason.machine: n_("A machine answered"),
    EndReason.cancelled: n_("Hung up before an answer"),
    EndReason.congestion: n_("The network was congested"),
    EndReason.carrier_failure: n_("The carrier had a failure"),
    EndReason.trunk_down: n_("The line out did not answer: nobody was rung"),
    EndReason.media_lost: n_("The sound stopped: a network or a browser was gone"),
    EndReason.not_placed: n_("The call was not placed"),
}
OFFLINE = n_("The phone was not there")
STAGES: Mapping[Stage, str] = {
    Stage.asking: n_("Not told of"),
    Stage.fetching: n_("To be fetched"),
    Stage.letting_go: n_("To be deleted at the carrier"),
}
_SHORT = n_("It is shorter than the conversation, or broke off on the way.")
_FORM = n_("It is no recording in two channels as it should be.")
_GONE = n_("The carrier no longer has it.")
_READY = n_("The carrier has not finished it.")
_REACHED = n_("The carrier does not answer.")
PROBLEMS: Mapping[str, str] = {
    "recording.never_told": n_("The carrier has told of no recording of this conversation."),
    "recording.not_ready": _READY,
    "recording.not_given": n_("The carrier does not hand it out."),
    "recording.short": _SHORT,
    "recording.cut_off": _SHORT,
    "recording.broken": _FORM,
    "recording.wrong_form": _FORM,
    "recording.wrong_format": _FORM,
    "recording.not_stereo": _FORM,
    "recording.gone": _GONE,
    "recording.none": _GONE,
    "recording.unknown": n_("The carrier does not know it."),
    "recording.elsewhere": n_("The carrier sends us to another address, which is not followed."),
    "recording.not_deleted": n_("The carrier did not delete its copy."),
    "recording.carrier_gone": n_("Its line is no longer configured."),
    "carrier.not_reached": _REACHED,
    "carrier.no_reply": _REACHED,
    "carrier.busy": n_("The carrier is too busy."),
}
OTHER_PROBLEM = n_("It did not work.")
_LOOK = n_("Look for it at the carrier. Should it be gone for good, write that down with the call: it cannot be proved any more.")
_CHANNELS = n_("Let the carrier record in two channels, 8000 Hz, 16 bit. Keep its copy: it is not deleted by us.")
OTHERWISE = n_("Mend what keeps the carrier from giving it, then have it tried again.")
WHAT_TO_DO: Mapping[str, str] = {
    "recording.never_told": n_("See whether the carrier recorded it at all: its own log for that moment. Then have it asked again."),
    "recording.gone": _LOOK,
    "recording.none": _LOOK,
    "recording.unknown": _LOOK,
    "recording.broken": n_("Keep the carrier's copy and listen to it there: it may be damaged. It is not deleted by us."),
    "recording.wrong_form": _CHANNELS,
    "recording.wrong_format": _CHANNELS,
    "recording.not_stereo": _CHANNELS,
    "recording.elsewhere": n_("Let the carrier keep recordings itself (no storage of your own), then have it tried again."),
}
UNDELETED = n_("It is safe here. Delete the copy at the carrier by hand, or have it tried again.")
NO_JOB = n_("Nothing works on it any more: have it tried again.")
SENTENCES: Mapping[str, str] = {"recording.not_stuck": n_("This recording is not stuck: it is here, or it is being tried already.")}
