"""What the checker says of a draft: findings, tests, proofs, coverage. Worked out in the workshop, kept by content."""

import hashlib
import json
import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any

from engine.flow import snapshot
from engine.flow.checks_of_paths import BUILT_IN, Proved, named
from engine.flow.coverage import Coverage, coverage
from engine.flow.definition import EmbeddedTest, Flow, Texts
from engine.flow.embedded_tests import DecideAt, TestResult, run_tests
from engine.flow.findings import Finding, Severity, errors
from engine.flow.library import Library
from engine.flow.overlay import Overlay, read_overlay
from engine.flow.places import step_lines
from engine.flow.proving import Verdict
from engine.flow.reading import Reading, read_flow
from engine.flow.snapshot import Snapshot
from engine.services.checking_flows import red_test, shelf_of
from engine.services.content import company_facts, library_files
from engine.services.drafts import Draft
from engine.services.house import House
from engine.services.reading_flows import overlays_beside

Question = tuple[dict[str, str], str, tuple[str, ...], dict[str, Any], datetime]
"""(files, path, never_said, session, now), the arguments of `check_files`."""
MOST_KEPT = 64
MOST_RED_TOLD = 30
MOST_OF_A_CODE = 60
"""A flood of one kind helps nobody and costs the server that shows it."""
STILL_WALKABLE = ("F4", "F5", "F6", "F7")
"""Beginnings of the codes that leave a flow whole: its tests, translations, wording and properties may be wrong and it can be walked."""


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """A property of all paths, the proved ones too.

    `path`: the answers of a path that breaks it, as a test writes them; `step`: where it breaks; `looked_at` is false while the flow
    has no shape that could be proved. `line`: where the author wrote it, 0 for the law's and the library's.
    """

    name_zh: str
    name_en: str
    code: str
    verdict: Verdict
    path: tuple[str, ...] = ()
    step: str = ""
    reasons: tuple[str, ...] = ()
    looked_at: bool = True
    line: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the checker says of a flow and its translations.

    `snapshot`: what would be published, None while there is an error or a red test. `walkable`: the same flow to be walked or drawn,
    also while only tests, translations, wording or properties are wrong. `examples`: the embedded tests, one for each of `tests`.
    `step_lines`: step → its first and last line. `titles`: step → its title by language. `outcomes`: the outcomes a flow may end in.
    `process`: the id of the process that did the work.
    """

    findings: tuple[Finding, ...]
    tests: tuple[TestResult, ...] = ()
    examples: tuple[EmbeddedTest, ...] = ()
    properties: tuple[PropertyResult, ...] = ()
    coverage: Coverage | None = None
    snapshot: Snapshot | None = None
    walkable: Snapshot | None = None
    step_lines: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    titles: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    outcomes: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    milliseconds: int = 0
    test_milliseconds: int = 0
    process: int = 0

    @property
    def error_count(self) -> int:
        """What keeps the flow from being published; red tests are among them."""
        return len(errors(self.findings))

    @property
    def warning_count(self) -> int:
        """What is only shown."""
        return sum(1 for finding in self.findings if finding.severity is Severity.warning)


def report_of(house: House, draft: Draft, *, fresh: bool = False) -> Report:
    """The report of a draft, worked out in the workshop unless it is among those kept; `fresh` works it out again.

    Blocks the calling thread (web/studio/reports.py has it for routes). Raises Refused, see engine.ports.workshop.
    """
    return report_of_files(house, draft.files, draft.path, fresh=fresh)


def report_of_files(house: House, files: Mapping[str, str], path: str, *, fresh: bool = False) -> Report:
    """The report of a flow file and its translations, path → text, against the live library; as `report_of`."""
    question = question_of(house, files, path)
    key, mine = _key(question), Future[Report]()
    with _lock:
        waiting = None if fresh else _kept.get(key)
        if waiting is None:
            _kept[key] = mine
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    if waiting is not None:
        return waiting.result()
    try:
        report = house.workshop.run(check_files, *question)
    except BaseException as problem:
        with _lock:
            if _kept.get(key) is mine:
                del _kept[key]
        mine.set_exception(problem)
        raise
    mine.set_result(report)
    return report


def kept_report(house: House, files: Mapping[str, str], path: str) -> Report | None:
    """The report if it is among those kept: nothing is worked out and nothing waited for."""
    with _lock:
        found = _kept.get(_key(question_of(house, files, path)))
    return found.result() if found is not None and found.done() and found.exception() is None else None


_kept: OrderedDict[str, "Future[Report]"] = OrderedDict()
"""By the hash of all that a report depends on, so that nothing here can go stale; two who ask at once share one piece of work."""
_lock = threading.Lock()


def question_of(house: House, files: Mapping[str, str], path: str) -> Question:
    """What `check_files` and its like are asked about a draft: the live library with the draft's files, its path, and what holds now."""
    now = house.clock.now()
    with house.database.reading() as tx:
        library = library_files(tx)
    return {**library, **files}, path, house.company.names_never_said, company_facts(house.company, "周敏", "8016", "zh", now), now


def _key(question: Question) -> str:
    """Offer rules hold from the hour on: within an hour a test without `as_of` is decided alike."""
    files, path, never_said, session, now = question
    told = json.dumps([sorted(files.items()), path, never_said, session, f"{now:%Y-%m-%dT%H}"], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def forget_reports() -> None:
    """Keep none of the reports any more."""
    with _lock:
        _kept.clear()


def check_files(files: Mapping[str, str], path: str, never_said: Sequence[str], session: Mapping[str, object], now: datetime) -> Report:
    """Read, check, prove and test the flow at `path`; `files` holds the scripts library, the flow and its translations, path → text.

    Pure, for the workshop. Raises BadFile for a broken offer policy.
    """
    began = perf_counter()
    shelf = shelf_of(files)
    reading = read_flow(files[path], path, shelf.library, never_said)
    known = Report(
        _some(reading.findings),
        properties=_properties(reading, shelf.library),
        step_lines=step_lines(reading.file, files[path]) if reading.file else {},
        titles={step.id: dict(step.title) for step in reading.built.steps.values()} if reading.built else {},
        outcomes={code: dict(texts) for code, texts in shelf.library.dispositions.items()},
        process=os.getpid(),
    )
    usable = _usable(reading)
    found = (
        known if usable is None else _walked(known, reading, usable, files, path, lambda flow: _timed(flow, shelf.decide_at(now), session))
    )
    return replace(found, milliseconds=_since(began))


_Tested = tuple[tuple[TestResult, ...], int]


def _timed(flow: Flow, decide_at: DecideAt, session: Mapping[str, object]) -> _Tested:
    began = perf_counter()
    return run_tests(flow, decide_at, session), _since(began)


def _walked(known: Report, reading: Reading, usable: Flow, files: Mapping[str, str], path: str, test: Callable[[Flow], _Tested]) -> Report:
    """The report of a flow that can be walked: with its translations, its tests and what they cover."""
    overlays, more = _overlays(path, files, usable)
    walkable = snapshot.publish(usable, overlays)
    flow = snapshot.load(walkable.text)
    tests, took = test(flow)
    red = [one for one in enumerate(tests) if not one[1].passed][:MOST_RED_TOLD]
    told = (*known.findings, *more, *(red_test(reading.file, *one) for one in red if reading.file))
    findings = tuple(sorted(dict.fromkeys(told), key=lambda one: (one.path != path, one.path, one.line, one.column, one.code)))
    return replace(
        known,
        findings=findings,
        tests=tests,
        examples=flow.tests,
        coverage=coverage(flow, [one.ways for one in tests]),
        snapshot=None if errors(findings) else walkable,
        walkable=walkable,
        titles={step.id: dict(step.title) for step in flow.steps.values()},
        test_milliseconds=took,
    )


def _some(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Not more than MOST_OF_A_CODE of each code."""
    told: Counter[str] = Counter()
    kept: list[Finding] = []
    for finding in findings:
        told[finding.code] += 1
        if told[finding.code] <= MOST_OF_A_CODE:
            kept.append(finding)
    return tuple(kept)


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)


def _usable(reading: Reading) -> Flow | None:
    """The flow, also with errors that leave it whole."""
    whole = all(finding.code.startswith(STILL_WALKABLE) for finding in errors(reading.findings))
    return reading.built if whole else None


def _overlays(path: str, files: Mapping[str, str], flow: Flow) -> tuple[tuple[Overlay, ...], tuple[Finding, ...]]:
    read = [read_overlay(files[one], one, flow) for one in overlays_beside(path, files)]
    return tuple(one.overlay for one in read if one.overlay), tuple(finding for one in read for finding in one.findings)


STRUCTURAL: tuple[tuple[str, str, str], ...] = (
    ("F203", "每条路都走得到结束", "Every path comes to an end"),
    ("F207", "每个圈都有次数限制", "Every loop is bounded"),
    ("F703", "不是接受，就不要求先说完资费", "Nothing is demanded before an answer that is no acceptance"),
)
"""What is known of every path from the shape alone: the code that tells of it, and its name."""


def _properties(reading: Reading, library: Library) -> tuple[PropertyResult, ...]:
    told = {finding.code: finding for finding in reversed(reading.findings)}
    shape = [
        PropertyResult(zh, en, code, Verdict.falsified if code in told else Verdict.proved, looked_at=reading.built is not None)
        for code, zh, en in STRUCTURAL
    ]
    return (*shape, *map(_result, reading.proofs)) if reading.proofs else (*shape, *_not_yet(library))


def _result(one: Proved) -> PropertyResult:
    proof = one.proof
    if proof is None:
        return PropertyResult(one.name_zh, one.name_en, one.code, Verdict.undecided, looked_at=False, line=one.line)
    return PropertyResult(one.name_zh, one.name_en, one.code, proof.verdict, proof.path, proof.step, proof.reasons, line=one.line)


def _not_yet(library: Library) -> list[PropertyResult]:
    """What would be proved once the flow has a shape."""
    law = [PropertyResult(one.name_zh, one.name_en, one.code, Verdict.undecided, looked_at=False) for one in BUILT_IN]
    return law + [PropertyResult(*named(one), "F706", Verdict.undecided, looked_at=False) for one in library.properties]
