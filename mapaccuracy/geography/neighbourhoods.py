"""Which points of one side lie near each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import Floats, Ints

# Pairs of points that are held at one time.
_MAX_PAIRS = 1_000_000
# From here on the nearest point is sooner found by a tree than among all pairs.
_MAX_PAIRS_OF_TWO_CELLS = 300_000


def neighbourhoods(points_m: Floats, distance_m: float) -> Ints:
    """Single linkage: label the groups of points that chains of short steps connect.

    Points within the distance of each other, inclusive, are in one group. Cells whose
    diagonal is the distance hold one group each; only cells near each other and not yet
    connected are compared point by point.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres.
    distance_m : float
        Metres; > 0.

    Returns
    -------
    ndarray of int, shape (n,)
        Labels 0 .. k-1.

    Examples
    --------
    >>> neighbourhoods(np.array([[0.0, 0], [50, 0], [100, 0], [151, 0]]), 50).tolist()
    [0, 0, 0, 1]
    """
    from scipy.spatial import cKDTree

    if not len(points_m):
        return np.empty(0, dtype=np.int64)
    cell, order, starts = _cells(points_m, distance_m / np.sqrt(points_m.shape[1]))
    ordered = points_m[order]
    sizes = np.diff(np.append(starts, len(order)))
    tree = cKDTree(ordered[starts])
    label = _connected(tree.query_pairs(distance_m, output_type="ndarray"), len(starts))
    lower = np.minimum.reduceat(ordered, starts)
    upper = np.maximum.reduceat(ordered, starts)
    links = []
    # Two cells that hold points within the distance have representatives within three.
    for block in range(0, len(starts), 50_000):
        near = cKDTree(ordered[starts[block : block + 50_000]]).sparse_distance_matrix(
            tree, 3 * distance_m, output_type="ndarray"
        )
        first, second = near["i"] + block, near["j"]
        open_ = (first < second) & (label[first] != label[second])
        first, second = first[open_], second[open_]
        gap = np.maximum(np.maximum(lower[second] - upper[first], lower[first] - upper[second]), 0)
        close = (gap**2).sum(axis=1) <= distance_m**2
        links.append(_touching(ordered, starts, sizes, first[close], second[close], distance_m))
    linked = np.concatenate(links)
    label = _connected(label[linked], int(label.max()) + 1)[label]
    return label[cell]


def _cells(points_m: Floats, side_m: float) -> tuple[Ints, Ints, Ints]:
    """Cell of each point, points in order of cell, and where each cell starts in it."""
    # Whole numbers, but kept as floats: an extent may hold more cells than an integer counts.
    index = np.floor((points_m - points_m.min(axis=0)) / side_m)
    key = _one_number(index)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    cell = np.empty(len(key), dtype=np.int64)
    cell[order] = np.cumsum(new) - 1
    return cell, order, np.flatnonzero(new)


def _one_number(index: Floats) -> Ints:
    """Give rows of whole numbers one number each, equal for equal rows."""
    size = index.max(axis=0) + 1
    if np.log2(size).sum() < 62:
        cells: Ints = np.ravel_multi_index(
            tuple(index.astype(np.int64).T), tuple(size.astype(np.int64))
        )
        return cells
    key = np.zeros(len(index), dtype=np.int64)
    for column in index.T:
        # Ranks are below the number of points, and so are those of the pairs so far.
        _, rank = np.unique(column, return_inverse=True)
        _, key = np.unique(key * (rank.max() + 1) + rank, return_inverse=True)
    return key


def _connected(pairs: Ints, n: int) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    labels: Ints = label.astype(np.int64)
    return labels


def _touching(
    ordered: Floats, starts: Ints, sizes: Ints, first: Ints, second: Ints, distance_m: float
) -> Ints:
    """Pairs of cells that hold points within the distance of each other."""
    work = sizes[first] * sizes[second]
    found = np.zeros(len(first), dtype=bool)
    many = work > _MAX_PAIRS_OF_TWO_CELLS
    found[many] = _touching_by_tree(ordered, starts, sizes, first[many], second[many], distance_m)
    few = np.flatnonzero(~many)
    batch = np.cumsum(work[few]) // _MAX_PAIRS
    for number in np.unique(batch):
        pairs = few[batch == number]
        pair = np.repeat(pairs, work[pairs])
        rank = np.arange(len(pair)) - np.repeat(np.cumsum(work[pairs]) - work[pairs], work[pairs])
        a = starts[first[pair]] + rank // sizes[second[pair]]
        b = starts[second[pair]] + rank % sizes[second[pair]]
        close = ((ordered[a] - ordered[b]) ** 2).sum(axis=1) <= distance_m**2
        found[pair[close]] = True
    return np.column_stack([first[found], second[found]])


def _touching_by_tree(
    ordered: Floats, starts: Ints, sizes: Ints, first: Ints, second: Ints, distance_m: float
) -> npt.NDArray[np.bool_]:
    """Whether two cells of many points hold points within the distance of each other."""
    from scipy.spatial import cKDTree

    swap = sizes[first] < sizes[second]
    larger, smaller = np.where(swap, second, first), np.where(swap, first, second)
    found = np.zeros(len(first), dtype=bool)
    # One tree at a time, for all pairs whose larger cell it holds.
    for cell in np.unique(larger):
        points = ordered[starts[cell] : starts[cell] + sizes[cell]]
        tree = cKDTree(points)
        for pair in np.flatnonzero(larger == cell):
            asked = ordered[starts[smaller[pair]] :][: sizes[smaller[pair]]]
            _, nearest = tree.query(asked, distance_upper_bound=distance_m * (1 + 1e-9))
            some = nearest < len(points)
            gap = asked[some] - points[nearest[some]]
            found[pair] = bool(((gap**2).sum(axis=1) <= distance_m**2).any())
    return found


def spacing_m(points_m: Floats, group: Ints, least: int = 32, most: int = 250_000) -> Floats:
    """Distance from points to their nearest neighbour on the same side.

    Of many points only some are looked up, of large groups more than of small ones.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres; no two at one position, which would take long.
    group : ndarray of int, shape (n,)
        From 0. Neighbours of any group count.
    least : int
        Points of each group whose neighbour is looked up at least, if it has so many.
    most : int
        Up to so many points all are looked up; of n more, a share of ``most / n`` of each group,
        or `least`, evenly spread over the given order.

    Returns
    -------
    ndarray of float, shape (n,)
        Metres; NaN where not looked up, and for a single point.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [0.0, 5.0], [0.0, 11.0]])
    >>> spacing_m(points, np.zeros(3, dtype=np.int64)).tolist()
    [5.0, 5.0, 6.0]
    """
    from scipy.spatial import cKDTree

    spacing = np.full(len(points_m), np.nan)
    if len(points_m) < 2:
        return spacing
    order = np.argsort(group, kind="stable")
    size = np.bincount(group)
    of = group[order]
    rank = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    # Of n points those at which the share of the sample passes a whole number.
    share = min(1.0, most / len(points_m))
    step = np.minimum(size, np.maximum(least, np.ceil(share * size).astype(np.int64)))
    chosen = order[(rank + 1) * step[of] // size[of] > rank * step[of] // size[of]]
    tree = cKDTree(points_m, leafsize=32, balanced_tree=False, compact_nodes=False)
    spacing[chosen] = tree.query(points_m[chosen], k=2, workers=-1)[0][:, 1]
    return spacing
