"""The help pages of docs/flow-checks/, read as the tests execute them.

An example is a whole file (it begins with `format:`) or a part of a flow that is laid over the one in docs/flow-checks/README.md: its
steps and facts replace those of the same name, `~` takes one out, everything else replaces what stands there.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from engine.flow.embedded_tests import run_tests
from engine.flow.library import Library
from engine.flow.snapshot import load
from engine.services.reading_flows import read_flows
from engine.yaml_text import BadYaml, read_yaml
from tests.unit.flow.sample_cast import LIBRARY_FILES, SamplePolicy

FOLDER = Path(__file__).parents[3] / "docs" / "flow-checks"
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_FORMAT = re.compile(r"format: (\w+/1)")
BASE = _BLOCK.findall((FOLDER / "README.md").read_text(encoding="utf-8"))[0]
LAID_OVER = ("facts", "always", "opening", "discovery", "offer", "objections", "close")
BASE_LIBRARY = {
    "lines/notices.yaml": """
format: lines/1
id: notices
lines:
  recording: {zh: 本次通话会录音。, en: This call is recorded.}
  value: {zh: 我按您的用量再算一遍。, en: Let me work it out from what you use.}
  goodbye: {zh: "谢谢您，再见。", en: "Thank you. Goodbye."}
""",
    "dispositions.yaml": LIBRARY_FILES["dispositions.yaml"],
    "forbidden.yaml": LIBRARY_FILES["forbidden.yaml"],
    "offers.yaml": "format: offers/1\nid: base\noffers:\n  plan_79: {rung: r1}\n  free_visit: {rung: r0}\n",
}


@dataclass(frozen=True)
class Page:
    """A help page: its code and the files of its two examples."""

    code: str
    text: str
    bad: list[str]
    good: list[str]


def _page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    _, bad, good = re.split(r"^## .*$", text, maxsplit=2, flags=re.MULTILINE)
    return Page(path.stem, text, _BLOCK.findall(bad), _BLOCK.findall(good))


PAGES = {path.stem: _page(path) for path in sorted(FOLDER.glob("F*.md"))}


def codes_of(blocks: list[str]) -> set[str]:
    """The codes found in an example, its embedded tests walked as well."""
    files = dict(BASE_LIBRARY)
    flow = BASE
    beside: dict[str, str] = {}
    for block in blocks:
        found = _FORMAT.match(block)
        kind = found[1] if found else "part"
        if kind == "flow/1" or _is_broken(block):
            flow = block
        elif kind == "locale/1":
            beside["flows/base.en.yaml"] = block
        elif found:
            files[f"example-{kind.replace('/', '-')}.yaml"] = block
        else:
            flow = _laid_over(block)
    library = Library.load(files)
    (read,) = read_flows({"flows/base.yaml": flow, **beside}, library, ["别家电信"])
    codes = {finding.code for finding in (*library.findings, *read.findings)}
    if read.snapshot is not None:
        results = run_tests(load(read.snapshot.text), lambda as_of: SamplePolicy(), {})
        codes |= {one.code for one in results if not one.passed}
    return codes


def _is_broken(block: str) -> bool:
    try:
        return bool(read_yaml(block, "example").duplicates)
    except BadYaml:
        return True


def _laid_over(block: str) -> str:
    base = cast("dict[str, Any]", read_yaml(BASE, "base").data)
    part = cast("dict[str, Any]", read_yaml(block, "example").data)
    for key, value in part.items():
        base[key] = {**base.get(key, {}), **value} if key in LAID_OVER else value
        if key in LAID_OVER:
            base[key] = {name: one for name, one in base[key].items() if one != "~"}
    kept = {key: value for key, value in base.items() if value not in ({}, "~")}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)
