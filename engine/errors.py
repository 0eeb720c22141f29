"""Every error Stayline raises on purpose, as one tree.

StaylineError
├─ BadInput            what was sent or written cannot be used as it stands
│  └─ BadFile          … and it lies in a file, at a line and column
├─ NotFound            the thing asked for does not exist (or is not yours to see)
├─ NotAllowed          this person may not do this
├─ Refused             the rules say no; the reason is one sentence for the person who asked
│  ├─ NotCleared       the number may not be dialled now
│  └─ IllegalMove      the state does not allow this move
├─ Conflict            somebody, or an earlier press, got there first
│  ├─ StaleState       the page is behind the stored state
│  └─ ActionReused     one action id was used for two different actions
└─ CarrierError        the carrier could not do it; `retryable` says whether asking again is safe

The `code` is stable and is what tests, logs and translations key on; `fields` fill the sentence.
HTTP status codes live in web/errors.py only.
"""

from typing import Any, ClassVar


class StaylineError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, code: str | None = None, /, **fields: object) -> None:
        self.reason = code or self.code
        self.fields = fields
        super().__init__(self.reason, fields)

    def __reduce__(self) -> Any:
        """Comes back whole from another process, whatever its class takes to be made."""
        return _restored, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.reason}({told})" if told else self.reason


def _restored(kind: type[StaylineError], args: tuple[Any, ...], state: dict[str, Any]) -> StaylineError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class BadInput(StaylineError):
    """The input cannot be used as it stands."""

    code = "bad_input"


class BadFile(BadInput):
    """A file cannot be used; `path`, `line`, `column`, `problem`, `suggestion` say what, where and how to mend it."""

    code = "bad_file"

    def __init__(self, path: str, line: int, column: int, problem: str, suggestion: str = "") -> None:
        super().__init__("bad_file", path=path, line=line, column=column, problem=problem, suggestion=suggestion)
        self.path, self.line, self.column = path, line, column
        self.problem, self.suggestion = problem, suggestion

    def __str__(self) -> str:
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.path}:{self.line}:{self.column}: {self.problem}{hint}"


class NotFound(StaylineError):
    """There is no such thing."""

    code = "not_found"


class NotAllowed(StaylineError):
    """This person may not do this."""

    code = "not_allowed"


class Refused(StaylineError):
    """The rules say no."""

    code = "refused"


class Busy(Refused):
    """It cannot be done just now; nothing was begun, and asking again later helps."""

    code = "busy"


class NotCleared(Refused):
    """The number may not be dialled now."""

    code = "not_cleared"


class IllegalMove(Refused):
    """The state does not allow this move."""

    code = "illegal_move"


class Conflict(StaylineError):
    """Somebody got there first."""

    code = "conflict"


class StaleState(Conflict):
    """The page is behind the stored state."""

    code = "stale_state"


class ActionReused(Conflict):
    """One action id was used for two different actions."""

    code = "action_reused"


class CarrierError(StaylineError):
    """The carrier could not do it."""

    code = "carrier_error"

    def __init__(self, code: str | None = None, /, *, retryable: bool, **fields: object) -> None:
        super().__init__(code, **fields)
        self.retryable = retryable
