"""The checks a flow must pass: one function per check, each yielding findings at the place of the mistake.

Codes are stable and explained in docs/flow-checks/, one page each. An error keeps the flow from being published, a warning is shown.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from engine.flow import (
    checks_of_answers,
    checks_of_conditions,
    checks_of_facts,
    checks_of_paths,
    checks_of_tests,
    checks_of_ways,
    checks_of_words,
)
from engine.flow.checked import Checked
from engine.flow.checks_of_paths import Proved
from engine.flow.findings import Finding, Severity

Check = Callable[[Checked], Iterator[Finding]]

CHECKS: list[Check] = [
    checks_of_words.size,
    checks_of_words.spoken_text_in_braces,
    checks_of_ways.next_steps_exist,
    checks_of_words.ends_are_dispositions,
    checks_of_words.used_files_exist,
    checks_of_words.layers_are_the_trades,
    checks_of_words.rungs_exist,
    checks_of_words.offers_exist,
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
    checks_of_answers.answers_differ,
    checks_of_ways.passing_through_stops,
    checks_of_answers.confirming_is_plain,
    checks_of_answers.handlers_are_called,
    checks_of_answers.objections_go_to_their_handler,
    checks_of_ways.limits_are_in_loops,
    checks_of_answers.disclosures_have_an_offer,
    checks_of_answers.questions_lead_on,
    checks_of_conditions.branches_can_be_taken,
    checks_of_answers.every_shown_step_says_something,
    checks_of_facts.facts_are_declared,
    checks_of_facts.facts_are_known_in_time,
    checks_of_facts.facts_are_found_out,
    checks_of_facts.nothing_known_is_asked,
    checks_of_conditions.options_exist,
    checks_of_facts.filters_fit,
    checks_of_facts.answers_are_used,
    checks_of_tests.tests_expect_something,
    checks_of_tests.tests_have_their_own_names,
    checks_of_tests.moments_are_whole,
    checks_of_tests.paths_name_what_exists,
    checks_of_tests.flows_have_tests,
    checks_of_paths.nothing_is_demanded_before_a_no,
    checks_of_words.braces_are_placeholders,
    checks_of_words.placeholders_are_half_width,
    checks_of_words.nothing_forbidden_is_said,
    checks_of_words.calls_are_short,
    checks_of_words.sayings_are_short,
    checks_of_words.no_program_is_said,
]


MOST_OF_A_CHECK = 30
"""More of one kind help nobody, and each costs time."""
SHAPE = frozenset({"F101", "F202", "F207", "F209", "F210", "F213"})
"""While one of these is told, what is said about whole paths would only be its consequence."""


def _some(found: Iterator[Finding]) -> Iterator[Finding]:
    """The first errors and the first warnings of a check; warnings never crowd out an error."""
    kept: Counter[Severity] = Counter()
    for finding in found:
        kept[finding.severity] += 1
        if kept[finding.severity] <= MOST_OF_A_CHECK:
            yield finding
        if kept[Severity.error] >= MOST_OF_A_CHECK:
            return


def check(checked: Checked) -> list[Finding]:
    """Every finding, in the order of the file. Paths are proved once the flow has a shape, see SHAPE."""
    return check_and_prove(checked)[0]


def check_and_prove(checked: Checked) -> tuple[list[Finding], tuple[Proved, ...]]:
    """Every finding, in the order of the file, and every property that was proved or disproved for it, the sound ones too."""
    findings = [finding for one in CHECKS for finding in _some(one(checked))]
    told = {finding.code for finding in findings}
    looked_at: list[Proved] = []
    if not told & SHAPE:
        findings += _some(_telling(checks_of_paths.proofs(checked), looked_at))
    elif "F101" in told:
        findings = [finding for finding in findings if finding.code not in ("F201", "F203")]
    return sorted(findings, key=lambda finding: (finding.line, finding.column, finding.code)), tuple(looked_at)


def _telling(proofs: Iterator[Proved], looked_at: list[Proved]) -> Iterator[Finding]:
    """The findings of proofs, one after another; each proof is kept in `looked_at`."""
    for one in proofs:
        looked_at.append(one)
        yield from one.findings
