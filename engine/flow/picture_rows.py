"""Which row of a picture each step stands in: phases are lanes, from top to bottom; within a lane what leads on stands above.

A picture's graph has three kinds of node: boxes (steps), broken ends (ways that lead to no step), and bends, where a long line crosses a
row. Lines to the same step that come from further than one row share their bends: one trunk to a step that many lead to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from engine.flow.graph import Graph
from engine.flow.phase_machine import Phase
from engine.flow.picture_sketch import Sketch, Way

LANES = tuple(Phase)
_FEWEST_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Edge:
    """All ways from one step to another, as one line."""

    start: str
    end: str
    ways: tuple[Way, ...]
    broken: bool = False
    back: bool = False


Piece = tuple[str, str, bool]
"""(upper node, lower node, whether the line goes up)."""


@dataclass(slots=True)
class Rows:
    """The nodes row by row, and the lines as pieces between a node and one in the row below it.

    `lane_of`: the row's phase; `leaving`: the piece each edge begins with, in the order of `edges`; `trunks`: the pieces they then share.
    """

    rows: list[list[str]]
    lane_of: list[Phase]
    row_of: dict[str, int]
    edges: list[Edge]
    loops: list[Edge]
    leaving: list[Piece] = field(default_factory=list[Piece])
    trunks: list[Piece] = field(default_factory=list[Piece])
    pieces: list[set[tuple[str, str]]] = field(default_factory=list[set[tuple[str, str]]])
    bends: set[str] = field(default_factory=set[str])


def rows_of(sketch: Sketch) -> Rows:
    """The rows of a sketch."""
    known = {box.id: box.phase for box in sketch.boxes}
    edges, loops = _edges(sketch, known)
    lanes: dict[str, Phase] = dict(known)
    lanes |= {edge.end: known[edge.start] for edge in edges if edge.broken}
    columns = max(_FEWEST_COLUMNS, round(len(known) ** 0.5 / 2))
    rows: list[list[str]] = []
    lane_of: list[Phase] = []
    for phase in LANES:
        members = [name for name, lane in lanes.items() if lane is phase]
        inner = {name: list[str]() for name in members}
        for edge in edges:
            if edge.start in inner and edge.end in inner:
                inner[edge.start].append(edge.end)
        for rank in _ranks({name: tuple(targets) for name, targets in inner.items()}):
            for part in _split(rank, columns):
                rows.append(part)
                lane_of.append(phase)
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    found = Rows(rows, lane_of, row_of, [_turned(edge, row_of) for edge in edges], loops)
    _route(found)
    return found


def _turned(edge: Edge, row_of: Mapping[str, int]) -> Edge:
    return Edge(edge.start, edge.end, edge.ways, edge.broken, row_of[edge.end] <= row_of[edge.start])


def _edges(sketch: Sketch, known: Mapping[str, Phase]) -> tuple[list[Edge], list[Edge]]:
    edges: list[Edge] = []
    loops: list[Edge] = []
    for box in sketch.boxes:
        found: dict[str, list[Way]] = {}
        for way in box.ways:
            found.setdefault(way.to, []).append(way)
        for to, ways in found.items():
            if to == box.id:
                loops.append(Edge(box.id, to, tuple(ways)))
            elif to in known:
                edges.append(Edge(box.id, to, tuple(ways)))
            else:
                edges.append(Edge(box.id, f"{box.id} ? {to}", tuple(ways), broken=True))
    return edges, loops


def _ranks(graph: Graph) -> list[list[str]]:
    """The nodes of a lane by the longest way that leads to them within it; what closes a circle is left out of account."""
    ahead = {node: list[str]() for node in graph}
    for node, target in _without_circles(graph):
        ahead[node].append(target)
    waiting_for = dict.fromkeys(graph, 0)
    for targets in ahead.values():
        for target in targets:
            waiting_for[target] += 1
    ready = [node for node, count in waiting_for.items() if not count]
    rank = dict.fromkeys(graph, 0)
    while ready:
        node = ready.pop()
        for target in ahead[node]:
            rank[target] = max(rank[target], rank[node] + 1)
            waiting_for[target] -= 1
            if not waiting_for[target]:
                ready.append(target)
    ranks: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node in graph:
        ranks[rank[node]].append(node)
    return ranks


def _without_circles(graph: Graph) -> Iterable[tuple[str, str]]:
    """The edges but for those that lead back to where a walk came from."""
    done: set[str] = set()
    for root in graph:
        if root in done:
            continue
        walk, on_walk = [(root, iter(graph[root]))], {root}
        while walk:
            node, targets = walk[-1]
            target = next(targets, None)
            if target is None:
                walk.pop()
                on_walk.discard(node)
                done.add(node)
            elif target not in on_walk:
                yield node, target
                if target not in done:
                    walk.append((target, iter(graph[target])))
                    on_walk.add(target)


def _split(rank: Sequence[str], columns: int) -> list[list[str]]:
    """A rank too wide for the page, as several rows of about the same length."""
    count = -(-len(rank) // columns)
    size = -(-len(rank) // count) if count else 0
    return [list(rank[start : start + size]) for start in range(0, len(rank), size or 1)]


def _route(found: Rows) -> None:
    """Bends where a line crosses rows, shared by all that lead to the same step in the same direction."""
    found.pieces = [set() for _ in found.rows]
    furthest: dict[tuple[str, bool], int] = {}
    for edge in found.edges:
        first, last = found.row_of[edge.start], found.row_of[edge.end]
        beside, trunk = first + (-1 if edge.back else 1), (edge.end, edge.back)
        near = edge.end if beside == last else _bend(edge.end, edge.back, beside)
        if near != edge.end:
            known = furthest.get(trunk, beside)
            furthest[trunk] = max(known, beside) if edge.back else min(known, beside)
        found.leaving.append((near, edge.start, True) if edge.back else (edge.start, near, False))
    for (end, back), far in furthest.items():
        last = found.row_of[end]
        rows = range(far, last, -1 if back else 1)
        bends = [_bend(end, back, row) for row in rows]
        for bend, row in zip(bends, rows, strict=True):
            found.bends.add(bend)
            found.rows[row].append(bend)
            found.row_of[bend] = row
        found.trunks += [(b, a, True) if back else (a, b, False) for a, b in pairwise([*bends, end])]
    for upper, lower, _ in (*found.leaving, *found.trunks):
        found.pieces[found.row_of[upper]].add((upper, lower))


def _bend(end: str, back: bool, row: int) -> str:
    return f"{'<' if back else '>'} {end} {row}"
