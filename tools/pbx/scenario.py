"""The sipp scenarios: the customers', written out from the table of endings, and that of many phones."""

from collections.abc import Callable, Mapping

from tools.pbx import sounds

CUSTOMER_SOUNDS: Mapping[str, Callable[[], bytes]] = {
    "talks.ul": lambda: sounds.talk(sounds.CUSTOMER_HZ),
    "hello.ul": lambda: sounds.to_ulaw(sounds.hello()),
    "machine.ul": lambda: sounds.to_ulaw(sounds.machine_greeting()),
}
PHONE_SOUND = "phone.ul"
REFUSALS = {
    "busy": "486 Busy Here",
    "unavailable": "480 Temporarily Unavailable",
    "invalid": "404 Not Found",
    "rejected": "603 Decline",
    "congestion": "503 Service Unavailable",
    "timeout": "408 Request Timeout",
}
CONTACT = "Contact: <sip:[local_ip]:[local_port]>"
SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=customer 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
"""
NOTHING = "Content-Length: 0\n"


def _reply(status: str, *, to_invite: bool = True, contact: bool = False, body: str = NOTHING, attributes: str = "") -> str:
    """A reply; `to_invite` answers the INVITE even when something else, such as its CANCEL, came last."""
    lines = [f"SIP/2.0 {status}", "[last_Via:]", "[last_From:]", "[last_To:];tag=[pid]c[call_number]", "[last_Call-ID:]"]
    lines.append("CSeq:[$invite]" if to_invite else "[last_CSeq:]")
    if contact:
        lines.append(CONTACT)
    return f"<send{attributes}><![CDATA[\n" + "\n".join(lines) + f"\n{body}\n]]></send>"


def _speak(sound: str) -> str:
    return f'<nop><action><exec rtp_stream="{sound},-1,0"/></action></nop>'


def _goto(label: str, when: str = "") -> str:
    return f'<nop next="{label}"' + (f' test="{when}"' if when else "") + "/>"


def customers(endings: Mapping[str, str], live: str) -> str:
    """One scenario for all of them: the INVITE's number sets one flag, and the flags lead on.

    A number that ends in 30 and a digit is sent on to the customer in a test's hand, at `live` and that digit (such as "127.5.6.2").
    """
    flags = [
        f'<ereg regexp="^INVITE sip:[+]?[0-9]*{ending}@" search_in="msg" assign_to="{behaviour}"/>'
        for behaviour, ending in endings.items()
        if behaviour != "answers"  # what every other number does as well
    ]
    parts = [
        '<?xml version="1.0" encoding="ISO-8859-1" ?>',
        '<scenario name="customers">',
        '<recv request="INVITE" crlf="true" rrs="true"><action>',
        *flags,
        '<ereg regexp="^INVITE sip:[+]?[0-9]*30([0-9])@" search_in="msg" assign_to="live,line"/>',
        '<ereg regexp="sip:([+]?[0-9]+)@" search_in="msg" assign_to="whole,number"/>',
        '<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="invite"/>',
        '<log message="rung [$number]"/>',
        "</action></recv>",
        '<Reference variables="whole"/>',
        _reply("100 Trying").replace(";tag=[pid]c[call_number]", ""),
        *[_goto(behaviour, behaviour) for behaviour in REFUSALS if behaviour != "rejected"],
        _goto("sent_on", "live"),
        _reply("180 Ringing", contact=True),
        _goto("rings_on", "no_answer"),
        _goto("rejected_soon", "rejected"),
        _goto("answer_soon", "answers_at_once"),
        '<recv request="CANCEL" timeout="1000" ontimeout="answer" next="cancelled"/>',
        '<label id="answer_soon"/>',
        '<recv request="CANCEL" timeout="100" ontimeout="answer" next="cancelled"/>',
        *_answered(),
        '<label id="rings_on"/>',
        '<recv request="CANCEL"/>',
        '<label id="cancelled"/>',
        _reply("200 OK", to_invite=False),
        _reply("487 Request Terminated", attributes=' retrans="500" next="refused"'),
        '<label id="rejected_soon"/>',
        '<recv request="CANCEL" timeout="300" ontimeout="rejected" next="cancelled"/>',
    ]
    for behaviour, status in REFUSALS.items():
        parts += [f'<label id="{behaviour}"/>', _reply(status, attributes=' retrans="500" next="refused"')]
    elsewhere = f"Contact: <sip:[$number]@{live}[$line]:5060>"
    parts += [
        '<label id="sent_on"/>',
        _reply("302 Moved Temporarily", attributes=' retrans="500"').replace(NOTHING, f"{elsewhere}\n{NOTHING}"),
    ]
    parts += ['<label id="refused"/>', '<recv request="ACK"/>', '<label id="end"/>', "<nop/>", "</scenario>", ""]
    return "\n".join(parts)


def phones() -> str:
    """A phone that answers at once, speaks, and stays until the other side hangs up."""
    parts = [
        '<?xml version="1.0" encoding="ISO-8859-1" ?>',
        '<scenario name="phones">',
        '<recv request="INVITE" crlf="true" rrs="true"><action>',
        '<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="invite"/>',
        "</action></recv>",
        _reply("180 Ringing", contact=True),
        _reply("200 OK", contact=True, body=SDP, attributes=' retrans="500"'),
        '<recv request="ACK" crlf="true"/>',
        _speak(PHONE_SOUND),
        *_stays(),
        "<nop/>",
        "</scenario>",
        "",
    ]
    return "\n".join(parts)


def _stays() -> list[str]:
    return ['<recv request="BYE" crlf="true"/>', _reply("200 OK", to_invite=False).replace(";tag=[pid]c[call_number]", "")]


def _answered() -> list[str]:
    """From the answer on: who speaks what, and who hangs up."""
    bye = """<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$callee]
To: [$caller]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>"""
    return [
        '<label id="answer"/>',
        _reply("200 OK", contact=True, body=SDP, attributes=' retrans="500"'),
        '<recv request="ACK" crlf="true"><action>',
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>',
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>',
        "</action></recv>",
        _goto("stays", "goes_silent"),
        _goto("hello", "says_hello"),
        _goto("greeting", "machine"),
        _goto("leaves", "hangs_up"),
        _speak("talks.ul"),
        _goto("stays"),
        '<label id="hello"/>',
        _speak("hello.ul"),
        _goto("stays"),
        '<label id="greeting"/>',
        _speak("machine.ul"),
        _goto("stays"),
        '<label id="leaves"/>',
        _speak("talks.ul"),
        '<pause milliseconds="3000"/>',
        bye,
        '<recv response="200" next="end"/>',
        '<label id="stays"/>',
        *_stays(),
        _goto("end"),
    ]
