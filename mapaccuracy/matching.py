"""Which supplied point goes with which find: candidates within tolerance, and a choice of pairs.

Three steps, each usable alone. `places` collapses coincident points, so that k x k points at
one position are one candidate and not k * k. `candidates` lists every two places within
tolerance. `assign` chooses pairs among them by one of four rules:

=========  =======================================================================
rule       pairs
=========  =======================================================================
optimal    each point in at most one pair; as many pairs as there can be; among
           those choices the least sum of squared distances
mutual     each is the other's nearest
greedy     nearest two first, then the nearest two of those left, and so on
nearest    many-to-one: every supplied point with its nearest find
=========  =======================================================================

Ties go to the lower index. No candidate joins two connected components, and both the number
of pairs and the sum add up over them, so the optimum of each is the optimum of all.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from mapaccuracy.coordinates import geocentric
from mapaccuracy.errors import MapAccuracyError, SettingsError
from mapaccuracy.schema import (
    MATCHING_RULES,
    Bools,
    Candidates,
    Floats,
    Ints,
    Matching,
    Rule,
    closest,
)

# Measured peak of listing and assigning: 55 to 110 bytes for each candidate in small components,
# up to 220 in large ones, which go to the flow solver.
BYTES_PER_CANDIDATE = 220
MAX_CANDIDATES = 50_000_000

# Candidates that one KD-tree join holds at a time (24 bytes each, before they are packed).
_CHUNK_CANDIDATES = 500_000
# Points that simple arithmetic takes at a time: work space that stays in the cache.
_PIECE = 16_384
# Points of which the candidates are counted, to refuse a hopeless request at once.
_SAMPLE = 10_000
# Below this many points a second thread costs more than it saves.
_POINTS_PER_THREAD = 50_000
# The dense solver initialises work space of the size of the batch for each row: small batches
# are quick, very small ones pay for the call.
_BATCH_CANDIDATES = 1_000
# Above this many points the batch solver, quadratic in a component, loses to min-cost flow.
_LARGE_COMPONENT = 4_000
# Coincident points are written out one by one up to this many candidates of a component.
_EXPANDED_CANDIDATES = 50_000
# Rounds in which all locally nearest pairs are taken at once, before going on one by one.
_GREEDY_ROUNDS = 64
# An explicit zero would be dropped from a sparse matrix. A constant on every candidate changes
# the cost of all choices of one size alike, so it changes no choice.
_COST_FLOOR = 2.0**-10

_Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Places:
    """How points fall on distinct positions; places are numbered by their first point.

    Attributes
    ----------
    of_point : ndarray of int, shape (n,)
        Place of each point.
    count : ndarray of int, shape (k,)
        Points on each place, 1 or more.
    points : ndarray of int, shape (n,)
        Points sorted by place, then index.
    start : ndarray of int, shape (k,)
        Where the points of a place begin in `points`.
    """

    of_point: Ints
    count: Ints
    points: Ints
    start: Ints


@dataclass(frozen=True)
class _Graph:
    """Candidates between the places that have any, with their connected components.

    ``row`` and ``column`` number these places anew without gaps; candidates are sorted by
    row, then column. ``row_place`` and ``column_place`` lead back.
    """

    row: _Int32s
    column: _Int32s
    distance_m: Floats
    row_place: Ints
    column_place: Ints
    row_count: Ints
    column_count: Ints
    row_group: Ints
    column_group: Ints
    groups: int


def match(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    tolerance: float,
    *,
    rule: Rule = "optimal",
    lonlat: bool = False,
) -> Matching:
    """Match supplied points with finds.

    Parameters
    ----------
    a, b : array_like of float, shape (n, 2) or (n, 3); (n, 2) if `lonlat`
        Supplied points and finds: planar (or spatial) metres, or longitude and latitude in
        WGS 84 degrees. Either may be empty.
    tolerance : float
        Largest distance of a pair in metres, inclusive; > 0 and finite. A pair is within
        tolerance if its distance, computed in float64, is ``<= tolerance``.
    rule : {"optimal", "mutual", "greedy", "nearest"}
        ``optimal``: one-to-one, as many pairs as possible, then least sum of squared
        distances. ``mutual``: each is the other's nearest. ``greedy``: nearest two first.
        ``nearest``: many-to-one, each supplied point with its nearest find.
    lonlat : bool
        Whether `a` and `b` are longitude and latitude. Distances are then straight lines
        between points of the ellipsoid: at 5 km 0.13 mm shorter than along the ground.

    Returns
    -------
    Matching
        Indices into `a` and `b`, sorted by the index into `a`; distances in metres; group.
        The groups are the connected components of all candidates, numbered by their first
        supplied point. No pairs: arrays of length 0.

    Raises
    ------
    SettingsError
        If the tolerance, the rule or the points cannot be used, with every reason at once
        (how many rows are not finite, or out of range; positions are not named), or if there
        are more candidates than memory allows for.

    Notes
    -----
    The sum of squares is least to within rounding: about 1e-9 of the squared tolerance in
    all, in float64 for components of up to some thousand points; larger ones are solved in
    whole numbers, with a step of the squared tolerance divided by 2**58 and multiplied by
    the number of points in the component (for 200,000 points at 10 m: 1e-10 square metres).
    Among equal optima the choice depends on the order of the rows, the number of pairs and
    the sum do not. Memory is up to 110 bytes for each candidate (220 in large components) and
    some 150 for each point.

    Examples
    --------
    The nearest find serves the first point only under ``nearest``:

    >>> supplied, finds = [[0, 0], [4, 0]], [[3, 0], [9, 0]]
    >>> match(supplied, finds, 5).find.tolist()
    [0, 1]
    >>> match(supplied, finds, 5, rule="nearest").find.tolist()
    [0, 0]
    >>> match(supplied, finds, 5, rule="greedy").distance_m.tolist()
    [1.0]

    Across the 180th meridian:

    >>> match([[179.99999, 0]], [[-179.99999, 0]], 5, lonlat=True).distance_m.round(3).tolist()
    [2.226]
    """
    faults = [*_tolerance_faults(tolerance), *_rule_faults(rule)]
    a_points, a_faults = _points("a", a, lonlat)
    b_points, b_faults = _points("b", b, lonlat)
    faults += [*a_faults, *b_faults]
    if not faults and a_points.shape[1] != b_points.shape[1] and a_points.size and b_points.size:
        faults.append(
            f"a has {a_points.shape[1]} columns and b has {b_points.shape[1]}; give both alike."
        )
    if faults:
        raise SettingsError(faults)
    if lonlat:
        with ThreadPoolExecutor(2) as pool:
            a_points, b_points = pool.map(
                lambda points: geocentric(*points.T), (a_points, b_points)
            )
    return match_metres(a_points, b_points, tolerance, rule)


def match_metres(a_m: Floats, b_m: Floats, tolerance_m: float, rule: Rule = "optimal") -> Matching:
    """Match points that are known to be valid: `places`, `candidates`, `assign` in a row.

    Parameters
    ----------
    a_m, b_m : ndarray of float, shape (n, 2) or (n, 3)
        Supplied points and finds in metres; finite.
    tolerance_m : float
        Inclusive; > 0.
    rule : {"optimal", "mutual", "greedy", "nearest"}

    Returns
    -------
    Matching

    Raises
    ------
    SettingsError
        As `candidates`.

    Examples
    --------
    >>> at = np.zeros((3, 2))
    >>> match_metres(at, at[:2], 1.0).find.tolist()
    [0, 1]
    """
    with ThreadPoolExecutor(2) as pool:
        (a_at, a_places), (b_at, b_places) = pool.map(places, (a_m, b_m))
    return assign(candidates(a_at, b_at, tolerance_m), a_places, b_places, rule)


def nearest_distance(a_m: Floats, b_m: Floats, tolerance_m: float) -> Floats:
    """Distance from each point of one side to the nearest of the other, within tolerance.

    Parameters
    ----------
    a_m, b_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres; finite.
    tolerance_m : float
        Inclusive; > 0.

    Returns
    -------
    ndarray of float, shape (n,)
        Metres; infinite where there is none within tolerance.

    Examples
    --------
    >>> nearest_distance(np.array([[0.0, 0], [0, 9]]), np.array([[3.0, 4]]), 5.0).tolist()
    [5.0, inf]
    """
    distance = np.full(len(a_m), np.inf)
    if len(a_m) and len(b_m):
        a_at, a_places = places(a_m)
        b_at, _ = places(b_m)
        # The tree looks strictly below its bound; the comparison that counts is the last.
        found, _ = _tree(b_at).query(
            a_at, distance_upper_bound=tolerance_m * (1 + 1e-9), workers=-1
        )
        distance = found[a_places.of_point]
        distance[distance > tolerance_m] = np.inf
    return distance


# --- validity -------------------------------------------------------------------------------


def _tolerance_faults(tolerance: object) -> list[str]:
    number = isinstance(tolerance, (int, float, np.integer, np.floating))
    if number and not isinstance(tolerance, bool):
        value = float(tolerance)  # type: ignore[arg-type]
        # Its square has to be a number above 0 as well.
        if math.isfinite(value) and 1e-150 < value < 1e150:
            return []
    return [f"tolerance is {tolerance}; give a number of metres above 0, such as 10."]


def _rule_faults(rule: str) -> list[str]:
    if rule in MATCHING_RULES:
        return []
    known = list(MATCHING_RULES)
    return [f"rule is '{rule}'; give one of {', '.join(known)}{closest(str(rule), known)}"]


def _points(name: str, values: npt.ArrayLike, lonlat: bool) -> tuple[Floats, list[str]]:
    """Take points as float64, with whatever stands against them."""
    nothing = np.empty((0, 2))
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biufO":
            raise TypeError
        points: Floats = array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        return nothing, [f"{name} is not an array of numbers; give two columns of floats."]
    if points.shape == (0,):
        return nothing, []
    widths = (2,) if lonlat else (2, 3)
    if points.ndim != 2 or points.shape[1] not in widths:
        wanted = "(n, 2), longitude and latitude" if lonlat else "(n, 2) or (n, 3), metres"
        return nothing, [f"{name} has the shape {points.shape}; give {wanted}."]
    faults = []
    finite = np.isfinite(points)
    if not finite.all():
        lost = np.count_nonzero(~finite.all(axis=1))
        faults.append(
            f"{lost} of {len(points)} rows of {name} are empty or not finite; "
            "leave them out, or give their positions."
        )
    if lonlat:
        for column, what, limit in ((1, "latitude", 90), (0, "longitude", 360)):
            degrees = points[finite[:, column], column]
            outside = np.count_nonzero(np.abs(degrees) > limit)
            if outside:
                faults.append(
                    f"{outside} of {len(points)} rows of {name} have a {what} outside "
                    f"-{limit} to {limit} degrees; give longitude first, then latitude "
                    "(are the columns exchanged, or in metres?)."
                )
    return points, faults


# --- places ---------------------------------------------------------------------------------


def places(points_m: Floats) -> tuple[Floats, Places]:
    """Collapse coincident points: equal in every coordinate, to the last bit.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, d)
        Finite.

    Returns
    -------
    position_m : ndarray of float, shape (k, d)
        Of each place.
    places : Places

    Examples
    --------
    >>> position, at = places(np.array([[1.0, 2], [0, 0], [1, 2]]))
    >>> at.of_point.tolist(), at.count.tolist()
    ([0, 1, 0], [2, 1])
    """
    points_m = np.ascontiguousarray(points_m, dtype=np.float64)
    n = len(points_m)
    doubtful = _maybe_repeated(points_m)
    if not len(doubtful):
        each = np.arange(n)
        return points_m, Places(each, np.ones(n, dtype=np.int64), each, each)
    some = points_m[doubtful]
    order = np.lexsort(some.T)
    some = some[order]
    new = np.concatenate([[True], (some[1:] != some[:-1]).any(axis=1)])
    first = np.arange(n)
    # lexsort is stable, so the first of a run is the point with the lowest index.
    first[doubtful[order]] = doubtful[order][np.flatnonzero(new)[np.cumsum(new) - 1]]
    is_first = first == np.arange(n)
    of_point = (np.cumsum(is_first) - 1)[first]
    count = np.bincount(of_point)
    points = np.argsort(of_point, kind="stable")
    return points_m[is_first], Places(of_point, count, points, np.cumsum(count) - count)


def _maybe_repeated(points_m: Floats) -> Ints:
    """List the points whose hash occurs more than once, among them all coincident ones."""
    mixed = np.zeros(len(points_m), dtype=np.uint64)
    for start in range(0, len(points_m), _PIECE):
        part = mixed[start : start + _PIECE]
        for column in points_m[start : start + _PIECE].T:
            # Adding 0 makes -0.0 and 0.0, which are one position, one pattern of bits.
            part ^= (column + 0.0).view(np.uint64)
            part *= np.uint64(0x9E3779B97F4A7C15)
            part ^= part >> np.uint64(29)
    ranked = np.sort(mixed)
    repeated = np.unique(ranked[1:][ranked[1:] == ranked[:-1]])
    if not len(repeated):
        return np.empty(0, dtype=np.int64)
    at = np.minimum(np.searchsorted(repeated, mixed), len(repeated) - 1)
    return np.flatnonzero(repeated[at] == mixed)


# --- candidates -----------------------------------------------------------------------------


def candidates(a_m: Floats, b_m: Floats, tolerance_m: float) -> Candidates:
    """List every supplied point and find within tolerance of each other.

    Parameters
    ----------
    a_m, b_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres; finite. Coincident points are best collapsed with `places` before.
    tolerance_m : float
        Inclusive; > 0.

    Returns
    -------
    Candidates
        Sorted by supplied, then find; 24 bytes each. For a smaller tolerance keep those whose
        ``distance_m`` is ``<=`` it.

    Raises
    ------
    SettingsError
        If there are more than `MAX_CANDIDATES`, found out before they are listed.

    Examples
    --------
    >>> found = candidates(np.array([[0.0, 0], [9, 0]]), np.array([[3.0, 4], [7, 0]]), 5.0)
    >>> found.supplied.tolist(), found.find.tolist(), found.distance_m.tolist()
    ([0, 1], [0, 1], [5.0, 2.0])
    """
    none = np.empty(0, dtype=np.int64)
    if not (len(a_m) and len(b_m)):
        return Candidates(none, none, np.empty(0))
    a_near, b_near, at_most = _neighbourhoods(a_m, b_m, tolerance_m)
    if not len(a_near):
        return Candidates(none, none, np.empty(0))
    a_at, b_at = a_m[a_near], b_m[b_near]
    b_tree = _tree(b_at)
    # A little more than the tolerance: the comparison that counts is made on the distance.
    radius = tolerance_m * (1 + 1e-9)
    bound = np.cumsum(at_most)
    if bound[-1] > MAX_CANDIDATES:
        sample = a_at[:: max(1, len(a_at) // _SAMPLE)]
        around = b_tree.query_ball_point(sample, radius, return_length=True, workers=-1)
        _refuse_too_many(int(around.mean() * len(a_at)) // 2, tolerance_m)

    def listed(piece: tuple[int, int]) -> tuple[Ints, Ints, Floats]:
        begin, end = piece
        found = _tree(a_at[begin:end]).sparse_distance_matrix(b_tree, radius, output_type="ndarray")
        within = found["v"] <= tolerance_m
        if not within.all():
            found = found[within]
        table = csr_array(
            (found["v"], (found["i"].astype(np.int32), found["j"].astype(np.int32))),
            shape=(end - begin, len(b_at)),
        )
        return (
            np.repeat(a_near[begin:end], np.diff(table.indptr)),
            b_near[table.indices],
            table.data,
        )

    threads = os.cpu_count() or 1
    pieces = _pieces(bound, min(threads, 1 + len(a_at) // _POINTS_PER_THREAD))
    pool = ThreadPoolExecutor(threads)
    parts, n = [], 0
    try:
        for part in pool.map(listed, pieces):
            parts.append(part)
            n += len(part[0])
            _refuse_too_many(n, tolerance_m)
    finally:
        pool.shutdown(cancel_futures=True)
    supplied, find, distance_m = zip(*parts, strict=True)
    return Candidates(np.concatenate(supplied), np.concatenate(find), np.concatenate(distance_m))


def _pieces(bound: Ints, least: int) -> list[tuple[int, int]]:
    """Cut points into runs, by the running upper bound of their candidates."""
    parts = max(least, math.ceil(bound[-1] / _CHUNK_CANDIDATES))
    cuts = np.searchsorted(bound, bound[-1] * np.arange(1, parts) / parts)
    edges = np.unique(np.concatenate([[0], cuts, [len(bound)]])).tolist()
    return list(pairwise(edges))


def _tree(points_m: Floats) -> cKDTree:
    # For a single join this is the quickest: median splits and tight boxes cost more to build
    # than they save, and so do small leaves.
    return cKDTree(points_m, leafsize=32, balanced_tree=False, compact_nodes=False)


def _neighbourhoods(a_m: Floats, b_m: Floats, tolerance_m: float) -> tuple[Ints, Ints, Ints]:
    """Leave out points with nothing near, and bound the candidates of each from above.

    Both sides are counted on a square grid with cells a little wider than the tolerance, so
    that candidates are in the same cell or in adjoining ones. The grid is folded: cells a
    multiple of its width apart share a counter, which can only keep a point too many.
    Distances in space are no shorter than on the two widest axes.

    Returns the points of each side that are left, and for those of the first how many of the
    second are around.
    """
    # Column by column: reducing along the short axis of an array is many times slower.
    ends = np.array([[(x.min(), x.max()) for x in points.T] for points in (a_m, b_m)])
    low = ends[..., 0].min(axis=0)
    extent = ends[..., 1].max(axis=0) - low
    axes = np.argsort(extent, kind="stable")[-2:]
    # Cell numbers stay below 2**30, where float64 still tells a thousandth of a cell.
    cell_m = max(1.001 * tolerance_m, float(extent.max()) * 2.0**-30)
    bits = int(np.clip(math.ceil(math.log2(max(len(a_m), len(b_m)) * 4) / 2), 2, 11))
    width = 1 << bits

    def cells(points_m: Floats) -> _Int32s:
        x: _Int32s
        y: _Int32s
        x, y = (
            ((points_m[:, axis] - low[axis]) * (1 / cell_m)).astype(np.int32) & (width - 1)
            for axis in axes
        )
        return (x << bits) | y

    def around(cell: _Int32s) -> _Int32s:
        # One cell more on each side of both axes, filled from the opposite side.
        counts = np.empty((width + 2, width + 2), dtype=np.int32)
        counts[1:-1, 1:-1] = np.bincount(cell, minlength=width * width).reshape(width, width)
        counts[0], counts[-1] = counts[-2], counts[1]
        counts[:, 0], counts[:, -1] = counts[:, -2], counts[:, 1]
        rows = counts[:-2] + counts[1:-1]
        rows += counts[2:]
        both = rows[:, :-2] + rows[:, 1:-1]
        both += rows[:, 2:]
        return both.ravel()

    with ThreadPoolExecutor(2) as pool:
        a_cell, b_cell = pool.map(cells, (a_m, b_m))
    finds_around = around(b_cell)[a_cell]
    a_near = np.flatnonzero(finds_around)
    b_near = np.flatnonzero(around(a_cell[a_near])[b_cell])
    return a_near, b_near, finds_around[a_near].astype(np.int64)


def _refuse_too_many(n: int, tolerance_m: float) -> None:
    if n > MAX_CANDIDATES:
        raise SettingsError(
            f"A tolerance of {tolerance_m:g} m is too large for this many points: {n} supplied "
            f"points and finds are within tolerance of each other, which would need about "
            f"{n * BYTES_PER_CANDIDATE / 1e9:.0f} GB of memory; at most {MAX_CANDIDATES} are "
            "taken. Give a smaller tolerance, or evaluate fewer points at a time."
        )


# --- assignment -----------------------------------------------------------------------------


def assign(
    found: Candidates, a_places: Places, b_places: Places, rule: Rule = "optimal"
) -> Matching:
    """Choose pairs among candidates.

    Parameters
    ----------
    found : Candidates
        Between places, sorted as `candidates` gives them.
    a_places, b_places : Places
        Of the supplied points and of the finds.
    rule : {"optimal", "mutual", "greedy", "nearest"}

    Returns
    -------
    Matching
        Of points; sorted by supplied.

    Raises
    ------
    MapAccuracyError
        If the flow solver gives up, which no input is known to cause.

    Examples
    --------
    >>> a_at, a_places = places(np.array([[0.0, 0], [4, 0]]))
    >>> b_at, b_places = places(np.array([[3.0, 0], [9, 0]]))
    >>> found = candidates(a_at, b_at, 5.0)
    >>> assign(found, a_places, b_places).find.tolist()
    [0, 1]
    >>> assign(found, a_places, b_places, "mutual").find.tolist()
    [0]
    """
    if not len(found.supplied):
        none = np.empty(0, dtype=np.int64)
        return Matching(none, none, np.empty(0), none)
    graph = _graph(found, a_places.count, b_places.count)
    chosen, units = _RULES[rule](graph)
    supplied_place = np.repeat(graph.row_place[graph.row[chosen]], units)
    find_place = np.repeat(graph.column_place[graph.column[chosen]], units)
    supplied = a_places.points[a_places.start[supplied_place] + _rank(supplied_place)]
    turn = 0 if rule == "nearest" else _rank(find_place)
    find = b_places.points[b_places.start[find_place] + turn]
    order = np.argsort(supplied, kind="stable")
    return Matching(
        supplied[order],
        find[order],
        np.repeat(graph.distance_m[chosen], units)[order],
        np.repeat(graph.row_group[graph.row[chosen]], units)[order],
    )


def _rank(values: Ints) -> Ints:
    """Count the equal values that stand before each."""
    order = np.argsort(values, kind="stable")
    new = _changes(values[order])
    before = np.arange(len(values))
    rank = np.empty_like(before)
    rank[order] = before - before[new][np.cumsum(new) - 1]
    return rank


def _graph(found: Candidates, row_count: Ints, column_count: Ints) -> _Graph:
    new_row = _changes(found.supplied)
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
    group = _inverse(np.argsort(first))[label]
    return _Graph(
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


def _changes(values: npt.NDArray[np.integer]) -> Bools:
    """Say where a run of equal values begins."""
    changes = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _inverse(order: Ints) -> Ints:
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return inverse


_Chosen = tuple[Ints, Ints]  # numbers of candidates, and how many pairs each gives


def _nearest_of_each(node: npt.NDArray[np.integer], distance_m: Floats) -> Ints:
    """Find the first among the nearest candidates of each node; sorted by node."""
    start = np.flatnonzero(_changes(node))
    least = np.minimum.reduceat(distance_m, start)
    length = np.diff(np.append(start, len(node)))
    nearest = np.flatnonzero(distance_m == np.repeat(least, length))
    return nearest[_changes(node[nearest])]


def _nearest(graph: _Graph) -> _Chosen:
    chosen = _nearest_of_each(graph.row, graph.distance_m)
    return chosen, graph.row_count[graph.row[chosen]]


def _mutual(graph: _Graph) -> _Chosen:
    by_column = np.argsort(graph.column, kind="stable")
    of_column = by_column[_nearest_of_each(graph.column[by_column], graph.distance_m[by_column])]
    chosen = np.intersect1d(_nearest_of_each(graph.row, graph.distance_m), of_column)
    return chosen, np.ones(len(chosen), dtype=np.int64)


def _greedy(graph: _Graph) -> _Chosen:
    return _nearest_first(graph, np.arange(len(graph.row)))


def _nearest_first(graph: _Graph, subset: Ints) -> _Chosen:
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


def _optimal(graph: _Graph) -> _Chosen:
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
        _nearest_first(graph, _within(graph, star)),
        _by_batches(graph, _within(graph, small), row_points > column_points),
    ]
    if large.any():
        chosen = _within(graph, large)
        group = graph.row_group[graph.row[chosen]]
        chosen = chosen[np.argsort(group, kind="stable")]
        cuts = np.flatnonzero(_changes(graph.row_group[graph.row[chosen]]))[1:]
        parts += [_by_flow(graph, part) for part in np.split(chosen, cuts)]
    taken, units = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(taken)
    return taken[order], units[order]


def _total(group: npt.NDArray[np.integer], count: Ints, groups: int) -> Ints:
    return np.bincount(group, count, groups).astype(np.int64)


def _within(graph: _Graph, groups: Bools) -> Ints:
    """List the candidates of some components."""
    return np.flatnonzero(groups[graph.row_group][graph.row])


def _useful_counts(graph: _Graph) -> _Graph:
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


def _by_batches(graph: _Graph, subset: Ints, exchange: Bools) -> _Chosen:
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
        for begin, end in _runs(group, _CHUNK_CANDIDATES):
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
    first = np.flatnonzero(_changes(group))
    cuts = first[_changes(first // size)]
    return pairwise([*cuts.tolist(), len(group)])


def _most_pairs(
    near: _Int32s, far: _Int32s, distance_m: Floats, near_group: Ints, far_group: Ints
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
    first = np.flatnonzero(_changes(row_group))
    near_size = np.repeat(np.diff(np.append(first, rows)), np.diff(np.append(first, rows)))
    # Costs are at most 1 and the floor.
    cost = distance_m * (1 / distance_m.max())
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


def _numbered_by_group(node: _Int32s, group: Ints) -> tuple[_Int32s, Ints]:
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
    cuts = np.flatnonzero(_changes(first_entry[:-1] // _BATCH_CANDIDATES))
    return pairwise([*cuts.tolist(), len(first_entry) - 1])


def _points_of(graph: _Graph, subset: Ints) -> tuple[Ints, _Int32s, _Int32s, Ints, Ints]:
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


def _by_flow(graph: _Graph, subset: Ints) -> _Chosen:
    """Solve one large component as a flow: as much as can flow, at the least cost.

    Places are nodes with as many units as they have points. Costs are whole numbers; the
    step is as small as the solver's 64 bits allow for this many nodes.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    row_of, row = np.unique(graph.row[subset], return_inverse=True)
    column_of, column = np.unique(graph.column[subset], return_inverse=True)
    row_count, column_count = graph.row_count[row_of], graph.column_count[column_of]
    nodes = len(row_of) + len(column_of)
    share = (graph.distance_m[subset] / graph.distance_m[subset].max()) ** 2
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


_RULES = {"optimal": _optimal, "mutual": _mutual, "greedy": _greedy, "nearest": _nearest}
