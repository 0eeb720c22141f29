"""Values are taken out of a file with their type, or refused at their place."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from engine.errors import BadFile
from engine.yaml_fields import Fields, did_you_mean
from engine.yaml_text import read_yaml

pytestmark = pytest.mark.unit

TEXT = """\
name: 星川
empty: ""
fee: 79.5
count: 12
sure: true
day: 2026-03-01
lamp: on
words: [a, b]
lamps: [on, off]
odd: [on, blue]
nested:
  inside: 1
things:
  - one: 1
  - two: 2
mixed:
  - one: 1
  - plain
"""


class Lamp(StrEnum):
    on = "on"
    off = "off"


def fields(text: str = TEXT) -> Fields:
    return Fields.of(read_yaml(text, "file.yaml"))


def test_each_type_is_read():
    read = fields()
    assert read.text("name") == "星川"
    assert str(read.decimal("fee")) == "79.50"
    assert read.integer("count") == 12
    assert read.boolean("sure") is True
    assert read.date("day").isoformat() == "2026-03-01"
    assert read.member("lamp", Lamp) is Lamp.on
    assert read.words("words") == ("a", "b")
    assert read.words("absent") == ()
    assert read.members("lamps", Lamp) == (Lamp.on, Lamp.off)
    assert read.under("nested").integer("inside") == 1
    assert [list(each) for each in read.each("things")] == [["one"], ["two"]]
    assert "name" in read
    assert "absent" not in read


@pytest.mark.parametrize(
    ("take", "line", "column"),
    [
        (lambda read: read.text("absent"), 1, 1),
        (lambda read: read.text("empty"), 2, 8),
        (lambda read: read.text("nested"), 12, 3),
        (lambda read: read.decimal("name"), 1, 7),
        (lambda read: read.integer("fee"), 3, 6),
        (lambda read: read.boolean("count"), 4, 8),
        (lambda read: read.date("name"), 1, 7),
        (lambda read: read.member("name", Lamp), 1, 7),
        (lambda read: read.words("name"), 1, 7),
        (lambda read: read.words("things"), 14, 3),
        (lambda read: read.members("odd", Lamp), 10, 11),
        (lambda read: read.under("name"), 1, 7),
        (lambda read: read.each("name"), 1, 7),
        (lambda read: read.each("mixed"), 18, 5),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(take: Callable[[Fields], object], line: int, column: int):
    with pytest.raises(BadFile) as caught:
        take(fields())
    assert (caught.value.path, caught.value.line, caught.value.column) == ("file.yaml", line, column)


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    with pytest.raises(BadFile) as caught:
        fields("nmae: x").only(["name", "fee"])
    assert (caught.value.line, caught.value.column) == (1, 1)
    assert "name" in caught.value.suggestion


def test_a_file_that_is_no_mapping_or_has_a_key_twice_is_refused():
    with pytest.raises(BadFile):
        fields("- a\n- b\n")
    with pytest.raises(BadFile) as caught:
        fields("a: 1\nb: 2\na: 3\n")
    assert (caught.value.line, caught.value.column) == (3, 1)


def test_when_nothing_is_near_everything_known_is_named():
    assert did_you_mean("xyz", ["name", "fee"]) == "可用 / known: name、fee"
