"""The folder of one run: every directory Asterisk knows, its configuration, its sounds and its certificate."""

import re
from collections.abc import Mapping
from pathlib import Path

from tools.pbx import certificate, sounds
from tools.pbx.asterisk_program import AsteriskProgram

TEMPLATES = Path(__file__).parent / "configuration"
FOLDERS = ("etc", "varlib/keys", "data/sounds/stayline", "data/moh", "agi", "spool/recording", "run", "log", "cache", "keys")


def write(directory: Path, program: AsteriskProgram, values: Mapping[str, str | int], files: Mapping[str, str]) -> None:
    """Fill `directory`. `files` stand in place of the templates of the same name. Raises NoPbx, and KeyError for a name without a value."""
    for name in FOLDERS:
        (directory / name).mkdir(parents=True)
    for name in ("documentation", "rest-api", "static-http"):
        (directory / "data" / name).symlink_to(program.shared / name)
    spoken = next((program.shared / "sounds").glob("en*"), None)
    if spoken is not None:
        (directory / "data" / "sounds" / "en").symlink_to(spoken)
    sounds.write_wav(directory / "data" / "moh" / "hold.wav", sounds.tone(sounds.HOLD_HZ, 10))
    for name, hertz in sounds.HOUSE_HZ.items():
        sounds.write_wav(directory / "data" / "sounds" / "stayline" / f"{name}.wav", sounds.tone(hertz, 3))
    certificate.write(directory / "keys" / "certificate.pem", directory / "keys" / "key.pem")
    texts = {template.name: template.read_text(encoding="utf-8") for template in TEMPLATES.glob("*.conf")} | dict(files)
    filled = {"run": str(directory), "modules": str(program.modules)} | dict(values)
    for name, text in texts.items():
        path = directory / "etc" / name
        path.touch(mode=0o600)  # ari.conf holds the password
        path.write_text(re.sub(r"@([a-z_]+)@", lambda found: str(filled[found.group(1)]), text), encoding="utf-8")
