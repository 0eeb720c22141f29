"""Checks flow files and walks their embedded tests against the offer rules that lie beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.flow import snapshot
from engine.flow.advance import Decide
from engine.flow.embedded_tests import TestResult, run_tests
from engine.flow.library import Library
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from engine.offers.reading import read_policy
from engine.services.reading_flows import ReadFlow, read_flows
from engine.yaml_text import read_yaml


@dataclass(frozen=True, slots=True)
class TestedFlow:
    """A flow file with what the checker found and how its own tests went."""

    __test__ = False
    flow: ReadFlow
    tests: tuple[TestResult, ...]


def check_flows(files: Mapping[str, str], never_said: Sequence[str], session: Mapping[str, object], now: datetime) -> Iterator[TestedFlow]:
    """Check every flow of path → text and walk its tests; tests without `as_of` are decided at `now`.

    Raises BadFile for a broken policy.
    """
    library = Library.load({path: text for path, text in files.items() if path.startswith("scripts_library/")})
    policy = _policy(files)
    for flow in read_flows({path: text for path, text in files.items() if path.startswith("flows/")}, library, never_said):
        if flow.snapshot is None:
            yield TestedFlow(flow, ())
            continue
        yield TestedFlow(flow, run_tests(snapshot.load(flow.snapshot.text), lambda at: _decider(policy, _moment(at, now)), session))


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
