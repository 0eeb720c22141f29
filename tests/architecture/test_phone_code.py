"""The page's phone: its codes all have words, its sounds are what their maker makes, and what it is bundled of comes with its licence."""

import json
import re
from pathlib import Path

import pytest

from engine.ports.phone import PhoneKind
from tools import phone_sounds
from tools.messages import translated
from web.desk.phone_words import KINDS, TROUBLES

pytestmark = pytest.mark.architecture
ROOT = Path(__file__).parent.parent.parent
PHONE = ROOT / "web" / "static" / "js" / "phone"
SOURCE = {path.name: path.read_text(encoding="utf-8") for path in sorted(PHONE.glob("*.js"))}


def codes() -> set[str]:
    """What port.js says a program may tell."""
    listed = SOURCE["port.js"].partition("CODES = Object.freeze([")[2].partition("])")[0]
    return set(re.findall(r'"([a-z_.]+)"', listed))


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert codes() == TROUBLES.keys()
    chinese = translated()
    assert all((None, sentence) in chinese for sentence in TROUBLES.values())


def test_no_program_tells_a_code_that_nobody_has_words_for() -> None:
    families = "|".join(sorted({code.partition(".")[0] for code in codes()}))
    for name, text in SOURCE.items():
        said = set(re.findall(rf'"((?:{families})\.[a-z_]+)"', text)) - {"leg.left"}
        assert said <= codes(), name


def test_every_kind_of_phone_has_a_program_and_a_name() -> None:
    programs = set(re.findall(r"(\w+): \(\) => import\(", SOURCE["port.js"]))
    assert programs == {kind.value for kind in PhoneKind} == {kind.value for kind in KINDS}


def test_the_sounds_are_what_their_maker_makes() -> None:
    kept = {path.name: path.read_bytes() for path in phone_sounds.FOLDER.iterdir()}
    assert kept == dict(phone_sounds.sounds())


def test_every_sound_the_programs_name_is_there() -> None:
    files = {path.stem for path in phone_sounds.FOLDER.iterdir()}
    named = set(re.findall(r'(?:addressOf|playOnce)\("(\w+)"', "".join(SOURCE.values()))) | {"ring", "silence"}
    assert named | {f"dtmf{key}" for key in "0123456789hs"} <= files


def test_no_page_is_led_past_this_server_for_a_sound_or_a_program() -> None:
    for name, text in SOURCE.items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        assert not re.search(r"https?://|wss?://", code), name


@pytest.mark.parametrize("name", ["jssip.js", "twilio-voice.js"])
def test_a_bundle_is_one_module_without_anything_the_content_policy_forbids(name: str) -> None:
    vendor = ROOT / "web" / "static" / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    text = (vendor / manifest[name]).read_text(encoding="utf-8")
    assert re.search(r"export\s*\{", text)
    assert not re.search(r"\beval\(|new Function\(|import\(", text)


def test_each_package_in_a_bundle_has_its_licence_beside_it() -> None:
    licences = {path.name for path in (ROOT / "web" / "static" / "vendor").glob("*.LICENSE.txt")}
    for package in ("jssip", "debug", "ms", "events", "sdp-transform", "twilio-voice-sdk", "loglevel", "tslib"):
        assert any(name.startswith(f"{package}-") for name in licences), package
