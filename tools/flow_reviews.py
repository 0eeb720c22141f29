"""Writes into the reviewers' pages what can be counted: steps, examples, and how long it takes to read a flow aloud, phase by phase.

    python -m tools.flow_reviews           write docs/flow-reviews/*.md
    python -m tools.flow_reviews --check   only say which pages are behind

What people tick stays as it is.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.flow.definition import Flow
from engine.flow.library import Library
from engine.flow.overlay import read_overlay, with_overlay
from engine.flow.phase_machine import PHASE_LABELS, Phase
from engine.flow.reading import read_flow
from engine.flow.speaking_time import spoken_ms
from engine.flow.wording import plain
from engine.flow.wording_samples import sample_facts

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "flow-reviews"
LONG_MS = 20_000
"""A line that takes longer is listed: nobody listens so long without a word of their own."""
_HEAD = re.compile(r"^审核清单。流程在 (\[.*?\]\(.*?\))，.*$", re.MULTILINE)
_SECTION = re.compile(r"## 念一遍要多久\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
_BEFORE = "## 读一遍以后改了什么"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """What an agent says at a step, filled in with sample facts."""

    step: str
    phase: Phase
    language: str
    text: str

    @property
    def milliseconds(self) -> int:
        return spoken_ms(self.text, self.language)


def shipped() -> Iterator[tuple[str, Flow]]:
    """The name and the flow, in both languages, of every shipped flow."""
    files = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (ROOT / "scripts_library").rglob("*.yaml")}
    library = Library.load(files)
    for path in sorted((ROOT / "flows").rglob("*.yaml")):
        if "." in path.stem:
            continue
        flow = read_flow(path.read_text(encoding="utf-8"), str(path), library).flow
        assert flow is not None, path
        english = path.with_suffix(".en.yaml")
        overlay = read_overlay(english.read_text(encoding="utf-8"), str(english), flow).overlay
        assert overlay is not None, english
        yield path.stem, with_overlay(flow, overlay)


def lines_of(flow: Flow, language: str) -> list[SpokenLine]:
    """Every line of a flow as it will be spoken, in the flow's order."""
    first = [{"given": flow.tests[0].given}] if flow.tests else []
    facts = sample_facts(flow.kinds, first, language)
    return [
        SpokenLine(step.id, step.phase, language, plain(step.say.render(facts, language)))
        for step in flow.steps.values()
        if step.say is not None
    ]


def reading_time(flow: Flow) -> str:
    """The section about reading a flow aloud."""
    lines = lines_of(flow, "zh")
    told = ["## 念一遍要多久", "", "填上样例客户的内容，按每分钟 220 字估算，每个停顿算在内。", ""]
    told += ["| 阶段 | 要念几步 | 念完要 | 最长的一步 |", "|---|---|---|---|"]
    for phase in Phase:
        mine = [line for line in lines if line.phase is phase]
        if mine:
            longest = max(mine, key=lambda line: line.milliseconds)
            whole = _told(sum(line.milliseconds for line in mine))
            told.append(f"| {PHASE_LABELS[phase]['zh']} | {len(mine)} | {whole} | `{longest.step}` {_told(longest.milliseconds)} |")
    told.append(f"| 合计 | {len(lines)} | {_told(sum(line.milliseconds for line in lines))} | |")
    long = [f"`{line.step}` {_told(line.milliseconds)}" for line in lines if round(line.milliseconds, -3) > LONG_MS]
    told += ["", f"超过 {LONG_MS // 1000} 秒的步骤，念的时候中间停一停：{'、'.join(long) if long else '没有'}。"]
    told += ["", "每一句的中文和英文都由语音合成念过，数字和填进去的内容都念得出。这只查念不念得出，不代替人念。", ""]
    return "\n".join(told) + "\n"


def renewed(page: str, flow: Flow) -> str:
    """A page with what can be counted as it is now."""
    counted = (
        f"审核清单。流程在 \\1，{len(flow.steps)} 个步骤，{len(flow.tests)} 个例子走遍每一个回应和岔路（`stayline flow test --complete`）。"
    )
    page = _HEAD.sub(counted, page)
    section = reading_time(flow)
    if _SECTION.search(page):
        return _SECTION.sub(lambda _: section, page)
    return page.replace(_BEFORE, f"{section}{_BEFORE}")


def behind() -> list[str]:
    """The pages that do not tell what is."""
    return [name for name, flow in shipped() if (text := _page(name)) != renewed(text, flow)]


def _page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def _told(milliseconds: int) -> str:
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} 分 {seconds:02} 秒" if minutes else f"{seconds} 秒"


def main() -> int:
    """Write the pages, or with --check say which are behind."""
    if "--check" in sys.argv:
        print("\n".join(found := behind()))
        return 1 if found else 0
    for name, flow in shipped():
        (PAGES / f"{name}.md").write_text(renewed(_page(name), flow), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
