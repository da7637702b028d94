"""Error of position: closed forms, published data, brute force, and worlds with known truth."""

import math
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy import stats
from scipy.special import ndtr
from scipy.stats.mstats import hdquantiles

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.path import conform
from mapaccuracy.evaluation.position import BY_CHANCE, ONLY_TESTED, WITHHELD, _reason, errors_m
from mapaccuracy.geography import Frame
from mapaccuracy.simulate import Scenario, simulate
from mapaccuracy.statistics.position import (
    bearing_deg,
    circular_error,
    hotelling,
    least_for_upper_bound,
    moments,
    position_error,
    quantile,
    share_within,
    truncated_mean_square,
    untruncated_sigma,
)

NO_BIAS = np.zeros(2)

# Seven check points of an article (PERS, May 2014, p. 397): errors east and north, metres.
CHECK_POINTS = np.column_stack(
    [
        [-0.060, 0.100, -0.060, -0.112, -0.120, -0.100, -0.060],
        [0.080, -0.045, 0.080, 0.007, 0.150, -0.045, 0.080],
    ]
)
# Fuel with and without an additive: from the tests of statsmodels, values by Stata.
WITH_ADDITIVE = np.array(
    [
        *[(24, 23.5), (25, 24.5), (21, 20.5), (22, 20.5), (23, 22.5), (18, 16.5)],
        *[(17, 16.5), (28, 27.5), (24, 23.5), (27, 25.5), (21, 20.5), (23, 22.5)],
    ]
)
WITHOUT_ADDITIVE = np.array(
    [
        *[(20, 19), (23, 22), (21, 20), (25, 24), (18, 17), (17, 16)],
        *[(18, 17), (24, 23), (20, 19), (24, 22), (23, 22), (19, 18)],
    ],
    dtype=float,
)


# Bias, covariance, root mean squares


def test_published_check_points():
    found = moments(CHECK_POINTS)
    assert found.bias_m == pytest.approx([-0.0588571, 0.0438571], abs=5e-8)
    # The article prints s .075 and .073.
    assert np.sqrt(np.diag(found.covariance_m2)) == pytest.approx([0.0747160, 0.0734108], abs=5e-8)
    assert found.rmse_m == pytest.approx([0.0908248, 0.0808870], abs=5e-8)
    assert found.rmse_radial_m == pytest.approx(0.1216218, abs=5e-8)
    # "Mean above 25 to 50 % of RMSE hints at bias": here 65 %.
    assert abs(found.bias_m[0]) / found.rmse_m[0] == pytest.approx(0.65, abs=5e-3)
    assert found.covariance_m2 == pytest.approx(np.cov(CHECK_POINTS.T), rel=1e-12)


def test_sums_of_squares_of_twenty_points():
    # 162 cm2 in each axis: RMSE 2.85, radial 4.02492 cm; the mean stays in the RMSE.
    error = np.full((20, 2), math.sqrt(162 / 20))
    found = moments(error)
    assert found.rmse_m == pytest.approx([2.85, 2.85], abs=5e-3)
    assert found.rmse_radial_m == pytest.approx(4.02492, abs=5e-6)
    assert found.covariance_m2 == pytest.approx(np.zeros((2, 2)), abs=1e-25)


@pytest.mark.parametrize(
    ("east", "north", "expected"),
    [
        (0, 1, 0),
        (1, 1, 45),
        (1, 0, 90),
        (0, -1, 180),
        (-1, 0, 270),
        (-1e-30, 1, 0),
        (3, -4, 90 + math.degrees(math.atan(4 / 3))),
    ],
)
def test_bearing(east, north, expected):
    found = bearing_deg(east, north)
    assert found == pytest.approx(expected, abs=1e-12)
    assert 0 <= found < 360


# Circular error


def test_constants_of_the_circular_normal():
    found = [circular_error(share, NO_BIAS, np.eye(2)) for share in (0.5, 0.9, 0.95)]
    exact = [1.1774100225154749, 2.1459660262893467, 2.447746830680816]
    assert found == pytest.approx(exact, rel=1e-12)
    # Against the radial RMSE, sqrt(2) sigma: factors of the older standards.
    assert found[1] / math.sqrt(2) == pytest.approx(1.517427, abs=5e-7)
    assert found[2] / math.sqrt(2) == pytest.approx(1.730818, abs=5e-7)


@pytest.mark.parametrize(
    ("bias", "covariance", "expected"),
    [
        ((0, 0), [[4, 0], [0, 1]], {0.5: 1.7408348565, 0.9: 3.4741598685, 0.95: 4.0717174406}),
        ((1, -2), [[4, 1], [1, 1]], {0.5: 2.8798365757, 0.9: 4.3720374148, 0.95: 4.8987259357}),
        ((0, 0), [[9, 0], [0, 1]], {0.9: 5.0434978677, 0.95: 5.9708788892}),
    ],
)
def test_exact_circular_error(bias, covariance, expected):
    for share, radius in expected.items():
        found = circular_error(share, np.array(bias, float), np.array(covariance, float))
        assert found == pytest.approx(radius, abs=6e-11)


@pytest.mark.parametrize(
    ("distance", "exact"),
    [
        (0, 2.145966),
        (0.5, 2.274618),
        (1, 2.601947),
        (1.4, 2.933059),
        (2, 3.473382),
        (3, 4.419704),
        (5, 6.370384),
    ],
)
def test_biased_circular_error_is_the_rice_quantile(distance, exact):
    found = circular_error(0.9, np.array([0, distance], float), np.eye(2))
    assert found == pytest.approx(exact, abs=5e-7)
    # The approximation of STANAG 2215 lies within +0.37 and -0.18 % of it.
    approximate = 1.2943 + math.sqrt(distance**2 + 0.7254)
    assert -0.0018 < approximate / found - 1 < 0.0037


def test_biased_circular_error_of_95_percent():
    found = circular_error(0.95, np.array([3.0, 0]), np.eye(2))
    assert found == pytest.approx(4.7772250, abs=5e-8)


@given(
    distance=st.floats(1e-3, 300),
    angle=st.floats(0, 2 * math.pi),
    sigma=st.floats(0.01, 100),
    share=st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.999]),
)
@settings(max_examples=60)
def test_circular_covariance_agrees_with_noncentral_chi_square(distance, angle, sigma, share):
    bias = distance * sigma * np.array([math.cos(angle), math.sin(angle)])
    found = circular_error(share, bias, sigma**2 * np.eye(2))
    assert found == pytest.approx(sigma * stats.ncx2.ppf(share, 2, distance**2) ** 0.5, rel=1e-7)


def share_by_sum(radius, bias, covariance):
    """P(|b + N| <= r): conditional normal of y given x, summed over a fine grid of x."""
    sd = math.sqrt(covariance[0][0])
    slope = covariance[0][1] / covariance[0][0]
    rest = math.sqrt(covariance[1][1] - slope * covariance[0][1])
    edges = np.linspace(max(-radius, bias[0] - 9 * sd), min(radius, bias[0] + 9 * sd), 400_001)
    x = (edges[1:] + edges[:-1]) / 2
    half = np.sqrt(radius**2 - x**2)
    mean = bias[1] + slope * (x - bias[0])
    inside = ndtr((half - mean) / rest) - ndtr((-half - mean) / rest)
    return float((np.diff(ndtr((edges - bias[0]) / sd)) * inside).sum())


@given(
    bias=st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    sd=st.tuples(st.floats(0.2, 10), st.floats(0.2, 10)),
    correlation=st.floats(-0.95, 0.95),
    share=st.sampled_from([0.1, 0.5, 0.9, 0.95]),
)
@settings(max_examples=20)
def test_general_circular_error_holds_its_share(bias, sd, correlation, share):
    off = correlation * sd[0] * sd[1]
    covariance = np.array([[sd[0] ** 2, off], [off, sd[1] ** 2]])
    radius = circular_error(share, np.array(bias), covariance)
    assert share_by_sum(radius, bias, covariance) == pytest.approx(share, abs=2e-7)
    assert share_within(radius, np.array(bias), covariance) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("bias", [(100, 1000), (-10, 300), (1, 50), (70, -70)])
@pytest.mark.parametrize("sd", [(1.0, 0.8), (3.0, 0.1), (0.1, 3.0)])
def test_circular_error_of_a_large_bias(bias, sd):
    covariance = np.diag(np.square(sd))
    for share in (0.5, 0.95):
        radius = circular_error(share, np.array(bias, float), covariance)
        assert share_by_sum(radius, bias, covariance) == pytest.approx(share, abs=1e-7)


def test_circular_error_by_monte_carlo():
    bias, covariance = np.array([1.0, -2.0]), np.array([[4.0, 1.0], [1.0, 1.0]])
    draws = np.random.default_rng(5).multivariate_normal(bias, covariance, 400_000)
    within = np.hypot(*draws.T) <= circular_error(0.9, bias, covariance)
    assert within.mean() == pytest.approx(0.9, abs=4 * math.sqrt(0.09 / 400_000))


def test_circular_error_without_spread_is_the_bias():
    assert circular_error(0.5, np.array([3.0, 4.0]), np.zeros((2, 2))) == 5.0
    assert circular_error(0.95, NO_BIAS, np.zeros((2, 2))) == 0.0
    assert share_within(5.0, np.array([3.0, 4.0]), np.zeros((2, 2))) == 1.0
    assert share_within(4.999, np.array([3.0, 4.0]), np.zeros((2, 2))) == 0.0
    assert share_within(0.0, NO_BIAS, np.eye(2)) == 0.0


@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2, 2.5])
def test_circular_error_on_a_line(angle):
    # Errors on a line through the origin: |b + s z| has quantiles of a folded normal.
    along = np.array([math.cos(angle), math.sin(angle)])
    found = circular_error(0.9, 2 * along, np.outer(along, along))
    assert found == pytest.approx(stats.foldnorm.ppf(0.9, 2.0), rel=1e-9)
    # On a line that passes at 3 from the origin.
    across = np.array([-along[1], along[0]])
    found = circular_error(0.9, 3 * across, 4 * np.outer(along, along))
    assert found == pytest.approx(math.hypot(3, 2 * stats.norm.ppf(0.95)), rel=1e-9)


@pytest.mark.parametrize("thin", [1e-3, 1e-5, 1e-8])
def test_a_thin_ellipse_comes_close_to_its_line(thin):
    found = circular_error(0.9, np.array([0.5, 1.0]), np.diag([1.0, thin**2]))
    line = circular_error(0.9, np.array([0.5, 1.0]), np.diag([1.0, 0.0]))
    assert found == pytest.approx(line, abs=thin)


# Truncation by the tolerance


@pytest.mark.parametrize(
    ("tolerance", "rmse"),
    [
        (10, 6.7713065022),
        (15, 9.5832248961),
        (20, 11.7214735806),
        (30, 13.7800430539),
        (50, 14.1418062260),
    ],
)
def test_tolerance_cuts_the_error(tolerance, rmse):
    assert math.sqrt(truncated_mean_square(10.0, tolerance)) == pytest.approx(rmse, abs=6e-11)
    # sigma 10: only from t = 20 on may it be told.
    found = untruncated_sigma(rmse**2, tolerance)
    assert found is None if tolerance < 20 else found == pytest.approx(10.0, rel=1e-9)


def test_truncated_mean_square_at_its_ends():
    assert truncated_mean_square(0.0, 10.0) == 0.0
    # Far larger than the tolerance: even over the disk, mean square t**2 / 2.
    assert truncated_mean_square(1e9, 10.0) == pytest.approx(50.0, rel=1e-12)
    # Where the form for small u takes over (u = 1e-4), the function has no step.
    sides = [truncated_mean_square(10 / math.sqrt(2 * u), 10.0) for u in (0.99999e-4, 1.00001e-4)]
    assert sides[0] == pytest.approx(sides[1], rel=1e-8)
    assert truncated_mean_square(1.0, 1000.0) == pytest.approx(2.0, rel=1e-15)


@pytest.mark.parametrize("relative", [0.3436, 0.4, 0.5, 0.6, 1.0])
def test_sigma_is_refused_when_too_much_was_cut_off(relative):
    # At t = 2 sigma the mean square is t**2 (1/2 - 1 / (e**2 - 1)) = 0.34348 t**2.
    assert untruncated_sigma(relative * 400.0, 20.0) is None
    assert untruncated_sigma((0.5 - 1 / (math.e**2 - 1)) * 400.0, 20.0) == pytest.approx(10.0)


def test_sigma_without_errors_is_zero():
    assert untruncated_sigma(0.0, 10.0) == 0.0


def test_sigma_is_the_maximum_of_the_likelihood():
    draws = np.random.default_rng(11).rayleigh(4.0, 5000)
    cut = draws[draws <= 10.0]
    sigma = np.linspace(3.5, 4.5, 10_001)
    likelihood = -len(cut) * np.log(sigma**2 * -np.expm1(-50 / sigma**2)) - (cut**2).sum() / (
        2 * sigma**2
    )
    found = untruncated_sigma(float((cut**2).mean()), 10.0)
    assert found == pytest.approx(sigma[likelihood.argmax()], abs=1e-4)
    assert found == pytest.approx(4.0, abs=0.15)


@given(sigma=st.floats(1e-3, 1e3), times=st.floats(2, 40))
def test_sigma_inverts_the_truncation(sigma, times):
    tolerance = times * sigma
    found = untruncated_sigma(truncated_mean_square(sigma, tolerance), tolerance)
    assert found == pytest.approx(sigma, rel=1e-6)


# Hotelling's test


def test_hotelling_of_paired_fuel_data():
    test = hotelling(WITH_ADDITIVE - WITHOUT_ADDITIVE)
    assert test.t2 == pytest.approx(9.698067632850247, rel=1e-12)
    assert test.f == pytest.approx(4.408212560386478, rel=1e-12)
    assert test.p == pytest.approx(0.0423949782937231, rel=1e-8)


def test_hotelling_of_fuel_data_against_a_mean():
    test = hotelling(np.vstack([WITH_ADDITIVE, WITHOUT_ADDITIVE]), np.array([21.0, 21.0]))
    assert test.t2 == pytest.approx(125.2791095890415, rel=1e-11)
    assert test.f == pytest.approx(59.91609589041116, rel=1e-11)
    assert test.p == pytest.approx(1.25062334808e-09, rel=1e-10)


def test_hotelling_of_published_check_points():
    test = hotelling(CHECK_POINTS)
    assert test.t2 == pytest.approx(4.8363196, abs=5e-8)
    assert test.f == pytest.approx(2.0151332, abs=5e-8)
    assert test.p == pytest.approx(0.2281254, abs=5e-8)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(3, 40), shift=st.floats(-3, 3))
def test_p_of_hotelling_is_that_of_its_f(seed, n, shift):
    test = hotelling(np.random.default_rng(seed).normal(shift, 1, (n, 2)))
    assert test.p == pytest.approx(stats.f.sf(test.f, 2, n - 2), rel=1e-9)


def test_hotelling_keeps_its_level():
    rng = np.random.default_rng(3)
    values = [hotelling(rng.normal(0, 1, (6, 2)) @ [[2, 1], [0, 1]]).p for _ in range(2000)]
    assert np.mean(np.array(values) <= 0.05) == pytest.approx(0.05, abs=4 * (0.0475 / 2000) ** 0.5)


def test_hotelling_needs_spread_in_two_directions():
    assert hotelling(np.array([[1.0, 2.0], [3.0, 1.0]])) is None
    assert hotelling(np.outer(np.arange(8.0), [1.0, 2.0])) is None
    # Rounding of coordinates is no spread.
    assert hotelling(5.0 + np.random.default_rng(1).normal(0, 1e-12, (8, 2))) is None


# Quantiles


def test_pairs_needed_for_an_upper_bound():
    assert [least_for_upper_bound(share) for share in (0.90, 0.95)] == [29, 59]
    for share, n in ((0.90, 29), (0.95, 59)):
        assert 1 - share**n >= 0.95 > 1 - share ** (n - 1)


@pytest.mark.parametrize("n", [2, 10, 11, 29, 59, 400, 30_000])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_quantile_agrees_with_scipy(n, share):
    ordered = np.sort(np.random.default_rng(n).rayleigh(3.0, n))
    assert quantile(ordered, share) == pytest.approx(float(hdquantiles(ordered, [share])[0]))


@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_quantile_stays_within_the_values(values):
    ordered = np.sort(values)
    slack = 1e-12 * ordered[-1]
    found = [quantile(ordered, share) for share in (0.5, 0.9, 0.95)]
    assert ordered[0] - slack <= found[0] <= found[1] + slack
    assert found[1] - slack <= found[2] <= ordered[-1] + slack


def test_no_quantile_is_a_single_distance():
    # An order statistic would be one: the sixth of eleven, the tenth of nineteen.
    distance = np.sort(np.random.default_rng(2).rayleigh(3.0, 11))
    error = np.column_stack([distance, np.zeros(11)])
    found = position_error(error, np.zeros(11, dtype=np.int64), 20.0)
    assert np.abs(distance - found.median_m).min() > 1e-3


# All figures of some pairs


def test_position_error_by_hand():
    # Six clusters of ten pairs, each cluster with one error.
    means = np.array([[1, 0], [3, 0], [2, 1], [2, -1], [1, 1], [3, 2.0]])
    cluster = np.repeat([7, 3, 5, 1, 0, 9], 10)
    found = position_error(np.repeat(means, 10, axis=0), cluster, 10.0)
    assert (found.n, found.clusters, found.reason) == (60, 6, None)
    assert found.bias_east_m == pytest.approx(2)
    assert found.bias_north_m == pytest.approx(0.5)
    assert found.bias_m == pytest.approx(math.hypot(2, 0.5))
    assert found.bias_bearing_deg == pytest.approx(90 - math.degrees(math.atan(0.25)))
    assert found.variance_east_m2 == pytest.approx(40 / 59)  # 10 (1 + 1 + 0 + 0 + 1 + 1)
    assert found.variance_north_m2 == pytest.approx(55 / 59)  # 10 (2 / 4 + 2 / 4 + 2.25 + 2.25)
    assert found.covariance_m2 == pytest.approx(10 / 59)  # 10 (.5 - .5 - .5 + 1.5)
    assert found.rmse_east_m == pytest.approx(math.sqrt(28 / 6))
    assert found.rmse_north_m == pytest.approx(math.sqrt(7 / 6))
    assert found.rmse_radial_m == pytest.approx(math.sqrt(35 / 6))
    # The test counts clusters, not pairs: S of the six means, with 5.
    s = np.array([[4, 1], [1, 5.5]]) / 5
    t2 = 6 * np.array([2, 0.5]) @ np.linalg.inv(s) @ np.array([2, 0.5])
    assert found.bias_p == pytest.approx(stats.f.sf(t2 * 4 / 10, 2, 4))
    assert found.ce50_m < found.ce90_m < found.ce95_m
    assert found.sigma_untruncated_m == pytest.approx(math.sqrt(35 / 12), rel=1e-3)


@pytest.mark.parametrize(
    ("n", "clusters", "missing"),
    [
        (28, 4, {"bias_p", "p90_m", "p95_m"}),
        (29, 5, {"p95_m"}),
        (58, 5, {"p95_m"}),
        (59, 5, set()),
    ],
)
def test_missing_parts_have_reasons(n, clusters, missing):
    error = np.random.default_rng(n).normal(1, 2, (n, 2))
    found = position_error(error, np.arange(n) % clusters, 30.0)
    told = {name for name, value in vars(found).items() if value is None and name != "reason"}
    assert told == missing
    words = {"bias_p": "fewer than 5 clusters", "p90_m": "29 pairs", "p95_m": "59 pairs"}
    reasons = [] if found.reason is None else found.reason.split("; ")
    assert len(reasons) == len(missing)
    assert all(any(words[name] in reason for reason in reasons) for name in missing)


def test_too_much_cut_off_is_told():
    # Even over the tolerance disk: what chance gives.
    rng = np.random.default_rng(8)
    radius, angle = 10 * np.sqrt(rng.random(500)), rng.uniform(0, 2 * math.pi, 500)
    error = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    found = position_error(error, np.arange(500), 10.0)
    assert found.sigma_untruncated_m is None
    assert found.reason == "tolerance below twice the spread: no spread before the cut"


def test_equal_errors_and_errors_on_a_line():
    cluster = np.arange(60) % 6
    found = position_error(np.tile([3.0, -4.0], (60, 1)), cluster, 20.0)
    assert (found.bias_east_m, found.bias_north_m, found.bias_m) == (3.0, -4.0, 5.0)
    assert [found.ce50_m, found.ce90_m, found.ce95_m] == pytest.approx([5.0] * 3)
    assert found.bias_p is None
    assert found.reason == "means of clusters do not spread in two directions: no test of bias"
    line = position_error(np.outer(np.arange(-30, 30), [0.1, 0.1]), cluster, 20.0)
    assert line.bias_p is None
    assert 0 < line.ce50_m < line.ce95_m
    nothing = position_error(np.zeros((60, 2)), cluster, 20.0)
    assert (nothing.bias_m, nothing.ce95_m, nothing.sigma_untruncated_m) == (0.0, 0.0, 0.0)
    assert nothing.bias_bearing_deg is None
    assert nothing.reason.startswith("no bias: no bearing; ")


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(10, 80))
def test_order_of_pairs_and_names_of_clusters_do_not_matter(seed, n):
    rng = np.random.default_rng(seed)
    error, cluster = rng.normal(1, 3, (n, 2)), rng.integers(0, 8, n)
    order = rng.permutation(n)
    first = vars(position_error(error, cluster, 20.0))
    second = vars(position_error(error[order], 100 - cluster[order], 20.0))
    assert first.pop("reason") == second.pop("reason")
    for name, value in first.items():
        assert second[name] == (None if value is None else pytest.approx(value, rel=1e-6)), name


# Through evaluate()

LOCAL = Settings(crs="local", draws=39)
DECLARED = Settings(crs="local", assume_searched=True, draws=39)
NUMBERS = ("bias_east_m", "bias_m", "rmse_radial_m", "ce50_m", "median_m", "sigma_untruncated_m")


def table(xy, prefix, shift=(0.0, 0.0), **columns):
    xy = np.asarray(xy, dtype=float) + np.array(shift)
    ids = [f"{prefix}{number:05d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def ground(*box):
    """Searched ground, for a reason that has nothing to do with the map."""
    box = box or (-50_000, -50_000, 50_000, 50_000)
    return gpd.GeoDataFrame({"reason": ["systematic"]}, geometry=[shapely.box(*box)])


def rows(sizes, least=80.0, most=140.0, seed=3):
    """Make records of one row each, far apart; their mines at uneven steps, unlike when shifted."""
    rng = np.random.default_rng(seed)
    xy = [
        [along, 2000.0 * number]
        for number, size in enumerate(sizes)
        for along in np.cumsum(rng.uniform(least, most, size))
    ]
    return np.array(xy), [f"R{number}" for number, size in enumerate(sizes) for _ in range(size)]


def aliased(mines=80, y=-3000.0):
    """Make three rows of mines, 5 m apart, and a map that is wrong by 102 m along the rows."""
    along, across = np.meshgrid(np.arange(mines) * 5.0, [0.0, 15.0, 30.0])
    finds = np.column_stack([along.ravel(), across.ravel() + y])
    return finds + np.array([102.0, 0.0]), finds


@pytest.mark.parametrize("rule", ["optimal", "nearest"])
def test_bias_is_supplied_minus_find(rule):
    finds, record = rows([10] * 6)
    found = evaluate(
        table(finds, "S", (3.0, -4.0), record_id=record),
        table(finds, "F"),
        ground(),
        settings=Settings(crs="local", matching=rule, draws=39),
    ).overall.position
    assert (found.n, found.clusters) == (60, 6)
    assert (found.bias_east_m, found.bias_north_m) == pytest.approx((3.0, -4.0))
    assert found.bias_m == pytest.approx(5.0)
    assert found.bias_bearing_deg == pytest.approx(180 - math.degrees(math.atan(3 / 4)))
    assert found.median_m == pytest.approx(5.0)


def test_simulated_truth_is_found_again():
    made = simulate(
        Scenario(
            seed=4,
            districts=2,
            records=16,
            unmapped_fields=0,
            true_share=1.0,
            rows=3,
            mines_per_row=12,
            spacing_m=240.0,
            row_distance_m=240.0,
            record_bias_m=5.0,
            point_noise_m=2.0,
            find_noise_m=0.0,
            searched_share=1.0,
            half_share=0.0,
            margin_share=1.0,
            records_per_sheet=1,
        )
    )
    result = evaluate(
        made.supplied,
        made.finds,
        gpd.GeoDataFrame(
            {"reason": ["systematic"]},
            geometry=[shapely.buffer(made.districts.union_all(), 0.1, join_style="mitre")],
            crs=made.districts.crs,
        ),
        districts=made.districts,
        settings=Settings(tolerance_m=30, draws=39),
    )
    truth = made.truth.set_index("supplied_id").loc[result.pairs["supplied_id"]]
    # So far apart, every pair is a point with the mine that it means, and shifts along rows of
    # even steps do as well in a quarter of the cases.
    assert (truth["find_id"].to_numpy() == result.pairs["find_id"].to_numpy()).all()
    supplied = made.supplied.set_index("id")
    by_district = truth.groupby(supplied.loc[truth.index, "district"])
    told = [(result.overall.position, truth)]
    told += [
        (entry.position, by_district.get_group(entry.group))
        for entry in result.districts
        if entry.supplied
    ]
    assert len(told) == 3
    for found, rows in told:
        east, north = rows["error_east_m"].to_numpy(), rows["error_north_m"].to_numpy()
        assert (found.n, found.clusters) == (len(rows), rows["record_id"].nunique())
        # Degrees are rounded to about a millimetre.
        assert found.bias_east_m == pytest.approx(east.mean(), abs=1e-3)
        assert found.bias_north_m == pytest.approx(north.mean(), abs=1e-3)
        assert found.variance_east_m2 == pytest.approx(east.var(ddof=1), rel=1e-3)
        assert found.variance_north_m2 == pytest.approx(north.var(ddof=1), rel=1e-3)
        assert found.covariance_m2 == pytest.approx(np.cov(east, north)[0, 1], abs=0.02)
        assert found.rmse_east_m == pytest.approx(math.sqrt((east**2).mean()), rel=1e-3)
        assert found.p95_m == pytest.approx(np.quantile(np.hypot(east, north), 0.95), rel=0.05)
        means = rows.groupby("record_id")[["error_east_m", "error_north_m"]].mean()
        assert found.bias_p == pytest.approx(hotelling(means.to_numpy()).p, rel=1e-2)
        # The error is that of records: with points as the unit it would look far surer.
        assert hotelling(np.column_stack([east, north])).p < found.bias_p / 5
        assert found.sigma_untruncated_m == pytest.approx(found.rmse_radial_m / 2**0.5, rel=0.01)
        assert found.reason is None


def test_metres_hold_on_the_ellipsoid():
    # Errors made by geodesics, at 60 degrees north, across the antimeridian.
    at = np.arange(60)
    lon, lat = 179.99395 + 0.002 * (at % 8), 60.0 + 0.001 * (at // 8)
    east, north, _ = Geod(ellps="WGS84").fwd(lon, lat, np.full(60, 120.0), np.full(60, 8.0))
    lon, east = (np.array([lon, east]) + 180) % 360 - 180
    assert (np.abs(lon - east) > 359).any()
    ids = [f"{k:03d}" for k in at]
    chosen = Settings(assume_searched=True, ladder=[10])
    supplied = pd.DataFrame({"id": ids, "lon": east, "lat": north})
    finds = pd.DataFrame({"id": ids, "lon": lon, "lat": lat})
    compared = compare(
        locate(conform({"supplied": supplied, "finds": finds}, chosen), chosen), None, chosen
    )
    pairs = compared.matching
    assert pairs.supplied.tolist() == pairs.find.tolist() == at.tolist()
    error = errors_m(compared, pairs.supplied, pairs.find)
    angle = math.radians(120)
    assert error[:, 0] == pytest.approx(np.full(60, 8 * math.sin(angle)), abs=1e-4)
    assert error[:, 1] == pytest.approx(np.full(60, 8 * math.cos(angle)), abs=1e-4)


def test_two_points_opposite_the_reference_meridian():
    # The plane of points all over the world is cut there, possibly between those of a pair.
    lon, lat, _ = Geod(ellps="WGS84").fwd(179.99995, 0.0, 90.0, 20.0)
    inputs = SimpleNamespace(
        supplied=SimpleNamespace(x=np.array([lon]), y=np.array([lat])),
        finds=SimpleNamespace(x=np.array([179.99995]), y=np.array([0.0])),
        frame=Frame(local=False, meridian=0.0),
    )
    assert lon < -179
    first = np.array([0])
    found = errors_m(SimpleNamespace(inputs=inputs), first, first)
    assert found == pytest.approx(np.array([[20.0, 0.0]]), abs=1e-6)


def test_spread_before_the_cut_and_test_of_bias_through_evaluate():
    rng = np.random.default_rng(21)
    finds, record = rows([70] * 70, 150.0, 250.0)
    noise = rng.normal(0, 10, finds.shape)
    result = evaluate(
        table(finds + noise, "S", record_id=record),
        table(finds, "F"),
        ground(-50_000, -50_000, 50_000, 200_000),
        settings=Settings(crs="local", tolerance_m=22, ladder=[22], draws=19),
    )
    found = result.overall.position
    # exp(-2.42) = 8.9 % lie beyond the tolerance; the others look better than they are.
    assert found.n == int((np.hypot(*noise.T) <= 22).sum())
    assert found.rmse_radial_m == pytest.approx(math.sqrt(truncated_mean_square(10, 22)), rel=0.02)
    assert found.rmse_radial_m < 0.9 * 10 * math.sqrt(2)
    assert found.sigma_untruncated_m == pytest.approx(10.0, rel=0.03)


@pytest.mark.parametrize(
    ("pairs", "points", "spacing_m", "reason"),
    [
        (10, 10, 20.0, None),
        (9, 20, 100.0, "fewer than 10 pairs"),
        (
            12,
            12,
            19.999,
            "spacing of the supplied points (19.99 m) is below twice the tolerance: "
            "pairs may be chance",
        ),
        (
            8,
            9,
            15.0,
            "fewer than 10 pairs; spacing of the supplied points is below twice the tolerance: "
            "pairs may be chance",
        ),
        (1, 1, math.nan, "fewer than 10 pairs; no spacing of supplied points is known"),
    ],
)
def test_conditions_on_the_pairs_used(pairs, points, spacing_m, reason):
    assert _reason(pairs, points, spacing_m, 10.0) == reason


@pytest.mark.parametrize(("n", "told"), [(9, False), (10, True)])
def test_ten_pairs_are_needed(n, told):
    finds, record = rows([6, 6])
    found = evaluate(
        table(finds, "S", (1.0, 0.0), record_id=record),
        table(finds[12 - n :], "F"),
        ground(),
        settings=LOCAL,
    ).overall
    assert found.chance.inside.p <= 0.05
    assert found.position.n == found.confirmed == n
    assert found.position.bias_east_m == (pytest.approx(1.0) if told else None)
    if not told:
        assert found.position.reason == "fewer than 10 pairs"


def silent(position):
    return {getattr(position, name) for name in NUMBERS} == {None}


def test_nothing_is_told_where_the_mines_inside_could_not_be_asked_for():
    finds, record = rows([10] * 6)
    supplied, found = table(finds, "S", (2.0, 1.0), record_id=record), table(finds, "F")
    close, _ = rows([10] * 6, 22.0, 23.0)
    cases = [
        (supplied, found, None, Settings(crs="local", draws=19), "no searched areas given"),
        (
            supplied,
            found,
            None,
            DECLARED,
            "pairs could be those of other mines: all ground was declared searched, so there is no "
            "known ground to move records in",
        ),
        # Points stand 22 m apart: more than twice the tolerance, less than 2.5 times.
        (
            table(close, "S", (2.0, 1.0), record_id=record),
            table(close, "F"),
            ground(),
            LOCAL,
            "pairs could be those of other mines: mines inside a record cannot be told apart at "
            "this tolerance",
        ),
        # Every point is a record of its own.
        (
            supplied.drop(columns="record_id"),
            found,
            ground(),
            LOCAL,
            "pairs could be those of other mines: records are too short for a shift at this "
            "tolerance",
        ),
        # The first points of every record lie outside searched ground.
        (
            supplied,
            found,
            ground(200, -50_000, 50_000, 50_000),
            LOCAL,
            "pairs could be those of other mines: records do not lie whole in searched ground",
        ),
        (supplied, found, ground(40_000, 0, 41_000, 10), LOCAL, "no verifiable supplied points"),
    ]
    for claimed, finds_of, searched, chosen, reason in cases:
        position = evaluate(claimed, finds_of, searched, settings=chosen).overall.position
        assert silent(position)
        assert (position.n, position.clusters, position.reason) == (0, 0, reason)


@pytest.mark.parametrize("tolerance_m", [2.0, 5.0, 10.0])
@pytest.mark.parametrize("asked", ["declared", "in part", "whole"])
def test_an_aliased_map_has_no_error_of_position(tolerance_m, asked):
    # Every point is 102 m off, along rows of one mine each 5 m: pairs 2 m apart are chance.
    supplied, finds = aliased()
    searched = {
        "declared": None,
        "in part": ground(200, -50_000, 50_000, 50_000),
        "whole": ground(),
    }[asked]
    found = evaluate(
        table(supplied, "S", record_id="R"),
        table(finds, "F"),
        searched,
        settings=Settings(
            crs="local", assume_searched=asked == "declared", tolerance_m=tolerance_m, draws=39
        ),
    ).overall
    assert found.confirmed > 100
    assert silent(found.position)
    if asked == "whole" and tolerance_m == 2.0:
        assert found.position.reason == BY_CHANCE
    else:
        assert found.position.reason.startswith("pairs could be those of other mines: ")


@pytest.mark.parametrize("asked", ["in part", "whole"])
def test_an_aliased_record_stays_out_of_the_pairs_of_others(asked):
    # Six records know their mines to 1.5 m; the aliased one has 180 pairs that are 2 m apart.
    good, record = rows([12] * 6)
    wrong, mines = aliased()
    box = (200 if asked == "in part" else -50_000, -3100, 50_000, -2900)
    boxes = [shapely.box(-50_000, -1000, 50_000, 50_000), shapely.box(*box)]
    found = evaluate(
        table(
            [*(good + np.array([1.5, 0.0])), *wrong], "S", record_id=[*record, *["Z"] * len(wrong)]
        ),
        table([*good, *mines], "F"),
        gpd.GeoDataFrame({"reason": ["systematic"] * 2}, geometry=boxes),
        settings=Settings(crs="local", tolerance_m=2, draws=199),
    ).overall
    assert found.chance.inside.p <= 0.05
    assert found.confirmed > 72 + 100
    assert (found.position.n, found.position.clusters) == (72, 6)
    assert found.position.bias_east_m == pytest.approx(1.5)
    assert found.position.rmse_radial_m == pytest.approx(1.5)
    assert found.position.reason.startswith(f"{ONLY_TESTED}; ")


def by_district(sizes, confirmed=None):
    """Evaluate districts of one record each 12 points or fewer, the first points on finds."""
    parts = [[size // 2, size - size // 2] if size > 12 else [size] for size in sizes]
    finds, record = rows([size for part in parts for size in part])
    name = [f"D{number}" for number, size in enumerate(sizes) for _ in range(size)]
    kept = np.ones(len(finds), dtype=bool)
    if confirmed is not None:
        at = np.concatenate([np.arange(size) for size in sizes])
        kept = at < np.repeat(confirmed, sizes)
    return evaluate(
        table(finds, "S", (2.0, 1.0), record_id=record, district=name),
        table(finds[kept], "F"),
        ground(),
        settings=LOCAL,
    )


@given(sizes=st.lists(st.integers(2, 25), min_size=1, max_size=5), data=st.data())
@settings(max_examples=15)
@pytest.mark.slow
def test_few_pairs_are_not_told_by_subtraction(sizes, data):
    confirmed = [data.draw(st.integers(0, size)) for size in sizes]
    assume(any(confirmed))
    result = by_district(sizes, confirmed)
    whole = result.overall.position
    shown = [entry.position.n for entry in result.districts if entry.position.bias_m is not None]
    if whole.bias_m is not None:
        others = whole.n - sum(shown)
        assert others == 0 or others >= 10 or not shown
    withheld = [entry.position for entry in result.districts if entry.position.reason == WITHHELD]
    assert len(withheld) <= 1
    # The least that is needed: no group with fewer pairs was shown.
    assert all(entry.n <= min(shown, default=entry.n) for entry in withheld)


@pytest.mark.parametrize(("few", "withheld"), [(3, True), (9, True), (10, False)])
def test_the_smallest_group_is_withheld(few, withheld):
    result = by_district([40, 20, 12], [40, 20, few])
    a, b, c = (entry.position for entry in result.districts[:3])
    assert a.bias_east_m == pytest.approx(2.0)
    assert result.overall.position.n == 60 + c.n
    assert c.n == few
    if withheld:
        assert (b.n, b.bias_m, b.reason) == (20, None, WITHHELD)
        assert (c.bias_m, c.reason) == (None, "fewer than 10 pairs")
    else:
        assert b.bias_m == pytest.approx(c.bias_m)
