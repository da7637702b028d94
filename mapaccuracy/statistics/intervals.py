"""Intervals of a share whose items come in clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy.schema import Floats, Rate

LEVEL = 0.95
MIN_EFFECTIVE_CLUSTERS = 5
MIN_CLUSTERS_WITH_EACH_OUTCOME = 6


def clopper_pearson(successes: float, n: float) -> tuple[float, float]:
    """Exact interval of a share of independent items, 95 %, by beta quantiles.

    Parameters
    ----------
    successes, n : float
        ``0 <= successes <= n``, ``n > 0``; need not be whole numbers.

    Returns
    -------
    low, high : float
        `low` is 0 without a success, `high` is 1 without a failure.

    Examples
    --------
    >>> [round(end, 6) for end in clopper_pearson(4, 20)]
    [0.057334, 0.436614]
    """
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def wilson(successes: float, n: float) -> tuple[float, float]:
    """Interval of a share if every item were independent, 95 %: a labelled reference only.

    ``(p + z**2/2n +- z sqrt(p(1-p)/n + z**2/4n**2)) / (1 + z**2/n)`` (Wilson 1927). Items of one
    cluster share their fate, so this is far too narrow for them, and never the headline.

    Parameters
    ----------
    successes, n : float
        ``0 <= successes <= n``, ``n > 0``; need not be whole numbers.

    Returns
    -------
    low, high : float
        Shares in [0, 1]; `low` is 0 without a success, `high` is 1 without a failure.

    Examples
    --------
    >>> [round(end, 6) for end in wilson(4, 20)]
    [0.080658, 0.416017]
    >>> wilson(0, 10)[0], wilson(10, 10)[1]
    (0.0, 1.0)
    """
    from scipy.special import ndtri

    p = successes / n
    squared = float(ndtri(0.5 + LEVEL / 2)) ** 2
    centre = p + squared / (2 * n)
    half = (squared * (p * (1 - p) / n + squared / (4 * n**2))) ** 0.5
    scale = 1 + squared / n
    # At the ends of the range the formula is 0 or 1 but for rounding.
    low = 0.0 if successes <= 0 else float((centre - half) / scale)
    high = 1.0 if successes >= n else float((centre + half) / scale)
    return low, high


@dataclass(frozen=True)
class ClusterSpread:
    """How much a share varies between clusters.

    Attributes
    ----------
    p : float
        Pooled share.
    n : int
        Items.
    clusters : int
        Clusters that hold an item.
    effective_clusters : float
        ``n**2 / sum(n_k**2)``; equals `clusters` when all are of one size.
    variance : float
        Linearised variance of the ratio, ``K/(K-1) sum(e_k**2)/n**2`` with
        ``e_k = x_k - p n_k``; 0 for one cluster.
    """

    p: float
    n: int
    clusters: int
    effective_clusters: float
    variance: float

    @property
    def design_effect(self) -> float | None:
        """Variance against that of n independent items; None without variance between clusters."""
        independent = self.p * (1 - self.p) / self.n
        return self.variance / independent if self.variance > 0 else None


def cluster_spread(successes: Floats, sizes: Floats) -> ClusterSpread:
    """Pool a share over clusters and measure how it varies between them.

    The cluster is the unit: points of one record share surveyor, datum and fate. The
    variance is that of a ratio of cluster totals (Cochran; Kish; R survey ``svyratio``).

    Parameters
    ----------
    successes, sizes : ndarray of float, shape (k,)
        Successes and items per cluster; every size above 0, k >= 1.

    Examples
    --------
    >>> spread = cluster_spread(np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    >>> spread.p, spread.effective_clusters, spread.variance
    (0.5, 2.0, 0.0625)
    """
    n = float(sizes.sum())
    total = float(successes.sum())
    k = len(sizes)
    # Whole numbers up to the division, so that equal shares give a variance of exactly 0.
    errors = (successes * n - total * sizes) / n
    variance = k / (k - 1) * float((errors**2).sum()) / n**2 if k > 1 else 0.0
    return ClusterSpread(total / n, int(n), k, n**2 / float((sizes**2).sum()), variance)


def korn_graubard(spread: ClusterSpread, degrees_of_freedom: float) -> tuple[float, float]:
    """Korn-Graubard interval: Clopper-Pearson on the effective sample size, 95 %.

    ``n* = p(1-p)/v [t(.975, n-1) / t(.975, df)]**2``, at most n; Clopper-Pearson with
    ``x = p n*`` (Korn and Graubard 1998; R survey ``svyciprop(method="beta")``).

    Parameters
    ----------
    spread : ClusterSpread
        With a variance above 0.
    degrees_of_freedom : float
        ``clusters - 1`` in the plain form; above 0.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> sizes = np.array([12, 30, 5, 44, 8, 20, 17, 60, 9, 25.0])
    >>> successes = np.array([0, 21, 1, 30, 0, 2, 1, 9, 0, 3.0])
    >>> [round(end, 6) for end in korn_graubard(cluster_spread(successes, sizes), 9)]
    [0.079461, 0.603514]
    """
    from scipy.special import stdtrit

    quantile = 0.5 + LEVEL / 2
    shrink = stdtrit(spread.n - 1, quantile) / stdtrit(degrees_of_freedom, quantile)
    effective = min(spread.p * (1 - spread.p) / spread.variance * float(shrink) ** 2, spread.n)
    return clopper_pearson(spread.p * effective, effective)


def cluster_interval(successes: Floats, sizes: Floats) -> tuple[float, float] | None:
    """95 % interval of a share whose items come in clusters; None if there are too few.

    Korn-Graubard with effective clusters ``K_eff = n**2 / sum(n_k**2)`` in the place of
    K. Without variance between clusters (no success, no failure, or equal shares
    everywhere) the clusters count as the only independent items: Clopper-Pearson at p
    with n = K_eff. With fewer than 6 clusters that hold a success, or a failure, the hull
    of both, because Korn-Graubard alone narrows when a first success appears. None below
    K_eff = 5.

    Parameters
    ----------
    successes, sizes : ndarray of float, shape (k,)
        Successes and items per cluster; every size above 0, k >= 1.

    Examples
    --------
    >>> sizes = np.array([12, 30, 5, 44, 8, 20, 17, 60, 9, 25.0])
    >>> successes = np.array([0, 21, 1, 30, 0, 2, 1, 9, 0, 3.0])
    >>> [round(end, 10) for end in cluster_interval(successes, sizes)]
    [0.0652089263, 0.6377343424]
    >>> cluster_interval(successes[:4], sizes[:4]) is None
    True
    """
    spread = cluster_spread(successes, sizes)
    k_eff = spread.effective_clusters
    if k_eff < MIN_EFFECTIVE_CLUSTERS:
        return None
    between = clopper_pearson(spread.p * k_eff, k_eff)
    if spread.variance == 0:
        return between
    within = korn_graubard(spread, k_eff - 1)
    rarer = min(np.count_nonzero(successes), np.count_nonzero(successes < sizes))
    if rarer >= MIN_CLUSTERS_WITH_EACH_OUTCOME:
        return within
    return min(within[0], between[0]), max(within[1], between[1])


def clustered_rate(successes: Floats, sizes: Floats, *, empty: str, too_few: str) -> Rate:
    """Make a rate from cluster counts, with its interval or the reason why there is none.

    Parameters
    ----------
    successes, sizes : ndarray of float, shape (k,)
        Successes and items per cluster; clusters of size 0 are left out.
    empty, too_few : str
        Reasons to give when there is no item, or too few clusters for an interval.

    Examples
    --------
    >>> rate = clustered_rate(np.array([1.0, 0.0]), np.array([2.0, 2.0]),
    ...                       empty="no points", too_few="too few records for an interval")
    >>> rate.value, rate.low, rate.cluster_low, rate.cluster_high, rate.reason
    (0.25, None, 0.0, 0.5, 'too few records for an interval')
    """
    held = sizes > 0
    successes, sizes = successes[held], sizes[held]
    if not len(sizes):
        return Rate(None, None, None, 0, 0, None, None, None, None, empty)
    spread = cluster_spread(successes, sizes)
    interval = cluster_interval(successes, sizes)
    shares = successes / sizes
    few = interval is None
    low, high = interval if interval is not None else (None, None)
    return Rate(
        value=spread.p,
        low=low,
        high=high,
        n=spread.n,
        clusters=spread.clusters,
        effective_clusters=spread.effective_clusters,
        design_effect=spread.design_effect,
        cluster_low=float(shares.min()) if few else None,
        cluster_high=float(shares.max()) if few else None,
        reason=too_few if few else None,
    )


def widest(rates: list[Rate]) -> Rate:
    """Choose among rates of the same items under several clusterings the widest interval.

    No interval counts as the widest, and among equals the one with fewest clusters.

    Parameters
    ----------
    rates : list of Rate
        At least one.

    Examples
    --------
    >>> fine = clustered_rate(np.ones(10), np.full(10, 2.0), empty="", too_few="")
    >>> coarse = clustered_rate(np.array([5.0, 5.0]), np.full(2, 10.0), empty="", too_few="few")
    >>> widest([fine, coarse]).reason
    'few'
    """

    def width(rate: Rate) -> tuple[float, int]:
        if rate.low is None or rate.high is None:
            return np.inf, -rate.clusters
        return rate.high - rate.low, -rate.clusters

    return max(rates, key=width)
