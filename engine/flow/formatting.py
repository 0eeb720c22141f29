"""Writes flow files back in their canonical form, comments kept: the only place that knows the library for it.

Canonical: two spaces a level, list items indented by two more, one document, `\\n` line ends, one newline at the end, nothing after a
line's text, no alignment spaces; words, quotes, comments, block style and the order of keys stay the author's. Formatting twice changes
nothing, and what a reader gets from the file never changes.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import BaseResolver

from engine.flow.definition import EmbeddedTest
from engine.yaml_text import BadYaml, read_yaml

_WIDEST = 1_000_000


class _AllText(BaseResolver):
    """Every scalar is text, as our own reader has it: 199.00 and yes stay what was typed."""

    def __init__(self, version: Any = None, loader: Any = None, loadumper: Any = None) -> None:
        super().__init__(loader or loadumper)

    @property
    def processing_version(self) -> tuple[int, int]:
        """The YAML version, which decides nothing here."""
        return 1, 2


def _yaml() -> Any:
    yaml: Any = YAML()
    yaml.Resolver = _AllText
    yaml.preserve_quotes = True
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def formatted(text: str, path: str) -> str:
    """The canonical form of a file. Raises BadYaml (F001, F002) when it cannot be read, or could not be written without changing it."""
    return text_of(tree_of(text, path), path, read_yaml(text, path).data)


def with_test(text: str, path: str, test: EmbeddedTest, comment: str = "") -> str:
    """The file with one more embedded test, in canonical form. Raises BadYaml."""
    data = tree_of(text, path)
    tests: Any = data.setdefault("tests", CommentedSeq())
    tests.append(_test(test))
    if comment:
        tests.yaml_set_comment_before_after_key(len(tests) - 1, before=comment, indent=2)
    return text_of(data, path, None)


def as_tests(tests: Sequence[tuple[EmbeddedTest, str]]) -> str:
    """Tests as the `tests:` part of a flow file, each below its comment."""
    listed = CommentedSeq()
    for test, comment in tests:
        listed.append(_test(test))
        listed.yaml_set_comment_before_after_key(len(listed) - 1, before=comment, indent=2)
    out = io.StringIO()
    _yaml().dump(CommentedMap({"tests": listed}), out)
    return _clean(out.getvalue())


def tree_of(text: str, path: str) -> Any:
    """A file as ruamel holds it, comments and all, to be changed and given to `text_of`. Raises BadYaml (F001, F002)."""
    file = read_yaml(text, path)
    for twice in file.duplicates:
        raise BadYaml(path, twice.line, twice.column, f"“{twice.loc[-1]}”写了两次", f"{twice.loc[-1]!r} is written twice")
    if not isinstance(file.data, dict):
        raise BadYaml(path, 1, 1, "这里要写成“键: 值”", "a file is made of keys and values")
    clean = _clean(text.removeprefix("\ufeff"))
    try:
        return _yaml().load(clean)
    except YAMLError as error:
        raise BadYaml(path, 1, 1, "不是正确的 YAML", f"not valid YAML: {error}") from None


def text_of(data: Any, path: str, before: Any) -> str:
    """A tree as text in canonical form. With `before`, the values it must still say: raises BadYaml when it would not."""
    out = io.StringIO()
    _yaml().dump(data, out)
    text = _clean(out.getvalue())
    if before is not None and _trimmed(read_yaml(text, path).data) != _trimmed(before):
        raise BadYaml(path, 1, 1, "排版会改变内容，没有排", "formatting would change what the file says; it was left alone")
    return text


def _trimmed(data: Any) -> Any:
    """The values without spaces at the ends of lines: nobody speaks those."""
    if isinstance(data, str):
        return "\n".join(line.rstrip() for line in data.split("\n"))
    if isinstance(data, list):
        return [_trimmed(one) for one in cast("list[Any]", data)]
    return {key: _trimmed(one) for key, one in cast("dict[str, Any]", data).items()}


def _clean(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _test(test: EmbeddedTest) -> CommentedMap:
    expect: dict[str, Any] = {"end": test.end} if test.end else {}
    if test.offered is not None:
        expect["offered"] = _inline(list(test.offered))
    if test.facts:
        expect["facts"] = _inline({name: _plain(value) for name, value in test.facts.items()})
    written: dict[str, Any] = {"name": test.name}
    if test.as_of:
        written["as_of"] = test.as_of
    if test.given:
        written["given"] = _inline({name: _plain(value) for name, value in test.given.items()})
    return CommentedMap({**written, "path": _inline(list(test.path)), "expect": _inline(expect)})


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _inline(value: Mapping[str, Any] | Sequence[Any]) -> Any:
    found: Any = CommentedMap(value) if isinstance(value, Mapping) else CommentedSeq(value)
    found.fa.set_flow_style()
    return found
