"""What is installed is exact, checked by hash, and comes from wherever this machine's clients are told to look."""

import json
import re

import pytest

from tests.architecture.source import text_of
from tools.assets import package_of

pytestmark = pytest.mark.architecture


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_python_package_has_a_hash_and_no_address(name: str) -> None:
    text = text_of(name)
    packages = [entry for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")) if entry.strip() and not entry.startswith("#")]
    assert packages
    assert [entry[:60] for entry in packages if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index-url|--find-links", text) == []


def test_every_package_asked_for_is_locked_at_a_version_that_fits() -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text_of("requirements.txt") + text_of("requirements-dev.txt"), re.MULTILINE))
    for asked in (text_of("requirements.in") + text_of("requirements-dev.in")).splitlines():
        if asked and not asked.startswith(("-", "#")):
            name, _, version = re.sub(r"\[.*\]", "", asked.split("#")[0].strip()).partition("==")
            found = locked[name.lower().replace("_", "-").replace(".", "-")]
            assert found == version or version.endswith("*") or not version or found.startswith(version + "."), asked


def test_every_locked_browser_package_has_a_hash_and_no_address() -> None:
    packages = json.loads(text_of("package-lock.json"))["packages"]
    installed = {name: entry for name, entry in packages.items() if name}
    assert installed
    assert [name for name, entry in installed.items() if not entry["integrity"].startswith("sha512-")] == []
    assert [name for name, entry in installed.items() if "resolved" in entry] == []


def test_browser_packages_are_named_by_exact_version_and_served_ones_are_runtime_packages() -> None:
    package = json.loads(text_of("package.json"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert {package_of(source) for source in package["served"].values()} <= set(package["dependencies"])
