"""Debian packages without touching the system's own: apt with a root of its own, read from a mirror, unpacked beside everything.

Nothing in /etc/apt, /var/lib/apt or dpkg's records is read or written, so neither root nor a clean machine is needed.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tools.pbx.errors import NoPbx
from tools.pbx.mirror import Mirror

DOWNLOAD_SECONDS = 300
SUITE = "forky"
"""Debian 13's successor: the oldest suite that carries Asterisk 22."""


class AptRoot:
    """A private apt in `folder`, reading one suite of one mirror."""

    def __init__(self, folder: Path, mirror: Mirror, suite: str = SUITE) -> None:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise NoPbx("Asterisk comes as Debian packages, and this machine has no apt-get and dpkg-deb to unpack them")
        self._folder, self._suite = folder, suite
        self.architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("lists/partial", "cache/archives/partial", "etc", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        (folder / "etc" / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror.url}\nSuites: {suite}\nComponents: main\nSigned-By: {mirror.keys}\n", encoding="utf-8"
        )
        (folder / "apt.conf").write_text(self._settings(), encoding="utf-8")

    def _settings(self) -> str:
        at, nothing = self._folder, "/dev/null"
        places = {
            "Dir::State": at,
            "Dir::State::status": at / "status",
            "Dir::State::lists": at / "lists",
            "Dir::Cache": at / "cache",
            "Dir::Log": at,
            "Dir::Etc": at / "etc",
            "Dir::Etc::sourcelist": at / "etc" / "debian.sources",
            "Dir::Etc::sourceparts": nothing,
            "Dir::Etc::main": nothing,
            "Dir::Etc::parts": nothing,
            "Dir::Etc::preferences": nothing,
            "Dir::Etc::preferencesparts": nothing,
            "APT::Architecture": self.architecture,
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
            "Debug::NoLocking": "true",
        }
        lines = [f'{name} "{value}";' for name, value in places.items()]
        return "\n".join([*lines, f'APT::Architectures {{ "{self.architecture}"; }};', ""])

    def update(self) -> None:
        """Read the suite's list. An expired date is waived, and said; a wrong signature never is. Raises NoPbx."""
        strict = ["-o", "Acquire::Check-Valid-Until=true", "-o", "Acquire::Check-Date=true", "update"]
        printed = self._apt(strict, may_fail=True)
        if printed is None:
            return
        if "is expired" not in printed:
            raise NoPbx(f"the package list of Debian {self._suite} cannot be read: {_last_line(printed)}")
        print(f"The package list of Debian {self._suite} is past its date: the date is waived, the signature is still checked.", flush=True)
        self._apt(["-o", "Acquire::Check-Valid-Until=false", "update"])

    def known(self, names: list[str]) -> bool:
        """Whether the suite has every one of these packages."""
        found = subprocess.run(
            ["apt-cache", "show", "--no-all-versions", *names], env=self._environment(), capture_output=True, text=True, check=False
        )
        return {line.removeprefix("Package: ") for line in found.stdout.splitlines() if line.startswith("Package: ")} >= set(names)

    def download(self, names: list[str]) -> list[Path]:
        """Fetch exactly these packages, checked against the signed list. Raises NoPbx."""
        self._apt(["download", *names], cwd=self._folder / "debs")
        return sorted((self._folder / "debs").glob("*.deb"))

    def download_with_all_they_need(self, names: list[str]) -> list[Path]:
        """Fetch these packages and everything they depend on, as apt resolves it on an empty machine. Raises NoPbx."""
        self._apt(["--yes", "--no-install-recommends", "--download-only", "install", *names])
        return sorted((self._folder / "cache" / "archives").glob("*.deb"))

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "APT_CONFIG": str(self._folder / "apt.conf"), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}

    def _apt(self, arguments: list[str], *, cwd: Path | None = None, may_fail: bool = False) -> str | None:
        """What a failed apt-get printed, None when it worked. Raises NoPbx unless `may_fail`."""
        try:
            done = subprocess.run(
                ["apt-get", "-q", *arguments],
                env=self._environment(),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoPbx(f"apt-get {arguments[-1]} did not end within {DOWNLOAD_SECONDS} seconds") from None
        failed = done.returncode != 0 or "\nE: " in done.stdout or "\nW: Failed to fetch" in done.stdout
        if failed and not may_fail:
            raise NoPbx(f"apt-get {arguments[0]} failed: {_last_line(done.stdout)}")
        return done.stdout if failed else None


def _last_line(printed: str) -> str:
    told = [line for line in printed.strip().splitlines() if line.startswith(("E:", "W:", "Err:"))] or printed.strip().splitlines()
    return told[-1] if told else "it said nothing"


def unpack(packages: list[Path], prefix: Path) -> None:
    """Lay the packages' files out under `prefix`, without what only people read."""
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", str(package), str(prefix)], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    for name in ("doc", "man", "locale", "lintian", "bug"):
        shutil.rmtree(prefix / "usr" / "share" / name, ignore_errors=True)
