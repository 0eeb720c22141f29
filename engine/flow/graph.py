"""A flow as a graph of steps, for the checker: plain searches over a few hundred nodes."""

from collections.abc import Iterable, Mapping

Graph = Mapping[str, tuple[str, ...]]


def reachable(graph: Graph, starts: Iterable[str]) -> set[str]:
    """The nodes that can be reached from any of the starts, themselves included."""
    found: set[str] = set()
    waiting = [start for start in starts if start in graph]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [target for target in graph[node] if target in graph]
    return found


def turned(graph: Graph) -> dict[str, tuple[str, ...]]:
    """The graph with every edge the other way round."""
    back: dict[str, list[str]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            if target in back:
                back[target].append(node)
    return {node: tuple(sources) for node, sources in back.items()}


def loops(graph: Graph) -> list[list[str]]:
    """The loops of a graph: its strongly connected parts of more than one node, and nodes that lead to themselves (Tarjan, iterative)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in graph:
        if root in order:
            continue
        work = [(root, iter(graph[root]))]
        _open(root, order, low, stack, on_stack)
        while work:
            node, targets = work[-1]
            target = next((one for one in targets if one in graph), None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    found += _closed(node, graph, stack, on_stack)
            elif target not in order:
                _open(target, order, low, stack, on_stack)
                work.append((target, iter(graph[target])))
            elif target in on_stack:
                low[node] = min(low[node], order[target])
    return found


def _open(node: str, order: dict[str, int], low: dict[str, int], stack: list[str], on_stack: set[str]) -> None:
    order[node] = low[node] = len(order)
    stack.append(node)
    on_stack.add(node)


def _closed(node: str, graph: Graph, stack: list[str], on_stack: set[str]) -> list[list[str]]:
    part: list[str] = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        part.append(member)
        if member == node:
            break
    return [part[::-1]] if len(part) > 1 or node in graph[node] else []
