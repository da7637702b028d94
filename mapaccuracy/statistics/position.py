"""Error of position of pairs: bias, spread, circular error, and what the tolerance cut off."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from mapaccuracy.schema import Floats, Ints, PositionError

LEVEL = 0.95
MIN_CLUSTERS = 5
# Below this share of the size of the errors a spread is rounding of coordinates.
_ROUNDING = 1e-9
# Standard deviations from the mean at which a normal density is cut into pieces, and beyond
# which nothing of it is left (1e-19).
_CUTS = np.arange(-9.0, 10.0, 3.0)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PARTS = tuple(
    field.name for field in fields(PositionError) if field.name not in ("n", "clusters", "reason")
)


@dataclass(frozen=True)
class Moments:
    """First and second moments of errors of position.

    Attributes
    ----------
    bias_m : ndarray of float, shape (2,)
        Mean error, east and north.
    covariance_m2 : ndarray of float, shape (2, 2)
        With n - 1.
    rmse_m : ndarray of float, shape (2,)
        Root mean square error of each axis, with n.
    rmse_radial_m : float
        ``sqrt(mean(d**2))`` = the root of the sum of both squared.
    """

    bias_m: Floats
    covariance_m2: Floats
    rmse_m: Floats
    rmse_radial_m: float


def moments(error_m: Floats) -> Moments:
    """Mean, covariance and root mean square of errors of position.

    Parameters
    ----------
    error_m : ndarray of float, shape (n, 2)
        Supplied point minus find, east and north, in metres; n >= 2.

    Examples
    --------
    >>> found = moments(np.array([[1.0, 2.0], [3.0, 2.0]]))
    >>> found.bias_m.tolist(), found.covariance_m2.tolist(), found.rmse_radial_m
    ([2.0, 2.0], [[2.0, 0.0], [0.0, 0.0]], 3.0)
    """
    square = (error_m**2).mean(axis=0)
    bias = error_m.mean(axis=0)
    rest = error_m - bias
    # A product of matrices may be summed in another order on another number of cores.
    covariance = np.einsum("ni,nj->ij", rest, rest) / (len(error_m) - 1)
    return Moments(bias, covariance, np.sqrt(square), math.sqrt(square.sum()))


def bearing_deg(east: float, north: float) -> float | None:
    """Direction clockwise from north, in [0, 360) degrees; None without a length.

    Examples
    --------
    >>> bearing_deg(1.0, 0.0), bearing_deg(-1.0, 0.0), bearing_deg(0.0, 0.0)
    (90.0, 270.0, None)
    """
    if east == 0 and north == 0:
        return None
    # A hair west of north would be rounded up to 360.
    return math.degrees(math.atan2(east, north)) % 360.0 % 360.0


@dataclass(frozen=True)
class _Normal:
    """A normal error on its principal axes; by symmetry its means are not negative."""

    mean_long: float
    mean_short: float
    sd_long: float
    sd_short: float

    @property
    def bias(self) -> float:
        return math.hypot(self.mean_long, self.mean_short)

    def share_within(self, radius: float) -> float:
        from scipy.special import ndtr

        if self.sd_long == 0:
            return float(radius >= self.bias)
        if radius <= 0:
            return 0.0
        if self.sd_short == 0:
            half = math.sqrt(max(radius**2 - self.mean_short**2, 0.0))
            ends = (np.array([half, -half]) - self.mean_long) / self.sd_long
            return float(ndtr(ends[0]) - ndtr(ends[1]))
        # The short axis is y = r sin(theta), the circle reaches r cos(theta) along the long one.
        y = np.clip((self.mean_short + _CUTS * self.sd_short) / radius, -1, 1)
        along = np.clip((self.mean_long + _CUTS * self.sd_long) / radius, 0, 1)
        by_y, by_along = np.arcsin(y), np.arccos(along)
        # In each piece both normal curves are smooth, however thin the ellipse.
        cuts = np.clip(np.concatenate([by_y, by_along, -by_along]), by_y[0], by_y[-1])
        cuts.sort()
        half_width = np.diff(cuts)[:, None] / 2
        theta = cuts[:-1, None] + half_width * (1 + _NODES)
        reach = radius * np.cos(theta)
        density = np.exp(-(((radius * np.sin(theta) - self.mean_short) / self.sd_short) ** 2) / 2)
        inside = ndtr((reach - self.mean_long) / self.sd_long) - ndtr(
            (-reach - self.mean_long) / self.sd_long
        )
        total = float((half_width * _WEIGHTS * density * inside * reach).sum())
        return min(total / (self.sd_short * math.sqrt(2 * math.pi)), 1.0)


def _on_principal_axes(bias_m: Floats, covariance_m2: Floats) -> _Normal:
    variance, axes = np.linalg.eigh(covariance_m2)
    short, long = np.sqrt(np.maximum(variance, 0.0)).tolist()
    mean_short, mean_long = np.abs(axes.T @ bias_m).tolist()
    rounding = _ROUNDING * max(long, math.hypot(mean_short, mean_long))
    return _Normal(
        mean_long,
        mean_short,
        long if long > rounding else 0.0,
        short if short > rounding else 0.0,
    )


def share_within(radius_m: float, bias_m: Floats, covariance_m2: Floats) -> float:
    """Probability that a biased, correlated normal error is no longer than a radius.

    ``P(|b + N(0, S)| <= r)``, on the principal axes of S with y = r sin(theta): the normal
    density of y times the normal probability of the chord, integrated over theta by
    Gauss-Legendre quadrature between cuts that follow both normal curves. With one axis, or
    both, without spread the value is exact as well.

    Parameters
    ----------
    radius_m : float
        >= 0.
    bias_m : ndarray of float, shape (2,)
    covariance_m2 : ndarray of float, shape (2, 2)
        Symmetric, without negative eigenvalues; all zeros is allowed.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> round(share_within(1.0, np.zeros(2), np.eye(2)), 12), round(1 - math.exp(-0.5), 12)
    (0.393469340287, 0.393469340287)
    """
    return _on_principal_axes(bias_m, covariance_m2).share_within(radius_m)


def circular_error(share: float, bias_m: Floats, covariance_m2: Floats) -> float:
    """Radius that holds a share of a biased, correlated normal error (CE50, CE90, CE95).

    Solves ``P(|b + N(0, S)| <= r) = share`` for r; with S circular and no bias,
    ``sigma * sqrt(-2 log(1 - share))``. R shotGroups calls it CorrNormal.

    Parameters
    ----------
    share : float
        In (0, 1).
    bias_m : ndarray of float, shape (2,)
    covariance_m2 : ndarray of float, shape (2, 2)
        As in `share_within`.

    Returns
    -------
    float
        Metres; the length of the bias if there is no spread.

    Examples
    --------
    >>> round(circular_error(0.9, np.zeros(2), np.diag([9.0, 1.0])), 9)
    5.043497868
    >>> round(circular_error(0.95, np.array([3.0, 0.0]), np.eye(2)), 6)
    4.777225
    """
    from scipy.optimize import brentq

    normal = _on_principal_axes(bias_m, covariance_m2)
    # The error differs from the bias by no more than a circular one with the larger deviation.
    high = normal.bias + normal.sd_long * math.sqrt(-2 * math.log1p(-share))
    low = max(normal.bias - normal.sd_long * math.sqrt(-2 * math.log(share)), 0.0)
    if low == high:
        return normal.bias
    # The bounds may be the root itself; rounding must not put it outside.
    return float(
        brentq(
            lambda radius: normal.share_within(radius) - share,
            low * (1 - _ROUNDING),
            high * (1 + _ROUNDING),
            xtol=1e-12 * high,
        )
    )


def truncated_mean_square(sigma_m: float, tolerance_m: float) -> float:
    """Mean square of a Rayleigh distance that is cut off at the tolerance.

    ``E[d**2 | d <= t] = 2 s**2 (1 - u exp(-u) / (1 - exp(-u)))`` with ``u = t**2 / (2 s**2)``.
    Pairs are never farther apart than the tolerance, so this is what their mean square shows of
    an unbiased circular normal error.

    Parameters
    ----------
    sigma_m : float
        Standard deviation per axis, >= 0.
    tolerance_m : float
        > 0.

    Returns
    -------
    float
        Square metres, in [0, tolerance_m**2 / 2).

    Examples
    --------
    >>> round(truncated_mean_square(10.0, 20.0) ** 0.5, 6)
    11.721474
    """
    if sigma_m == 0:
        return 0.0
    u = (tolerance_m / sigma_m) ** 2 / 2
    # Nearly even over the disk, both terms are large and their difference is lost.
    relative = 0.5 - u / 12 if u < 1e-4 else 1 / u - math.exp(-u) / -math.expm1(-u)
    return tolerance_m**2 * relative


def untruncated_sigma(mean_square_m2: float, tolerance_m: float) -> float | None:
    """Maximum-likelihood spread of a Rayleigh distance that is cut off at the tolerance.

    Solves `truncated_mean_square` = observed mean square, the likelihood equation of the
    truncated Rayleigh distribution. It assumes an unbiased circular normal error: a bias
    counts as spread.

    Parameters
    ----------
    mean_square_m2 : float
        Of the distances of the pairs; >= 0.
    tolerance_m : float
        > 0; no distance is longer.

    Returns
    -------
    float or None
        Standard deviation per axis in metres, at most half the tolerance. None if the tolerance
        is below twice the estimate (mean square above 0.3435 of the squared tolerance): too
        much was cut off. From half the squared tolerance on there is no solution at all.

    Examples
    --------
    >>> round(untruncated_sigma(11.7214735806**2, 20.0), 6)
    10.0
    >>> untruncated_sigma(50.0, 10.0) is None
    True
    """
    from scipy.optimize import brentq

    high = tolerance_m / 2
    # Rounding must not refuse a tolerance of just twice the estimate.
    if mean_square_m2 > truncated_mean_square(high, tolerance_m) * (1 + _ROUNDING):
        return None
    low = math.sqrt(mean_square_m2 / 2)
    if low == 0:
        return 0.0
    return float(
        brentq(
            lambda sigma: truncated_mean_square(sigma, tolerance_m) - mean_square_m2,
            low * (1 - _ROUNDING),
            high * (1 + 2 * _ROUNDING),
            xtol=1e-12 * low,
        )
    )


@dataclass(frozen=True)
class Hotelling:
    """Hotelling's test of a mean: T squared, its F with 2 and n - 2 degrees of freedom, and p."""

    t2: float
    f: float
    p: float


def hotelling(values: Floats, mean: Floats | None = None) -> Hotelling | None:
    """Test that values in two directions have a given mean.

    ``T2 = n d' S^-1 d`` with d the difference of means and S the covariance (n - 1);
    ``F = T2 (n - 2) / (2 (n - 1))`` follows F(2, n - 2) for normal values (statsmodels
    ``test_mvmean``); with 2 degrees of freedom above,
    ``p = (1 + T2 / (n - 1)) ** (-(n - 2) / 2)`` exactly.

    Parameters
    ----------
    values : ndarray of float, shape (n, 2)
        Independent of each other: means of clusters, not points.
    mean : ndarray of float, shape (2,), optional
        By default zero.

    Returns
    -------
    Hotelling or None
        None with fewer than 3 values, or if they do not spread in two directions.

    Examples
    --------
    >>> test = hotelling(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
    >>> test.t2, test.f, test.p
    (0.0, 0.0, 1.0)
    """
    n = len(values)
    if n < 3:
        return None
    found = moments(values - (0.0 if mean is None else mean))
    variance = np.linalg.eigvalsh(found.covariance_m2)
    if variance[0] <= _ROUNDING**2 * (variance[1] + float((found.bias_m**2).sum())):
        return None
    t2 = n * float(found.bias_m @ np.linalg.solve(found.covariance_m2, found.bias_m))
    return Hotelling(t2, t2 * (n - 2) / (2 * (n - 1)), (1 + t2 / (n - 1)) ** (-(n - 2) / 2))


def least_for_upper_bound(share: float) -> int:
    """Fewest values among which the largest is an upper 95 % bound of a quantile.

    Without any assumption on the distribution the largest of n values lies above the quantile
    with probability ``1 - share**n``: n = ceil(log(0.05) / log(share)).

    Examples
    --------
    >>> least_for_upper_bound(0.90), least_for_upper_bound(0.95)
    (29, 59)
    """
    return math.ceil(math.log(1 - LEVEL) / math.log(share))


def quantile(ordered: Floats, share: float) -> float:
    """Quantile by Harrell and Davis: a weighted mean of the ordered values.

    The i-th of n values has the weight ``I(i/n) - I((i-1)/n)``, where I is the distribution
    function of Beta((n + 1) share, (n + 1)(1 - share)) (Harrell and Davis 1982, Biometrika
    69:635-640). No single value is the result, which an order statistic such as the median of
    an odd number of distances would be.

    Parameters
    ----------
    ordered : ndarray of float, shape (n,)
        Ascending; n >= 1.
    share : float
        In (0, 1).

    Returns
    -------
    float

    Examples
    --------
    >>> round(quantile(np.array([1.0, 2.0, 6.0]), 0.5), 6)
    2.777778
    """
    from scipy.special import betainc

    n = len(ordered)
    # Of many values only those within 20 standard deviations of the beta have any weight.
    window = 20 * math.sqrt(share * (1 - share) / (n + 2))
    first = max(math.floor((share - window) * n), 0)
    last = min(math.ceil((share + window) * n), n)
    edges = np.arange(first, last + 1) / n
    weights = np.diff(betainc((n + 1) * share, (n + 1) * (1 - share), edges))
    return float((weights * ordered[first:last]).sum() / weights.sum())


def not_computed(n: int, clusters: int, reason: str) -> PositionError:
    """Give the figures of pairs whose error of position is not to be stated."""
    return PositionError(n=n, clusters=clusters, reason=reason, **dict.fromkeys(_PARTS))


def position_error(error_m: Floats, cluster: Ints, tolerance_m: float) -> PositionError:
    """Every figure on the error of position of pairs.

    Parameters
    ----------
    error_m : ndarray of float, shape (n, 2)
        Supplied point minus find, east and north, in metres; n >= 2. The correction of the map
        is minus the bias.
    cluster : ndarray of int, shape (n,)
        Cluster of each pair; the test of bias is on the unweighted means of clusters.
    tolerance_m : float
        The largest distance that a pair can have; all figures but `sigma_untruncated_m` are
        of errors cut off there.

    Returns
    -------
    PositionError
        Missing parts are None: the bearing without a bias, the test with fewer than 5 clusters,
        or with means on a line, quantiles of fewer pairs than `least_for_upper_bound`, the
        spread before the cut as `untruncated_sigma` says. `reason` lists them.

    Examples
    --------
    >>> error = np.array([[3.0, 4.0]] * 10)
    >>> found = position_error(error, np.zeros(10, dtype=np.int64), 20.0)
    >>> found.bias_m, found.rmse_radial_m, found.ce90_m, found.p90_m
    (5.0, 5.0, 5.0, None)
    >>> found.reason
    'fewer than 5 clusters: no test of bias; fewer than 29 pairs: no 90 % quantile;
     fewer than 59 pairs: no 95 % quantile'
    """
    n = len(error_m)
    found = moments(error_m)
    bias, covariance = found.bias_m, found.covariance_m2
    east, north = bias.tolist()
    missing = []
    bearing = bearing_deg(east, north)
    if bearing is None:
        missing.append("no bias: no bearing")
    means = _means(error_m, cluster)
    test = hotelling(means) if len(means) >= MIN_CLUSTERS else None
    if len(means) < MIN_CLUSTERS:
        missing.append(f"fewer than {MIN_CLUSTERS} clusters: no test of bias")
    elif test is None:
        missing.append("means of clusters do not spread in two directions: no test of bias")
    distance = np.sort(np.hypot(error_m[:, 0], error_m[:, 1]))
    tails = {}
    for share in (0.90, 0.95):
        least = least_for_upper_bound(share)
        tails[share] = quantile(distance, share) if n >= least else None
        if n < least:
            missing.append(f"fewer than {least} pairs: no {100 * share:.0f} % quantile")
    sigma = untruncated_sigma(found.rmse_radial_m**2, tolerance_m)
    if sigma is None:
        missing.append("tolerance below twice the spread: no spread before the cut")
    return PositionError(
        n=n,
        clusters=len(means),
        bias_east_m=east,
        bias_north_m=north,
        bias_m=math.hypot(east, north),
        bias_bearing_deg=bearing,
        bias_p=None if test is None else test.p,
        variance_east_m2=float(covariance[0, 0]),
        variance_north_m2=float(covariance[1, 1]),
        covariance_m2=float(covariance[0, 1]),
        rmse_east_m=float(found.rmse_m[0]),
        rmse_north_m=float(found.rmse_m[1]),
        rmse_radial_m=found.rmse_radial_m,
        ce50_m=circular_error(0.50, bias, covariance),
        ce90_m=circular_error(0.90, bias, covariance),
        ce95_m=circular_error(0.95, bias, covariance),
        median_m=quantile(distance, 0.50),
        p90_m=tails[0.90],
        p95_m=tails[0.95],
        sigma_untruncated_m=sigma,
        reason="; ".join(missing) or None,
    )


def _means(error_m: Floats, cluster: Ints) -> Floats:
    """Mean error of each cluster, shape (k, 2)."""
    _, of, size = np.unique(cluster, return_inverse=True, return_counts=True)
    return np.column_stack([np.bincount(of, axis) for axis in error_m.T]) / size[:, None]
