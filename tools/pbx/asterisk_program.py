"""Asterisk 22 in .build/asterisk: fetched once, checked, and run with the C library it was built for.

The packages are newer than most machines, so Asterisk is started through its own ld-linux with its own libraries. They are never put
into LD_LIBRARY_PATH: a child process would get the newer C library as well.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.pbx import mirror
from tools.pbx.apt_root import SUITE, AptRoot, unpack
from tools.pbx.errors import NoPbx

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = ROOT / ".build" / "asterisk"
MODULES = Path(__file__).parent / "configuration" / "modules.conf"
LIBRARIES = {"amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"), "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1")}
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
        """What it says of itself, such as "Asterisk 22.10.1". Raises NoPbx."""
        try:
            said = subprocess.run(self.command("-V"), capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise NoPbx(f"the unpacked Asterisk cannot be run: {problem}") from problem
        if said.returncode != 0 or not said.stdout.startswith("Asterisk "):
            raise NoPbx(f"the unpacked Asterisk does not run: {(said.stderr or said.stdout).strip()[-200:]}")
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
    architecture = (
        subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=False) if shutil.which("dpkg") else None
    )
    known = LIBRARIES.get(architecture.stdout.strip()) if architecture else None
    if known is None:
        raise NoPbx("Asterisk is fetched from Debian's packages, for amd64 and arm64 only")
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prefix = home / "prefix"
        program = AsteriskProgram(prefix, *known)
        stamp = prefix / "stamp"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != _key():
            _fetch(home, program)
            stamp.write_text(_key(), encoding="utf-8")
    return program


def _key() -> str:
    """What the stamp must read: another suite, list of packages or of modules fetches anew."""
    told = hashlib.sha256(" ".join([SUITE, *PROGRAMS, *SLIM]).encode())
    told.update(MODULES.read_bytes())
    return told.hexdigest()


def _fetch(home: Path, program: AsteriskProgram) -> None:
    """Fetch and unpack: first the short list, then, when that does not fit any more, all that Asterisk depends on."""
    print("Fetching Asterisk (the first time takes about 20 seconds) …", flush=True)
    root = home / "apt"
    shutil.rmtree(root, ignore_errors=True)
    try:
        apt = AptRoot(root, mirror.find())
        apt.update()
        if apt.known([*PROGRAMS, *SLIM]):
            _lay_out(apt.download([*PROGRAMS, *SLIM]), program)
            if not program.missing_libraries():
                program.version()
                return
        print("Debian's package names have changed: everything Asterisk depends on is fetched (about 80 MB) …", flush=True)
        _lay_out(apt.download_with_all_they_need(PROGRAMS), program)
        if missing := program.missing_libraries():
            raise NoPbx(f"the fetched Asterisk lacks {', '.join(missing)}")
        program.version()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _lay_out(packages: list[Path], program: AsteriskProgram) -> None:
    shutil.rmtree(program.prefix, ignore_errors=True)
    program.prefix.mkdir(parents=True)
    unpack(packages, program.prefix)
    for path in (program.prefix / "etc" / "asterisk").glob("*.conf"):
        os.chmod(path, 0o644)  # the packages keep them for their own user; a run copies from them


if __name__ == "__main__":
    print(ensure().version())
