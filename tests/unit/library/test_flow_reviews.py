"""Every shipped flow has its reviewer's page, and every step that the page names is in the flow."""

import io
import re
import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from tests.unit.library.cast import FLOW_NAMES, flow_of, text_of
from tools.flow_reviews import SpokenLine, behind, lines_of, shipped

pytestmark = pytest.mark.unit

REVIEWS = Path("docs/flow-reviews")
RULES = ("S01", *(f"CN-{number}" for number in range(13, 19)), *(f"CX-0{number}" for number in range(1, 8)))
NO_STEPS = {"always.cancel"}


def rows_of(name: str) -> list[list[str]]:
    lines = [line for line in text_of(REVIEWS / f"{name}.md").splitlines() if line.startswith("| [")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_page_answers_every_rule(name: str):
    assert {row[1] for row in rows_of(name)} == set(RULES)


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_steps_it_names_are_in_the_flow(name: str):
    steps = set(flow_of(name).steps)
    for row in rows_of(name):
        assert set(re.findall(r"`([^`]+)`", row[3])) - NO_STEPS <= steps, row


def test_the_pages_count_and_time_what_is_there_now() -> None:
    assert behind() == [], "run `python -m tools.flow_reviews`"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_reading_aloud_by_a_person_is_ticked_by_a_person(name: str) -> None:
    page = text_of(REVIEWS / f"{name}.md")
    assert "- [ ] 由一位培训师在电话里出声念一遍" in page or "- [x] 由一位培训师在电话里出声念一遍" in page


def test_every_line_is_filled_in_with_something_that_can_be_said() -> None:
    for name, flow in shipped():
        for language in ("zh", "en"):
            for line in lines_of(flow, language):
                assert not re.search(r"\$\{|\[[a-z_.]+\]|…", line.text), f"{name}.{line.step} {language}: {line.text}"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_every_line_can_be_spoken_by_a_machine_in_about_the_time_we_say() -> None:
    """It finds what cannot be said (symbols, numbers nobody reads out), not whether it sounds well: that takes a person."""
    lines = {(line.language, line.text): line for _, flow in shipped() for language in ("zh", "en") for line in lines_of(flow, language)}
    assert len(lines) > 300
    off = [(line.step, line.language, round(share, 2)) for line in lines.values() if not 0.4 < (share := spoken_share(line)) < 2]
    assert off == []


def spoken_share(line: SpokenLine) -> float:
    """How long a machine takes, as a share of how long we say a person takes."""
    voice = {"zh": "cmn", "en": "en-gb"}[line.language]
    command = ["espeak-ng", "-v", voice, "-s", "160", "--stdout", "--stdin"]
    done = subprocess.run(command, input=line.text.encode(), capture_output=True, timeout=20, check=True)
    assert done.stderr == b"", done.stderr
    with wave.open(io.BytesIO(done.stdout)) as sound:
        seconds = (len(done.stdout) - 44) / sound.getsampwidth() / sound.getframerate()
    return seconds * 1000 / line.milliseconds
