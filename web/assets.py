"""Our own stylesheets and scripts, and the browser packages `make run` lays out, under addresses that change with their content.

Everything of ours is served below /static/<version>/, where the version is a hash of all of it: a module that imports "./shell.js"
gets the shell.js of its own version. Answers under the current version may be kept for ever.
"""

import hashlib
import json
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.errors import Refused

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
NEEDED = ("htmx.js",)
"""Without these no page works."""


class Assets:
    """Addresses of static files. Raises Refused("assets.missing") when the browser packages were not installed."""

    def __init__(self) -> None:
        manifest = VENDOR / "manifest.json"
        if not manifest.exists():
            raise Refused("assets.missing", folder=str(VENDOR))
        self._vendor: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
        missing = [name for name in NEEDED if name not in self._vendor]
        if missing:
            raise Refused("assets.missing", folder=str(VENDOR), names=missing)
        self.version = _version()

    def url(self, path: str) -> str:
        """The address of "css/base.css" or "js/desk.js". A file that is not there is a programming error and raises KeyError."""
        if not (STATIC / path).is_file():
            raise KeyError(path)
        return f"/static/{self.version}/{path}"

    def vendor(self, name: str) -> str:
        """The address of a browser package's file by its plain name, such as "wavesurfer.js"."""
        return f"/static/{self.version}/vendor/{self._vendor[name]}"

    def imports(self) -> dict[str, str]:
        """The import map: "stayline/x" is js/x.js, and a package's file goes by its name without ".js"."""
        own = {f"stayline/{path.stem}": self.url(f"js/{path.name}") for path in sorted((STATIC / "js").glob("*.js"))}
        return own | {name.removesuffix(".js"): self.vendor(name) for name in self._vendor}


class VersionedFiles(StaticFiles):
    """Static files that may be kept for ever under the version they belong to, and not at all under another."""

    def __init__(self, version: str) -> None:
        super().__init__(directory=STATIC)
        self._version = version

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        current = scope.get("path_params", {}).get("version") == self._version
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response


def _version() -> str:
    told = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and VENDOR not in path.parents:
            told.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]
