"""A PostgreSQL server of our own for a test run: unprivileged, on a free port, durable, gone with its owner.

`make test` never touches a server that is already there. The first test that needs one calls `ensure_server(folder, owner)`;
a keeper process starts PostgreSQL in `folder`, as user postgres or nobody when we are root, and stops and removes it when the
owner (the pytest process that began the run) is gone, however it ended.
"""

import contextlib
import fcntl
import os
import pwd
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

USER = "stayline"
START_SECONDS = 60


class NoPostgres(Exception):
    """PostgreSQL cannot be had here; the message says why in one sentence."""


def programs() -> Path:
    """The folder of initdb and postgres: STAYLINE_POSTGRES_BIN, else the newest of the system's. Raises NoPostgres."""
    named = os.environ.get("STAYLINE_POSTGRES_BIN")
    if named:
        candidates = [Path(named)]
    else:
        installed = Path("/usr/lib/postgresql").glob("*/bin")
        candidates = sorted(
            installed, key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()], reverse=True
        )
        found = shutil.which("initdb")
        if found:
            candidates.append(Path(found).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("the PostgreSQL server is not installed (Debian and Ubuntu: the package postgresql)")


def ensure_server(folder: Path, owner: int) -> str:
    """The URL of the server in `folder`, started if need be; it lives as long as process `owner`. Raises NoPostgres.

    Safe to call from several processes at once: a file lock lets one start it, the others wait.
    """
    programs()
    folder.mkdir(parents=True, exist_ok=True)
    told, failed = folder / "url", folder / "failed"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            raise NoPostgres(failed.read_text(encoding="utf-8"))
        if not told.exists():
            _start_keeper(folder, owner)
            _wait_for(told, failed)
    return told.read_text(encoding="utf-8")


def _start_keeper(folder: Path, owner: int) -> None:
    """Start the keeper for good: it outlives this process, so nothing here holds on to it."""
    command = [sys.executable, str(Path(__file__).resolve()), str(folder), str(owner)]
    redirect = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(folder / "keeper.log"), os.O_WRONLY | os.O_CREAT, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    os.posix_spawn(sys.executable, command, os.environ, file_actions=redirect, setsid=True)


def _wait_for(told: Path, failed: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if failed.exists():
            raise NoPostgres(failed.read_text(encoding="utf-8"))
        if told.exists():
            return
        time.sleep(0.05)
    reason = f"PostgreSQL did not start within {START_SECONDS} seconds"
    failed.write_text(reason, encoding="utf-8")
    raise NoPostgres(reason)


# ---------------------------------------------------------------- the keeper, a process of its own


def keep(folder: Path, owner: int) -> None:
    """Start PostgreSQL in `folder`, say its URL in `folder`/url, wait until `owner` is gone, stop it, remove the folder."""
    server: subprocess.Popen[bytes] | None = None
    try:
        owner_gone = os.pidfd_open(owner)
    except ProcessLookupError:
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        server, url = _start(folder)
        (folder / "url.part").touch(mode=0o600)
        (folder / "url.part").write_text(url, encoding="utf-8")
        (folder / "url.part").rename(folder / "url")
        select.select([owner_gone], [], [])
    except NoPostgres as reason:
        (folder / "failed").write_text(str(reason), encoding="utf-8")
        select.select([owner_gone], [], [])
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(20)
            if server.poll() is None:
                server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    binaries, account = programs(), unprivileged_account()
    data, password, port = folder / "data", secrets.token_hex(16), _free_port()
    data.mkdir()
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    if account is not None:
        folder.chmod(0o711)
        for path in (data, secret):
            os.chown(path, account.pw_uid, account.pw_gid)
    init = [str(binaries / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={secret}", "--auth=scram-sha-256"]
    init += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
    code, printed = _run(init, account)
    if code != 0:
        raise NoPostgres(f"initdb failed: {printed}")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(data),
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
        "timezone": "UTC",
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    server = _launch(command, account)
    _wait_until_ready(server, binaries, port, account)
    return server, f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{port}/postgres"


def _wait_until_ready(server: subprocess.Popen[bytes], binaries: Path, port: int, account: pwd.struct_passwd | None) -> None:
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + START_SECONDS - 10
    while time.monotonic() < until:
        if server.poll() is not None:
            raise NoPostgres(f"PostgreSQL ended at once with code {server.returncode}")
        if _run(ready, account)[0] == 0:
            return
        time.sleep(0.1)
    server.kill()
    raise NoPostgres("PostgreSQL started but never became ready")


def unprivileged_account() -> pwd.struct_passwd | None:
    """Who runs the server: nobody else when we are not root, else postgres or nobody. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("we are root and there is neither a user postgres nor nobody to run PostgreSQL as")


def _launch(command: list[str], account: pwd.struct_passwd | None, stdout: int | None = None) -> subprocess.Popen[bytes]:
    """Start a program as `account` (None: as ourselves), outside our folder, which the account may be unable to enter."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=() if account else None,
    )


def _run(command: list[str], account: pwd.struct_passwd | None) -> tuple[int, str]:
    """Run a program as `account` to its end: its code, and the end of what it printed."""
    with _launch(command, account, subprocess.PIPE) as program:
        printed, _ = program.communicate()
    return program.returncode, printed.decode(errors="replace").strip()[-300:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
