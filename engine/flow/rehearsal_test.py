"""A rehearsed call as one of the flow's own tests: what was known, what was answered, and what came of it."""

from collections.abc import Sequence
from dataclasses import replace

from engine.errors import Refused
from engine.flow import snapshot
from engine.flow.definition import EmbeddedTest
from engine.flow.embedded_tests import run_tests
from engine.flow.formatting import with_test
from engine.flow.rehearsal_facts import for_a_test, typed_facts
from engine.flow.rehearsing import Asked, Shelf, decider_at, moment_of, rehearse

LONGEST_NAME = 80


def with_rehearsal(shelf: Shelf, text: str, path: str, asked: Asked, name: str) -> str:
    """The flow's file with the rehearsal as one more test, in canonical form.

    Raises Refused("rehearsal.not_ended"), and Refused("rehearsal.no_test", expected=…) when a test, which takes what the policy offers
    first, would come to something else than the rehearsal did. Raises what `rehearse` and `with_test` raise.
    """
    flow, scene = snapshot.load(shelf.flow), rehearse(shelf, asked)
    if scene.run.ended is None:
        raise Refused("rehearsal.not_ended")
    given = for_a_test(flow, typed_facts(flow, asked.facts))
    test = EmbeddedTest(_free(name, flow.tests), asked.as_of, given, scene.words, scene.run.ended, scene.run.shown, {})
    (result,) = run_tests(replace(flow, tests=(test,)), lambda _: decider_at(shelf.policy, moment_of(asked.as_of)), asked.session)
    if not result.passed:
        raise Refused("rehearsal.no_test", sentence_zh=f"存不成测试：{result.problem_zh}", sentence_en=f"No test: {result.problem_en}")
    return with_test(text, path, test)


def _free(name: str, tests: Sequence[EmbeddedTest]) -> str:
    """The name, numbered when another test has it."""
    wanted = " ".join(name.split())[:LONGEST_NAME]
    taken = {one.name for one in tests}
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted} {number}"
    return free
