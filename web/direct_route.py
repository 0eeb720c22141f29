"""A way past the framework for the few paths that are asked thirty times a second: the gate, then the endpoint, and nothing in between.

FastAPI walks its routes, opens two exit stacks and resolves dependencies anew for every request; together that costs
more than the step itself. A DirectRoute is an ordinary route in every list (the table of rights, the tests), and DirectLane, inside the
guards, hands it its requests without the detour. Its endpoint takes the request and the path's own parameters, as text.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.routing import APIRoute, APIRouter
from starlette.responses import Response

from engine.errors import StaylineError
from web import errors
from web.security import App, Receive, Scope, Send
from web.signed_in import NotSignedIn, admit


class DirectRoute(APIRoute):
    """Use as `APIRouter(route_class=DirectRoute)`. Endpoints: `async def endpoint(request, **path parameters) -> Response`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            await admit(request)
            return await endpoint(request, **request.path_params)

        return handle


class DirectLane:
    """Answers requests for direct routes itself and passes everything else on. The application's limit on bodies lies outside of it."""

    def __init__(self, app: App, *, owner: FastAPI, routers: Iterable[APIRouter]) -> None:
        self._app, self._owner = app, owner
        direct = [route for router in routers for route in router.routes if isinstance(route, DirectRoute)]
        self._routes = tuple((method, route, route.get_route_handler()) for route in direct for method in (route.methods or ()))
        self._prefixes = tuple({route.path.partition("{")[0] for route in direct})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._prefixes):
            for method, route, handle in self._routes:
                found = route.path_regex.match(scope["path"]) if method == scope["method"] else None
                if found is not None:
                    scope.update(app=self._owner, route=route, path_params=found.groupdict())
                    await (await self._answer(handle, Request(scope, receive)))(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(self, handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
        """The endpoint's answer, or what the error handlers make of its refusal."""
        try:
            return await handle(request)
        except StaylineError as refused:
            return await errors.on_stayline_error(request, refused)
        except NotSignedIn as stranger:
            return await errors.on_not_signed_in(request, stranger)
        except HTTPException as refused:
            return await errors.on_http_error(request, refused)
