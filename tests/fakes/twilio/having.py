"""The contract for tests: where Twilio's description is missing they count as not run, and in CI they fail."""

import functools

from tests.conftest import cannot_have
from tests.fakes.twilio.contract import FILE, Contract, find_description


def contract_or_not_run() -> Contract:
    """A contract of the test's own, with an empty journal."""
    if find_description() is None:
        cannot_have("Twilio's OpenAPI description", f"neither STAYLINE_SAMPLE_DATA nor node_modules/@twilio/cli-core holds {FILE}")
    return Contract.copy_of(_read_once())


@functools.cache
def _read_once() -> Contract:
    description = find_description()
    assert description is not None
    return Contract(description)
