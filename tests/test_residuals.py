"""Error that is left after a move: published data, brute force, exact expectations, known truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from mapaccuracy.statistics.residuals import (
    BY_RECORD,
    BY_SHEET,
    NO_EXTENT,
    ONE_VECTOR,
    TOO_FEW,
    TOO_FEW_SHEETS,
    between_records,
    between_sheets,
    record_residuals,
    residual_summary,
    variance_without_noise,
)

# Yield of dyestuff of six batches, five samples each (Davies 1947). The balanced variances are
# known from textbooks and from R lme4: between 1764.05, within 2451.25.
DYESTUFF = np.array(
    [
        [1545, 1440, 1440, 1520, 1580],
        [1540, 1555, 1490, 1560, 1495],
        [1595, 1550, 1605, 1510, 1560],
        [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625],
        [1520, 1455, 1450, 1480, 1445],
    ],
    dtype=float,
)
# Thirteen trials of a vaccine: ill and well with it, ill and well without it. R metafor gives
# the logarithms of the ratio of risks a variance between trials of 0.3181 (method PM).
VACCINE = np.array(
    [
        *[(4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619)],
        *[(33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619)],
        *[(505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600)],
        *[(186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)],
    ],
    dtype=float,
)
UNEQUAL = np.array([5, 5, 6, 8, 13, 40, 90])


def turned(x, y, degrees):
    """Turn points clockwise about the origin: north goes towards east."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos + y * sin, y * cos - x * sin


def world(rng, sizes, *, between=0.0, sheets=None, by_sheet=0.0, turn=0.0, within=1.0):
    """Records in rows 5 m apart, far from each other, with errors of known size."""
    record = np.repeat(np.arange(len(sizes)), sizes)
    centre = rng.uniform(-5000, 5000, (len(sizes), 2))[record]
    along = np.concatenate([np.arange(n) * 5.0 for n in sizes])
    heading = rng.uniform(0, math.pi, len(sizes))[record]
    off = np.column_stack([along * np.cos(heading), along * np.sin(heading)])
    off -= np.array([off[record == k].mean(axis=0) for k in range(len(sizes))])[record]
    sheet = np.full(len(sizes), -1) if sheets is None else np.asarray(sheets)
    own = rng.normal(0, between, (len(sizes), 2))
    if sheets is not None:
        own += rng.normal(0, by_sheet, (sheet.max() + 1, 2))[sheet]
    angle = rng.normal(0, turn, len(sizes))
    moved = np.column_stack(turned(off[:, 0], off[:, 1], 0.0))
    for k, degrees in enumerate(angle):
        rows = record == k
        moved[rows] = np.column_stack(turned(*off[rows].T, degrees))
    error = own[record] + moved - off + rng.normal(0, within, (len(record), 2))
    x, y = (centre + off).T
    return record, sheet[record], x, y, *error.T


def told_of(world_of, tolerance_m=10.0):
    return residual_summary(
        record_residuals(*world_of), len(world_of[0]), tolerance_m, "displacement"
    )


def test_mean_spread_and_turn_of_each_record_match_a_loop():
    rng = np.random.default_rng(4)
    record, sheet, x, y, east, north = world(rng, [5, 4, 9, 30], between=3, turn=8)
    order = rng.permutation(len(record))
    told = record_residuals(*(a[order] for a in (record * 7 + 3, sheet, x, y, east, north)))
    assert told.record.tolist() == [3, 17, 24]
    assert told.pairs.tolist() == [5, 9, 30]
    left, freedom = 0.0, 0
    for k, row in zip(np.array([0, 2, 3]), range(3), strict=True):
        mine = record == k
        p = np.column_stack([x, y])[mine]
        f = p + np.column_stack([east, north])[mine]
        mean = (f - p).mean(axis=0)
        assert (told.east_m[row], told.north_m[row]) == pytest.approx(tuple(mean))
        rest = ((f - p - mean) ** 2).sum()
        assert told.spread_m[row] == pytest.approx(math.sqrt(rest / (2 * len(p) - 2)))

        def misfit(degrees, p=p, f=f):
            at = np.column_stack(turned(*(p - p.mean(axis=0)).T, degrees))
            return ((f - f.mean(axis=0) - at) ** 2).sum()

        best = minimize_scalar(misfit, bracket=(-20, 20), tol=1e-10)
        assert told.rotation_deg[row] == pytest.approx(best.x, abs=1e-4)
        left, freedom = left + best.fun, freedom + 2 * len(p) - 3
    for k, row in ((0, 0), (2, 1), (3, 2)):
        extent = sum(((a[record == k] - a[record == k].mean()) ** 2).sum() for a in (x, y))
        error = math.degrees(math.sqrt(left / freedom / extent))
        assert told.rotation_error_deg[row] == pytest.approx(error, rel=1e-6)


@given(st.floats(-170, 170), st.floats(-1e6, 1e6), st.floats(-50, 50), st.integers(0, 10**6))
def test_a_record_turned_by_a_known_angle_shows_it_wherever_it_lies(degrees, far, shift, seed):
    off = np.random.default_rng(seed).uniform(-50, 50, (12, 2))
    x, y = off.T
    to_x, to_y = turned(x, y, degrees)
    record = np.zeros(12, dtype=np.int64)
    told = record_residuals(record, record, x + far, y - far, to_x - x + shift, to_y - y)
    assert told.rotation_deg[0] == pytest.approx(degrees, abs=1e-4)
    # The mean error of a record that is turned about another point than its centre.
    assert told.east_m[0] == pytest.approx((to_x - x).mean() + shift, abs=1e-6)
    assert told.sheet.tolist() == [0]


@given(st.integers(0, 10**6), st.floats(-9, 9), st.floats(-9, 9))
def test_an_error_common_to_all_changes_only_the_means(seed, by_east, by_north):
    record, sheet, x, y, east, north = world(np.random.default_rng(seed), [6] * 7, between=2)
    before = told_of((record, sheet, x, y, east, north))
    after = told_of((record, sheet, x, y, east + by_east, north + by_north))
    for name in ("within_m", "between_m", "rotation_deg"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-6)
    assert after.picture == before.picture


@given(st.integers(0, 10**6), st.floats(-180, 180))
def test_turning_the_axes_changes_no_figure(seed, degrees):
    record, sheet, x, y, east, north = world(
        np.random.default_rng(seed), [6] * 8, between=2, sheets=[0, 0, 1, 1, 2, 2, 3, 3], turn=3
    )
    before = told_of((record, sheet, x, y, east, north))
    after = told_of((record, sheet, *turned(x, y, degrees), *turned(east, north, degrees)))
    for name in ("within_m", "between_m", "between_sheets_m", "rotation_deg"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), rel=1e-6, abs=1e-5)


def test_points_in_one_place_have_no_turn():
    five, none = np.zeros(5, dtype=np.int64), np.full(5, -1)
    # Rounding of large coordinates is no extent.
    x = np.full(5, 4_500_000.1) + np.array([0.0, 1e-9, 0.0, -1e-9, 0.0])
    told = record_residuals(five, none, x, x, np.arange(5.0), np.zeros(5))
    assert math.isnan(told.rotation_deg[0])
    assert math.isnan(told.rotation_error_deg[0])
    assert told.spread_m[0] == pytest.approx(math.sqrt(10 / 8))


def test_a_record_on_several_sheets_belongs_to_none():
    record, sheet = np.repeat([1, 2], 5), np.array([3, 3, 4, 3, 3, 7, 7, 7, 7, 7])
    x = np.arange(10.0)
    told = record_residuals(record, sheet, x, x, x, x)
    assert told.sheet.tolist() == [-1, 7]


def test_the_table_holds_the_columns_of_the_restricted_file():
    x = np.arange(10.0)
    told = record_residuals(np.repeat([1, 2], 5), np.full(10, -1), x, x, x, -x).table()
    columns = ["record", "sheet", "pairs", "east_m", "north_m", "spread_m", "rotation_deg"]
    assert list(told) == columns
    assert {len(column) for column in told.values()} == {2}


def test_the_error_of_a_turn_is_what_turns_scatter_by():
    rng = np.random.default_rng(11)
    told = record_residuals(*world(rng, np.tile([6, 10, 25], 300), within=0.8))
    score = told.rotation_deg / told.rotation_error_deg
    # Mean 0 and variance 1 of 900 values: four standard errors.
    assert abs(score.mean()) < 4 / 30
    assert abs((score**2).mean() - 1) < 4 * math.sqrt(2 / 900)


def test_variances_of_the_dyestuff_are_those_of_the_literature():
    n, mean = np.full(6, 5), np.tile(DYESTUFF.mean(axis=1), (2, 1)).T
    within = float(DYESTUFF.var(axis=1, ddof=1).mean())
    assert within == pytest.approx(2451.25)
    told = between_records(n, mean, within)
    assert told.variance_m2 == pytest.approx(1764.05, abs=1e-6)
    # Two axes with the same values: the F of one axis, with twice the degrees of freedom.
    f = stats.f_oneway(*DYESTUFF).statistic
    assert told.p == pytest.approx(stats.f.sf(f, 10, 48))


def test_the_whole_way_gives_the_same_variances():
    x = np.tile(np.arange(5.0), 6)
    record, none = np.repeat(np.arange(6), 5), np.full(30, -1)
    told = residual_summary(
        record_residuals(record, none, x, x, DYESTUFF.ravel(), DYESTUFF.ravel()), 30, 1e4, None
    )
    assert told.within_m == pytest.approx(math.sqrt(2451.25))
    assert told.between_m == pytest.approx(math.sqrt(1764.05))
    assert (told.after, told.pairs, told.records, told.reason) == (None, 30, 6, None)


def test_variance_of_the_vaccine_trials_is_that_of_the_literature():
    ill, well, ill_without, well_without = VACCINE.T
    ratio = np.log(ill / (ill + well)) - np.log(ill_without / (ill_without + well_without))
    error = np.sqrt(1 / ill - 1 / (ill + well) + 1 / ill_without - 1 / (ill_without + well_without))
    assert variance_without_noise(ratio, error) == pytest.approx(0.3181, abs=5e-5)
    # The unit does not matter, nor a change of all values.
    scaled = variance_without_noise(3 + 1e3 * ratio, 1e3 * error)
    assert scaled / 1e6 == pytest.approx(0.3181, abs=5e-5)
    assert variance_without_noise(np.zeros(4), np.ones(4)) == 0


def expectation(estimate, covariance):
    """Expected value of a quadratic form of means that have a covariance.

    The form summed over the columns of a root of the covariance is its trace with it.
    """
    root = np.linalg.cholesky(covariance)
    return sum(estimate(np.column_stack([column, column])) for column in root.T)


@pytest.mark.parametrize(("between", "within"), [(0.0, 2.0), (3.0, 0.5), (1.0, 1.0)])
def test_the_variance_between_records_is_met_in_expectation(between, within):
    covariance = np.diag(between + within / UNEQUAL)
    told = expectation(lambda m: between_records(UNEQUAL, m, 0.0).variance_m2, covariance)
    noise = between_records(UNEQUAL, np.zeros((7, 2)), within).variance_m2
    assert told + noise == pytest.approx(between)


@pytest.mark.parametrize("parts", [(0.0, 1.0, 2.0), (4.0, 1.0, 0.5), (2.0, 0.0, 3.0)])
def test_variances_of_unequal_sheets_are_met_in_expectation(parts):
    of_sheets, of_records, within = parts
    sheet = np.array([0, 0, 1, 2, 2, 2, 4])
    together = sheet[:, None] == sheet
    covariance = of_sheets * together + np.diag(of_records + within / UNEQUAL)

    def both(m, w):
        told, records = between_sheets(UNEQUAL, m, sheet, w)
        return np.array([told.variance_m2, records])

    told = expectation(lambda m: both(m, 0.0), covariance + 1e-12 * np.eye(7))
    told = told + both(np.zeros((7, 2)), within)
    assert told == pytest.approx(np.array([of_sheets, of_records]), abs=1e-6)


def test_sheets_are_tested_with_records_as_items():
    rng = np.random.default_rng(3)
    mean, sheet = rng.normal(0, 1, (12, 2)), np.repeat([5, 6, 9], 4)
    told, _ = between_sheets(np.full(12, 8), mean, sheet, 0.0)
    parts = [mean[sheet == s] for s in (5, 6, 9)]
    inner = sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts) / 18
    outer = sum(4 * ((part.mean(axis=0) - mean.mean(axis=0)) ** 2).sum() for part in parts) / 4
    assert told.p == pytest.approx(stats.f.sf(outer / inner, 4, 18))


def test_the_test_of_records_holds_its_level_at_unequal_sizes():
    rng = np.random.default_rng(8)
    p = []
    for _ in range(400):
        noise = [rng.normal(0, 2, (n, 2)) for n in UNEQUAL]
        within = sum(((part - part.mean(axis=0)) ** 2).sum() for part in noise)
        within /= 2 * (UNEQUAL.sum() - 7)
        mean = np.array([part.mean(axis=0) for part in noise])
        p.append(between_records(UNEQUAL, mean, within).p)
    assert stats.kstest(p, "uniform").pvalue > 1e-3


def test_known_errors_are_recovered():
    rng = np.random.default_rng(21)
    sizes = rng.integers(5, 40, 240)
    sheets = np.repeat(np.arange(40), 6)
    told = told_of(
        world(rng, sizes, between=2.0, sheets=sheets, by_sheet=3.0, turn=4.0, within=1.0), 60.0
    )
    # Turns of the records widen the errors of their points; a deviation of k values on two axes
    # is known to 1 / sqrt(4 k): three of these.
    assert told.between_m == pytest.approx(math.hypot(2, 3), rel=3 / math.sqrt(4 * 40))
    assert told.between_sheets_m == pytest.approx(3.0, rel=3 / math.sqrt(4 * 40))
    assert told.rotation_deg == pytest.approx(4.0, rel=3 / math.sqrt(2 * 240))
    assert told.reason is None


def test_noise_alone_shows_nothing_between_records():
    rng = np.random.default_rng(5)
    told = [told_of(world(rng, rng.integers(5, 30, 12), within=3.0)) for _ in range(60)]
    between = np.array([one.between_m for one in told])
    assert np.median(between) < 0.5
    assert {one.picture for one in told} == {ONE_VECTOR}
    assert np.median([one.rotation_deg for one in told]) < 0.5


def spread_records(own, sheets=None, scatter=0.1):
    """Eight points a record in a row, errors of points as given, means of records exact."""
    k = len(own)
    record = np.repeat(np.arange(k), 8)
    off = np.tile([-1.0, 1, 1, -1, -1, 1, 1, -1], k) * scatter
    x, y = np.tile(np.arange(8) * 5.0, k), record * 100.0
    sheet = np.full(k, -1) if sheets is None else np.asarray(sheets)
    own = np.asarray(own, dtype=float)
    return record, sheet[record], x, y, off + own[record], off + 0.0


@pytest.mark.parametrize(
    ("step", "picture"),
    # Six means a step apart east, none north: variance 3.5 / 2 of an axis at a step of 1. Twice
    # 2.4477 * sqrt(1.75) = 6.476 steps is the tolerance at which one vector is enough.
    [(0.0, ONE_VECTOR), (10 / 6.50, ONE_VECTOR), (10 / 6.45, BY_RECORD)],
)
def test_one_vector_must_leave_half_the_tolerance(step, picture):
    told = told_of(spread_records(step * np.arange(6.0), scatter=1e-3))
    assert told.between_m == pytest.approx(step * math.sqrt(1.75), abs=1e-4)
    assert told.picture == picture


def test_means_that_chance_explains_are_no_reason_for_vectors_of_their_own():
    # The means differ by enough, but points scatter so much that the test does not see it.
    told = told_of(spread_records([0, 6, 0, 6, 0], scatter=4.9), tolerance_m=8.0)
    assert told.picture == ONE_VECTOR


def test_each_sheet_its_own():
    sheets = [0, 0, 1, 1, 2, 2, 3, 3]
    told = told_of(spread_records([0, 0.2, 5, 5.2, 8, 8.2, 2, 2.2], sheets))
    assert told.picture == BY_SHEET
    # Four sheets with means 0.1, 5.1, 8.1, 2.1: variance 37 / 3 east, none north.
    assert told.between_sheets_m == pytest.approx(math.sqrt(37 / 6), abs=0.01)


def test_records_that_differ_on_their_sheets_need_vectors_of_their_own():
    sheets = [0, 0, 1, 1, 2, 2, 3, 3]
    told = told_of(spread_records([0, 5, 3, 9, -4, 2, -8, -3], sheets))
    assert told.picture == BY_RECORD
    # The same means in another order: sheets do not differ.
    told = told_of(spread_records([-8, 9, -4, 5, -3, 3, 0, 2], sheets))
    assert told.picture == BY_RECORD
    assert told.between_sheets_m == 0


def test_too_few_sheets_are_said():
    told = told_of(spread_records([0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1]))
    assert (told.between_sheets_m, told.reason) == (None, TOO_FEW_SHEETS)
    assert told.picture == ONE_VECTOR


def test_too_few_records_have_no_figure():
    record, sheet, *rest = spread_records([0, 1, 2, 3])
    told = told_of((record, sheet, *rest))
    assert (told.pairs, told.records, told.reason) == (32, 4, TOO_FEW)
    figures = (told.within_m, told.between_m, told.between_sheets_m, told.rotation_deg)
    assert figures == (None,) * 4
    assert told.picture is None
    none = np.empty(0, dtype=np.int64)
    told = told_of((none, none, *(np.empty(0) for _ in range(4))))
    assert (told.pairs, told.records, told.reason) == (0, 0, TOO_FEW)


def test_records_in_one_place_have_no_turn_but_all_else():
    record, sheet, x, _, east, north = spread_records([0, 1, 2, 3, 4])
    told = told_of((record, sheet, np.zeros_like(x), np.zeros_like(x), east, north))
    assert (told.rotation_deg, told.reason) == (None, NO_EXTENT)
    assert told.between_m > 0


def test_errors_without_any_spread():
    record, sheet, x, y, east, north = spread_records([2.0] * 6, scatter=0.0)
    told = told_of((record, sheet, x, y, east, north))
    assert (told.within_m, told.between_m, told.rotation_deg) == (0, 0, 0)
    assert told.picture == ONE_VECTOR
    told = told_of((record, sheet, x, y, record * 3.0, north))
    # Without scatter of points a difference of means is certain.
    assert told.picture == BY_RECORD


def test_a_million_pairs_are_no_matter_of_loops():
    rng = np.random.default_rng(2)
    record = rng.integers(0, 20_000, 300_000)
    x, y = rng.uniform(0, 1e5, (2, 300_000))
    east, north = rng.normal(0, 2, (2, 300_000))
    told = told_of((record, record // 100, x, y, east, north))
    assert told.within_m == pytest.approx(2.0, rel=0.01)
    assert told.between_m < 0.2
