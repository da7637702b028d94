"""Which points of the two sides are within tolerance of each other."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from mapaccuracy.errors import SettingsError
from mapaccuracy.matching.coincidence import places
from mapaccuracy.matching.graph import Int32s
from mapaccuracy.schema import Candidates, Floats, Ints

# Measured peak of listing and assigning: 55 to 110 bytes for each candidate in small components,
# up to 220 in large ones, which go to the flow solver.
BYTES_PER_CANDIDATE = 220
MAX_CANDIDATES = 50_000_000
# Upper bound of the candidates that one KD-tree join lists (24 bytes each, before they are
# packed; about a third of the bound is there). Smaller pieces of points in random order each
# cover the whole ground, and cost more than they save.
_CHUNK_CANDIDATES = 8_000_000
# Points of which the candidates are counted, to refuse a hopeless request at once.
_SAMPLE = 10_000
# Below this many points a second thread costs more than it saves.
_POINTS_PER_THREAD = 50_000


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


class Nearest:
    """Points to which the nearest is asked for, again and again.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres; finite. May be empty.
    """

    def __init__(self, points_m: Floats) -> None:
        self._at, _ = places(points_m)
        self._tree = _tree(self._at) if len(points_m) else None

    def distance(self, asked_m: Floats, reach_m: float = np.inf) -> Floats:
        """Distance from each position to the nearest point.

        Parameters
        ----------
        asked_m : ndarray of float, shape (k, 2) or (k, 3)
            Metres; finite.
        reach_m : float
            Inclusive; > 0.

        Returns
        -------
        ndarray of float, shape (k,)
            Metres; infinite where no point is within reach.

        Examples
        --------
        >>> Nearest(np.array([[3.0, 4]])).distance(np.array([[0.0, 0], [0, 9]]), 5.0).tolist()
        [5.0, inf]
        """
        distance = np.full(len(asked_m), np.inf)
        if self._tree is not None and len(asked_m):
            asked_at, asked_places = places(asked_m)
            # The tree looks strictly below its bound; the comparison that counts is the last.
            found, _ = self._tree.query(
                asked_at, distance_upper_bound=reach_m * (1 + 1e-9), workers=-1
            )
            distance = found[asked_places.of_point]
            distance[distance > reach_m] = np.inf
        return distance


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
    return Nearest(b_m).distance(a_m, tolerance_m)


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

    def cells(points_m: Floats) -> Int32s:
        x: Int32s
        y: Int32s
        x, y = (
            ((points_m[:, axis] - low[axis]) * (1 / cell_m)).astype(np.int32) & (width - 1)
            for axis in axes
        )
        return (x << bits) | y

    def around(cell: Int32s) -> Int32s:
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
