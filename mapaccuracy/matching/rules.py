"""The simple rules: nearest, mutual, greedy. Ties go to the lower index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mapaccuracy.matching.graph import Chosen, Graph, changes
from mapaccuracy.schema import Floats, Ints

# Rounds in which all locally nearest pairs are taken at once, before going on one by one.
_GREEDY_ROUNDS = 64


def nearest(graph: Graph) -> Chosen:
    """Give every supplied point its nearest find."""
    chosen = _nearest_of_each(graph.row, graph.distance_m)
    return chosen, graph.row_count[graph.row[chosen]]


def mutual(graph: Graph) -> Chosen:
    """Pair points that are each the other's nearest."""
    by_column = np.argsort(graph.column, kind="stable")
    of_column = by_column[_nearest_of_each(graph.column[by_column], graph.distance_m[by_column])]
    chosen = np.intersect1d(_nearest_of_each(graph.row, graph.distance_m), of_column)
    return chosen, np.ones(len(chosen), dtype=np.int64)


def greedy(graph: Graph) -> Chosen:
    """Take the nearest two, then the nearest two of those left, and so on."""
    return nearest_first(graph, np.arange(len(graph.row)))


def nearest_first(graph: Graph, subset: Ints) -> Chosen:
    """Take candidates by distance, then row, then column, as long as both sides have points.

    All candidates that come first at both their ends are taken at once: nothing before them
    can use up either end. A long chain of ever closer points needs as many rounds as it has
    points, so what is left after some rounds is taken one by one.
    """
    left = subset[np.argsort(graph.distance_m[subset], kind="stable")]
    row_free, column_free = graph.row_count.copy(), graph.column_count.copy()
    chosen, units = [], []
    first_row = np.empty(len(row_free), dtype=np.int64)
    first_column = np.empty(len(column_free), dtype=np.int64)
    for _ in range(_GREEDY_ROUNDS):
        if not len(left):
            break
        row, column, turn = graph.row[left], graph.column[left], np.arange(len(left))
        # Written from the last to the first, so that the first stays.
        first_row[row[::-1]] = turn[::-1]
        first_column[column[::-1]] = turn[::-1]
        take = (first_row[row] == turn) & (first_column[column] == turn)
        row, column = row[take], column[take]
        used = np.minimum(row_free[row], column_free[column])
        row_free[row] -= used
        column_free[column] -= used
        chosen.append(left[take])
        units.append(used)
        left = left[(row_free[graph.row[left]] > 0) & (column_free[graph.column[left]] > 0)]
    if len(left):
        late, late_units = _one_by_one(
            graph.row[left].tolist(), graph.column[left].tolist(), row_free, column_free
        )
        chosen.append(left[late])
        units.append(late_units)
    if not chosen:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    taken = np.concatenate(chosen)
    order = np.argsort(taken)
    return taken[order], np.concatenate(units)[order]


def _nearest_of_each(node: npt.NDArray[np.integer], distance_m: Floats) -> Ints:
    """Find the first among the nearest candidates of each node; sorted by node."""
    start = np.flatnonzero(changes(node))
    least = np.minimum.reduceat(distance_m, start)
    length = np.diff(np.append(start, len(node)))
    nearest = np.flatnonzero(distance_m == np.repeat(least, length))
    return nearest[changes(node[nearest])]


def _one_by_one(
    row: list[int], column: list[int], row_free: Ints, column_free: Ints
) -> tuple[Ints, Ints]:
    row_left, column_left = row_free.tolist(), column_free.tolist()
    chosen, units = [], []
    for number, (i, j) in enumerate(zip(row, column, strict=True)):
        used = min(row_left[i], column_left[j])
        if used:
            row_left[i] -= used
            column_left[j] -= used
            chosen.append(number)
            units.append(used)
    return np.array(chosen, dtype=np.int64), np.array(units, dtype=np.int64)
