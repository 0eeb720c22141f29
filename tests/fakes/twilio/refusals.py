"""How the API says no, and how a connection can go wrong."""

from typing import Any

from tests.fakes.twilio.behaviours import MESSAGES


class Refused(Exception):
    """An error in Twilio's form."""

    def __init__(self, code: int, status: int = 400, message: str | None = None, **headers: str) -> None:
        super().__init__(f"{status} {code}")
        self.code, self.status, self.headers = code, status, {name.replace("_", "-"): value for name, value in headers.items()}
        self.content: dict[str, Any] = {
            "code": code,
            "message": message or MESSAGES.get(code, "Error"),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }


class Cut(Exception):
    """The connection is closed without a reply."""


class Silent(Exception):
    """No reply ever comes."""


def not_found(path: str) -> Refused:
    return Refused(20404, 404, f"The requested resource {path} was not found")


def throttled() -> Refused:
    return Refused(20429, 429, Retry_After="1", Twilio_Concurrent_Requests="100")


def overloaded() -> Refused:
    return Refused(20503, 503)
