"""An agent at the real desk in a real Chromium, whose phone is registered with a real Asterisk; the microphone is a tone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.installation import Installation
from tests.browser.people import Member
from tests.conftest import cannot_have
from tests.telephony.browser_phone import MICROPHONE_HZ
from tools import system_packages
from tools.pbx import RunningPbx, sounds

expect.set_options(timeout=20_000)  # two cores may have other things to do
LISTENING = """
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct(real, given) { return window.connections[window.connections.push(new real(...given)) - 1]; },
  });
  // A tone is noise to the browser's cleaning, which leaves a tenth of it.
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = ({ audio }) =>
    open({ audio: { ...audio, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  let ear = null;
  window.heardHz = () => {
    const track = window.connections.at(-1)?.getReceivers().find((one) => one.track.kind === "audio")?.track;
    if (!track) return 0;
    if (ear?.track !== track) {
      const context = new AudioContext();
      const analyser = Object.assign(context.createAnalyser(), { fftSize: 8192 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      ear = { track, context, analyser, bins: new Float32Array(analyser.frequencyBinCount) };
    }
    ear.analyser.getFloatFrequencyData(ear.bins);
    const loudest = ear.bins.indexOf(Math.max(...ear.bins));
    return ear.bins[loudest] > -60 ? (loudest * ear.context.sampleRate) / ear.analyser.fftSize : 0;
  };
"""


@dataclass(slots=True)
class AsteriskInstallation(Installation):
    """A Stayline whose demo calls over this exchange."""

    pbx: RunningPbx | None = None
    phone_url: str = ""
    """Where browsers register, if not at the exchange itself."""

    def _settings(self) -> dict[str, str]:
        pbx = self.pbx
        assert pbx is not None
        own = {
            "ASTERISK_URL": pbx.http_url,
            "ASTERISK_USER": pbx.ari_user,
            "ASTERISK_PASSWORD_FILE": str(pbx.ari_password_file),
            "ASTERISK_TRUNK": pbx.trunk,
            "ASTERISK_WS_URL": self.phone_url or pbx.sip_ws_url,
            "ASTERISK_REALM": pbx.realm,
            "ASTERISK_MEDIA_ADDRESS": pbx.media_address,
        }
        return {**Installation._settings(self), **{f"STAYLINE_{name}": value for name, value in own.items()}}

    def lead_at(self, agent: Member, number: str) -> None:
        """A customer who can be reached at this number, first on the agent's list."""
        lead = self.lead_for(agent)
        self.write("UPDATE campaign SET trunk = 'asterisk', trunk_kind = 'lab'")
        self.write(
            "UPDATE customer_number SET number = :number"
            " WHERE position = 1 AND customer_id = (SELECT customer_id FROM lead WHERE id = :lead)",
            number=number,
            lead=lead.id,
        )


@contextmanager
def chromium_with_a_tone(folder: Path) -> Iterator[Browser]:
    """Chromium that looks nobody up, with a microphone that hears MICROPHONE_HZ."""
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    tone = folder / "microphone.wav"
    sounds.write_wav(tone, sounds.tone(MICROPHONE_HZ, 5))
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
        "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints,DialMediaRouteProvider",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def desk_of(browser: Browser, member: Member, path: str = "/desk") -> Page:
    """The agent's desk, with its ears open."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN")
    context.set_default_timeout(20_000)
    context.add_cookies(member.cookies)
    page = context.new_page()
    page.add_init_script(LISTENING)
    page.goto(f"{member.address}{path}")
    return page
