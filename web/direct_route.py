"""A route for the one path that is asked thirty times a second: the gate, then the endpoint, and nothing in between.

FastAPI resolves dependencies and parameters anew for every request; that costs a fifth of a step. Here the gate that every route has
(web.signed_in.admit) is called by name, and the endpoint takes the request and the path's own parameters, as text.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from web.signed_in import admit


class DirectRoute(APIRoute):
    """Use as `APIRouter(route_class=DirectRoute)`. Endpoints: `async def endpoint(request, **path parameters) -> Response`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            await admit(request)
            return await endpoint(request, **request.path_params)

        return handle
