"""`stayline serve`: the whole installation in one process, until Ctrl-C."""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from engine import failpoints
from engine.errors import Refused
from engine.ids import Ids
from engine.people.role import Role
from engine.services.accounts import FIRST_PEOPLE, add_first_people
from engine.services.demo import seed_demo
from engine.services.signing_in import Doorkeeper, MadeLink, reissue_unused_links
from engine.storage.installation_lock import InstallationLock
from integrations.settings import Settings
from web.assets import Assets
from web.cli.common import DataOption, in_words, read_settings, told_plainly
from web.languages import n_
from web.logs import configure_logs
from web.signed_in import OPERATOR_KEY_FILE

if TYPE_CHECKING:
    from integrations.wiring import Stayline

ROLES = {Role.agent: "坐席", Role.trainer: "培训师", Role.reviewer: "质检员", Role.supervisor: "班长", Role.administrator: "管理员"}


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    data: DataOption = None,
    log: Annotated[
        Path | None, typer.Option(help="Where the log goes; otherwise standard error, or a file when that is a terminal.")
    ] = None,
) -> None:
    """Serve Stayline until Ctrl-C. A fresh installation prints a sign-in link for everybody it began with."""
    settings = read_settings(data, host=host, port=port)
    with told_plainly():
        Assets()  # says at once what is missing, before anything is opened
        _require_port(settings)
        _refuse_failpoints(settings)
        with InstallationLock(settings.data_directory):
            log_file = log or (settings.data_directory / "logs" / "stayline.log" if sys.stderr.isatty() else None)
            configure_logs(file=log_file)
            _serve(settings, log_file)


def _serve(settings: Settings, log_file: Path | None) -> None:
    from integrations.wiring import build, start
    from web.app import create_app
    from web.background import working_in_the_background

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is as clean as Ctrl-C
    stayline = build(settings)
    try:
        taken = start(stayline)
        ensure_operator_key(settings.data_directory, stayline.ids)
        links = _first_links(stayline)
        for problem in taken.problems:
            print(problem, file=sys.stderr)
        app = create_app(stayline, lifespan=working_in_the_background)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the public address is a setting; nothing is believed from a header
            timeout_graceful_shutdown=2,
        )
        settle_memory()
        with suppress(KeyboardInterrupt):
            _Server(config, lambda: _welcome(settings, links, log_file)).run()
    finally:
        stayline.close()
        if settings.demo:
            stayline.stop_simulated_carrier()
    print(in_words(n_("Stopped. Everything confirmed is kept.")))


def settle_memory() -> None:
    """What is loaded by now stays until the end: the collector need not walk it again and again, which agents would feel as a pause."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _first_links(stayline: "Stayline") -> Sequence[MadeLink]:
    """Links for those the installation began with and who never set a password."""
    door = Doorkeeper(stayline.database, stayline.clock, stayline.ids)
    if stayline.settings.demo:
        seed_demo(stayline.database, stayline.clock, stayline.ids)
    add_first_people(door, demo=stayline.settings.demo)
    names = [name for name, _, role, _ in FIRST_PEOPLE if stayline.settings.demo or role is Role.administrator]
    return reissue_unused_links(door, names)


def _welcome(settings: Settings, links: Sequence[MadeLink], log_file: Path | None) -> None:
    """What a newcomer sees: where to go and, in both languages, how to get in."""
    address = settings.effective_public_url
    print(f"\nStayline  {address}\n")
    if links:
        print("登录链接，各用一次，24 小时内有效 · Sign-in links, each works once, for 24 hours:\n")
        for link in sorted(links, key=lambda one: list(Role).index(Role(one.role))):
            print(f"  {ROLES[Role(link.role)]} {link.role}  {link.display_name}\n    {address}/sign-in/link/{link.token}\n")
    else:
        print("  " + in_words(n_("Sign in at %(address)s"), address=f"{address}/sign-in"))
        print("  " + in_words(n_("Another sign-in link: stayline users link NAME")) + "\n")
    if log_file is not None:
        print("  " + in_words(n_("Log: %(file)s"), file=log_file))
    print("  " + in_words(n_("Ctrl-C stops it.")) + "\n", flush=True)


def ensure_operator_key(data_directory: Path, ids: Ids) -> None:
    """The key by which the command line asks this server for links, readable by its owner alone."""
    path = data_directory / OPERATOR_KEY_FILE
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ids.secret() + "\n")


def _refuse_failpoints(settings: Settings) -> None:
    """Raises Refused("failpoint.not_here"): an installation with real customers never runs with a place set to die."""
    if failpoints.planned() and not settings.demo:
        raise Refused("failpoint.not_here", plan=failpoints.planned())


def _require_port(settings: Settings) -> None:
    """Raises Refused("port.taken") when something else listens there, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as problem:
            raise Refused("port.taken", host=settings.host, port=settings.port, problem=problem.strerror) from None
