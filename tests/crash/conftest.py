import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.installation import Installation, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as after a first start, made once and copied."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(folder)
    return folder


@pytest.fixture
def install(prepared: Path, tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Makes an installation; whatever it started is ended after the test."""
    made: list[Installation] = []

    def make(program: str = "web.cli") -> Installation:
        folder = tmp_path / f"data-{len(made)}"
        shutil.copytree(prepared, folder)
        made.append(Installation(folder, program))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


@pytest.fixture
def installation(install: Callable[..., Installation]) -> Installation:
    return install()
