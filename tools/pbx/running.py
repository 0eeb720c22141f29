"""One running exchange: a real Asterisk 22 on loopback, and the customers behind its trunk."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tools.pbx import asterisk_program, layout, sounds
from tools.pbx.ari import ON_LOOPBACK, Ari
from tools.pbx.asterisk_program import AsteriskProgram
from tools.pbx.customers import Customers, live_number
from tools.pbx.errors import NoPbx
from tools.pbx.loopback import free_port, ice_host_candidates, own_network
from tools.pbx.phone_bank import PhoneBank
from tools.pbx.reaper import Reaper
from tools.pbx.sipp import SIP_PORT
from tools.pbx.telephone import Telephone

START_SECONDS = 30
RTP_PORTS = (10000, 29999)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run wants otherwise than usual.

    The ports are wishes on 127.0.0.1 (0: anywhere; what is taken already becomes anywhere). `files` are configuration files that stand
    in place of ours, name → text, with @name@ as in configuration/; they may name the trunk and hold the password's hash.
    """

    application: str = "stayline"
    http_port: int = 0
    https_port: int = 0
    sip_port: int = 0
    trunk: str = "carrier"
    ari_password: str = ""
    files: Mapping[str, str] = field(default_factory=dict[str, str])


def start(directory: Path, setup: Setup | None = None) -> "RunningPbx":
    """Start Asterisk and its customers; everything of the run lies in `directory`/pbx and is removed at the end.

    It ends with this process, however that ends. Raises NoPbx when Asterisk or sipp cannot be had here.
    """
    return RunningPbx(asterisk_program.ensure(), directory / "pbx", setup or Setup())


class RunningPbx:
    """A real Asterisk for tests, and all one needs to reach it.

    - ARI: `ari_url`, `ari_user`, `ari_password` (new for each run; also in `ari_password_file`); the Stasis application is
      `application`.
    - Browsers: SIP over `sip_ws_url` or `wss_url` (a certificate of its own, `certificate`), digest realm `realm`. An agent's endpoint is
      made through ARI: PUT /ari/asterisk/config/dynamic/res_pjsip/{auth,aor,endpoint}/<name>; it lives in memory, so a restart of
      Asterisk forgets it and it must be written again. On this machine it needs `media_address` as well (`endpoint_on_loopback`).
    - Customers: PJSIP/<+999 number>@`trunk` (tools.pbx.customers says which number does what); PJSIP/<number>@`dead_trunk` reaches nobody.
    - Stasis arguments: from an agent's phone ["join", <leg>, <endpoint>]; from outside ["inbound", <number>]; from the context "amd",
      originated with extension <leg>: ["amd", <AMDSTATUS>, <AMDCAUSE>, <leg>].
    - `phone(name)`: a phone on the desk, with real sound, that a test speaks through; `customer(line)`: the same on the customer's side.
    """

    def __init__(self, program: AsteriskProgram, directory: Path, setup: Setup) -> None:
        self._program, self.directory, self.application = program, directory, setup.application
        self.ari_user, self.ari_password = "stayline", setup.ari_password or secrets.token_urlsafe(24)
        self.realm, self.trunk, self.dead_trunk = "stayline.test", setup.trunk, "dead"
        self.network = own_network()
        self.sip_port = free_port(socket.SOCK_DGRAM, preferred=setup.sip_port)
        self.http_port, self.https_port = free_port(preferred=setup.http_port), free_port(preferred=setup.https_port)
        self.media_address = ON_LOOPBACK["media_address"]
        self.endpoint_on_loopback: Mapping[str, str] = ON_LOOPBACK
        self._ari = Ari(self.ari_url, self.ari_user, self.ari_password)
        self._phones: dict[str, Telephone] = {}
        self._live: dict[int, Telephone] = {}
        self._bank: PhoneBank | None = None
        self._banked: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        self.ari_password_file = directory / "ari-password"
        self.ari_password_file.touch(mode=0o600)
        self.ari_password_file.write_text(self.ari_password, encoding="utf-8")
        self._reaper = Reaper(directory)
        try:
            layout.write(directory, program, self._values(), setup.files)
            self.customers = Customers(directory / "customers", self.network, self._reaper)
            self.restart()
        except BaseException:
            self._reaper.close()
            raise

    # ------------------------------------------------------------ where it is

    @property
    def http_url(self) -> str:
        """The root of its web server."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ari_url(self) -> str:
        return f"{self.http_url}/ari"

    @property
    def sip_ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/ws"

    @property
    def wss_url(self) -> str:
        return f"wss://127.0.0.1:{self.https_port}/ws"

    @property
    def certificate(self) -> Path:
        return self.directory / "keys" / "certificate.pem"

    @property
    def recordings(self) -> Path:
        """Where Asterisk keeps what ARI records."""
        return self.directory / "spool" / "recording"

    @property
    def log(self) -> str:
        """What Asterisk warned of."""
        path = self.directory / "log" / "messages"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """Asterisk's process. Its name in a list of processes is that of the loader."""
        assert self._process is not None, "it is not running"
        return self._process.pid

    @property
    def processes(self) -> list[int]:
        """Every process of the run, the one that outlives us to end them last."""
        return [self.pid, self.customers.pid, self._reaper.pid]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # ------------------------------------------------------------ life

    def restart(self) -> None:
        """Start Asterisk, ending one that runs; the addresses and passwords stay, calls and agents' endpoints do not. Raises NoPbx."""
        self.kill()
        with (self.directory / "log" / "screen").open("ab") as screen:
            command = self._program.command("-C", str(self.directory / "etc" / "asterisk.conf"), "-f", "-n")
            self._process = self._reaper.start(command, cwd=self.directory, output=screen)
        self._wait_until_it_answers()
        for phone in self._phones.values():
            self._ari.admit(phone.address, phone.contact)
        if self._bank is not None:
            for name in self._banked:
                self._ari.admit(name, self._bank.contact(name))

    def kill(self) -> None:
        """Asterisk is gone at once, as when its machine fails; the customers notice nothing."""
        if self._process is not None:
            self._reaper.end(self._process)
            self._process = None

    def pause(self) -> None:
        """Asterisk stands still, as on a machine that hangs: it takes connections and answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End everything and remove its folder."""
        for telephone in [*self._phones.values(), *self._live.values()]:
            telephone.close()
        self._phones.clear()
        self._live.clear()
        if self._process is not None:
            self._reaper.end(self._process, signal.SIGTERM, patience=5)
            self._process = None
        self._ari.close()
        self.customers.kill()
        if self._bank is not None:
            self._bank.close()
        self._reaper.close()

    def __enter__(self) -> "RunningPbx":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ use

    def ari(self, method: str, path: str, *, body: Any = None, **parameters: str | int) -> Any:
        """One request, such as ari("POST", "/channels", endpoint=…); its answer read as JSON, None when empty. Raises for a refusal."""
        content = self.ari_bytes(path, method, body=body, **parameters)
        return json.loads(content) if content else None

    def ari_bytes(self, path: str, method: str = "GET", *, body: Any = None, **parameters: str | int) -> bytes:
        """The same, its answer as it came, such as a recording's file."""
        return self._ari.ask(method, path, body, **parameters)

    def command(self, text: str) -> str:
        """What Asterisk's console says to a command."""
        command = self._program.command("-C", str(self.directory / "etc" / "asterisk.conf"), "-rx", text)
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL).stdout

    def put_endpoint(self, kind: str, name: str, **fields: str) -> None:
        """Write an object of res_pjsip into Asterisk's memory: kind endpoint, auth or aor."""
        self._ari.put(kind, name, **fields)

    def phone(self, name: str) -> Telephone:
        """The phone of this name on the desk, put there when it is first asked for. `address` is its endpoint's name."""
        if name not in self._phones:
            phone = Telephone(name, self.network.phones, ("127.0.0.1", self.sip_port), self.realm)
            self._phones[name] = phone
            self._ari.admit(phone.address, phone.contact)
        return self._phones[name]

    def customer(self, line: int = 0) -> Telephone:
        """The customer in a test's hand on this line (0 to 9), behind the trunk; `address` is the number to dial. Speaks 1000 Hz.

        What it dials comes in from outside: customer.dial("+8610…").
        """
        if line not in self._live:
            number, host = live_number(line), f"{self.network.live_customers}{line}"
            self._live[line] = Telephone(number, host, ("127.0.0.1", self.sip_port), self.realm, port=SIP_PORT, hertz=sounds.CUSTOMER_HZ)
        return self._live[line]

    def phone_bank(self, count: int) -> list[str]:
        """Endpoints of `count` phones that answer at once and speak 440 Hz when they are rung, for measuring. Raises NoPbx."""
        if self._bank is None:
            self._bank = PhoneBank(self.directory / "phones", self.network.phone_bank, self._reaper)
        for number in range(len(self._banked), count):
            self._banked.append(f"bank{number:04d}")
            self._ari.admit(self._banked[-1], self._bank.contact(self._banked[-1]))
        return self._banked[:count]

    # ------------------------------------------------------------ making it

    def _values(self) -> dict[str, str | int]:
        return {
            "application": self.application,
            "ari_user": self.ari_user,
            "ari_password": self.ari_password,
            "http_port": self.http_port,
            "https_port": self.https_port,
            "sip_port": self.sip_port,
            "rtp_first": RTP_PORTS[0],
            "rtp_last": RTP_PORTS[1],
            "ice_host_candidates": ice_host_candidates(self.media_address),
            "realm": self.realm,
            "trunk": self.trunk,
            "dead_trunk": self.dead_trunk,
            "customers_address": self.network.customers,
            "customers_port": SIP_PORT,
            "live_customers": f"{self.network.live_customers}0/28",
            "dead_address": self.network.nobody,
        }

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if not self.running:
                screen = (self.directory / "log" / "screen").read_text(encoding="utf-8", errors="replace")
                raise NoPbx(f"Asterisk ended at once: {screen.strip()[-300:]}")
            with suppress(httpx2.HTTPError):
                if self.trunk in self._ari.endpoints():
                    return
            time.sleep(0.05)
        raise NoPbx(f"Asterisk did not answer within {START_SECONDS} seconds: {self.log[-300:]}")
