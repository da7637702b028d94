"""Pairs of supplied points and finds that lie apart by no more than a range, as displacements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.located import Points
from mapaccuracy.schema import Floats, Ints
from mapaccuracy.statistics.displacement import Apart

# Points looked at together, and pairs listed together.
_POINTS_AT_ONCE = 20_000
_PAIRS_AT_ONCE = 400_000
# Units that pairs are to be of, if there are so many; of larger ones points are drawn at random.
_UNITS = 200


@dataclass(frozen=True)
class Units:
    """What moves as one.

    Attributes
    ----------
    kind : {"record", "sheet"}
    of_point : ndarray of int, shape (n_supplied,)
        From 0; -1 for rows that are not single points.
    count : int
    """

    kind: str
    of_point: Ints
    count: int


def units_of(compared: Compared, kind: str) -> Units:
    """Give a number to each cluster of records, or of map sheets where they are given.

    Records within the cluster distance of each other are one: they may be rows of one field.
    """
    claimed, single = compared.inputs.supplied, compared.supplied.single
    chain = compared.clusterings[0]
    by_record = claimed.codes("record_id") is not None
    label = chain[-1] if kind == "sheet" else chain[1 if by_record else 0]
    of_point = np.full(len(claimed), -1, dtype=np.int64)
    names, of_point[single] = np.unique(label[single], return_inverse=True)
    return Units(kind, of_point, len(names))


class Finds:
    """Finds in scope, ready to be looked up many times."""

    def __init__(self, compared: Compared) -> None:
        found, in_scope = compared.inputs.finds, compared.finds.in_scope
        self.x, self.y = found.x[in_scope], found.y[in_scope]
        self.tree = cKDTree(found.metres[in_scope]) if in_scope.any() else None
        self.frame = compared.inputs.frame


@dataclass(frozen=True)
class Collected:
    """Displacements, and what part of the map they are of.

    Attributes
    ----------
    apart : Apart
        Units numbered anew from 0.
    drawn : ndarray of int, shape (units,)
        Which of the units each is.
    point : ndarray of int, shape (n,)
        Supplied row of each pair.
    """

    apart: Apart
    drawn: Ints
    point: Ints


def collect(
    points: Points, units: Units, finds: Finds, range_m: float, most: int, rng: np.random.Generator
) -> Collected:
    """List the displacements of units drawn at random, until there are enough pairs.

    Parameters
    ----------
    points : Points
        Supplied points, where they stand or moved.
    units : Units
    finds : Finds
    range_m : float
        Largest displacement on each axis.
    most : int
        Pairs from which on no further unit is drawn. Of a unit that has more than its even
        share of that (of 200 units at most), points are drawn at random.
    rng : numpy.random.Generator

    Returns
    -------
    Collected
        All units, if they have no more pairs.

    Notes
    -----
    Memory: about 40 bytes a pair, and half a million pairs at a time besides.
    """
    rows = np.flatnonzero(units.of_point >= 0)
    rank = np.empty(units.count, dtype=np.int64)
    rank[rng.permutation(units.count)] = np.arange(units.count)
    # Within a unit in random order, so that those left out are any.
    shuffled = rows[rng.permutation(len(rows))]
    shuffled = shuffled[np.argsort(rank[units.of_point[shuffled]], kind="stable")]
    place = rank[units.of_point[shuffled]]
    if finds.tree is None:
        return _collected([], rank, 0)
    reach_m = range_m * np.sqrt(2)
    quota = most / min(max(units.count, 1), _UNITS)
    parts, pairs, seen = [], 0, 0
    for begin in range(0, len(shuffled), _POINTS_AT_ONCE):
        piece = shuffled[begin : begin + _POINTS_AT_ONCE]
        near = finds.tree.query_ball_point(points.metres[piece], reach_m, return_length=True)
        kept, last = _kept(near, place[begin : begin + _POINTS_AT_ONCE], pairs, most, quota)
        parts += _listed(points, piece[kept], near[kept], finds, range_m, units, rank)
        pairs += int(near[kept].sum())
        seen = last
        if pairs >= most:
            break
    else:
        seen = units.count
    return _collected(parts, rank, seen)


def _kept(near: Ints, place: Ints, before: int, most: int, quota: float) -> tuple[Ints, int]:
    """Choose the points of one piece, and tell how many units have been drawn after it."""
    first = np.searchsorted(place, place)
    total = np.cumsum(near)
    within = total - (total[first] - near[first])
    kept = within <= quota
    # The first point of a unit is kept whatever it has.
    kept |= np.arange(len(near)) == first
    counted = before + np.cumsum(np.where(kept, near, 0))
    full = np.searchsorted(counted, most)
    if full < len(near):
        last = int(place[full]) + 1
        return np.flatnonzero(kept & (place < last)), last
    return np.flatnonzero(kept), int(place[-1]) + 1


def _listed(
    points: Points,
    rows: Ints,
    near: Ints,
    finds: Finds,
    range_m: float,
    units: Units,
    rank: Ints,
) -> list[tuple[Ints, Floats, Floats, Ints]]:
    out: list[tuple[Ints, Floats, Floats, Ints]] = []
    begin = 0
    total = np.cumsum(near)
    while begin < len(rows):
        done = int(total[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + _PAIRS_AT_ONCE, side="right")))
        some = rows[begin:end]
        begin = end
        found = cKDTree(points.metres[some]).sparse_distance_matrix(
            finds.tree, range_m * np.sqrt(2), output_type="ndarray"
        )
        row, find = some[found["i"]], found["j"]
        wide, high = finds.frame.scale((finds.y[find] + points.y[row]) / 2)
        east, north = (finds.x[find] - points.x[row]) * wide, (finds.y[find] - points.y[row]) * high
        inside = (np.abs(east) <= range_m) & (np.abs(north) <= range_m)
        out.append((rank[units.of_point[row[inside]]], east[inside], north[inside], row[inside]))
    return out


def _collected(parts: list[tuple[Ints, Floats, Floats, Ints]], rank: Ints, seen: int) -> Collected:
    none = np.empty(0, dtype=np.int64)
    unit, east, north, point = (
        np.concatenate([nothing, *(one[k] for one in parts)])
        for k, nothing in enumerate((none, np.empty(0), np.empty(0), none))
    )
    return Collected(Apart(unit, east, north, seen), np.argsort(rank, kind="stable")[:seen], point)
