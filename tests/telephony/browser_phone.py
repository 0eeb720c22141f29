"""The desk's own phone program in a real Chromium whose microphone is a tone, on a page that holds nothing else."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.conftest import cannot_have
from tools import system_packages
from tools.pbx import sounds

STATIC = Path(__file__).parent.parent.parent / "web" / "static"
MICROPHONE_HZ = 700
PATIENCE_MS = 15_000
UNTOUCHED = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
"""The browser's cleaning takes a tone for noise (measured: a tenth of it is left)."""
PAGE = """<!doctype html><meta charset="utf-8"><title>phone</title>
<script type="importmap">%s</script>
<script>
  window.connections = [];
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct(real, given) { return window.connections[window.connections.push(new real(...given)) - 1]; },
  });
</script>
<script type="module">
  import { programFor } from "/js/phone/port.js";
  window.told = [];
  window.begin = async (ticket) => {
    window.phone = await programFor(ticket.kind);
    const tell = (name) => (...what) => window.told.push([name, ...what]);
    const names = ["registered", "connected", "ended", "incoming", "problem"];
    await window.phone.start(ticket, Object.fromEntries(names.map((name) => [name, tell(name)])));
  };
  // The loudest frequency of what the far end says, by the browser's own analysis.
  window.listen = () => {
    const track = window.connections.at(-1).getReceivers().find((one) => one.track.kind === "audio").track;
    const context = new AudioContext();
    const analyser = Object.assign(context.createAnalyser(), { fftSize: 8192 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    window.heardHz = () => {
      analyser.getFloatFrequencyData(bins);
      const loudest = bins.indexOf(Math.max(...bins));
      return bins[loudest] > -60 ? (loudest * context.sampleRate) / analyser.fftSize : 0;
    };
  };
  window.ready = true;
</script>"""


class _Site(SimpleHTTPRequestHandler):
    """The static files, and the one page."""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        manifest = json.loads((STATIC / "vendor" / "manifest.json").read_text(encoding="utf-8"))
        imports = {name.removesuffix(".js"): f"/vendor/{file}" for name, file in manifest.items()}
        page = (PAGE % json.dumps({"imports": imports})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def phone_page(folder: Path) -> Iterator[Page]:
    """A page with the phone program ready to `begin`."""
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    if not (STATIC / "vendor" / "manifest.json").exists():
        cannot_have("the phone program", "`make test` lays its libraries out in web/static/vendor")
    sounds.write_wav(folder / "microphone.wav", sounds.tone(MICROPHONE_HZ, 5))
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(STATIC)))
    serving = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}",
        "--allow-loopback-in-peer-connection",  # where loopback is all there is (tools.pbx.alone)
        "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # a test's browser looks nobody up
        "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints,DialMediaRouteProvider",
    ]
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=arguments)
            page = chromium.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"http://127.0.0.1:{site.server_address[1]}/")
            page.wait_for_function("window.ready")
            yield page
            chromium.close()
    finally:
        site.shutdown()
        site.server_close()
        serving.join()


def ticket(url: str, realm: str, user: str, password: str) -> dict[str, Any]:
    """What the server gives a page for a SIP phone."""
    settings = {"url": url, "user": user, "password": password, "realm": realm, "ice": [], "audio": UNTOUCHED}
    return {"kind": "sip_wss", "address": user, "expires_in_ms": 3_600_000, "rings": False, "settings": settings}
