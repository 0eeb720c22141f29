"""Reading YAML as text: nothing is guessed, bombs are refused before they are built, slips are named where they are."""

import pytest

from engine.errors import BadFile
from engine.yaml_text import BadYaml, read_yaml

pytestmark = pytest.mark.unit


def refused(text: str) -> BadYaml:
    """The refusal of a text."""
    with pytest.raises(BadYaml) as caught:
        read_yaml(text, "flows/x.yaml")
    return caught.value


def test_every_scalar_stays_text() -> None:
    file = read_yaml("a: yes\nb: 199.00\nc: 0123\nd: null\ne:\nf: [no, 1]\n", "x.yaml")
    assert file.data == {"a": "yes", "b": "199.00", "c": "0123", "d": "null", "e": "", "f": ["no", "1"]}


def test_keys_and_values_know_their_line_and_column() -> None:
    file = read_yaml("a:\n  bc: 值\n  d: [x, yy]\n", "x.yaml")
    assert file.key_at(("a", "bc")) == (2, 3)
    assert file.value_at(("a", "bc")) == (2, 7)
    assert file.value_at(("a", "d", 1)) == (3, 10)


def test_an_unknown_place_falls_back_to_what_surrounds_it() -> None:
    file = read_yaml("a:\n  b: 1\n", "x.yaml")
    assert file.value_at(("a", "zz", "deep")) == file.value_at(("a",))


def test_what_stands_inside_braces_is_marked_inline() -> None:
    file = read_yaml("a: {b: 1}\nc:\n  d: 1\n", "x.yaml")
    assert file.places[("a", "b")].inline
    assert not file.places[("c", "d")].inline


def test_a_key_written_twice_is_told_and_the_first_one_counts() -> None:
    file = read_yaml("a: 1\nb: 2\na: {c: 3}\n", "x.yaml")
    assert file.data == {"a": "1", "b": "2"}
    assert [(twice.loc, twice.line, twice.column) for twice in file.duplicates] == [(("a",), 3, 1)]


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert read_yaml("\ufeffa: 1", "x.yaml").data == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: 2", "anchors"),
        ("a: *x", "anchors"),
        ("a: !!python/object:os.system 1", "tags"),
        ("a: !custom {b: 1}", "tags"),
        ("<<: {a: 1}", "merge keys"),
        ("? [a]\n: 1", "plain text"),
        ("a: 1\n---\nb: 2", "one document"),
        ("", "empty"),
        ("a: \x07", "control character"),
    ],
)
def test_what_could_surprise_is_refused(text: str, said: str) -> None:
    assert said in refused(text).en


def test_a_yaml_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20))
    error = refused(bomb)
    assert (error.line, error.column) == (1, 4)


def test_depth_size_and_count_are_limited() -> None:
    assert "deeper" in refused("[" * 14 + "]" * 14).en
    assert "1 MB" in refused("a: " + "x" * 1_000_000).en
    assert "too many" in refused("a:\n" + "- x\n" * 200_001).en


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: 1\nb： 2\nc: 3\n", 2, 2, "full-width colon"),
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("a: say this: now\n", 1, 12, "': '"),
        ("a: @later\n", 1, 4, "may not start with @"),
    ],
)
def test_the_usual_slips_are_named_where_they_are(text: str, line: int, column: int, said: str) -> None:
    error = refused(text)
    assert (error.line, error.column) == (line, column)
    assert said in error.en
    assert error.zh


def test_a_refusal_is_a_bad_file_with_path_line_and_column() -> None:
    error = refused("a: [")
    assert isinstance(error, BadFile)
    assert str(error).startswith("flows/x.yaml:")
