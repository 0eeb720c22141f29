"""Many agents' phones at once, for measuring: one sipp that answers every call at once and speaks 440 Hz."""

from pathlib import Path

from tools.pbx import scenario, sounds
from tools.pbx.reaper import Reaper
from tools.pbx.sipp import Sipp


class PhoneBank:
    """The running sipp. Each of its phones is an endpoint of the exchange, whose contact is `contact(name)`."""

    def __init__(self, folder: Path, address: str, reaper: Reaper) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / scenario.PHONE_SOUND).write_bytes(sounds.talk(sounds.PHONE_HZ))
        self._sipp = Sipp(folder, scenario.phones(), address, reaper)

    def contact(self, name: str) -> str:
        return f"sip:{name}@{self._sipp.address}:{self._sipp.port}"

    def close(self) -> None:
        self._sipp.kill()
