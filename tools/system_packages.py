"""What the tests need of the system: PostgreSQL, Chromium, espeak-ng, a Chinese font and sipp, installed if we may."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import postgres

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class SystemNeed:
    """One thing of the system: what for, how to see that it is there, and the Debian package that brings it."""

    what: str
    present: Callable[[], bool]
    package: str


def chromium() -> str | None:
    """The Chromium to test with: STAYLINE_CHROMIUM, the system's, or the one Playwright installed."""
    named = os.environ.get("STAYLINE_CHROMIUM")
    if named:
        return named
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found and not _is_snap_stub(Path(found)):
            return found
    return _playwright_chromium()


def _is_snap_stub(path: Path) -> bool:
    """Ubuntu's package is a script that asks for the snap; it starts nothing in a container."""
    return path.stat().st_size < 100_000 and b"snap install" in path.read_bytes()


def _playwright_chromium() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    found = sorted(folder.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def _has_postgres() -> bool:
    try:
        postgres.programs()
    except postgres.NoPostgres:
        return False
    return True


def _has_chinese_font() -> bool:
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


def sipp() -> str | None:
    """The program that plays a telephone network's customers."""
    return shutil.which("sipp")


SIPP = SystemNeed("sipp (the customers behind the test exchange)", lambda: sipp() is not None, "sip-tester")
NEEDS = (
    SystemNeed("PostgreSQL", _has_postgres, "postgresql"),
    SystemNeed("Chromium", lambda: chromium() is not None, "chromium"),
    SystemNeed("espeak-ng (speech of the simulated carrier)", lambda: shutil.which("espeak-ng") is not None, "espeak-ng"),
    SystemNeed("a Chinese font", _has_chinese_font, "fonts-noto-cjk"),
    SIPP,
)


def ensure(needs: Sequence[SystemNeed] = NEEDS) -> list[str]:
    """Install what is missing, as root or with a sudo that asks nothing; returns what is still missing, in words."""
    missing = [need for need in needs if not need.present()]
    if missing and _may_install():
        _install(missing)
        missing = [need for need in missing if not need.present()]
    return [f"{need.what} (package {need.package})" for need in missing]


def _root_prefix() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _may_install() -> bool:
    if not shutil.which("apt-get"):
        return False
    if os.geteuid() == 0:
        return True
    return bool(shutil.which("sudo")) and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def _install(missing: list[SystemNeed]) -> None:
    snap_chromium = "ID=ubuntu" in Path("/etc/os-release").read_text(encoding="utf-8")
    packages = [need.package for need in missing if not (snap_chromium and need.package == "chromium")]
    if packages:
        print(f"Installing {', '.join(packages)} …", flush=True)
        apt = [*_root_prefix(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0"]
        _quietly([*apt, "update"])
        _quietly([*apt, "--no-install-recommends", "install", *packages])
    if snap_chromium and any(need.package == "chromium" for need in missing):
        print("Installing Chromium through Playwright (Ubuntu's own package is a snap) …", flush=True)
        _quietly([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])


def _quietly(command: list[str]) -> None:
    """Run without input; what it printed is shown only when it failed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace")[-2000:], file=sys.stderr, flush=True)
