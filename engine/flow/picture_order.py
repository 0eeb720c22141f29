"""The order within the rows of a picture, so that few lines cross, and the places from left to right, so that lines run straight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.flow.picture_rows import Rows

_SWEEPS, _SETTLING = 16, 24
_BIG = 3_000
"""Nodes beyond which fewer rounds must do."""


@dataclass(slots=True)
class _Beside:
    """Each node's neighbours in the row above and in the row below."""

    above: dict[str, list[str]]
    below: dict[str, list[str]]


def _beside(found: Rows) -> _Beside:
    names = [name for row in found.rows for name in row]
    beside = _Beside({name: [] for name in names}, {name: [] for name in names})
    for pieces in found.pieces:
        for upper, lower in sorted(pieces):
            beside.below[upper].append(lower)
            beside.above[lower].append(upper)
    return beside


def put_in_order(found: Rows) -> None:
    """Order the rows by the barycentre of what leads to and from their nodes, down and up in turns; the best order found is kept."""
    beside = _beside(found)
    best, fewest = [list(row) for row in found.rows], crossings(found)
    rounds = _SWEEPS if len(found.row_of) < _BIG else 3
    for sweep in range(rounds):
        down = sweep % 2 == 0
        place = {name: float(number) for row in found.rows for number, name in enumerate(row)}
        order = range(len(found.rows)) if down else range(len(found.rows) - 1, -1, -1)
        for number in order:
            row = found.rows[number]
            neighbours = beside.above if down else beside.below
            middle = {name: _mean([place[one] for one in neighbours[name]], place[name]) for name in row}
            row.sort(key=lambda name, middle=middle, place=place: (middle[name], place[name]))
            place |= {name: float(at) for at, name in enumerate(row)}
        count = crossings(found)
        if count < fewest:
            best, fewest = [list(row) for row in found.rows], count
        if not fewest:
            break
    found.rows[:] = best


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def crossings(found: Rows) -> int:
    """How many pairs of lines cross between rows."""
    place = {name: number for row in found.rows for number, name in enumerate(row)}
    return sum(_inversions([(place[upper], place[lower]) for upper, lower in pieces]) for pieces in found.pieces)


def _inversions(pairs: Sequence[tuple[int, int]]) -> int:
    """Pairs that are in one order above and in the other below (merge counting by a Fenwick tree)."""
    if len(pairs) < 2:
        return 0
    tree = [0] * (max(lower for _, lower in pairs) + 2)
    count = 0
    for seen, (_, lower) in enumerate(sorted(pairs)):
        at, before = lower + 1, 0
        while at:
            before += tree[at]
            at -= at & -at
        count += seen - before
        at = lower + 1
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return count


def places(found: Rows, width: Mapping[str, float], gap: Callable[[str, str], float]) -> dict[str, float]:
    """Node → x of its middle: near the middle of its neighbours, in the row's order, never closer than `gap` allows."""
    beside = _beside(found)
    x: dict[str, float] = {}
    for row in found.rows:
        at = 0.0
        for number, name in enumerate(row):
            at += (width[row[number - 1]] / 2 + gap(row[number - 1], name) + width[name] / 2) if number else 0.0
            x[name] = at
        shift = at / 2
        x |= {name: x[name] - shift for name in row}
    rounds = _SETTLING if len(found.row_of) < _BIG else 4
    for sweep in range(rounds):
        order = range(len(found.rows)) if sweep % 2 == 0 else range(len(found.rows) - 1, -1, -1)
        for number in order:
            row = found.rows[number]
            wished = [_wish(name, beside, x, found) for name in row]
            weights = [4.0 if name in found.bends else 1.0 for name in row]
            apart = [width[a] / 2 + gap(a, b) + width[b] / 2 for a, b in pairwise(row)]
            x |= dict(zip(row, _spread(wished, weights, apart), strict=True))
    return x


def _wish(name: str, beside: _Beside, x: Mapping[str, float], found: Rows) -> float:
    """Where a node would like to stand: among its neighbours, a bend above all straight with the other bends of its trunk."""
    near = [*beside.above[name], *beside.below[name]]
    bend = name in found.bends
    weights = [8.0 if bend and one in found.bends else 2.0 if bend or one in found.bends else 1.0 for one in near]
    return sum(x[one] * weight for one, weight in zip(near, weights, strict=True)) / sum(weights) if near else x[name]


def _spread(wished: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to the wishes (weighted least squares) that keep the distances: pooled neighbours share one shift."""
    offset, offsets = 0.0, [0.0]
    for one in apart:
        offset += one
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # (weighted sum, weight, count)
    for wish, weight, moved in zip(wished, weights, offsets, strict=True):
        pools.append(((wish - moved) * weight, weight, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            (a, b, c), (d, e, f) = pools.pop(), pools.pop()
            pools.append((a + d, b + e, c + f))
    placed: list[float] = []
    for total, weight, count in pools:
        placed += [total / weight] * count
    return [one + moved for one, moved in zip(placed, offsets, strict=True)]
