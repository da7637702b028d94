"""Whether two parts of a map differ in what the map itself says of them."""

from __future__ import annotations

import numpy as np

from mapaccuracy.schema import Floats, Ints


def moments(
    values: Floats, group: Ints, groups: int, *, share: bool
) -> tuple[Ints, Floats, Floats]:
    """Count, mean and variance of the known values of each group.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN where unknown; 0 or 1 if they are flags.
    group : ndarray of int, shape (n,)
        0 .. groups-1; -1 is in none.
    groups : int
    share : bool
        The values are flags: the variance is ``p (1 - p)``, else it is that with n - 1.

    Returns
    -------
    n : ndarray of int, shape (groups,)
    mean, variance : ndarray of float, shape (groups,)
        NaN without a value; the variance of one value is NaN too, unless it is a flag.

    Examples
    --------
    >>> values, group = np.array([1.0, 3.0, np.nan, 7.0]), np.array([0, 0, 0, 1])
    >>> n, mean, variance = moments(values, group, 2, share=False)
    >>> n.tolist(), mean.tolist(), variance.tolist()
    ([2, 1], [2.0, 7.0], [2.0, nan])
    """
    known = ~np.isnan(values) & (group >= 0)
    values, group = values[known], group[known]
    n = np.bincount(group, minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(group, values, groups) / n
        if share:
            return n, mean, mean * (1 - mean)
        # From the mean, not from sums of squares: years differ by little.
        squares = np.bincount(group, (values - mean[group]) ** 2, groups)
        return n, mean, np.where(n > 1, squares / (n - 1), np.nan)


def standardised_difference(
    mean_a: float, variance_a: float, mean_b: float, variance_b: float
) -> float | None:
    """Difference of two means in units of the spread: ``(a - b) / sqrt((s_a^2 + s_b^2) / 2)``.

    For shares the variances are ``p (1 - p)`` (Austin 2009). It does not grow with the number
    of items, as a test would.

    Parameters
    ----------
    mean_a, variance_a, mean_b, variance_b : float

    Returns
    -------
    float or None
        None where neither side varies, or a variance is not known.

    Examples
    --------
    >>> standardised_difference(12.0, 9.0, 10.0, 7.0)
    0.7071067811865475
    >>> standardised_difference(1.0, 0.0, 0.0, 0.0) is None
    True
    """
    spread = float(np.sqrt((variance_a + variance_b) / 2))
    return (mean_a - mean_b) / spread if spread > 0 else None
