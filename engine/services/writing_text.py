"""Help for whoever writes a flow as text: completion, canonical form, quick fixes, proposed tests. Pure, for the workshop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.flow import snapshot
from engine.flow.completion import Completions, completions
from engine.flow.formatting import formatted, with_test
from engine.flow.outline import Outline
from engine.flow.proposing import Proposals, proposals
from engine.flow.quick_fixes import fixes
from engine.flow.reading import MAX_STEPS
from engine.services.checking_drafts import check_files
from engine.services.checking_flows import shelf_of
from engine.yaml_text import BadYaml

MOST_TRIED = 2
"""Findings at one line whose mends are looked for: each reads the whole text again."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text as it becomes; None with the place and the reason when it cannot be. `problem_zh` and `problem_en` are empty when it can."""

    text: str | None
    line: int = 1
    column: int = 1
    problem_zh: str = ""
    problem_en: str = ""
    done_zh: str = ""
    done_en: str = ""
    """What was done, when it was more than one thing that might have been."""


def complete(library: Mapping[str, str], text: str, line: int, column: int, original: str | None = None) -> Completions:
    """What may be written at a place of a flow, or of a translation of `original`. Raises BadFile for a broken offer policy."""
    return completions(text, line, column, shelf_of(library).library, original)


def in_form(text: str, path: str) -> Rewritten:
    """The canonical form of a file. A flow with more steps than there may be is left alone."""
    if len(Outline(text).steps()) > MAX_STEPS:
        zh, en = f"超过 {MAX_STEPS} 个步骤，先拆开", f"more than {MAX_STEPS} steps: split the flow first"
        return Rewritten(None, problem_zh=zh, problem_en=en)
    try:
        return Rewritten(formatted(text, path))
    except BadYaml as problem:
        return Rewritten(None, problem.line, problem.column, problem.zh, problem.en)


def mend(
    files: Mapping[str, str],
    path: str,
    never_said: Sequence[str],
    session: Mapping[str, object],
    now: datetime,
    file: str,
    line: int,
    code: str | None = None,
) -> Rewritten:
    """One file of a flow with what is found at a line mended in the likeliest way: the finding of a code, or the first that has a mend."""
    library = shelf_of(files).library
    found = [one for one in check_files(files, path, never_said, session, now).findings if (one.path, one.line) == (file, line)]
    for finding in found[:MOST_TRIED]:
        if code is not None and finding.code != code:
            continue
        for fix in fixes(files[file], file, finding, library, None if file == path else files[path]):
            return Rewritten(fix.new_text, line, finding.column, done_zh=fix.label_zh, done_en=fix.label_en)
    return Rewritten(None, line, problem_zh="这里没有可以自动改的", problem_en="there is no quick fix for what stands here")


def propose(
    files: Mapping[str, str], path: str, never_said: Sequence[str], session: Mapping[str, object], now: datetime
) -> Proposals | None:
    """Tests for the ways that no test walks, as `check_files` is asked; None for a flow that cannot be walked."""
    report = check_files(files, path, never_said, session, now)
    if report.walkable is None or report.coverage is None:
        return None
    flow = snapshot.load(report.walkable.text)
    return proposals(flow, report.coverage.missing, shelf_of(files).decide_at(now), session, now.isoformat(timespec="seconds"))


def take_in(
    files: Mapping[str, str], path: str, never_said: Sequence[str], session: Mapping[str, object], now: datetime, way: str, name: str
) -> Rewritten:
    """The flow's text with the proposed test for a way as one of its own, under a name the author gives.

    None when there is no such proposal (any more): the flow was changed, or a test walks the way by now.
    """
    found = propose(files, path, never_said, session, now)
    test = next((test for test, ways in (found.tests if found else ()) if way in ways), None)
    if test is None:
        return Rewritten(None, problem_zh="这个例子已经不需要了", problem_en="this test is not needed any more")
    try:
        return Rewritten(with_test(files[path], path, replace(test, name=name)))
    except BadYaml as problem:
        return Rewritten(None, problem.line, problem.column, problem.zh, problem.en)
