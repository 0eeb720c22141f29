"""Rules about the source that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.source import PRODUCT, ROOT, files, project_files, text_of

pytestmark = pytest.mark.architecture

LONGEST = 300
LONGER_WITH_A_REASON: dict[str, str] = {}
"""Path → why this one concept needs more than 300 lines."""

MAY_MARK_HTML_SAFE: frozenset[str] = frozenset({"web/safe_html.py"})
"""The one module that may turn text into trusted HTML."""

# Written in parts, so that this file does not name what it forbids.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("npmmirror", "com"),
        ("yarnpkg", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("cdnjs", "com"),
        ("tuna", "tsinghua"),
        ("mirrors", "aliyun"),
    )
)
WORKPLACES = re.compile(r"/[w]ork/(main|shared)\b|\bshared/(design|domain|quality|telephony|hooks)\b|/(root|home)/\w*/?\.pyenv")


def lines_matching(names: list[str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in names
        for number, line in enumerate(text_of(name).splitlines(), start=1)
        if pattern.search(line)
    ]


def readable_files() -> Iterator[str]:
    for name in project_files():
        head = (ROOT / name).read_bytes()[:4096]
        if b"\0" not in head:
            yield name


def test_no_file_names_a_package_registry_or_a_workplace() -> None:
    hosts = re.compile("|".join(re.escape(host) for host in REGISTRY_HOSTS))
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in readable_files()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if hosts.search(line) or WORKPLACES.search(line)
    ]
    assert found == []


def test_no_file_of_the_product_is_longer_than_300_lines_without_a_reason() -> None:
    migrations = "engine/storage/migrations/versions/"  # one step of the schema's history is one file, however long
    lengths = {name: len(text_of(name).splitlines()) for name in files(*PRODUCT) if not name.startswith(migrations)}
    too_long = {name: length for name, length in lengths.items() if length > LONGEST}
    assert set(too_long) == set(LONGER_WITH_A_REASON), too_long


def str_enums() -> Iterator[tuple[str, ast.ClassDef]]:
    for name in files(*PRODUCT):
        for node in ast.walk(ast.parse(text_of(name))):
            if isinstance(node, ast.ClassDef) and any("StrEnum" in ast.unparse(base) for base in node.bases):
                yield name, node


def test_every_member_of_a_string_enum_is_lower_case_and_equals_its_value() -> None:
    checked = 0
    wrong: list[str] = []
    for name, enum in str_enums():
        for statement in enum.body:
            if not isinstance(statement, ast.Assign):
                continue
            member, value = ast.unparse(statement.targets[0]), statement.value
            checked += 1
            is_auto = isinstance(value, ast.Call) and ast.unparse(value.func).endswith("auto")
            equal = is_auto or (isinstance(value, ast.Constant) and value.value == member)
            if not equal or member != member.lower():
                wrong.append(f"{name}: {enum.name}.{member} = {ast.unparse(value)}")
    assert checked > 0
    assert wrong == []


def test_text_becomes_trusted_html_in_one_module_only() -> None:
    names = [name for name in files("web") if name not in MAY_MARK_HTML_SAFE]
    templates = files("web", endings=(".html", ".svg", ".jinja", ".txt"))
    assert lines_matching(names, re.compile(r"\bMarkup\s*\(|\bmark_safe\b|autoescape\s*=\s*False")) == []
    assert lines_matching(templates, re.compile(r"\|\s*safe\b|autoescape\s+false")) == []


def test_templates_hold_no_script_style_or_handler_of_their_own() -> None:
    templates = files("web/templates", endings=(".html", ".svg", ".jinja"))
    inline_script = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/json|importmap)\")", re.IGNORECASE)
    handlers = re.compile(r"[\s\"']on[a-z]+\s*=\s*[\"']|\bhx-on\b|\bjavascript:|[\"']js:", re.IGNORECASE)
    styles = re.compile(r"<style\b|[\s\"']style\s*=", re.IGNORECASE)
    assert lines_matching(templates, inline_script) == []
    assert lines_matching(templates, handlers) == []
    assert lines_matching(templates, styles) == []


def test_templates_use_htmx_4_and_none_of_the_habits_of_htmx_2() -> None:
    checker = ROOT / "node_modules" / "htmx.org" / "dist" / "scripts" / "upgrade-check.py"
    assert checker.exists(), "`make test` installs it"
    places = [place for place in ("web/templates", "web/static/js") if (ROOT / place).exists()]
    assert places
    command = [sys.executable, str(checker), "--no-color", *places]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
