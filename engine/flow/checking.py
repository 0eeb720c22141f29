"""The checks a flow must pass: one function per check, each yielding findings at the place of the mistake.

Codes are stable and documented in docs/flow-language.md. An error keeps the flow from being published, a warning is shown.
"""

from collections.abc import Callable, Iterator

from engine.flow import checks_of_facts, checks_of_ways, checks_of_words
from engine.flow.checked import Checked
from engine.flow.findings import Finding

Check = Callable[[Checked], Iterator[Finding]]

CHECKS: list[Check] = [
    checks_of_words.size,
    checks_of_words.spoken_text_in_braces,
    checks_of_ways.next_steps_exist,
    checks_of_words.ends_are_dispositions,
    checks_of_ways.every_step_is_reached,
    checks_of_ways.no_dead_ends,
    checks_of_ways.every_path_ends,
    checks_of_ways.branches_have_an_otherwise,
    checks_of_ways.tries_have_an_else,
    checks_of_ways.ends_lie_in_close,
    checks_of_ways.loops_are_bounded,
    checks_of_ways.objections_are_handled,
    checks_of_ways.phases_follow_the_table,
    checks_of_ways.the_lawful_path_is_open,
    checks_of_facts.a_yes_has_an_offer,
    checks_of_facts.facts_are_declared,
    checks_of_facts.facts_are_known_in_time,
    checks_of_words.braces_are_placeholders,
    checks_of_words.nothing_forbidden_is_said,
]


def check(checked: Checked) -> list[Finding]:
    """Every finding, in the order of the file."""
    findings = [finding for one in CHECKS for finding in one(checked)]
    return sorted(findings, key=lambda finding: (finding.line, finding.column, finding.code))
