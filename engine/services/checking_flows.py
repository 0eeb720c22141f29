"""Checks flow files and walks their embedded tests against the offer rules that lie beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from engine.flow import snapshot
from engine.flow.advance import Decide
from engine.flow.coverage import Coverage, coverage
from engine.flow.definition import Flow
from engine.flow.embedded_tests import DecideAt, TestResult, run_tests
from engine.flow.findings import Finding, at_value
from engine.flow.fingerprints import with_fingerprints
from engine.flow.library import Library
from engine.flow.proposing import Proposals, proposals
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from engine.offers.reading import read_policy
from engine.services.reading_flows import ReadFlow, overlays_beside, read_flows
from engine.yaml_text import YamlFile, read_yaml


@dataclass(frozen=True, slots=True)
class TestedFlow:
    """A flow file with what the checker found, how its own tests went and what they walk; no coverage of a flow that cannot be used."""

    __test__ = False
    flow: ReadFlow
    tests: tuple[TestResult, ...]
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class OpenedFlow:
    """A flow to be walked, with the offer rules as of any moment."""

    flow: Flow
    decide_at: DecideAt


def check_flows(
    files: Mapping[str, str], never_said: Sequence[str], session: Mapping[str, object], now: datetime, only: str | None = None
) -> Iterator[TestedFlow]:
    """Check every flow of path → text, or the `only` one, and walk its tests; tests without `as_of` are decided at `now`.

    Raises BadFile for a broken policy.
    """
    decide_at = shelf_of(files).decide_at(now)
    for flow in _read(files, never_said):
        if only is not None and flow.path != only:
            continue
        if flow.snapshot is None:
            yield TestedFlow(flow, ())
            continue
        loaded = snapshot.load(flow.snapshot.text)
        results = run_tests(loaded, decide_at, session)
        yield TestedFlow(flow, results, coverage(loaded, [one.ways for one in results]))


def publishable_flows(files: Mapping[str, str], never_said: Sequence[str], now: datetime) -> Iterator[ReadFlow]:
    """Every flow as `read_flows` has it, with a red embedded test as an error as well: such a flow has no snapshot.

    Raises BadFile for a broken policy.
    """
    decide_at = shelf_of(files).decide_at(now)
    for flow in _read(files, never_said):
        if flow.snapshot is None:
            yield flow
            continue
        red = [one for one in enumerate(run_tests(snapshot.load(flow.snapshot.text), decide_at)) if not one[1].passed]
        file = read_yaml(files[flow.path], flow.path) if red else None
        told = tuple(red_test(file, number, result) for number, result in red if file is not None)
        yield replace(flow, snapshot=None, findings=(*flow.findings, *told)) if told else flow


def red_test(file: YamlFile, number: int, result: TestResult) -> Finding:
    """What is told of the embedded test of that number, counted from 0, which failed."""
    zh, en = f"例子“{result.name}”没有通过：{result.problem_zh}", f"the test {result.name!r} is red: {result.problem_en}"
    return at_value(file, ("tests", number, "name"), result.code, zh, en)


def library_findings(files: Mapping[str, str]) -> tuple[Finding, ...]:
    """What is wrong in the scripts library itself."""
    return tuple(shelf_of(files).library.findings)


def propose_tests(files: Mapping[str, str], tested: TestedFlow, session: Mapping[str, object], now: datetime) -> Proposals | None:
    """Tests for the ways that no test of a flow walks; None for a flow that cannot be used. Raises BadFile for a broken policy."""
    if tested.flow.snapshot is None or tested.coverage is None:
        return None
    flow = snapshot.load(tested.flow.snapshot.text)
    return proposals(flow, tested.coverage.missing, shelf_of(files).decide_at(now), session, now.isoformat(timespec="seconds"))


def open_flow(files: Mapping[str, str], path: str, never_said: Sequence[str], now: datetime) -> tuple[ReadFlow, OpenedFlow | None]:
    """A flow file to be played: what the checker says of it, and the flow unless an error stands in the way."""
    read = next(flow for flow in _read(files, never_said) if flow.path == path)
    if read.snapshot is None:
        return read, None
    return read, OpenedFlow(snapshot.load(read.snapshot.text), shelf_of(files).decide_at(now))


def renewed_translations(files: Mapping[str, str], never_said: Sequence[str], only: str | None = None) -> Iterator[tuple[str, str]]:
    """(path, text) of every translation whose `src` fingerprints are not those of the originals, with them set: for whoever has just
    looked at every line that F502 names."""
    for flow in _read(files, never_said):
        if flow.snapshot is None or only not in (None, flow.path):
            continue
        loaded = snapshot.load(flow.snapshot.text)
        for path in overlays_beside(flow.path, files):
            renewed = with_fingerprints(files[path], path, loaded)
            if renewed != files[path]:
                yield path, renewed


def _read(files: Mapping[str, str], never_said: Sequence[str]) -> Iterator[ReadFlow]:
    return read_flows({path: text for path, text in files.items() if path.startswith("flows/")}, shelf_of(files).library, never_said)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lies beside flows: the scripts library and the offer rules in it. Shared by all who read it, and changed by nobody."""

    library: Library
    policy: Policy | None

    def decide_at(self, now: datetime) -> DecideAt:
        """The offer rules as of any moment; `now` for a test that names none."""
        return lambda at: _decider(self.policy, _moment(at, now))


def shelf_of(files: Mapping[str, str]) -> Shelf:
    """The shelf of path → text, read once for each content. Raises BadFile for a broken policy."""
    return _shelf(tuple(sorted((path, text) for path, text in files.items() if path.startswith("scripts_library/"))))


@lru_cache(maxsize=8)
def _shelf(files: tuple[tuple[str, str], ...]) -> Shelf:
    library = dict(files)
    return Shelf(Library.load(library), _policy(library))


def _moment(written: str | None, now: datetime) -> datetime:
    return now if written is None else datetime.fromisoformat(written)


def _policy(files: Mapping[str, str]) -> Policy | None:
    for path, text in sorted(files.items()):
        if path.startswith("scripts_library/offers/") and read_yaml(text, path).data.get("format") == "offers/1":
            return read_policy(text, path)
    return None


def _decider(policy: Policy | None, at: datetime) -> Decide:
    def ask(request: OfferRequest) -> Decision:
        if policy is None:
            return Decision("test", "none", (), ())
        return decide(policy, request, now=at, decision_id="test")

    return ask
