"""Puts what Stayline needs into .venv, once: the locked Python packages and the `stayline` command.

    python3 tools/install.py run      what serving needs
    python3 tools/install.py test     what the tests need as well

It runs under the machine's own Python before anything is installed, so it uses the standard library only, and its first
lines must be readable by any Python 3. A stamp keyed by the lock files makes the second call return at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}

LAUNCHER = """#!{python}
from web.cli import app

app(prog_name="stayline")
"""


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        sys.exit("usage: python3 tools/install.py run|test")
    if sys.version_info < OLDEST:
        restart_under_a_newer_python()
    if is_up_to_date(kind):
        return
    if not PYTHON.exists() or not venv_has_pip():
        make_venv()
    print("Installing the locked Python packages (the first time takes a minute or two) …", flush=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq", "--require-hashes"]
    for lock in LOCKS[kind]:
        pip += ["--requirement", str(ROOT / lock)]
    if subprocess.run(pip, check=False).returncode != 0:
        sys.exit("The Python packages could not be installed; the reason stands above. Nothing was started.")
    write_command()
    write_stamp(kind)


def restart_under_a_newer_python() -> None:
    """Hand over to a newer Python on this machine, or say what is missing."""
    for minor in range(15, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.run([newer, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            os.execv(newer, [newer, *sys.argv])
    sys.exit(
        f"Stayline needs Python 3.11 or newer, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}."
        " Install a newer one, or name it: make run PYTHON=/path/to/python3.11"
    )


def key_of(kind: str) -> str:
    """What the stamp must read for this kind: the locks, the interpreter and the place, since a venv cannot be moved."""
    told = hashlib.sha256()
    for lock in LOCKS[kind]:
        told.update((ROOT / lock).read_bytes())
    told.update(str(ROOT).encode())
    told.update(Path(__file__).read_bytes())
    return told.hexdigest()


def is_up_to_date(kind: str) -> bool:
    """Whether this kind, or the larger one that contains it, was installed from these very locks."""
    for installed in ("run", "test") if kind == "run" else ("test",):
        stamp = VENV / f".stayline-{installed}"
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == key_of(installed):
            return True
    return False


def write_stamp(kind: str) -> None:
    (VENV / f".stayline-{kind}").write_text(key_of(kind))


def venv_has_pip() -> bool:
    return subprocess.run([str(PYTHON), "-c", "import pip"], check=False, stderr=subprocess.DEVNULL).returncode == 0


def make_venv() -> None:
    """Create .venv with pip in it; Debian and Ubuntu ship Python without the part that does this (python3-venv)."""
    print(f"Creating {VENV.name} with Python {sys.version_info[0]}.{sys.version_info[1]} …", flush=True)
    if has_module("ensurepip"):
        run_or_stop([sys.executable, "-m", "venv", "--clear", str(VENV)], "The Python environment .venv could not be created.")
        return
    if has_module("venv") and has_module("pip"):
        run_or_stop(
            [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], "The Python environment .venv could not be created."
        )
        run_or_stop([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"], "pip could not be put into .venv.")
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    become_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not become_root or shutil.which("sudo")):
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
        subprocess.run([*apt, "update"], check=False, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        subprocess.run([*apt, "install", package], check=False, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if subprocess.run([sys.executable, "-c", "import ensurepip"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        sys.exit(f"Python's venv module is missing here. Install it once with: sudo apt-get install {package}")
    run_or_stop([sys.executable, "-m", "venv", "--clear", str(VENV)], "The Python environment .venv could not be created.")


def has_module(name: str) -> bool:
    return find_spec(name) is not None


def run_or_stop(command: list[str], sentence: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(sentence + " The reason stands above.")


def write_command() -> None:
    """Make `.venv/bin/stayline`, and let Python in .venv find the checkout from any folder."""
    packages = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
    )
    (Path(packages.stdout.strip()) / "stayline.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "stayline"
    command.write_text(LAUNCHER.format(python=PYTHON))
    command.chmod(0o755)


if __name__ == "__main__":
    main()
