"""What a move of the map gains, over clusters of supplied points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from mapaccuracy.schema import Bools, Closer, Floats, Gain, Ints
from mapaccuracy.statistics.intervals import (
    LEVEL,
    MIN_EFFECTIVE_CLUSTERS,
    clopper_pearson,
)

TOO_FEW = "too few records for an interval"
NO_POINTS = "no single supplied points"
_NO_SPREAD = 1e-12
# Scale of closeness, in medians of the distance of pairs: pairs of chance, which lie anywhere
# within tolerance, hardly count, and those of one mine do. Simulated, 1.5 to 3 do as well.
_SCALE = 2.0
# Least scale, in tolerances: where all pairs coincide their median is 0.
_LEAST_SCALE = 0.01


def gain(
    before: Bools | Floats, after: Bools | Floats, counted: Bools, clusterings: Sequence[Ints]
) -> Gain:
    """Compare the share of points with a pair, or their mean score, before and after a move.

    With d_k the change of paired points in cluster k, n_k its points and n all of them, the gain
    is ``g = sum(d_k) / n`` with the variance ``K / (K - 1) * sum((d_k - g n_k)**2) / n**2`` of a
    ratio over clusters, and Student's t with ``n**2 / sum(n_k**2) - 1`` degrees of freedom.
    Without any spread between clusters the interval is that of Clopper and Pearson for as many
    items as there are effective clusters. Of several clusterings the widest interval counts.

    Parameters
    ----------
    before, after : ndarray of bool or float, shape (n,)
        Whether each supplied row has a pair, or a score of it in [0, 1].
    counted : ndarray of bool, shape (n,)
        Rows that count.
    clusterings : sequence of ndarray of int, shape (n,)
        Cluster of each row, from 0.

    Returns
    -------
    Gain
        Without an interval with fewer than 5 effective clusters.

    Examples
    --------
    >>> cluster = np.repeat(np.arange(8), 5)
    >>> before, after = np.zeros(40, dtype=bool), np.arange(40) % 5 > 0
    >>> told = gain(before, after, np.ones(40, dtype=bool), [cluster])
    >>> told.value, round(told.low, 3), told.clusters
    (0.8, 0.396, 8)
    """
    change = after.astype(np.float64) - before
    return max((_gain(change[counted], of[counted]) for of in clusterings), key=_width)


def closer(
    before_m: Floats,
    after_m: Floats,
    tolerance_m: float,
    counted: Bools,
    clusterings: Sequence[Ints],
) -> Closer:
    """Compare how close pairs are before and after a move of the map.

    Each point scores ``max(0, 1 - d**2 / s**2)`` with d the distance of its pair, and 0 without
    one; s is twice the median distance of pairs, before or after, whichever is less (where one
    side has less than half as many pairs as the other, that of the other), and at most the
    tolerance. The change of the mean score has the interval of `gain`. A move that is shorter
    than the tolerance changes hardly which points have a pair, but how far their finds are.

    Parameters
    ----------
    before_m, after_m : ndarray of float, shape (n,)
        Distance of each supplied row from its find, metres; infinite without a pair.
    tolerance_m : float
        > 0.
    counted : ndarray of bool, shape (n,)
        Rows that count.
    clusterings : sequence of ndarray of int, shape (n,)
        Cluster of each row, from 0.

    Returns
    -------
    Closer
        Without an interval with fewer than 5 effective clusters.

    Examples
    --------
    >>> cluster = np.repeat(np.arange(8), 5)
    >>> before, after = np.full(40, 3.0), np.full(40, 1.0)
    >>> told = closer(before, after, 10.0, np.ones(40, dtype=bool), [cluster])
    >>> told.scale_m, told.value
    (2.0, 0.75)
    """
    pairs = [m[np.isfinite(m) & counted] for m in (before_m, after_m)]
    most = max(map(len, pairs))
    # A few chance pairs of a map far off say nothing of how close those of one mine are.
    middle = [np.median(m) for m in pairs if len(m) and len(m) >= most / 2]
    scale_m = min(
        tolerance_m,
        max(_SCALE * float(min(middle, default=np.inf)), _LEAST_SCALE * tolerance_m),
    )
    before, after = (np.maximum(0.0, 1 - (m / scale_m) ** 2) for m in (before_m, after_m))
    return Closer(scale_m=scale_m, **vars(gain(before, after, counted, clusterings)))


def _width(told: Gain) -> float:
    return np.inf if told.low is None or told.high is None else told.high - told.low


def _gain(change: Floats, cluster: Ints) -> Gain:
    n = len(change)
    if not n:
        return Gain(None, None, None, 0, None, NO_POINTS)
    every, gained = np.bincount(cluster), np.bincount(cluster, change).astype(np.float64)
    held = every > 0
    size: Floats = every[held].astype(np.float64)
    value, clusters = float(change.sum() / n), len(size)
    effective = float(n**2 / (size**2).sum())
    if effective < MIN_EFFECTIVE_CLUSTERS:
        return Gain(value, None, None, clusters, effective, TOO_FEW)
    low, high = _interval(value, gained[held], size, effective)
    return Gain(value, low, high, clusters, effective, None)


def _interval(value: float, gained: Floats, size: Floats, effective: float) -> tuple[float, float]:
    clusters = len(size)
    spread = float(((gained - value * size) ** 2).sum()) * clusters / (clusters - 1)
    error = np.sqrt(spread) / size.sum()
    if error < _NO_SPREAD:
        low, high = clopper_pearson(abs(value) * effective, effective)
        if value < 0:
            return -high, -low
        return (low, high) if value > 0 else (-high, high)
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, effective - 1)) * error
    return float(max(-1.0, value - reach)), float(min(1.0, value + reach))
