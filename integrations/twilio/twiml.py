"""The few TwiML documents we answer with or send along."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from engine.calls.sounds import Sound

NOTHING = "<Response/>"
REFUSED = '<Response><Reject reason="rejected"/></Response>'
"""To a phone that nobody expects, and to who calls a number of ours: it costs nothing."""

_SENTENCES = {
    Sound.one_moment: "请您稍等，工作人员马上回来。",
    Sound.will_call_back: "非常抱歉，通话出现了问题，我们会再给您回电。",
    Sound.voicemail: "您好，这里是客户服务中心，我们稍后会再与您联系。",
}
_TEST_TONE = "5"
"""A key's tone, which Twilio makes by itself."""


def join_document(room: str, *, label: str, muted: bool, callback: str, seconds: int, coach: str = "", region: str = "") -> str:
    """A phone that called in goes into a room. In silence until the conference begins: an empty waitUrl."""
    told: dict[str, str] = {
        "participantLabel": label,
        "muted": str(muted).lower(),
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "false",
        "beep": "false",
        "waitUrl": "",
        "jitterBufferSize": "small",
        "statusCallback": callback,
        "statusCallbackEvent": "start end join leave mute hold modify",
        "statusCallbackMethod": "POST",
    }
    if coach:
        told["coach"] = coach
    if region:
        told["region"] = region
    return f'<Response><Dial timeLimit="{seconds}"><Conference{_attributes(told)}>{escape(room)}</Conference></Dial></Response>'


def sound_document(sound: Sound, sounds: Mapping[str, str], language: str, *, then_hang_up: bool = False) -> str:
    """A sound of the installation: the operator's file or sentence, else ours; music goes round and round."""
    told = sounds.get(sound) or _SENTENCES.get(sound, "")
    if told.startswith("https://"):
        loop = ' loop="0"' if sound is Sound.hold_music else ""
        heard = f"<Play{loop}>{escape(told)}</Play>"
    elif told:
        heard = f"<Say{_attributes({'language': language})}>{escape(told)}</Say>"
    else:
        heard = f'<Play digits="{_TEST_TONE}"/>'
    return f"<Response>{heard}{'<Hangup/>' if then_hang_up else ''}</Response>"


def keys_document(digits: str) -> str:
    """Keys pressed towards a leg: their tones, half a second each way around."""
    return f"<Response><Play{_attributes({'digits': digits})}/></Response>"


def _attributes(told: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in told.items())
