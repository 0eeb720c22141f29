"""Renews the lock files: requirements.txt, requirements-dev.txt and package-lock.json. `make lock`

Versions already locked are kept where they still fit; delete a line, or name a new version in requirements*.in, to move it.
No address is written: whoever installs uses the registries their own clients are set up for, and the hashes decide.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools import assets

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    for name in ("requirements", "requirements-dev"):
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links", f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run(command, cwd=ROOT, check=True)
    npm, node_folder = assets.find_npm()
    settings = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [*npm, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=ROOT, env=settings, check=True)


if __name__ == "__main__":
    main()
