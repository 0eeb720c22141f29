"""The checker's report as the studio shows it, in the words of the page's language."""

from dataclasses import dataclass
from typing import Any

from engine.flow.definition import EmbeddedTest
from engine.flow.embedded_tests import TestResult
from engine.flow.findings import Finding, Severity
from engine.flow.places import step_at
from engine.flow.proving import Verdict
from engine.flow.quick_fixes import CODES
from engine.services.checking_drafts import PropertyResult, Report
from engine.services.drafts import Draft
from web.languages import Language

MENDED = CODES
"""Codes for which there may be a quick fix."""
MOST_SHOWN = 60
"""More lines of one kind than anybody reads; the count says how many there are. Drawing them holds the event loop."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding. `step`: the step it stands in; `where`: the name of another file than the flow's."""

    code: str
    is_error: bool
    line: int
    column: int
    sentence: str
    suggestion: str
    step: str
    where: str


@dataclass(frozen=True, slots=True)
class TestShown:
    """An embedded test. `path`: (answer, step) in order; `problem` is empty when it passed."""

    __test__ = False
    name: str
    passed: bool
    problem: str
    end: str
    path: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PropertyShown:
    """A property of all paths. `path`: (answer, step) of one that breaks it; `step`: where it breaks."""

    name: str
    code: str
    state: str
    path: tuple[tuple[str, str], ...]
    step: str
    reasons: tuple[str, ...]
    line: int


def report_screen(draft: Draft, report: Report, language: Language, *, writes: bool) -> dict[str, Any]:
    """What the panel's template is given."""
    coverage = report.coverage
    missing = tuple((way, way.partition(".")[0]) for way in coverage.missing) if coverage else ()
    tests = [_test(*one, language) for one in zip(report.examples, report.tests, strict=True)]
    properties = [_property(one, language) for one in report.properties]
    return {
        "draft": draft,
        "report": report,
        "counts": counts(report),
        "problems": [_problem(draft, report, one, language) for one in report.findings[:MOST_SHOWN]],
        "tests": sorted(tests, key=lambda one: one.passed)[:MOST_SHOWN],
        "red": sum(not one.passed for one in tests),
        "properties": sorted(properties, key=lambda one: _ORDER[one.state]),
        "broken": sum(one.state == "falsified" for one in properties),
        "coverage": coverage,
        "missing": missing[:MOST_SHOWN],
        "most": MOST_SHOWN,
        "fixable": MENDED,
        "writes": writes,
    }


_ORDER = {"falsified": 0, "undecided": 1, "waiting": 2, "proved": 3}


def counts(report: Report) -> dict[str, int]:
    """How many errors, warnings and red tests there are; red tests are among the errors."""
    return {"errors": report.error_count, "warnings": report.warning_count, "red": sum(not one.passed for one in report.tests)}


def finding_json(finding: Finding, language: Language) -> dict[str, Any]:
    """A finding for the editor's markers."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "line": finding.line,
        "column": finding.column,
        "message": sentence(finding, language),
        "suggestion": suggestion(finding, language),
        "help": f"/help/checks/{finding.code}",
        "mended": finding.code in MENDED,
    }


def sentence(finding: Finding, language: Language) -> str:
    """What is wrong, in the language of the page."""
    return finding.message_en if language.code == "en" else finding.message_zh


def suggestion(finding: Finding, language: Language) -> str:
    """How to mend it; written "中文 / English", or once for both."""
    chinese, slash, english = finding.suggestion.partition(" / ")
    return english if slash and language.code == "en" else chinese


def _problem(draft: Draft, report: Report, finding: Finding, language: Language) -> Problem:
    own = finding.path == draft.path
    step = (step_at(report.step_lines, finding.line) or "") if own else ""
    where = "" if own else finding.path.rpartition("/")[2]
    is_error = finding.severity is Severity.error
    return Problem(
        finding.code, is_error, finding.line, finding.column, sentence(finding, language), suggestion(finding, language), step, where
    )


def _test(example: EmbeddedTest, result: TestResult, language: Language) -> TestShown:
    problem = result.problem_en if language.code == "en" else result.problem_zh
    walked = tuple(zip(("", *example.path), result.walked, strict=False))
    return TestShown(result.name, result.passed, problem, result.end or "", walked)


def _property(one: PropertyResult, language: Language) -> PropertyShown:
    name = one.name_en if language.code == "en" else one.name_zh
    state = one.verdict.value if one.looked_at else "waiting"
    path = tuple((word, word.partition(".")[0] if "." in word else "") for word in one.path)
    broken = one.verdict is Verdict.falsified
    return PropertyShown(name, one.code, state, path if broken else (), one.step if broken else "", one.reasons, one.line)
