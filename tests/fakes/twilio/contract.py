"""Every request to Twilio against Twilio's own OpenAPI description, and against what its documentation says beyond it.

    contract = Contract(find_description())
    client = Client(sid, token, http_client=ContractHttpClient(contract, "http://127.0.0.1:1234"))
    …
    contract.verify()

A request that breaks a rule raises ContractBroken and is not sent on; it also stays in `contract.broken`, for whoever swallows exceptions.
Replies are checked as well: that keeps the fake honest.
"""

import base64
import copy
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.testing import MockRequest, MockResponse
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from tests.fakes.twilio.strict_rules import Asked, problems_of

FILE = "twilio_api_v2010.json"
HOST = "https://api.twilio.com"
_FORM = "application/x-www-form-urlencoded"
_ROOT = Path(__file__).parents[3]


class ContractBroken(AssertionError):
    """A request or a reply that Twilio's API does not know."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that kept the contract, and the reply to it (status 0: none came)."""

    asked: Asked
    status: int = 0
    reply: Any = None

    @property
    def operation(self) -> str:
        return self.asked.operation


def find_description() -> Path | None:
    """Twilio's description on this machine: in the folder STAYLINE_SAMPLE_DATA names, or in the npm package @twilio/cli-core."""
    folder = os.environ.get("STAYLINE_SAMPLE_DATA")
    if folder and (Path(folder) / FILE).is_file():
        return Path(folder) / FILE
    package = _ROOT / "node_modules" / "@twilio" / "cli-core"
    return next(iter(sorted(package.rglob(FILE))), None) if package.is_dir() else None


class Contract:
    """Twilio's description, a journal of what was asked (`seen`), and what broke it (`broken`)."""

    def __init__(self, description: Path) -> None:
        self._description: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
        not_checked_itself: Any = None  # it takes 2.5 s, and it is not ours to mend
        self._api = OpenAPI.from_dict(self._description, config=Config(spec_validator_cls=not_checked_itself))
        self.seen: list[Seen] = []
        self.broken: list[str] = []
        self._lock = threading.Lock()
        self._by_path = _segments(self._description["paths"])

    @classmethod
    def copy_of(cls, other: "Contract") -> "Contract":
        """The same description, read only once, with an empty journal."""
        made = copy.copy(other)
        made.seen, made.broken, made._lock = [], [], threading.Lock()
        return made

    def verify(self) -> None:
        """Raise ContractBroken if anything ever broke the contract, also when nobody heard of it."""
        if self.broken:
            raise ContractBroken("\n".join(self.broken))

    def asked(self, operation: str) -> list[Asked]:
        """The kept requests of one operation, oldest first."""
        return [seen.asked for seen in self.seen if seen.operation == operation]

    def check_request(self, method: str, url: str, body: str = "") -> Asked:
        """The request by Twilio's names; `url` without host or with any. Raises ContractBroken."""
        asked, spec = self._read(method, url, body)
        problems = [*_unknown_names(asked, spec), *_shapes(asked, spec), *self._by_description(method, url, body), *problems_of(asked)]
        if problems:
            raise self._broke(f"{asked.operation}: {'; '.join(problems)}")
        return asked

    def check_reply(self, method: str, url: str, status: int, reply: bytes, asked: Asked) -> None:
        """Note the exchange; raise ContractBroken for a reply the description does not allow."""
        content = json.loads(reply) if reply else None
        with self._lock:
            self.seen.append(Seen(asked, status, content))
        if status >= 400:
            if not isinstance(content, dict) or not {"code", "message", "more_info", "status"} <= content.keys():
                raise self._broke(f"the reply {status} to {asked.operation} has not Twilio's form of an error: {content!r}")
            return
        request = self._request(method, url, "")
        problems = [
            problem
            for error in self._api.iter_response_errors(request, MockResponse(reply, status_code=status))
            for problem in _leaves(error)
            if "is not a 'uri'" not in problem  # the description calls its own relative addresses URIs
        ]
        if problems:
            raise self._broke(f"the reply {status} to {asked.operation}: {'; '.join(problems)}")

    def _broke(self, sentence: str) -> ContractBroken:
        with self._lock:
            self.broken.append(sentence)
        return ContractBroken(sentence)

    def _read(self, method: str, url: str, body: str) -> tuple[Asked, dict[str, Any]]:
        parts = urlsplit(url)
        found = _find(self._by_path, parts.path)
        if found is None or method.lower() not in found[0]:
            raise self._broke(f"{method.upper()} {parts.path} is not in Twilio's API")
        spec = found[0][method.lower()]
        query, form = (parse_qs(text, keep_blank_values=True) for text in (parts.query, body))
        return Asked(spec["operationId"], found[1], query, form), spec

    def _request(self, method: str, url: str, body: str) -> MockRequest:
        parts = urlsplit(url)
        given = base64.b64encode(b"account:token").decode()
        return MockRequest(
            HOST,
            method.lower(),
            parts.path,
            args=parse_qs(parts.query),
            data=body.encode(),
            content_type=_FORM,
            headers={"Authorization": f"Basic {given}"},
        )

    def _by_description(self, method: str, url: str, body: str) -> Iterable[str]:
        for error in self._api.iter_request_errors(self._request(method, url, body)):
            if isinstance(error, PathError):
                yield str(error)
            else:
                yield from _leaves(error)


def _segments(paths: Mapping[str, Any]) -> list[tuple[list[str], dict[str, Any]]]:
    return [(path.removesuffix(".json").split("/"), operations) for path, operations in paths.items() if path.endswith(".json")]


def _find(known: list[tuple[list[str], dict[str, Any]]], path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    if not path.endswith(".json"):
        return None
    asked = path.removesuffix(".json").split("/")
    for segments, operations in known:
        if len(segments) != len(asked):
            continue
        if all(ours.startswith("{") or ours == theirs for ours, theirs in zip(segments, asked, strict=True)):
            names = {ours.strip("{}"): unquote(theirs) for ours, theirs in zip(segments, asked, strict=True) if ours.startswith("{")}
            return operations, names
    return None


def _properties(spec: Mapping[str, Any]) -> dict[str, Any]:
    content = spec.get("requestBody", {}).get("content", {})
    return content.get(_FORM, {}).get("schema", {}).get("properties", {})


def _unknown_names(asked: Asked, spec: Mapping[str, Any]) -> Iterable[str]:
    in_query = {parameter["name"] for parameter in spec.get("parameters", []) if parameter["in"] == "query"}
    for name in [*(asked.form.keys() - _properties(spec).keys()), *(asked.query.keys() - in_query)]:
        yield f"{name} is no parameter of it"


def _shapes(asked: Asked, spec: Mapping[str, Any]) -> Iterable[str]:
    """Said twice, or a yes-or-no in other words than Twilio's: the description's reader would let both pass."""
    for name, shape in _properties(spec).items():
        values = asked.form.get(name, [])
        if len(values) > 1 and shape.get("type") != "array":
            yield f"{name} is given {len(values)} times"
        if shape.get("type") == "boolean" and not set(values) <= {"true", "false"}:
            yield f"{name}={values} is neither true nor false"


def _leaves(error: Any) -> list[str]:
    cause = error.__cause__
    inner = [one.message for one in getattr(cause, "schema_errors", [])]
    return inner or [str(cause or error)]


class ContractHttpClient(TwilioHttpClient):
    """The SDK's own client, turned to a fake on this machine, with the contract on both ways."""

    def __init__(self, contract: Contract, base: str, timeout: float | None = 10) -> None:
        if urlsplit(base).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError(f"{base} is not on this machine")
        super().__init__(timeout=timeout)
        self.contract, self.base = contract, base.rstrip("/")

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        parts = urlsplit(url)
        query = "&".join(filter(None, [parts.query, _encoded(params)]))
        target = f"{parts.path}?{query}" if query else parts.path
        asked = self.contract.check_request(method, target, _encoded(data))
        reply = super().request(method, self.base + target, None, data, headers, auth, timeout, allow_redirects)
        self.contract.check_reply(method, target, reply.status_code, (reply.text or "").encode(), asked)
        return reply


def _encoded(values: Mapping[str, object] | None) -> str:
    """As requests encodes them: what is None is not sent, a list is sent one by one."""
    return urlencode({name: value for name, value in (values or {}).items() if value is not None}, doseq=True)
