"""Coincident points: many points at one position are one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy.schema import Floats, Ints

# Points that simple arithmetic takes at a time: work space that stays in the cache.
_PIECE = 16_384


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
        return each(points_m)
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


def each(points_m: Floats) -> tuple[Floats, Places]:
    """Take every point as a place of its own, for points that one position does not make alike.

    Examples
    --------
    >>> position, at = each(np.zeros((2, 2)))
    >>> at.of_point.tolist()
    [0, 1]
    """
    index = np.arange(len(points_m))
    return points_m, Places(index, np.ones(len(points_m), dtype=np.int64), index, index)


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
