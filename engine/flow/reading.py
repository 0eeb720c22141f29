"""A flow's text, read and checked: a Flow, or what keeps it from being one. A broken file never takes down the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from engine.flow.building import Builder
from engine.flow.checked import Checked
from engine.flow.checking import check_and_prove
from engine.flow.checks_of_paths import Proved
from engine.flow.definition import Flow
from engine.flow.document import FlowDocument
from engine.flow.findings import Finding, at_value, errors, of_duplicates, of_yaml
from engine.flow.library import Library, phrase_of_words
from engine.flow.parts import composed
from engine.flow.phase_machine import Phase
from engine.flow.schema_problems import checked
from engine.yaml_text import BadYaml, YamlFile, read_yaml

MAX_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file. `flow` is None as soon as one finding is an error; `built` is it all the same, once its shape was understood.

    `file`: the text with the place of everything, None when it is no YAML. `proofs`: every property that was looked at.
    """

    flow: Flow | None
    findings: tuple[Finding, ...]
    built: Flow | None = None
    file: YamlFile | None = None
    proofs: tuple[Proved, ...] = ()


def read_flow(text: str, path: str, library: Library, competitors: Sequence[str] = ()) -> Reading:
    """Read and check a flow. `competitors`: names of other operators that no script may contain (CN-18)."""
    try:
        file = read_yaml(text, path)
    except BadYaml as error:
        return Reading(None, (of_yaml(error),))
    duplicates = of_duplicates(file)
    file, clashes = composed(file, library.parts, library.reactions)
    if (too_many := _too_many_steps(file)) is not None:
        return Reading(None, (too_many,), file=file)
    document, findings = checked(FlowDocument, file)
    findings = duplicates + clashes + findings
    if document is None:
        return Reading(None, _in_order(findings), file=file)
    builder = Builder(document, file, library)
    flow = builder.flow()
    forbidden = (*library.forbidden, *phrase_of_words(tuple(competitors)))
    findings += builder.findings
    told, proofs = check_and_prove(Checked(flow, file, builder.places, document, library, forbidden))
    findings += told
    return Reading(None if errors(findings) else flow, _in_order(findings), flow, file, proofs)


def _too_many_steps(file: YamlFile) -> Finding | None:
    """F004, told before anything is built of them: a flood of steps costs nothing."""
    data = cast("dict[Any, Any]", file.data)
    count = sum(len(data[phase]) for phase in Phase if isinstance(data.get(phase), dict)) if isinstance(data, dict) else 0
    if count <= MAX_STEPS:
        return None
    return at_value(file, (), "F004", f"超过 {MAX_STEPS} 个步骤", f"more than {MAX_STEPS} steps", "拆成几个流程 / split the flow")


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: (finding.line, finding.column, finding.code)))
