"""The routes of an application, as the table of rights names them."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from web.permissions import RIGHTS


def routes_of(app: FastAPI) -> Iterator[str]:
    """Every route as "METHOD /path". Routers are included without a prefix: a route's path is what it says.

    (FastAPI 0.165 keeps included routers nested and gives a request the path without the prefix, so a prefix would hide the route
    from the table.)
    """
    yield from _walk(app.routes)


def _walk(routes: Iterable[BaseRoute]) -> Iterator[str]:
    for route in routes:
        inner: Any = getattr(route, "original_router", None)
        if inner is not None:
            context: Any = getattr(route, "include_context", None)
            if context is not None and context.prefix:
                raise RuntimeError(f"routers are included without a prefix; found {context.prefix!r}")
            yield from _walk(inner.routes)
        elif isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in sorted((route.methods or set[str]()) - {"HEAD"}))
        elif isinstance(route, Mount):
            yield f"GET {route.path}"
        else:
            raise RuntimeError(f"a route of a kind the table of rights does not know: {route!r}")


def check_rights_of(app: FastAPI) -> None:
    """Raises RuntimeError when a route is missing from the table of rights: the application must not start."""
    missing = sorted(set(routes_of(app)) - RIGHTS.keys())
    if missing:
        raise RuntimeError("routes without a line in web/permissions.py: " + ", ".join(missing))
