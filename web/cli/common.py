"""What commands share: the installation they work on, the language they speak, and how an error is told."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from engine.clock import SystemClock
from engine.errors import BadFile, StaylineError
from engine.ids import RandomIds
from engine.people.account import LOCALES
from engine.services.signing_in import Doorkeeper
from engine.storage.database import Database
from engine.storage.installation_lock import InstallationLock
from integrations.settings import Settings
from web.errors import sentence_in
from web.languages import Language, n_, read_languages

DataOption = Annotated[Path | None, typer.Option("--data", help="The data directory; otherwise STAYLINE_DATA_DIRECTORY or ./data.")]


@lru_cache
def language() -> Language:
    """The language of this terminal."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return read_languages()[LOCALES[0] if told.lower().startswith("zh") else LOCALES[1]]


def say(text: str, **values: object) -> None:
    """Print a sentence of ours in the terminal's language."""
    print(_(text, **values))


def _(text: str, **values: object) -> str:
    told = language().gettext(text)
    return told % values if values else told


def in_words(text: str, **values: object) -> str:
    """A sentence of ours in the terminal's language."""
    return _(text, **values)


def sentence_of(error: StaylineError) -> str:
    """An error as one sentence, with its code so that it can be looked up."""
    if isinstance(error, BadFile):
        return str(error)
    told = {name: value for name, value in error.fields.items() if not name.startswith("sentence_")}
    fields = ", ".join(f"{name}={value}" for name, value in told.items())
    return f"{sentence_in(language(), error)} [{error.reason}{': ' if fields else ''}{fields}]"


@contextmanager
def told_plainly() -> Iterator[None]:
    """End the command with one sentence instead of a traceback."""
    try:
        yield
    except StaylineError as error:
        print(sentence_of(error), file=sys.stderr)
        raise typer.Exit(1) from None


def read_settings(data: Path | None = None, **changes: object) -> Settings:
    """The settings, with what the command line says on top. Ends the command when one cannot be used.

    From here on, whatever this process writes is its owner's alone.
    """
    os.umask(0o077)
    try:
        wanted = {name: value for name, value in changes.items() if value is not None}
        if data is not None:
            wanted["data_directory"] = data
        settings = Settings.model_validate({**Settings().model_dump(), **wanted})
    except ValidationError as problem:
        for each in problem.errors():
            name = "STAYLINE_" + "_".join(str(part).upper() for part in each["loc"])
            print(in_words(n_("The setting %(name)s cannot be used: %(why)s"), name=name, why=each["msg"]), file=sys.stderr)
        raise typer.Exit(2) from None
    return settings.model_copy(update={"data_directory": settings.data_directory.resolve()})


def door_to(database: Database) -> Doorkeeper:
    clock = SystemClock()
    return Doorkeeper(database, clock, RandomIds(clock))


@contextmanager
def writing(settings: Settings) -> Iterator[Doorkeeper]:
    """Work on the installation as its only writer. Raises Refused("installation.busy") while a server runs on SQLite."""
    from integrations.wiring import open_database

    if settings.effective_database_url.startswith("sqlite"):
        with InstallationLock(settings.data_directory):
            database = open_database(settings)
            try:
                yield door_to(database)
            finally:
                database.close()
        return
    database = open_database(settings)
    try:
        yield door_to(database)
    finally:
        database.close()
