"""Intervals against published values, R, and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mapaccuracy.statistics.intervals import (
    clopper_pearson,
    cluster_interval,
    cluster_spread,
    clustered_rate,
    korn_graubard,
    widest,
    wilson,
)

# Ten records; computed with the R packages survey and boot and again with numpy.
SIZES = np.array([12, 30, 5, 44, 8, 20, 17, 60, 9, 25], dtype=float)
SUCCESSES = np.array([0, 21, 1, 30, 0, 2, 1, 9, 0, 3], dtype=float)


# From the tests of statsmodels (values of R binom and DescTools); closed forms.
@pytest.mark.parametrize(
    ("x", "n", "ends"),
    [
        (18, 20, (0.6830172859809176, 0.9876514728297052)),
        (4, 20, (0.0573339970500328, 0.436614002996668)),
        (4, 200, (0.00547556587955644, 0.0504136090898963)),
        (0, 30, (0.0, 0.1157033082220278)),
        (1, 30, (0.000843570926630, 0.172169455633413)),
        (100, 200, (0.4286584309, 0.5713415691)),
        (25, 100, (0.1687797381, 0.3465524958)),
        (2, 100, (0.0024313368, 0.0703839325)),
        (0, 10, (0.0, 0.3084971078)),
    ],
)
def test_plain_proportions(x, n, ends):
    assert clopper_pearson(x, n) == pytest.approx(ends, abs=6e-11)
    expected = binomtest(x, n).proportion_ci()
    assert clopper_pearson(x, n) == pytest.approx(tuple(expected), abs=1e-12)


# From the tests of statsmodels (values of R binom and DescTools); the last three closed forms.
@pytest.mark.parametrize(
    ("x", "n", "ends"),
    [
        (18, 20, (0.6989663547715128, 0.972133518786232)),
        (4, 20, (0.0806576625797981, 0.4160174322518935)),
        (4, 200, (0.00780442641634947, 0.05028708690582643)),
        (0, 30, (0.0, 0.1135133931739688)),
        (1, 30, (0.005908590381612, 0.166703909914092)),
        (100, 200, (0.4313608596, 0.5686391404)),
        (25, 100, (0.1754521136, 0.3430446355)),
        (2, 100, (0.0055019676, 0.0700117907)),
        (0, 10, (0.0, 0.2775327999)),
    ],
)
def test_wilson_as_if_points_were_independent(x, n, ends):
    assert wilson(x, n) == pytest.approx(ends, abs=6e-11)
    expected = binomtest(x, n).proportion_ci(method="wilson")
    assert wilson(x, n) == pytest.approx(tuple(expected), abs=1e-12)
    # Points not confirmed are as good as points confirmed: the interval is mirrored.
    assert wilson(n - x, n) == pytest.approx((1 - ends[1], 1 - ends[0]), abs=6e-11)


def test_wilson_of_points_that_come_in_records_is_too_narrow():
    assert wilson(67, 230) == pytest.approx((0.2363960051, 0.3530694366), abs=1e-10)
    low, high = cluster_interval(SUCCESSES, SIZES)
    assert low < 0.2363960051
    assert high > 0.3530694366


def test_spread_agrees_with_survey_package():
    spread = cluster_spread(SUCCESSES, SIZES)
    assert spread.p == pytest.approx(67 / 230, rel=1e-15)
    assert np.sqrt(spread.variance) == pytest.approx(0.11139485934, abs=1e-11)
    assert spread.design_effect == pytest.approx(13.824562614, abs=1e-8)
    assert spread.clusters == 10
    assert spread.effective_clusters == pytest.approx(6.560019841, abs=1e-9)


def test_ratio_variance_of_published_city_data():
    # Davison and Hinkley's city data: a ratio, not a share; SE with K/(K-1) .1899934.
    u = np.array([138, 93, 61, 179, 48, 37, 29, 23, 30, 2], dtype=float)
    x = np.array([143, 104, 69, 260, 75, 63, 50, 48, 111, 50], dtype=float)
    spread = cluster_spread(x, u)
    assert spread.p == pytest.approx(1.5203125, rel=1e-15)
    assert np.sqrt(spread.variance) == pytest.approx(0.1899934, abs=5e-8)
    assert spread.variance * 9 / 10 == pytest.approx(0.0324877, abs=5e-8)


def test_plain_korn_graubard():
    ends = korn_graubard(cluster_spread(SUCCESSES, SIZES), 9)
    assert ends == pytest.approx((0.0794608788, 0.6035138176), abs=1e-10)


def test_effective_clusters_widen_the_interval():
    ends = cluster_interval(SUCCESSES, SIZES)
    assert ends == pytest.approx((0.0652089263, 0.6377343424), abs=1e-10)


@pytest.mark.parametrize(("confirmed", "high"), [(0, 0.3085), (1, 0.3117), (2, 0.3148)])
def test_upper_end_grows_with_the_first_successes(confirmed, high):
    successes = np.zeros(10)
    successes[0] = confirmed
    low, end = cluster_interval(successes, np.full(10, 50.0))
    assert end == pytest.approx(high, abs=5e-5)
    assert low == pytest.approx(0, abs=1e-9)


def test_equal_shares_everywhere_are_not_certain():
    # 1 of 3 in each of ten clusters: no variance between them, so Clopper-Pearson of 10/3 in 10.
    ends = cluster_interval(np.ones(10), np.full(10, 3.0))
    assert ends == pytest.approx(clopper_pearson(10 / 3, 10.0), abs=1e-12)
    assert ends[1] - ends[0] > 0.4
    assert cluster_spread(np.ones(10), np.full(10, 3.0)).design_effect is None


def test_too_few_effective_clusters_give_the_range():
    rate = clustered_rate(
        np.array([50.0, 1.0, 0.0, 1.0, 0.0, 0.0]),
        np.array([100.0, 2.0, 2.0, 2.0, 2.0, 2.0]),
        empty="none",
        too_few="too few",
    )
    # 110^2 / (100^2 + 5 * 2^2) = 1.2075848...
    assert rate.effective_clusters == pytest.approx(12100 / 10020, rel=1e-15)
    assert (rate.low, rate.high, rate.reason) == (None, None, "too few")
    assert (rate.cluster_low, rate.cluster_high) == (0.0, 0.5)
    assert rate.value == pytest.approx(52 / 110)


def test_no_items_give_a_reason_and_no_zero():
    rate = clustered_rate(np.zeros(3), np.zeros(3), empty="nothing there", too_few="")
    assert (rate.value, rate.n, rate.clusters, rate.reason) == (None, 0, 0, "nothing there")


clusters = st.lists(
    st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=30,
)


@given(clusters)
def test_interval_holds_the_share_and_stays_in_bounds(counts):
    successes, sizes = np.array(counts, dtype=float).T
    ends = cluster_interval(successes, sizes)
    spread = cluster_spread(successes, sizes)
    if ends is None:
        assert spread.effective_clusters < 5
    else:
        assert 0 <= ends[0] <= spread.p + 1e-12
        assert spread.p - 1e-12 <= ends[1] <= 1
        assert ends[1] > ends[0]


@given(clusters, st.randoms(use_true_random=False))
def test_order_of_clusters_does_not_matter(counts, random):
    shuffled = list(counts)
    random.shuffle(shuffled)
    first, second = (cluster_interval(*np.array(c, dtype=float).T) for c in (counts, shuffled))
    assert (first is None) == (second is None)
    if first is not None:
        assert first == pytest.approx(second, abs=1e-12)


def test_widest_prefers_no_interval_then_width():
    narrow = clustered_rate(np.full(40, 5.0), np.full(40, 10.0), empty="", too_few="")
    wide = clustered_rate(np.array([10.0, 0.0] * 10), np.full(20, 10.0), empty="", too_few="")
    none = clustered_rate(np.array([50.0, 50.0]), np.full(2, 100.0), empty="", too_few="few")
    assert widest([narrow, wide]) is wide
    assert widest([narrow, wide, none]) is none
