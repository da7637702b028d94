"""Counts at every tolerance of the ladder, group by group."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Bools, Floats, Ints


def counts_within(distance_m: Floats, group: Ints, rungs: Floats, groups: int) -> Ints:
    """Count the items of each group within each tolerance.

    Parameters
    ----------
    distance_m : ndarray of float, shape (n,)
        Metres; infinite where nothing is in reach.
    group : ndarray of int, shape (n,)
        Group of each item, from 0; -1 is in none.
    rungs : ndarray of float, shape (t,)
        Tolerances in metres, inclusive, ascending.
    groups : int

    Returns
    -------
    ndarray of int, shape (groups, t)
        Never falls from one rung to the next.

    Examples
    --------
    >>> counts_within(np.array([1.0, 2.0, np.inf]), np.array([0, 0, 1]),
    ...               np.array([1.0, 5.0]), 2).tolist()
    [[1, 2], [0, 0]]
    """
    held = group >= 0
    first = np.searchsorted(rungs, distance_m[held])
    width = len(rungs) + 1
    table = np.bincount(group[held] * width + first, minlength=groups * width)
    return np.cumsum(table.reshape(groups, width), axis=1)[:, :-1]


def counts(group: Ints, flag: Bools, groups: int) -> Ints:
    """Count the flagged items of each group; -1 is in none.

    Examples
    --------
    >>> counts(np.array([0, 1, 1, -1]), np.array([True, False, True, True]), 2).tolist()
    [1, 1]
    """
    return np.bincount(group[flag & (group >= 0)], minlength=groups)
