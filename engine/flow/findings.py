"""What is wrong in an author's file, where, and how to mend it. A finding never takes another file down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from engine.yaml_text import BadYaml, Loc, YamlFile


class Severity(StrEnum):
    """An error keeps a flow from being published; a warning is shown."""

    error = "error"
    warning = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `code` is stable (F101); `line` and `column` count from 1."""

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message_zh: str
    message_en: str
    suggestion: str = ""

    def __str__(self) -> str:
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message_zh} / {self.message_en}{hint}"


def at_value(file: YamlFile, loc: Loc, code: str, zh: str, en: str, hint: str = "", severity: Severity = Severity.error) -> Finding:
    """A finding at a value."""
    line, column = file.value_at(loc)
    return Finding(code, severity, _path(file, loc), line, column, zh, en, hint)


def at_key(file: YamlFile, loc: Loc, code: str, zh: str, en: str, hint: str = "", severity: Severity = Severity.error) -> Finding:
    """A finding at a key."""
    line, column = file.key_at(loc)
    return Finding(code, severity, _path(file, loc), line, column, zh, en, hint)


def _path(file: YamlFile, loc: Loc) -> str:
    """The file in which something stands: shared steps keep their own."""
    path_of: Callable[[Loc], str] | None = getattr(file, "path_of", None)
    return file.path if path_of is None else path_of(loc)


def of_yaml(error: BadYaml) -> Finding:
    """F001: the text cannot be read."""
    return Finding("F001", Severity.error, error.path, error.line, error.column, error.zh, error.en, error.suggestion)


def of_duplicates(file: YamlFile) -> list[Finding]:
    """F002: a key written twice."""
    return [
        Finding(
            "F002",
            Severity.error,
            file.path,
            found.line,
            found.column,
            f"“{found.loc[-1]}”写了两次",
            f"{found.loc[-1]!r} is written twice",
            "删去一处，或换个名字 / remove or rename one",
        )
        for found in file.duplicates
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "是不是 x？ / did you mean x?" for the nearest known name, or nothing."""
    close = get_close_matches(name, list(known), 1, 0.6)
    return f"是不是 {close[0]}？ / did you mean {close[0]}?" if close else ""


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep a file from being used."""
    return [finding for finding in findings if finding.severity is Severity.error]
