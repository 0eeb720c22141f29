"""The application: areas, rights, guards, pages, put together for one installation."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, FastAPI

from web import errors
from web.areas import ROUTERS
from web.assets import Assets, VersionedFiles
from web.direct_route import DirectLane
from web.logs import AccessLog
from web.pages import Pages
from web.people.throttle import SignInThrottle
from web.phone_origins import phone_origins
from web.routes import check_rights_of
from web.running import HASHING_THREADS, Installation, WebSettings
from web.security import Guard
from web.signed_in import admit, cookie_name

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
LARGEST_BODY = 1_000_000
"""Bytes a request may carry; a route that takes files says its own limit."""


def create_app(stayline: Installation, routers: Iterable[APIRouter] = ROUTERS, lifespan: Lifespan | None = None) -> FastAPI:
    """The application that serves this installation; `lifespan` is what it does by itself while it serves (web.background).

    Raises RuntimeError when a route has no line in the table of rights, Refused("assets.missing") without the browser packages.
    """
    assets = Assets()
    app = FastAPI(
        title="Stayline",
        openapi_url=None,  # the pages are the interface; a description of the routes would only help who looks for a way in
        redirect_slashes=False,
        max_body_size=LARGEST_BODY,
        dependencies=[Depends(admit)],
        lifespan=lifespan,
    )
    app.state.stayline = stayline
    app.state.pages = Pages(assets, stayline.settings.zone)
    app.state.hashing = CapacityLimiter(HASHING_THREADS)
    app.state.throttle = SignInThrottle()
    areas = tuple(routers)
    for router in areas:
        app.include_router(router)
    app.mount("/static/{version}", VersionedFiles(assets.version))
    errors.install(app)
    app.add_middleware(DirectLane, owner=app, routers=areas)
    app.add_middleware(errors.LastResort)
    app.add_middleware(
        Guard,
        public_url=stayline.settings.effective_public_url,
        hosts=_hosts(stayline.settings),
        cookie=cookie_name(stayline.settings),
        phones=phone_origins(getattr(stayline, "lines", {}), stayline.settings),
    )
    app.add_middleware(AccessLog)
    check_rights_of(app)
    return app


def _hosts(settings: WebSettings) -> set[str]:
    """The names this server answers to besides its public one: the address it listens on, and this machine's own names."""
    own = {"127.0.0.1", "localhost", "[::1]"}
    listening = settings.host if settings.host not in ("", "0.0.0.0", "::") else urlsplit(settings.effective_public_url).netloc  # noqa: S104 - compared, not bound
    return own | {listening}
