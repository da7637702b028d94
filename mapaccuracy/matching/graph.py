"""Candidates as a graph with its connected components.

No candidate joins two components, and both the number of pairs and the sum of squares add up
over them, so the optimum of each is the optimum of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mapaccuracy.schema import Bools, Candidates, Floats, Ints

Int32s = npt.NDArray[np.int32]


Chosen = tuple[Ints, Ints]  # numbers of candidates, and how many pairs each gives


@dataclass(frozen=True)
class Graph:
    """Candidates between the places that have any, with their connected components.

    ``row`` and ``column`` number these places anew without gaps; candidates are sorted by
    row, then column. ``row_place`` and ``column_place`` lead back.
    """

    row: Int32s
    column: Int32s
    distance_m: Floats
    row_place: Ints
    column_place: Ints
    row_count: Ints
    column_count: Ints
    row_group: Ints
    column_group: Ints
    groups: int


def graph_of(found: Candidates, row_count: Ints, column_count: Ints) -> Graph:
    """Find the components of the places that have candidates, and give these new numbers."""
    new_row = changes(found.supplied)
    start = np.flatnonzero(new_row)
    row_place = found.supplied[start]
    used = np.zeros(len(column_count), dtype=np.bool_)
    used[found.find] = True
    column_place = np.flatnonzero(used)
    column = (np.cumsum(used, dtype=np.int32) - np.int32(1))[found.find]
    rows, columns, n = len(row_place), len(column_place), len(column)
    row = np.repeat(np.arange(rows, dtype=np.int32), np.diff(np.append(start, n)))
    pointers = np.concatenate([start, np.full(columns + 1, n)]).astype(np.int32)
    links = csr_array(
        (np.ones(n), column + np.int32(rows), pointers), shape=(rows + columns, rows + columns)
    )
    groups, label = connected_components(links, directed=False)
    first = np.empty(groups, dtype=np.int64)
    # Written from the last to the first, so that the first stays.
    first[label[:rows][::-1]] = np.arange(rows)[::-1]
    group = inverse(np.argsort(first))[label]
    return Graph(
        row,
        column,
        found.distance_m,
        row_place,
        column_place,
        row_count[row_place],
        column_count[column_place],
        group[:rows],
        group[rows:],
        groups,
    )


def changes(values: npt.NDArray[np.integer]) -> Bools:
    """Say where a run of equal values begins."""
    changes = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def inverse(order: Ints) -> Ints:
    """Turn an order into ranks."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank
