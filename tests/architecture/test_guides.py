"""Pages that point somewhere point at something."""

import re
from pathlib import PurePosixPath

import pytest

from tests.architecture.source import ROOT, project_files, text_of

pytestmark = pytest.mark.architecture

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_every_link_between_pages_leads_to_a_file_of_the_project() -> None:
    broken = [
        f"{name} → {target}"
        for name in project_files()
        if name.endswith(".md")
        for target in LINK.findall(text_of(name))
        if "://" not in target and not (ROOT / PurePosixPath(name).parent / target).exists()
    ]
    assert broken == []
