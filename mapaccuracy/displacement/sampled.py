"""A part of a large map on which known mistakes are tried: points drawn from all its units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mapaccuracy.evaluation.apart import Units
from mapaccuracy.schema import Ints

# Supplied points beyond which hypotheses are tried on points drawn at random.
MOST_POINTS = 150_000
# Units that the points are to be of, if there are so many.
_UNITS = 200
_STREAM = 700


def draw_rows(units: Units, seed: int, most: int = MOST_POINTS) -> Ints | None:
    """Draw rows of units, of each no more than an even share of `most` among 200 units.

    Parameters
    ----------
    units : Units
    seed : int
    most : int
        Points to draw.

    Returns
    -------
    ndarray of int or None
        Rows in their order; None where there are no more than `most`. Units of which no point
        is drawn are left out whole.

    Examples
    --------
    >>> units = Units("record", np.repeat(np.arange(6), 50), 6)
    >>> rows = draw_rows(units, 1, most=60)
    >>> np.bincount(rows // 50).tolist()
    [10, 10, 10, 10, 10, 10]
    """
    held = np.flatnonzero(units.of_point >= 0)
    if len(held) <= most:
        return None
    rng = np.random.default_rng([seed, _STREAM])
    rank = rng.permutation(units.count)
    # Within a unit in random order, so that those left out are any.
    shuffled = held[rng.permutation(len(held))]
    shuffled = shuffled[np.argsort(rank[units.of_point[shuffled]], kind="stable")]
    place = rank[units.of_point[shuffled]]
    quota = max(most // min(units.count, _UNITS), 1)
    within = np.arange(len(place)) - np.searchsorted(place, place)
    return np.sort(shuffled[within < quota][:most])


def units_of_rows(units: Units, rows: Ints) -> Units:
    """Give new numbers, from 0, to the units of drawn rows."""
    of_point = np.unique(units.of_point[rows], return_inverse=True)[1]
    return replace(units, of_point=of_point, count=int(of_point.max(initial=-1)) + 1)
