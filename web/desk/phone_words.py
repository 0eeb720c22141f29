"""What the page's phone says, by the codes its programs use (web/static/js/phone/port.js)."""

from collections.abc import Mapping

from engine.ports.phone import PhoneKind
from web.desk.wording import gettext_of
from web.languages import n_

TROUBLES: Mapping[str, str] = {
    "microphone.denied": n_("The browser may not use the microphone. Press the lock beside the address, allow it, then try again."),
    "microphone.none": n_("No microphone was found. Plug in the headset, then try again."),
    "microphone.in_use": n_("Another program holds the microphone. Close it, then try again."),
    "microphone.chosen_gone": n_("The microphone you chose is not plugged in. The system's own is used instead."),
    "page.insecure": n_("This page did not come over https, so the browser gives it no microphone. Tell your administrator."),
    "sound.blocked": n_("The browser keeps the sound back until you touch the page. Press any key."),
    "network.lost": n_("The phone's line to the exchange is lost. It comes back by itself; nothing can be dialled until then."),
    "network.gap": n_("The sound is interrupted by the network. The call is kept for 25 seconds and goes on when the network is back."),
    "phone.not_registered": n_(
        "The exchange does not take this phone. It is tried again by itself; if that does not help, tell your administrator."
    ),
    "ticket.expired": n_("The phone's way in has run out. A new one is being fetched."),
    "ice.failed": n_("No way for the sound was found through the network. A firewall may block it: tell your administrator."),
    "leg.not_expected": n_("The exchange did not let this phone into the call. Try again."),
    "call.failed": n_("The phone could not get into the call. Try again."),
    "tab.elsewhere": n_("Your phone is in another tab. Calls are heard there."),
    "tab.taken_over": n_("Another tab or computer has taken your phone over. Nothing can be heard here."),
    "phone.unknown_kind": n_("This version of the page does not know this kind of phone. Reload the page."),
    "server.unreachable": n_("Stayline cannot be reached, so the phone has no way in. It is tried again by itself."),
    "quality.poor": n_("The sound is poor: the network loses or delays it. A cable instead of wireless often helps."),
}

KINDS: Mapping[PhoneKind, str] = {
    PhoneKind.simulated: n_("simulated, no sound"),
    PhoneKind.sip_wss: n_("in this browser"),
    PhoneKind.twilio_js: n_("in this browser"),
    PhoneKind.desk_phone: n_("on your desk"),
}


def phone_texts(tag: str) -> dict[str, object]:
    """Everything the page's scripts say, in the language of the screen, for a <template> of the page."""
    _ = gettext_of(tag)
    return {
        "troubles": {code: _(text) for code, text in TROUBLES.items()},
        "kinds": {kind.value: _(text) for kind, text in KINDS.items()},
        "states": {
            "starting": _("starting"),
            "ready": _("ready"),
            "joining": _("connecting"),
            "talking": _("connected"),
            "muted": _("muted"),
            "ringing": _("ringing"),
            "trouble": _("not ready"),
            "elsewhere": _("in another tab"),
        },
        "recorder": {"on": _("Recording"), "paused": _("Recording paused"), "lost": _("Recorder lost"), "off": _("Not recording")},
        "line": {"call": _("In call"), "hold": _("On hold")},
        "said": {
            "muted": _("Muted. The customer does not hear you."),
            "unmuted": _("The customer hears you again."),
            "held": _("On hold. The customer hears music."),
            "resumed": _("Back in the conversation."),
            "paused": _("The recording is paused."),
            "recording": _("The recording goes on."),
            "lost": _("The recorder is lost. End the marketing part of this call."),
            "long": _("The recording has been paused for two minutes. Go on recording, or say why not in the note."),
            "incoming": _("A call comes in for you."),
            "joined": _("Your phone is in the call."),
        },
    }


def device_texts(tag: str) -> dict[str, object]:
    """What the page of devices says."""
    _ = gettext_of(tag)
    return {
        "troubles": {code: _(text) for code, text in TROUBLES.items()},
        "quiet": _("nothing heard: speak, or choose another microphone"),
        "heard": _("you are heard"),
        "recording": _("Recording: speak for 3 seconds …"),
        "playing": _("Playing what you said …"),
        "done": _("Done. If you heard yourself, all is well."),
        "silent": _("Nothing was recorded. Choose another microphone, or switch its mute off."),
        "calling": _("Calling the exchange: speak for 5 seconds …"),
        "line_good": _("The line is good: you came back, %(loss)s %% lost, %(delay)s ms there and back.")
        % {"loss": "{loss}", "delay": "{delay}"},
        "line_silent": _("The exchange answered, but nothing came back. Speak louder, or try another microphone."),
        "no_line_test": _("This line has no test of its own. Try your headset above."),
        "unnamed": _("Device %(number)s") % {"number": "{number}"},
    }
