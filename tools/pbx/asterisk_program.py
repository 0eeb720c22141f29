"""Asterisk 22 in .build/asterisk: fetched once, checked, and run with the C library it was built for.

The packages are newer than most machines, so Asterisk is started through its own ld-linux with its own libraries. They are never put
into LD_LIBRARY_PATH: a child process would get the newer C library as well.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tools.pbx import mirror
from tools.pbx.apt_root import SUITE, AptRoot, unpack
from tools.pbx.errors import NoPbx

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = ROOT / ".build" / "asterisk"
MODULES = Path(__file__).parent / "configuration" / "modules.conf"
LIBRARIES = {"amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"), "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1")}
OLDEST = 22
PROGRAMS = ["asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm"]
# fmt: off
SLIM = [
    "libbsd0", "libc6", "libcap2", "libcrypt1", "libedit2", "libgcc-s1", "libgsm1", "libjansson4", "libmd0", "libnspr4", "libnss3",
    "libopus0", "libsqlite3-0", "libsrtp2-1", "libssl3t64", "libstdc++6", "libsystemd0", "libtinfo6", "liburiparser1", "libuuid1",
    "libxml2-16", "libxslt1.1", "libzstd1", "zlib1g",
]
# fmt: on
"""What our modules load, as Debian names it today: 58 MB on disk. When a name has changed, all that Asterisk depends on is fetched."""


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """An unpacked Asterisk."""

    prefix: Path
    triplet: str
    loader: str

    @property
    def libraries(self) -> Path:
        return self.prefix / "usr" / "lib" / self.triplet

    @property
    def modules(self) -> Path:
        return self.libraries / "asterisk" / "modules"

    @property
    def shared(self) -> Path:
        return self.prefix / "usr" / "share" / "asterisk"

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs it."""
        start = [str(self.libraries / self.loader), "--library-path", str(self.libraries)]
        return [*start, str(self.prefix / "usr" / "sbin" / "asterisk"), *arguments]

    def version(self) -> str:
        """What it says of itself, such as "Asterisk 22.10.1". Raises NoPbx, also for one older than 22."""
        try:
            said = subprocess.run(self.command("-V"), capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise NoPbx(f"the unpacked Asterisk cannot be run: {problem}") from problem
        if said.returncode != 0 or not said.stdout.startswith("Asterisk "):
            raise NoPbx(f"the unpacked Asterisk does not run: {(said.stderr or said.stdout).strip()[-200:]}")
        found = re.match(r"Asterisk (\d+)\.", said.stdout)
        if found is None or int(found.group(1)) < OLDEST:
            raise NoPbx(f"the unpacked Asterisk is {said.stdout.strip()}, and Stayline needs {OLDEST} or newer")
        return said.stdout.strip()

    def missing_libraries(self) -> list[str]:
        """Libraries that one of the modules we load would not find, each once."""
        loaded = [line.split()[2] for line in MODULES.read_text(encoding="utf-8").splitlines() if line.startswith("load = ")]
        loader = [str(self.libraries / self.loader), "--library-path", str(self.libraries), "--list"]
        missing: set[str] = set()
        for file in [self.prefix / "usr" / "sbin" / "asterisk", *(self.modules / name for name in loaded)]:
            if not file.exists():
                missing.add(file.name)
                continue
            listed = subprocess.run([*loader, str(file)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            for line in (listed.stdout + listed.stderr).splitlines():
                if "=> not found" in line or "cannot open shared object" in line:
                    missing.add(line.split("=>")[0].strip())
        return sorted(missing)


def ensure(home: Path = HOME) -> AsteriskProgram:
    """The Asterisk of this checkout, fetched if it is not there yet. Several processes may ask at once. Raises NoPbx."""
    known = LIBRARIES.get(_architecture())
    if known is None:
        raise NoPbx("Asterisk is fetched from Debian's packages, for amd64 and arm64 only")
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        program = AsteriskProgram(home / _key(), *known)
        if not _is_fit(program):
            _fetch(home, program)
    return program


def _architecture() -> str:
    if not shutil.which("dpkg"):
        return ""
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=False).stdout.strip()


def _key() -> str:
    """Another suite or list of packages is another folder, so that one in use is never pulled from under a running Asterisk."""
    return hashlib.sha256(" ".join([SUITE, *PROGRAMS, *SLIM]).encode()).hexdigest()[:12]


def _is_fit(program: AsteriskProgram) -> bool:
    """Whether it is there and has all that our modules load; looked at again when the list of modules has changed."""
    stamp, modules = program.prefix / "checked", hashlib.sha256(MODULES.read_bytes()).hexdigest()
    if not stamp.exists():
        return False
    if stamp.read_text(encoding="utf-8") != modules:
        if program.missing_libraries():
            return False
        stamp.write_text(modules, encoding="utf-8")
    return True


def _fetch(home: Path, program: AsteriskProgram) -> None:
    """Fetch and unpack: first the short list, then, when that does not fit any more, all that Asterisk depends on."""
    print("Fetching Asterisk (the first time takes about 20 seconds) …", flush=True)
    root, unfinished = home / "apt", replace(program, prefix=home / "unfinished")
    shutil.rmtree(root, ignore_errors=True)
    try:
        apt = AptRoot(root, mirror.find())
        apt.update()
        if not _fetch_short_list(apt, unfinished):
            print("Debian's package names have changed: everything Asterisk depends on is fetched (about 80 MB) …", flush=True)
            _lay_out(apt.download_with_all_they_need(PROGRAMS), unfinished)
            if missing := unfinished.missing_libraries():
                raise NoPbx(f"the fetched Asterisk lacks {', '.join(missing)}")
        unfinished.version()
        (unfinished.prefix / "checked").write_text(hashlib.sha256(MODULES.read_bytes()).hexdigest(), encoding="utf-8")
        shutil.rmtree(program.prefix, ignore_errors=True)
        unfinished.prefix.rename(program.prefix)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(unfinished.prefix, ignore_errors=True)


def _fetch_short_list(apt: AptRoot, unfinished: AsteriskProgram) -> bool:
    """Whether the short list still is what our modules need."""
    if not apt.known([*PROGRAMS, *SLIM]):
        return False
    _lay_out(apt.download([*PROGRAMS, *SLIM]), unfinished)
    return not unfinished.missing_libraries()


def _lay_out(packages: list[Path], program: AsteriskProgram) -> None:
    shutil.rmtree(program.prefix, ignore_errors=True)
    program.prefix.mkdir(parents=True)
    unpack(packages, program.prefix)
