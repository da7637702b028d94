"""Error of position that is left after one move: common to all, or each record or sheet its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mapaccuracy.schema import Bools, Floats, Ints, Residuals

MIN_PAIRS = 5
MIN_RECORDS = 5
MIN_SHEETS = 3
ONE_VECTOR = "one vector for all"
BY_RECORD = "every record its own"
BY_SHEET = "every sheet its own"
TOO_FEW = f"fewer than {MIN_RECORDS} records have {MIN_PAIRS} or more pairs"
TOO_FEW_SHEETS = f"fewer than {MIN_SHEETS} map sheets have two such records: no figure by sheet"
NO_EXTENT = "points of records lie in one place: no turn"
_LEVEL = 0.05
# 95 % of circular normal vectors are no longer than this many standard deviations of an axis.
_CIRCLE = math.sqrt(-2 * math.log(_LEVEL))
# One vector may leave this share of the tolerance to the records; the rest is for the points.
_SHARE_OF_TOLERANCE = 0.5
# Below this share of the size of the values a spread is rounding of coordinates.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class RecordResiduals:
    """Errors of the records that have at least 5 pairs; arrays of shape (k,), by label.

    Attributes
    ----------
    record, sheet : ndarray of int
        Labels; the sheet is -1 where it is unknown, or the record lies on several.
    pairs : ndarray of int
    east_m, north_m : ndarray of float
        Mean error.
    spread_m : ndarray of float
        Root mean square error about that mean, per axis, ``sqrt(sum |e - mean|**2 / (2 n - 2))``.
    rotation_deg : ndarray of float
        Turn about the record's own centre that brings its points closest to their finds,
        clockwise; NaN where all points lie in one place.
    rotation_error_deg : ndarray of float
        Its standard error, from the scatter of all records pooled.
    """

    record: Ints
    sheet: Ints
    pairs: Ints
    east_m: Floats
    north_m: Floats
    spread_m: Floats
    rotation_deg: Floats
    rotation_error_deg: Floats

    def __len__(self) -> int:
        return len(self.record)

    def table(self) -> dict[str, Ints | Floats]:
        """Give the columns of the restricted table, a row a record."""
        return {
            "record": self.record,
            "sheet": self.sheet,
            "pairs": self.pairs,
            "east_m": self.east_m,
            "north_m": self.north_m,
            "spread_m": self.spread_m,
            "rotation_deg": self.rotation_deg,
        }


def record_residuals(
    record: Ints, sheet: Ints, x_m: Floats, y_m: Floats, east_m: Floats, north_m: Floats
) -> RecordResiduals:
    """Mean error, spread and turn of each record with at least 5 pairs.

    With p the supplied points off their centre and f the finds off theirs, the turn is the
    least-squares one, ``atan2(sum(f_x p_y - f_y p_x), sum(f . p))`` (Procrustes in the plane;
    Mardia, Kent and Bibby 1979, section 14.7), with the standard error ``s / sqrt(sum |p|**2)``
    for a small turn, where s**2 pools, over all records, the squares left after mean and turn by
    their ``2 n - 3`` degrees of freedom.

    Parameters
    ----------
    record, sheet : ndarray of int, shape (n,)
        Labels, any numbers; sheet -1 where there is none.
    x_m, y_m : ndarray of float, shape (n,)
        Supplied points after the move, in a plane.
    east_m, north_m : ndarray of float, shape (n,)
        Find minus that.

    Returns
    -------
    RecordResiduals
        Empty if no record has 5 pairs.

    Examples
    --------
    >>> x, y = np.array([0.0, 10, 20, 30, 40]), np.zeros(5)
    >>> none, record = np.full(5, -1), np.zeros(5, dtype=np.int64)
    >>> told = record_residuals(record, none, x, y, np.full(5, 2.0), -0.1 * (x - 20))
    >>> told.east_m.tolist(), told.rotation_deg.round(2).tolist()
    ([2.0], [5.71])
    """
    label, of, n = np.unique(record, return_inverse=True, return_counts=True)
    enough = n >= MIN_PAIRS
    at = np.cumsum(enough) - 1
    kept = enough[of]
    of, k = at[of[kept]], int(enough.sum())
    n = n[enough]
    x, y, east, north = (values[kept] for values in (x_m, y_m, east_m, north_m))

    def sums(values: Floats) -> Floats:
        return np.asarray(np.bincount(of, weights=values, minlength=k), dtype=np.float64)

    mean_east, mean_north = sums(east) / n, sums(north) / n
    off_x, off_y = x - (sums(x) / n)[of], y - (sums(y) / n)[of]
    off_east, off_north = east - mean_east[of], north - mean_north[of]
    scatter = sums(off_east**2 + off_north**2)
    extent = sums(off_x**2 + off_y**2)
    # The supplied points add nothing to the cross product with themselves.
    cross = sums(off_east * off_y - off_north * off_x)
    along = extent + sums(off_east * off_x + off_north * off_y)
    spread = np.sqrt(scatter / (2 * n - 2))
    # Nearer together than rounding of a plane of that size there is no direction.
    size = np.abs(x).max(initial=0.0) + np.abs(y).max(initial=0.0)
    extended = extent > n * (_ROUNDING * size) ** 2
    turn = np.where(extended, np.arctan2(cross, along), np.nan)
    # Squares left after the best turn, |f|**2 + |p|**2 - 2 |sum over pairs of f rotated to p|.
    left = scatter + 2 * (along - np.hypot(cross, along))
    left = np.where(extended, np.maximum(left, 0.0), scatter)
    freedom = float((2 * n - 2 - extended).sum())
    sigma = math.sqrt(left.sum() / freedom) if k else 0.0
    error = np.full(k, np.nan)
    error[extended] = sigma / np.sqrt(extent[extended])
    return RecordResiduals(
        label[enough],
        _sheet_of(sheet[kept], of, k),
        n,
        mean_east,
        mean_north,
        spread,
        np.degrees(turn),
        np.degrees(error),
    )


def _sheet_of(sheet: Ints, of: Ints, k: int) -> Ints:
    """Tell the sheet of each record; -1 where its points are on several."""
    lowest = np.full(k, np.iinfo(np.int64).max)
    highest = np.full(k, np.iinfo(np.int64).min)
    np.minimum.at(lowest, of, sheet)
    np.maximum.at(highest, of, sheet)
    return np.where(lowest == highest, lowest, -1)


@dataclass(frozen=True)
class Between:
    """How much true means differ between records, or sheets.

    Attributes
    ----------
    variance_m2 : float
        Of one axis, by the method of moments: below 0 where errors of points explain more than
        the means differ.
    p : float
        That means differ by errors of points (of records) alone; in [0, 1].
    """

    variance_m2: float
    p: float

    @property
    def sd_m(self) -> float:
        """Standard deviation, 0 where the variance came out below."""
        return math.sqrt(max(0.0, self.variance_m2))


def between_records(n: Ints, mean_m: Floats, within_m2: float) -> Between:
    """Variance of the true means of records, each record counted once.

    Model: error = common + record + point. The sample variance of K means, pooled over both
    axes, has the expectation ``s_b**2 + s_w**2 mean(1 / n)``; solved for ``s_b**2`` (unweighted
    means, Thomas and Hultquist 1978, Annals of Statistics 6:582-587). Weights by n, the analysis
    of variance of textbooks (Searle, Casella and McCulloch 1992, chapter 3), would let the
    largest record speak for all; equal ones are closer wherever records differ by about as much
    as points do (Tukey 1957, Annals of Mathematical Statistics 28:43-56). The test is the usual
    one, ``F = sum(n |mean - common|**2) / (2 K - 2) / s_w**2`` with 2 (K - 1) and 2 (N - K)
    degrees of freedom, exact for normal errors of points whatever the n.

    Parameters
    ----------
    n : ndarray of int, shape (k,)
        Pairs of each record; k >= 2.
    mean_m : ndarray of float, shape (k, 2)
        Mean error of each, east and north.
    within_m2 : float
        Variance of points about the mean of their record, one axis, N - k in the divisor.

    Returns
    -------
    Between

    Examples
    --------
    Three means at 0, 3 and 6 m: variance 9 east and 0 north, so 4.5 of an axis, of which points
    explain 2 / 5.

    >>> n, mean = np.array([5, 5, 5]), np.array([[0.0, 0], [3, 0], [6, 0]])
    >>> told = between_records(n, mean, 2.0)
    >>> round(told.variance_m2, 6), round(told.p, 6)
    (4.1, 2.8e-05)
    """
    k, total = len(n), int(n.sum())
    spread = float(((mean_m - mean_m.mean(axis=0)) ** 2).sum()) / (2 * k - 2)
    variance = spread - within_m2 * float((1 / n).mean())
    common = np.einsum("k,ka->a", n / total, mean_m)
    square = float((n * ((mean_m - common) ** 2).sum(axis=1)).sum()) / (2 * k - 2)
    return Between(variance, _f_test(square, within_m2, 2 * (k - 1), 2 * (total - k)))


def between_sheets(n: Ints, mean_m: Floats, sheet: Ints, within_m2: float) -> tuple[Between, float]:
    """Variance of the true means of sheets, over and above that of the records on them.

    Model: error = common + sheet + record + point, every record counted once. With K records on
    H sheets, k_h on each, R the mean square of means of records about the mean of their sheet
    (K - H degrees of freedom for each axis) and S that of the sheets about the mean of all, times
    k_h (H - 1)::

        E[R] = s_r**2 + s_w**2 sum((1 - 1/k_h) / n) / (K - H)
        E[S] = s_r**2 + k0 s_s**2 + s_w**2 sum((1/k_h - 1/K) / n) / (H - 1)
        k0   = (K - sum(k_h**2) / K) / (H - 1)

    solved for s_r**2, then for s_s**2 (analysis of variance of unbalanced nested data: Searle,
    Casella and McCulloch 1992, chapter 5). The test is ``F = S / R`` with 2 (H - 1) and
    2 (K - H) degrees of freedom: records are the items, since points of one share their error.

    Parameters
    ----------
    n : ndarray of int, shape (k,)
        Pairs of each record.
    mean_m : ndarray of float, shape (k, 2)
    sheet : ndarray of int, shape (k,)
        Of each record; 2 sheets or more, one of them with 2 records or more.
    within_m2 : float
        As in `between_records`.

    Returns
    -------
    sheets : Between
    records_m2 : float
        ``s_r**2``, below 0 where errors of points explain more.

    Examples
    --------
    Three sheets of two records each, without errors of points: R = 2 / (2 * 3), S = 64 / (2 * 2).

    >>> mean = np.array([[0.0, 0], [0, 0], [4, 0], [4, 0], [7, 0], [9, 0]])
    >>> told, records = between_sheets(np.full(6, 5), mean, np.array([1, 1, 2, 2, 3, 3]), 0.0)
    >>> round(records, 6), round(told.variance_m2, 6)
    (0.333333, 7.833333)
    """
    _, of, held = np.unique(sheet, return_inverse=True, return_counts=True)
    k, sheets = len(n), len(held)
    mean_of = np.column_stack([np.bincount(of, axis) for axis in mean_m.T]) / held[:, None]
    inner = float(((mean_m - mean_of[of]) ** 2).sum()) / (2 * (k - sheets))
    outer = float((held[:, None] * (mean_of - mean_m.mean(axis=0)) ** 2).sum()) / (2 * sheets - 2)
    share = 1 / held[of]
    inner_points = float(((1 - share) / n).sum()) / (k - sheets)
    outer_points = float(((share - 1 / k) / n).sum()) / (sheets - 1)
    size = (k - float((held**2).sum()) / k) / (sheets - 1)
    records = inner - within_m2 * inner_points
    variance = (outer - within_m2 * outer_points - records) / size
    p = _f_test(outer, inner, 2 * (sheets - 1), 2 * (k - sheets))
    return Between(variance, p), records


def _f_test(outer: float, inner: float, above: int, below: int) -> float:
    if outer == 0:
        return 1.0
    return float(stats.f.sf(outer / inner, above, below)) if inner > 0 else 0.0


def variance_without_noise(value: Floats, error: Floats) -> float:
    """Variance of true values of which each was measured with an error of its own.

    Paule and Mandel (1982, Journal of Research of the NBS 87:377-385): the v at which
    ``sum(w (value - mean)**2) = k - 1``, with ``w = 1 / (error**2 + v)`` and the mean so
    weighted; the left side falls with v. So long records speak for their turn while short ones,
    whose turn is all noise, do not, and none speaks for all where true turns differ.

    Parameters
    ----------
    value, error : ndarray of float, shape (k,)
        k >= 2; errors above 0.

    Returns
    -------
    float
        In the square of the unit; 0 where noise explains more than the values differ.

    Examples
    --------
    >>> round(variance_without_noise(np.array([0.0, 3.0, 6.0]), np.ones(3)), 9)
    8.0
    """
    from scipy.optimize import brentq

    least = float(error.min())
    square, freedom = (error / least) ** 2, len(value) - 1

    def too_wide(variance: float) -> float:
        weight = 1 / (square + variance)
        off = (value - (weight * value).sum() / weight.sum()) / least
        return float((weight * off**2).sum()) - freedom

    if too_wide(0.0) <= 0:
        return 0.0
    # At the whole of the squares no weight is larger than one over that.
    most = float((((value - value.mean()) / least) ** 2).sum())
    return float(brentq(too_wide, 0.0, most, xtol=1e-12 * most)) * least**2


def residual_summary(
    found: RecordResiduals, pairs: int, tolerance_m: float, after: str | None
) -> Residuals:
    """Tell whether one vector serves all records, or each record or sheet needs its own.

    One vector serves all unless the means of records differ beyond chance (F test, 5 %) and by
    so much that it would leave more than 5 % of them off by over half the tolerance
    (``2.45 * between_m > tolerance_m / 2``): then a correction of each of its own changes which
    points find their pair. Means that differ for certain but by less are of no use to a planner.
    A vector for each sheet is the answer if the sheets differ likewise, with the records as the
    items of the test, and the records on one sheet do not differ by so much any more.

    Parameters
    ----------
    found : RecordResiduals
    pairs : int
        Pairs within tolerance, those of smaller records included.
    tolerance_m : float
        > 0.
    after : str or None
        Name of the hypothesis after which these errors are left.

    Returns
    -------
    Residuals
        Without figures if fewer than 5 records have 5 pairs. No figure by sheet with fewer than
        3 sheets that have two of these records; no turn where points lie in one place.

    Notes
    -----
    Pairs are never farther apart than the tolerance, and a record that is farther off has none:
    all figures are understated, and a picture of one vector speaks for the records in reach.

    Examples
    --------
    >>> x, y = np.tile(np.arange(0.0, 50, 5), 6), np.repeat(np.arange(6) * 300.0, 10)
    >>> record = np.repeat(np.arange(6), 10)
    >>> scatter = np.tile([-0.5, 0.5], 30)
    >>> own = np.repeat([-4.0, -2, 0, 1, 2, 3], 10)
    >>> none = np.full(60, -1)
    >>> for east in (scatter, scatter + own, scatter + 2 * own):
    ...     told = record_residuals(record, none, x, y, east, scatter)
    ...     told = residual_summary(told, 60, 10.0, "displacement")
    ...     round(told.within_m, 2), round(told.between_m, 2), told.picture
    (0.53, 0.0, 'one vector for all')
    (0.53, 1.84, 'one vector for all')
    (0.53, 3.68, 'every record its own')
    """
    k = len(found)
    if k < MIN_RECORDS:
        return Residuals(
            after, pairs, k, None, None, None, None, tolerance_m, picture=None, reason=TOO_FEW
        )
    n, mean = found.pairs, np.column_stack([found.east_m, found.north_m])
    # Below rounding, spread within records is none.
    size = float(np.abs(mean).max())
    spread = np.where(found.spread_m > _ROUNDING * size, found.spread_m, 0.0)
    within = float(((2 * n - 2) * spread**2).sum() / (2 * (n.sum() - k)))
    records = between_records(n, mean, within)
    known = _on_known_sheets(found.sheet)
    missing = []
    sheets, on_one_sheet = None, 0.0
    if known.any():
        sheets, on_one_sheet = between_sheets(n[known], mean[known], found.sheet[known], within)
    elif (found.sheet >= 0).any():
        missing.append(TOO_FEW_SHEETS)
    turns = np.isfinite(found.rotation_deg)
    rotation = None
    if np.count_nonzero(turns) >= MIN_RECORDS:
        rotation = _spread_of_turns(found.rotation_deg[turns], found.rotation_error_deg[turns])
    else:
        missing.append(NO_EXTENT)
    picture = ONE_VECTOR
    if records.p <= _LEVEL and _matters(records.variance_m2, tolerance_m):
        by_sheet = (
            sheets is not None
            and sheets.p <= _LEVEL
            and _matters(sheets.variance_m2, tolerance_m)
            and not _matters(on_one_sheet, tolerance_m)
        )
        picture = BY_SHEET if by_sheet else BY_RECORD
    return Residuals(
        after=after,
        pairs=pairs,
        records=k,
        within_m=math.sqrt(within),
        between_m=records.sd_m,
        between_sheets_m=None if sheets is None else sheets.sd_m,
        rotation_deg=rotation,
        tolerance_m=tolerance_m,
        picture=picture,
        reason="; ".join(missing) or None,
    )


def _on_known_sheets(sheet: Ints) -> Bools:
    """Mark records on a known sheet; none if too few sheets have two of them."""
    known = sheet >= 0
    _, held = np.unique(sheet[known], return_counts=True)
    return known & (np.count_nonzero(held >= 2) >= MIN_SHEETS)


def _matters(variance_m2: float, tolerance_m: float) -> bool:
    """Whether more than 5 % of means lie off the common one by over half the tolerance."""
    return _CIRCLE * math.sqrt(max(0.0, variance_m2)) > _SHARE_OF_TOLERANCE * tolerance_m


def _spread_of_turns(turn_deg: Floats, error_deg: Floats) -> float:
    """Give the deviation of true turns; their errors share one scatter: all are 0, or none."""
    if not error_deg.all():
        return float(turn_deg.std(ddof=1))
    return math.sqrt(variance_without_noise(turn_deg, error_deg))
