"""A certificate for one run, signed by itself."""

import subprocess
from pathlib import Path

from tools.pbx.errors import NoPbx


def write(certificate: Path, key: Path) -> None:
    """For localhost and 127.0.0.1, valid two days. Raises NoPbx."""
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = subprocess.run(
        [*request, *subject, "-keyout", str(key), "-out", str(certificate)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if made.returncode != 0:
        raise NoPbx(f"openssl could not make a certificate: {made.stderr.strip()[-200:]}")
