"""Medians of values that stand for more than themselves."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Floats, Ints

# Sums of weights that differ by less are equal but for rounding.
_ROUNDING = 1e-6


def weighted_medians(value: Floats, weight: Floats, group: Ints, groups: int) -> Floats:
    """Median of the values of each group, each counted as often as its weight says.

    The smallest value up to which half of the weight is reached; where that is exactly half,
    the mean of it and the next. With whole weights this is the median of the values repeated.

    Parameters
    ----------
    value : ndarray of float, shape (n,)
        Finite.
    weight : ndarray of float, shape (n,)
        At least 1.
    group : ndarray of int, shape (n,)
        From 0; -1 is in none.
    groups : int

    Returns
    -------
    ndarray of float, shape (groups,)
        In the unit of the values; NaN for a group without any.

    Examples
    --------
    >>> value, group = np.array([4.0, 6.0, 50.0]), np.array([0, 0, 0])
    >>> weighted_medians(value, np.array([1.0, 1.0, 1.0]), group, 2).tolist()
    [6.0, nan]
    >>> weighted_medians(value, np.array([2.0, 1.0, 1.0]), group, 1).tolist()
    [5.0]
    """
    order = np.lexsort((value, group))
    order = order[np.searchsorted(group[order], 0) :]
    value, of = value[order], group[order]
    reached = np.cumsum(weight[order])
    end = np.searchsorted(of, np.arange(groups), side="right")
    start = np.append(0, end[:-1])
    held = end > start
    median = np.full(groups, np.nan)
    before = np.append(0.0, reached)[start[held]]
    half = (before + reached[end[held] - 1]) / 2
    low = np.searchsorted(reached, half - _ROUNDING)
    high = np.minimum(np.searchsorted(reached, half + _ROUNDING, side="right"), end[held] - 1)
    median[held] = (value[low] + value[high]) / 2
    return median
