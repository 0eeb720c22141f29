"""The help pages on findings, docs/flow-checks/*.md, read into their parts: what it means in both languages, a bad and a good example."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "flow-checks"
_TITLE = re.compile(r"# (?P<code>F\d{3}) (?P<zh>.*?) · (?P<en>.*)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The help on one code. `zh` and `en`: paragraphs; `bad` and `good`: the examples' files, as YAML."""

    code: str
    title: dict[str, str]
    is_error: bool
    told: dict[str, tuple[str, ...]]
    bad: tuple[str, ...]
    good: tuple[str, ...]


@cache
def check_pages() -> dict[str, CheckPage]:
    """Every help page by its code, in order."""
    return {path.stem: read_page(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("F*.md"))}


def read_page(text: str) -> CheckPage:
    """One page. Raises ValueError when it has not the form they all have."""
    head, bad, good = re.split(r"^## .*$", text, maxsplit=2, flags=re.MULTILINE)
    title = _TITLE.match(head)
    if title is None:
        raise ValueError(f"no title: {head[:60]!r}")
    kind, *paragraphs = [" ".join(part.split()) for part in head[title.end() :].strip().split("\n\n")]
    chinese = tuple(part for part in paragraphs if _CHINESE.search(part))
    english = tuple(part for part in paragraphs if not _CHINESE.search(part))
    return CheckPage(
        title["code"],
        {"zh": title["zh"], "en": title["en"]},
        kind.startswith("错误"),
        {"zh": chinese, "en": english},
        _examples(bad),
        _examples(good),
    )


def _examples(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
