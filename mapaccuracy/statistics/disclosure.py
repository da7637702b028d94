"""Which groups must not be told, so that nobody reads single items from the rest."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Bools, Ints

# Figures of fewer points, finds or accidents at several distances would tell of single ones.
LEAST_ITEMS = 5


def group_to_withhold(count: Ints, shown: Bools, total: int, least: int) -> int | None:
    """Find the group that must be left out as well, or the whole would tell of the others.

    What the whole holds beyond the groups shown follows by subtraction. Where that is something,
    but fewer than `least` items, the smallest group shown is left out too: complementary
    suppression. One is enough, because groups that are shown have at least so many.

    Parameters
    ----------
    count : ndarray of int, shape (g,)
        Items of each group.
    shown : ndarray of bool, shape (g,)
        Groups that are to be shown; each holds at least `least` items.
    total : int
        Items of the whole, also those of no group.
    least : int

    Returns
    -------
    int or None
        Index of the group; None where none need be left out, or none is shown.

    Examples
    --------
    >>> group_to_withhold(np.array([9, 3, 7]), np.array([True, False, True]), 19, 5)
    2
    >>> group_to_withhold(np.array([9, 5, 7]), np.array([True, False, True]), 21, 5) is None
    True
    """
    rest = total - int(count[shown].sum())
    if not 0 < rest < least or not shown.any():
        return None
    return int(np.argmin(np.where(shown, count, total + 1)))
