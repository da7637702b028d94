"""The optimal rule: as many pairs as possible, then least sum of squared distances."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from mapaccuracy.errors import MapAccuracyError
from mapaccuracy.matching.graph import Chosen, Graph, Int32s, changes
from mapaccuracy.matching.rules import nearest_first
from mapaccuracy.schema import Bools, Floats, Ints

# Candidates whose table is written at a time, whole components together.
_TABLE_CANDIDATES = 500_000
# The dense solver initialises work space of the size of the batch for each row: small batches
# are quick, very small ones pay for the call.
_BATCH_CANDIDATES = 1_000
# Above this many points the batch solver, quadratic in a component, loses to min-cost flow.
_LARGE_COMPONENT = 4_000
# Coincident points are written out one by one up to this many candidates of a component.
_EXPANDED_CANDIDATES = 50_000
# An explicit zero would be dropped from a sparse matrix. A constant on every candidate changes
# the cost of all choices of one size alike, so it changes no choice.
_COST_FLOOR = 2.0**-10


def optimal(graph: Graph) -> Chosen:
    """Choose each component's solver by its size and shape; every one of them is exact."""
    graph = _useful_counts(graph)
    row_places = np.bincount(graph.row_group, minlength=graph.groups)
    column_places = np.bincount(graph.column_group, minlength=graph.groups)
    row_points = _total(graph.row_group, graph.row_count, graph.groups)
    column_points = _total(graph.column_group, graph.column_count, graph.groups)
    # A star, one place on a side, has nothing to weigh up: nearest first is best.
    star = np.minimum(row_places, column_places) == 1
    large = ~star & (row_points + column_points > _LARGE_COMPONENT)
    coincident = ~star & (row_points + column_points > row_places + column_places)
    if coincident.any():
        copies = graph.row_count[graph.row] * graph.column_count[graph.column]
        expanded = _total(graph.row_group[graph.row], copies, graph.groups)
        large |= coincident & (expanded > _EXPANDED_CANDIDATES)
    small = ~star & ~large
    parts = [
        nearest_first(graph, _within(graph, star)),
        _by_batches(graph, _within(graph, small), row_points > column_points),
    ]
    if large.any():
        chosen = _within(graph, large)
        group = graph.row_group[graph.row[chosen]]
        chosen = chosen[np.argsort(group, kind="stable")]
        cuts = np.flatnonzero(changes(graph.row_group[graph.row[chosen]]))[1:]
        parts += [_by_flow(graph, part) for part in np.split(chosen, cuts)]
    taken, units = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(taken)
    return taken[order], units[order]


def _total(group: npt.NDArray[np.integer], count: Ints, groups: int) -> Ints:
    return np.bincount(group, count, groups).astype(np.int64)


def _within(graph: Graph, groups: Bools) -> Ints:
    """List the candidates of some components."""
    return np.flatnonzero(groups[graph.row_group][graph.row])


def _useful_counts(graph: Graph) -> Graph:
    """Count no more points on a place than there are points within tolerance of it."""
    if graph.row_count.max() == 1 and graph.column_count.max() == 1:
        return graph
    row_near = _total(graph.row, graph.column_count[graph.column], len(graph.row_count))
    column_near = _total(graph.column, graph.row_count[graph.row], len(graph.column_count))
    return replace(
        graph,
        row_count=np.minimum(graph.row_count, row_near),
        column_count=np.minimum(graph.column_count, column_near),
    )


def _by_batches(graph: Graph, subset: Ints, exchange: Bools) -> Chosen:
    """Solve many small components at once, the smaller side of each choosing.

    `exchange` says of which components the finds are the smaller side.
    """
    if not len(subset):
        return subset, subset
    number, row, column, row_group, column_group = _points_of(graph, subset)
    distance_m = graph.distance_m[number]
    by_finds = exchange[row_group][row]
    taken = np.empty(len(number), dtype=np.bool_)
    for finds_choose in (False, True):
        some = np.flatnonzero(by_finds == finds_choose)
        sides = ((row, row_group), (column, column_group))
        (near, near_group), (far, far_group) = sides[::-1] if finds_choose else sides
        group = near_group[near[some]]
        if (group[1:] < group[:-1]).any():
            order = np.argsort(group, kind="stable")
            some, group = some[order], group[order]
        for begin, end in _runs(group, _TABLE_CANDIDATES):
            part = some[begin:end]
            taken[part] = _most_pairs(
                near[part], far[part], distance_m[part], near_group, far_group
            )
    chosen = number[taken]
    if len(number) == len(subset):
        return chosen, np.ones(len(chosen), dtype=np.int64)
    return np.unique(chosen, return_counts=True)


def _runs(group: Ints, size: int) -> Iterator[tuple[int, int]]:
    """Cut sorted groups into runs of about this many entries; no group is cut."""
    first = np.flatnonzero(changes(group))
    cuts = first[changes(first // size)]
    return pairwise([*cuts.tolist(), len(group)])


def _most_pairs(
    near: Int32s, far: Int32s, distance_m: Floats, near_group: Ints, far_group: Ints
) -> Bools:
    """Say which candidates make a full matching of the near side, with dummies, of least cost.

    Every near point may take a dummy of its own, at a cost above that of all pairs which its
    component can have. One pair more then always outweighs any saving, so least cost means
    most pairs, then least sum of squares.

    Rows are near points by component, columns the far points of a component, then its
    dummies. The table is written in its final form: each row its candidates, then its dummy.
    """
    row, row_group = _numbered_by_group(near, near_group)
    far_at, column_group = _numbered_by_group(far, far_group)
    order = None
    if (row[1:] < row[:-1]).any():
        order = np.argsort(row, kind="stable")
        row, far_at, distance_m = row[order], far_at[order], distance_m[order]
    rows = len(row_group)
    every = np.arange(rows, dtype=np.int32)
    column = far_at + np.searchsorted(row_group, column_group, side="left").astype(np.int32)[far_at]
    dummy = every + np.searchsorted(column_group, row_group, side="right").astype(np.int32)
    pointers = np.zeros(rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=rows) + 1, out=pointers[1:])
    first = np.flatnonzero(changes(row_group))
    near_size = np.repeat(np.diff(np.append(first, rows)), np.diff(np.append(first, rows)))
    # Costs are at most 1 and the floor.
    cost = _shares(distance_m)
    cost *= cost
    cost += _COST_FLOOR
    entry = np.arange(len(row), dtype=np.int32) + row
    data = np.empty(len(row) + rows)
    indices = np.empty(len(row) + rows, dtype=np.int32)
    data[entry], indices[entry] = cost, column
    data[pointers[1:] - 1], indices[pointers[1:] - 1] = 1.01 * near_size + 1, dummy
    first_row = np.append(first, rows)
    first_column = np.append(
        first + np.searchsorted(column_group, row_group[first], side="left"),
        rows + len(column_group),
    ).astype(np.int32)
    partner = np.empty(rows, dtype=np.int32)
    for begin, end in _batches(pointers[first_row]):
        low, high = first_row[begin], first_row[end]
        left, right = first_column[begin], first_column[end]
        entries = slice(pointers[low], pointers[high])
        piece = csr_array(
            (data[entries], indices[entries] - left, pointers[low : high + 1] - pointers[low]),
            shape=(high - low, right - left),
        )
        partner[low:high] = min_weight_full_bipartite_matching(piece)[1] + left
    taken: Bools = partner[row] == column
    if order is not None:
        taken[order] = taken.copy()
    return taken


def _shares(distance_m: Floats) -> Floats:
    """Divide distances by the largest; different positions may round to a distance of 0."""
    farthest = float(distance_m.max())
    return distance_m / farthest if farthest > 0 else np.zeros_like(distance_m)


def _numbered_by_group(node: Int32s, group: Ints) -> tuple[Int32s, Ints]:
    """Give the nodes that occur new numbers without gaps, those of one component together.

    Returns the new number of each occurrence, and the component of each new number.
    """
    low = int(node.min())
    used = np.zeros(int(node.max()) - low + 1, dtype=np.bool_)
    used[node - low] = True
    nodes = np.flatnonzero(used)
    of_node = group[nodes + low]
    if (of_node[1:] < of_node[:-1]).any():
        order = np.argsort(of_node, kind="stable")
        nodes, of_node = nodes[order], of_node[order]
    number = np.empty(len(used), dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    return number[node - low], of_node


def _batches(first_entry: npt.NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Cut a row of components into runs of about `_BATCH_CANDIDATES` entries."""
    cuts = np.flatnonzero(changes(first_entry[:-1] // _BATCH_CANDIDATES))
    return pairwise([*cuts.tolist(), len(first_entry) - 1])


def _points_of(graph: Graph, subset: Ints) -> tuple[Ints, Int32s, Int32s, Ints, Ints]:
    """Write candidates of places out as candidates of points.

    Returns the number of the candidate, its two points, and the component of every point of
    either side.
    """
    row, column = graph.row[subset], graph.column[subset]
    row_count, column_count = graph.row_count, graph.column_count
    if row_count.max() == 1 and column_count.max() == 1:
        return subset, row, column, graph.row_group, graph.column_group
    copies = row_count[row] * column_count[column]
    number = np.repeat(subset, copies)
    turn = np.arange(len(number)) - np.repeat(np.cumsum(copies) - copies, copies)
    row, column = np.repeat(row, copies), np.repeat(column, copies)
    row_turn, column_turn = np.divmod(turn, column_count[column])
    return (
        number,
        ((np.cumsum(row_count) - row_count)[row] + row_turn).astype(np.int32),
        ((np.cumsum(column_count) - column_count)[column] + column_turn).astype(np.int32),
        np.repeat(graph.row_group, row_count),
        np.repeat(graph.column_group, column_count),
    )


def _by_flow(graph: Graph, subset: Ints) -> Chosen:
    """Solve one large component as a flow: as much as can flow, at the least cost.

    Places are nodes with as many units as they have points. Costs are whole numbers; the
    step is as small as the solver's 64 bits allow for this many nodes.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    row_of, row = np.unique(graph.row[subset], return_inverse=True)
    column_of, column = np.unique(graph.column[subset], return_inverse=True)
    row_count, column_count = graph.row_count[row_of], graph.column_count[column_of]
    nodes = len(row_of) + len(column_of)
    share = _shares(graph.distance_m[subset]) ** 2
    capacity = np.minimum(row_count[row], column_count[column])
    status = None
    for bits in range(min(58 - math.ceil(math.log2(nodes + 2)), 52), 20, -2):
        flow = SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            row.astype(np.int32),
            (column + len(row_of)).astype(np.int32),
            capacity,
            np.rint(share * 2.0**bits).astype(np.int64),
        )
        flow.set_nodes_supplies(
            np.arange(nodes, dtype=np.int32), np.concatenate([row_count, -column_count])
        )
        status = flow.solve_max_flow_with_min_cost()
        if status == flow.OPTIMAL:
            units = np.asarray(flow.flows(arcs), dtype=np.int64)
            return subset[units > 0], units[units > 0]
        if status != flow.BAD_COST_RANGE:
            break
    raise MapAccuracyError(
        f"The matching of a group of {nodes} positions could not be solved ({status}); "
        "please report this, and give a smaller tolerance meanwhile."
    )
