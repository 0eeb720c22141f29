"""What every endpoint of the simulated carrier shares: JSON in, errors out as {"error": code}."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.errors import BadInput, CarrierError, Conflict, NotAllowed, NotFound, StaylineError

_LARGEST_BODY = 64 * 1024
_STATUS: dict[type[StaylineError], int] = {BadInput: 422, NotAllowed: 422, NotFound: 404, Conflict: 409}
_GONE, _TOO_EARLY = 410, 425

Endpoint = Callable[[Request], Awaitable[Response]]


def telling_errors(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its errors told by their code."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StaylineError as problem:
            status = _status_of(problem)
            return JSONResponse({"error": problem.reason, **{name: str(value) for name, value in problem.fields.items()}}, status)

    return answer


def _status_of(problem: StaylineError) -> int:
    if isinstance(problem, CarrierError):
        return _TOO_EARLY if problem.retryable else _GONE
    return next((code for kind, code in _STATUS.items() if isinstance(problem, kind)), 500)


async def json_of(request: Request) -> dict[str, Any]:
    """The object a request carries. Raises BadInput."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise BadInput("request.too_large")
    try:
        read = json.loads(body)
    except ValueError:
        raise BadInput("request.not_json") from None
    if not isinstance(read, dict):
        raise BadInput("request.not_json")
    return read  # pyright: ignore[reportUnknownVariableType]
