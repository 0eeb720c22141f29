"""The flag that writes golden calls anew."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what happens now into the golden files; look at the diff before you commit it."""
    parser.addoption("--update-golden", action="store_true", help="write the golden calls anew")
