"""The picture of a flow: the same every time, nothing outside its box, labels on no box and on no other label."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest

from engine.flow import snapshot
from engine.flow.library import Library
from engine.flow.phase_machine import Phase
from engine.flow.picture import draw
from engine.flow.picture_draft import draft_sketch
from engine.flow.picture_layout import PADDING, SMALL_SIZE, TITLE_SIZE, Figure, Figures, Layout, lay_out
from engine.flow.picture_order import crossings, put_in_order
from engine.flow.picture_rows import rows_of
from engine.flow.picture_sketch import Box, Sketch, Way, sketch_of
from engine.flow.picture_text import fitted, shortened, text_width, wrapped
from tests.bench.flows import LIBRARY, generated
from tests.unit.library.cast import FLOW_NAMES, FLOW_PATHS, english_path, flow_of, library, overlay_of, text_of

pytestmark = pytest.mark.unit
BOTH = [(name, language) for name in FLOW_NAMES for language in ("zh", "en")]


@cache
def shelf() -> Library:
    return library()


@cache
def shipped(name: str, language: str) -> Sketch:
    published = snapshot.load(snapshot.publish(flow_of(name), (overlay_of(name),)).text)
    return sketch_of(published, language, shelf().dispositions)


def sketch(*boxes: Box) -> Sketch:
    return Sketch("流程", "zh", boxes[0].id, boxes, "bye", "bye")


def box(name: str, phase: str, *ways: str, title: str = "") -> Box:
    """ways: "label>target"."""
    told = [one.partition(">") for one in ways]
    return Box(name, Phase(phase), title or name, tuple(Way(label, to, label) for label, _, to in told))


def covered(layout: Layout) -> Iterator[str]:
    """What lies on something else."""
    for a, b in combinations(layout.placed, 2):
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height:
            yield f"{a.name} on {b.name}"
    for label in layout.labels:
        left, right, top, bottom = label.x - label.width / 2, label.x + label.width / 2, label.y, label.y + 15
        for one in layout.placed:
            if left < one.x + one.width and right > one.x and top < one.y + one.height and bottom > one.y:
                yield f"{label.text} on {one.name}"
    for a, b in combinations(layout.labels, 2):
        if abs(a.x - b.x) * 2 < a.width + b.width and abs(a.y - b.y) < 15:
            yield f"{a.text} on {b.text}"


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_nothing_lies_on_anything_else_in_the_shipped_flows(name: str, language: str) -> None:
    layout = lay_out(shipped(name, language))
    assert list(covered(layout)) == []
    assert min(one.x for one in layout.placed) >= layout.gutter
    assert max(one.x + one.width for one in layout.placed) <= layout.width


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_every_text_fits_its_box_and_every_step_is_there(name: str, language: str) -> None:
    drawn = shipped(name, language)
    layout = lay_out(drawn)
    for one in layout.placed:
        for line in one.lines:
            assert text_width(line, TITLE_SIZE) <= one.width - 2 * PADDING, line
        assert text_width(one.chip, SMALL_SIZE) <= one.width - 2 * PADDING
        assert len(one.lines) <= 2
    assert {one.name for one in layout.placed} == {one.id for one in drawn.boxes}


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_most_answers_of_the_shipped_flows_stand_on_their_lines(name: str, language: str) -> None:
    layout = lay_out(shipped(name, language))
    labelled = [line for line in layout.lines if line.edge and any(way.label for way in line.edge.ways) and "loop" not in line.kind]
    assert len(layout.labels) >= 0.7 * len(labelled)


def test_a_picture_is_the_same_every_time() -> None:
    assert draw(shipped("bill_too_high", "zh")) == draw(shipped("bill_too_high", "zh"))


def test_lanes_follow_the_phases_from_top_to_bottom() -> None:
    layout = lay_out(shipped("broadband_cancellation", "zh"))
    assert [phase for phase, _, _ in layout.lanes] == list(Phase)
    for (_, _, bottom), (_, top, _) in zip(layout.lanes, layout.lanes[1:], strict=False):
        assert bottom < top
    for one in layout.placed:
        assert one.box is not None
        assert next(phase for phase, top, bottom in layout.lanes if top <= one.y <= bottom) is one.box.phase


def test_ordering_crosses_fewer_lines() -> None:
    rows = rows_of(shipped("bill_too_high", "zh"))
    before = crossings(rows)
    put_in_order(rows)
    assert crossings(rows) < before


def test_lines_that_cross_once_are_counted_once() -> None:
    rows = rows_of(sketch(box("a", "opening", "x>d"), box("b", "opening", "x>c"), box("c", "close"), box("d", "close")))
    assert crossings(rows) == 1
    put_in_order(rows)
    assert crossings(rows) == 0


def test_a_way_back_a_way_to_itself_and_a_way_to_nowhere_are_told_apart() -> None:
    layout = lay_out(sketch(box("a", "opening", "on>b"), box("b", "discovery", "back>a", "again>b", "lost>c", "unsaid>")))
    kinds = {(line.start, line.end): line.kind for line in layout.lines}
    assert kinds == {("a", "b"): "ed", ("b", "a"): "ed back", ("b", "b"): "ed loop", ("b", "b ? c"): "ed bad", ("b", "b ? "): "ed bad"}
    svg = draw(sketch(box("a", "opening", "lost>c"))).svg
    assert "没有这一步：c" in svg


def test_ways_to_the_same_step_are_one_line_and_long_ones_share_a_trunk() -> None:
    far = [box(f"a{n}", "opening", f"next>a{n + 1}", "yes>z", "no>z") for n in range(4)]
    layout = lay_out(sketch(*far, box("a4", "opening", "yes>z"), box("z", "close")))
    leaving = [line for line in layout.lines if line.end == "z" and line.edge]
    assert len(leaving) == 5
    assert all(len(line.edge.ways) <= 2 for line in leaving if line.edge)
    trunk = [line for line in layout.lines if line.end == "z" and not line.edge]
    assert len(trunk) == 4  # one piece for each row that is crossed, however many lines come together
    assert sum(line.tip is not None for line in trunk) == 1


def test_figures_make_lines_as_thick_as_their_share() -> None:
    drawn = sketch(box("a", "opening", "x>b", "y>c"), box("b", "close"), box("c", "close"))
    figures = Figures({"a": "120 通"}, {("a", "b"): Figure(0.75, "75%", False), ("a", "c"): Figure(0.25, "25%", True)}, frozenset({"c"}))
    svg = draw(drawn, figures).svg
    assert re.findall(r'class="ed([^"]*)"[^>]*stroke-width="([\d.]+)"', svg) == [("", "6.2"), (" thin", "2.8")]
    assert "x 75%" in svg
    assert "120 通" in svg
    assert 'class="nd thin" href="#step=c"' in svg


def test_marks_are_drawn_and_said() -> None:
    marked = Box("a", Phase.opening, "问候", errors=1, warnings=2)
    svg = draw(sketch(marked)).svg
    assert 'class="mark er"' in svg
    assert "问候，开场，从这里开始，1 个错误，2 个提醒" in svg


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_a_draft_and_its_published_version_look_alike(name: str, language: str) -> None:
    path = FLOW_PATHS[name]
    written = draft_sketch(text_of(path), str(path), {"en": text_of(english_path(name))}, shelf(), language, {})
    assert written == shipped(name, language)


def test_a_thousand_steps_take_few_rows_of_memory_and_a_picture_as_wide_as_a_page() -> None:
    picture = draw(draft_sketch(generated(1_000), "flows/x/generated.yaml", {}, LIBRARY, "zh", {}))
    assert picture.svg.count('class="nd') == 997
    assert picture.width < 2_000
    assert len(picture.svg) < 3_000_000


def test_text_is_measured_wrapped_and_shortened() -> None:
    assert text_width("报方案", 13) == 39
    assert text_width("offer", 13) < 39
    assert wrapped("说明来意，征得同意", 78, 13) == ["说明来意，征", "得同意"]
    assert wrapped("Say why, put them at ease", 100, 13) == ["Say why, put", "them at ease"]
    assert wrapped("x" * 40, 50, 13)[0] == "xxxxxx"
    assert shortened("关怀或解释，无需跟进", 60, 12) == "关怀或解…"
    width, lines = fitted("a very long English title that goes on and on and never seems to come to an end at all", 96, 208, 13)
    assert width == 208
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert wrapped("", 50, 13) == [""]
