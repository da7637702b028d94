"""The whole map from strata, and searched against unsearched points."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, t

from mapaccuracy import Settings, evaluate, intake
from mapaccuracy.evaluation import whole_map
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.groupings import overall
from mapaccuracy.evaluation.located import locate
from mapaccuracy.statistics.intervals import cluster_interval, cluster_spread
from mapaccuracy.statistics.selection import moments, standardised_difference
from mapaccuracy.statistics.strata import (
    bounds,
    released_bound,
    share_if_rarer,
    stratified_interval,
    stratified_spread,
    t_interval,
)

LOCAL = Settings(crs="local", tolerance_m=2)

# Ten records, the first five in a stratum of 3000 supplied points, the others in one of 900.
SIZES = np.array([12, 30, 5, 44, 8, 20, 17, 60, 9, 25], dtype=float)
SUCCESSES = np.array([0, 21, 1, 30, 0, 2, 1, 9, 0, 3], dtype=float)
STRATUM = np.repeat([0, 1], 5)
SUPPLIED = np.array([3000.0, 900.0])


# --- the estimator, against published and independent values ---------------------------------


def test_stratified_and_clustered_reference():
    spread = stratified_spread(STRATUM, SUCCESSES, SIZES, SUPPLIED)
    assert spread.p == pytest.approx(0.4304643618, abs=5e-11)
    assert np.sqrt(spread.variance) == pytest.approx(0.1010507304, abs=5e-11)
    assert spread.degrees_of_freedom == 8
    assert t_interval(spread) == pytest.approx((0.1974409597, 0.6634877639), abs=5e-11)
    assert (spread.n, spread.clusters) == (230, 10)
    for h, (p, error) in enumerate([(0.52525253, 0.13120124), (0.11450382, 0.02192072)]):
        part = np.flatnonzero(h == STRATUM)
        one = stratified_spread(np.zeros(5, dtype=int), SUCCESSES[part], SIZES[part], SUPPLIED[[h]])
        assert one.p == pytest.approx(p, abs=5e-9)
        assert np.sqrt(one.variance) == pytest.approx(error, abs=5e-9)


def test_reference_has_too_few_effective_clusters_for_an_interval():
    # Weights 3000/3900 on 99 points with squares 3069, 900/3900 on 131 points with 4995.
    weights = (3000 / 3900) ** 2 * 3069 / 99**2 + (900 / 3900) ** 2 * 4995 / 131**2
    spread = stratified_spread(STRATUM, SUCCESSES, SIZES, SUPPLIED)
    assert spread.effective_clusters == pytest.approx(1 / weights, rel=1e-12)
    assert spread.effective_clusters == pytest.approx(4.98, abs=0.005)
    assert stratified_interval(spread) is None


def test_bounds_and_sensitivity_of_the_reference():
    assert round(230 / 3900, 5) == 0.05897
    assert bounds(67, 3670, 3900) == pytest.approx((0.0171794872, 0.9582051282), abs=5e-11)
    parts = np.array([52.0, 15.0]), np.array([99.0, 131.0]), SUPPLIED
    assert share_if_rarer(*parts, 2) == pytest.approx(0.2238219245, abs=5e-11)
    assert share_if_rarer(*parts, 5) == pytest.approx(0.0998364621, abs=5e-11)
    assert share_if_rarer(*parts, 1) == pytest.approx(0.4304643618, abs=5e-11)


def items(right, wrong):
    """Every item a cluster of its own: then the variance is p (1 - p) / (n - 1)."""
    stratum = np.repeat(np.arange(len(right)), np.add(right, wrong))
    flags = [flag for r, w in zip(right, wrong, strict=True) for flag in [1.0] * r + [0.0] * w]
    return stratum, np.array(flags), np.ones(len(flags))


# Olofsson et al. 2014, table 8, and 2013, example 1: overall accuracy of a map class by class.
@pytest.mark.parametrize(
    ("right", "sampled", "mapped", "share", "error"),
    [
        (
            (66, 55, 153, 313),
            (75, 75, 165, 325),
            (200_000, 150_000, 3_200_000, 6_450_000),
            0.946511888112,
            0.00943041721559,
        ),
        (
            (97, 279, 97),
            (100, 300, 100),
            (22_353, 1_122_543, 610_228),
            0.944416781948,
            0.011164399505,
        ),
    ],
)
def test_published_overall_accuracy(right, sampled, mapped, share, error):
    cells = items(right, np.subtract(sampled, right))
    spread = stratified_spread(*cells, np.array(mapped, dtype=float))
    assert spread.p == pytest.approx(share, abs=5e-13)
    assert np.sqrt(spread.variance) == pytest.approx(error, abs=5e-13)
    assert spread.p != pytest.approx(sum(right) / sum(sampled), abs=1e-3)  # that we weight


def test_published_strata_that_are_not_classes():
    # Stehman 2014: 10 samples in each of 4 strata; overall accuracy, and the area of two classes.
    # These errors hold the correction for finite strata, 1 - n/N, which we leave out.
    on_map = np.array(list("A" * 7 + "B" * 3 + "A" + "B" * 11 + "C" * 6 + "B" * 2 + "D" * 10))
    truth = np.array(list("AAAAACBABCA" + "BBBBB" + "AABB" + "CCCCC" + "DDBBA" + "DDDDDDD" + "CCB"))
    stratum, supplied = np.repeat(np.arange(4), 10), np.array([40_000.0, 30_000, 20_000, 10_000])
    for success, share, error in (
        (on_map == truth, 0.63, 0.0846421881),
        (truth == "A", 0.35, 0.0822477963),
        (truth == "C", 0.20, 0.0642797704),
    ):
        spread = stratified_spread(stratum, success.astype(float), np.ones(40), supplied)
        assert spread.p == pytest.approx(share, abs=1e-12)
        corrected = 0.0
        for h, held in enumerate(supplied):
            part = success[10 * h : 10 * h + 10].astype(float)
            one = stratified_spread(np.zeros(10, dtype=int), part, np.ones(10), held[None])
            corrected += (held / supplied.sum()) ** 2 * one.variance * (1 - 10 / held)
        assert np.sqrt(corrected) == pytest.approx(error, abs=5e-11)
        assert error < np.sqrt(spread.variance) < error * 1.001


def test_a_stratum_with_one_cluster_is_refused():
    with pytest.raises(ValueError, match="at least 2 clusters"):
        stratified_spread(np.array([0, 0, 1]), np.ones(3), np.ones(3), np.array([5.0, 5.0]))
    with pytest.raises(ValueError, match="at least 2 clusters"):
        stratified_spread(np.empty(0, dtype=int), np.empty(0), np.empty(0), np.empty(0))


# --- the interval -----------------------------------------------------------------------------

clusters = st.lists(
    st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=12,
)


@given(clusters, st.integers(0, 1000))
def test_one_stratum_is_plain_precision(cells, unsearched):
    successes, sizes = np.array(cells, dtype=float).T
    spread = stratified_spread(
        np.zeros(len(cells), dtype=int), successes, sizes, np.array([sizes.sum() + unsearched])
    )
    plain = cluster_spread(successes, sizes)
    assert spread.p == pytest.approx(plain.p, rel=1e-12)
    assert spread.variance == pytest.approx(plain.variance, rel=1e-9)
    assert spread.effective_clusters == pytest.approx(plain.effective_clusters, rel=1e-12)
    expected = cluster_interval(successes, sizes)
    # Where cluster sizes make exactly 5 effective clusters, rounding decides.
    if abs(plain.effective_clusters - 5) > 1e-9:
        found = stratified_interval(spread)
        assert (found is None) == (expected is None)
        if expected is not None:
            assert found == pytest.approx(expected, abs=1e-9)


def by_hand(strata, supplied):
    """P, its variance and interval, straight from the formulas, stratum by stratum."""
    total = sum(supplied)
    p = variance = inverse = told = 0.0
    uniform = False
    for cells, n_h in zip(strata, supplied, strict=True):
        n = sum(size for _, size in cells)
        share = sum(x for x, _ in cells) / n
        k = len(cells)
        v = k / (k - 1) * sum((x - share * size) ** 2 for x, size in cells) / n**2
        v = 0.0 if len({x / size for x, size in cells}) == 1 else v
        squares = sum(size**2 for _, size in cells) / n**2
        p += n_h / total * share
        variance += (n_h / total) ** 2 * v
        inverse += (n_h / total) ** 2 * squares
        told += ((n_h / total) ** 2 * v) ** 2 / max(1 / squares - 1, 1e-9)
        uniform |= v == 0
    k_eff = 1 / inverse
    if k_eff < 5:
        return p, variance, None

    def exact(x, n):
        low = 0.0 if x <= 0 else beta.ppf(0.025, x, n - x + 1)
        return low, 1.0 if x >= n else beta.ppf(0.975, x + 1, n - x)

    between = exact(p * k_eff, k_eff)
    if variance == 0:
        return p, variance, between
    n = sum(size for cells in strata for _, size in cells)
    df = max(1.0, min(variance**2 / told, k_eff - 1))
    shrink = (t.ppf(0.975, n - 1) / t.ppf(0.975, df)) ** 2
    effective = min(n, p * (1 - p) / variance * shrink)
    within = exact(p * effective, effective)
    every = [cell for cells in strata for cell in cells]
    rarer = min(sum(x > 0 for x, _ in every), sum(x < size for x, size in every))
    if rarer >= 6 and not uniform:
        return p, variance, within
    return p, variance, (min(within[0], between[0]), max(within[1], between[1]))


@given(st.lists(st.tuples(clusters, st.integers(1, 5000)), min_size=1, max_size=5))
def test_strata_against_the_formulas(drawn):
    strata = [cells for cells, _ in drawn]
    supplied = [sum(size for _, size in cells) + more for cells, more in drawn]
    stratum = np.repeat(np.arange(len(strata)), [len(cells) for cells in strata])
    successes, sizes = np.array([cell for cells in strata for cell in cells], dtype=float).T
    spread = stratified_spread(stratum, successes, sizes, np.array(supplied, dtype=float))
    p, variance, expected = by_hand(strata, supplied)
    assert spread.p == pytest.approx(p, abs=1e-12)
    assert spread.variance == pytest.approx(variance, rel=1e-9, abs=1e-18)
    found = stratified_interval(spread)
    if abs(spread.effective_clusters - 5) > 1e-9:
        assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found == pytest.approx(expected, abs=1e-7)
        assert 0 <= found[0] <= spread.p + 1e-12
        assert spread.p - 1e-12 <= found[1] <= 1
        assert found[0] < found[1]
    low, high = t_interval(spread)
    assert 0 <= low <= spread.p + 1e-12
    assert spread.p - 1e-12 <= high <= 1
    # The estimate lies within what needs no assumption, and falls as k grows.
    confirmed = np.bincount(stratum, successes)
    verifiable = np.bincount(stratum, sizes)
    held = np.array(supplied, dtype=float)
    ends = bounds(int(confirmed.sum()), int((held - verifiable).sum()), int(held.sum()))
    shares = [share_if_rarer(confirmed, verifiable, held, k) for k in (1, 2, 5, 1e12)]
    assert shares[0] == pytest.approx(spread.p, abs=1e-12)
    assert shares == sorted(shares, reverse=True)
    assert shares[3] == pytest.approx(ends[0], abs=1e-9)
    assert ends[0] - 1e-12 <= spread.p <= ends[1] + 1e-12


def test_no_interval_is_without_width():
    # Two strata of equal weight, four clusters of equal size in each: 8 effective clusters.
    stratum, sizes = np.repeat([0, 1], 4), np.full(8, 10.0)
    nothing = stratified_spread(stratum, np.zeros(8), sizes, np.array([100.0, 100.0]))
    assert stratified_interval(nothing) == pytest.approx(tuple(binomtest(0, 8).proportion_ci()))
    assert t_interval(nothing) == (0.0, 0.0)  # which is why this is only a reference
    # All of one stratum and nothing of the other: no variance within, half of all.
    half = stratified_spread(stratum, np.repeat([10.0, 0.0], 4), sizes, np.array([100.0, 100.0]))
    assert (half.p, half.variance) == (0.5, 0.0)
    assert stratified_interval(half) == pytest.approx(tuple(binomtest(4, 8).proportion_ci()))


def test_a_uniform_stratum_widens_the_interval():
    # Seven clusters hold a success, but of the three that two thirds of the map hang on, none.
    stratum, sizes = np.repeat([0, 1], [6, 14]), np.full(20, 10.0)
    successes = np.concatenate([np.zeros(6), np.tile([1.0, 2.0], 7)])
    spread = stratified_spread(stratum, successes, sizes, np.array([200.0, 100.0]))
    k_eff = 1 / ((2 / 3) ** 2 / 6 + (1 / 3) ** 2 / 14)
    assert spread.effective_clusters == pytest.approx(k_eff, rel=1e-12)
    low, high = stratified_interval(spread)
    p = 0.15 / 3
    assert high >= beta.ppf(0.975, p * k_eff + 1, k_eff - p * k_eff) - 1e-12
    assert t_interval(spread)[1] < high / 2
    assert low <= t_interval(spread)[0]


def covers(rng, k, shares, correlation, supplied, interval):
    """Whether the interval of one simulated map holds the truth; None without an interval."""
    stratum = np.repeat(np.arange(len(k)), k)
    sizes = np.maximum(1, np.rint(rng.lognormal(2.5, 1, len(stratum))))
    p = np.asarray(shares)[stratum]
    factor = (1 - correlation) / correlation
    successes = rng.binomial(sizes.astype(int), rng.beta(p * factor, (1 - p) * factor))
    supplied = np.asarray(supplied, dtype=float)
    spread = stratified_spread(stratum, successes.astype(float), sizes, supplied)
    ends = interval(spread)
    if ends is None or stratified_interval(spread) is None:
        return None
    return ends[0] <= float(supplied @ shares) / supplied.sum() <= ends[1]


@pytest.mark.parametrize(
    ("k", "shares", "supplied"),
    [
        ((5, 5, 5), (0.5, 0.1, 0.25), (1, 1, 1)),
        ((20, 5, 5), (0.02, 0.02, 0.02), (1, 4, 1)),
        ((20, 20, 20), (0.02, 0.02, 0.02), (1, 1, 1)),
    ],
)
def test_the_interval_holds_the_truth(k, shares, supplied):
    rng = np.random.default_rng(11)
    held = [
        out
        for _ in range(300)
        if (out := covers(rng, k, shares, 0.3, supplied, stratified_interval)) is not None
    ]
    assert len(held) > 150
    assert np.mean(held) >= 0.91


def test_the_textbook_interval_does_not():
    rng = np.random.default_rng(12)
    held = [
        out
        for _ in range(300)
        if (out := covers(rng, (5, 5, 5), (0.02,) * 3, 0.6, (1, 1, 1), t_interval)) is not None
    ]
    assert np.mean(held) < 0.6


def test_bounds_of_the_example_sentence():
    # 1,240 points, 78 of 310 confirmed, 930 unsearched: between 6 % and 81 %.
    low, high = bounds(78, 930, 1240)
    assert (round(100 * low), round(100 * high)) == (6, 81)
    assert bounds(0, 0, 0) is None
    assert share_if_rarer(np.empty(0), np.empty(0), np.empty(0), 2) is None


def test_a_stratum_of_which_nothing_was_verified_is_taken_to_be_like_the_others():
    # 2 of 4 of 10, and 3 of 3 of 30: (10 * .5 + 30) / 40 = .875; the 60 others take that.
    parts = np.array([2.0, 3.0, 0.0]), np.array([4.0, 3.0, 0.0]), np.array([10.0, 30.0, 60.0])
    assert share_if_rarer(*parts, 1) == pytest.approx(0.875)
    # 5 confirmed; of the 6, 27 and 60 hidden half as many as .5, 1 and .875 say.
    assert share_if_rarer(*parts, 2) == pytest.approx((5 + (3 + 27 + 52.5) / 2) / 100)
    nothing = np.zeros(2)
    assert share_if_rarer(nothing, nothing, np.array([5.0, 6.0]), 1) is None


def test_released_land_does_not_flatter():
    # A quarter of 100 is true; the land of 80 % of the other 75 was released: 25 of 40 read .625.
    assert 25 / 40 == 0.625
    assert released_bound(25, 40, 60) == 0.25
    assert released_bound(0, 0, 60) is None


# --- searched against unsearched --------------------------------------------------------------


def test_standardised_difference_by_hand():
    assert standardised_difference(12, 9, 10, 7) == pytest.approx(2 / np.sqrt(8), rel=1e-15)
    # Shares of .3 and .5 (Austin 2009).
    assert standardised_difference(0.3, 0.21, 0.5, 0.25) == pytest.approx(-0.417028828, abs=5e-10)
    assert standardised_difference(0.4, 0.24, 0.4, 0.24) == 0
    assert standardised_difference(1, 0, 0, 0) is None
    assert standardised_difference(1, np.nan, 0, 1) is None


@given(
    st.lists(
        st.tuples(st.floats(-1e3, 1e3) | st.just(np.nan), st.integers(-1, 2)),
        min_size=1,
        max_size=40,
    )
)
def test_moments_against_numpy(rows):
    values, group = np.array([v for v, _ in rows]), np.array([g for _, g in rows])
    n, mean, variance = moments(values, group, 3, share=False)
    for index in range(3):
        part = values[(group == index) & ~np.isnan(values)]
        assert n[index] == len(part)
        if len(part):
            assert mean[index] == pytest.approx(part.mean(), abs=1e-9)
        if len(part) > 1:
            assert variance[index] == pytest.approx(part.var(ddof=1), rel=1e-9, abs=1e-9)
        else:
            assert np.isnan(variance[index])
    flags = (values > 0).astype(float)
    n, mean, variance = moments(flags, group, 3, share=True)
    held = n > 0
    assert variance[held] == pytest.approx([flags[group == g].var() for g in np.flatnonzero(held)])


# --- through evaluate -------------------------------------------------------------------------


def records(layout, **columns):
    """Points of records, 5 m apart in a row, rows 200 m apart; a find on each confirmed one.

    `layout`: for each record (district, sheet, searched points, confirmed, unsearched points).
    """
    supplied, finds, searched = [], [], []
    for row, (district, sheet, n, confirmed, hidden) in enumerate(layout):
        y = 200.0 * row
        supplied += [(row, at, 5.0 * at, y, district, sheet) for at in range(n + hidden)]
        finds += [(5.0 * place, y, district) for place in range(confirmed)]
        if n:
            searched.append(shapely.box(-2.5, y - 2.5, 5 * n - 2.5, y + 2.5))
    points = pd.DataFrame(supplied, columns=["row", "place", "x", "y", "district", "sheet"])
    points.insert(
        0, "id", [f"S{r:03d}-{p:04d}" for r, p in zip(points.row, points.place, strict=True)]
    )
    points["record_id"] = [f"R{row}" for row in points.pop("row")]
    found = pd.DataFrame(finds, columns=["x", "y", "district"])
    found.insert(0, "id", [f"F{number:04d}" for number in range(len(found))])
    if all(sheet is None for *_, sheet, _, _, _ in layout):
        points = points.drop(columns="sheet")
    return (
        points.drop(columns="place").assign(**columns),
        found,
        gpd.GeoDataFrame(geometry=searched),
    )


def whole(layout, settings=LOCAL):
    result = evaluate(*records(layout), settings=settings)
    return {group.group: group for group in (result.overall, *result.districts)}


# Of A 7 of 70 in 7 records and 210 unsearched, of B 20 of 25 in 5 records and 30 unsearched.
TWO_DISTRICTS = [
    *[("A", None, 10, confirmed, 30) for confirmed in (0, 0, 1, 1, 1, 1, 3)],
    *[("B", None, 5, confirmed, 6) for confirmed in (5, 5, 4, 3, 3)],
]


def test_districts_are_strata():
    groups = whole(TWO_DISTRICTS)
    overall = groups["overall"]
    figure = overall.whole_map
    assert overall.precision.value == 27 / 95
    assert figure.strata == 2
    assert figure.left_out_share == 0
    assert figure.value == pytest.approx((280 * 0.1 + 55 * 0.8) / 335, rel=1e-12)
    assert (figure.bound_low, figure.bound_high) == (27 / 335, (27 + 240) / 335)
    assert figure.verified_share == 95 / 335
    assert figure.half_as_likely == pytest.approx((27 + (210 * 0.1 + 30 * 0.8) / 2) / 335)
    assert figure.fifth_as_likely == pytest.approx((27 + (210 * 0.1 + 30 * 0.8) / 5) / 335)
    assert figure.released_bound == 27 / 95
    assert figure.reason is None
    expected = by_hand(
        [[(x, 10) for x in (0, 0, 1, 1, 1, 1, 3)], [(x, 5) for x in (5, 5, 4, 3, 3)]], [280, 55]
    )
    assert (figure.low, figure.high) == pytest.approx(expected[2], abs=1e-9)
    for name in "AB":
        # One stratum: as precision, within the bounds.
        one, precision = groups[name].whole_map, groups[name].precision
        assert one.strata == 1
        assert one.value == pytest.approx(precision.value)
        assert one.low == pytest.approx(max(precision.low, one.bound_low))
        assert one.high == pytest.approx(min(precision.high, one.bound_high))
    # Of A 7 are confirmed, so it is not less than 7 of 280; precision alone does not know that.
    assert groups["A"].precision.low < groups["A"].whole_map.low == 7 / 280


@pytest.mark.parametrize("seed", range(6))
def test_the_widest_of_the_clusterings_of_precision(seed):
    # Twelve records, each in two places 500 m apart: 24 neighbourhoods, or 12 records.
    rng = np.random.default_rng(seed)
    # Of each place six points are searched, and 18 are not.
    xy = [(500.0 * k, 5.0 * at) for k in range(24) for at in range(24)]
    number = np.arange(576)
    supplied = pd.DataFrame(xy, columns=["x", "y"]).assign(
        id=[f"S{n:03d}" for n in number], record_id=[f"R{n // 24 % 12}" for n in number]
    )
    share = np.repeat(rng.choice([0.1, 0.9], 24), 24)
    finds = supplied[(rng.random(576) < share) & (supplied.y < 28)].drop(columns="record_id")
    searched = gpd.GeoDataFrame(
        geometry=[shapely.box(500 * k - 2.5, -2.5, 500 * k + 2.5, 27.5) for k in range(24)]
    )
    group = evaluate(supplied, finds, searched, settings=LOCAL).overall
    figure, precision = group.whole_map, group.precision
    assert precision.n == 144
    assert precision.clusters in (12, 24)
    assert figure.bound_low < precision.low < precision.high < figure.bound_high
    assert (figure.value, figure.low, figure.high) == pytest.approx(
        (precision.value, precision.low, precision.high), abs=1e-9
    )


def test_district_polygons_are_the_same_strata_as_typed_ones():
    supplied, finds, searched = records(TWO_DISTRICTS)
    polygons = gpd.GeoDataFrame(
        {"district": ["A", "B"]},
        geometry=[shapely.box(-9, -9, 999, 1390), shapely.box(-9, 1390, 999, 2990)],
    )
    typed = evaluate(supplied, finds, searched, settings=LOCAL)
    located = evaluate(
        supplied.drop(columns="district"),
        finds.drop(columns="district"),
        searched,
        polygons,
        settings=LOCAL,
    )
    assert located.overall.whole_map == typed.overall.whole_map
    assert [group.whole_map for group in located.districts] == [
        group.whole_map for group in typed.districts
    ]


def test_what_lies_on_no_district_is_a_stratum():
    supplied, finds, searched = records(TWO_DISTRICTS)
    first = gpd.GeoDataFrame({"district": ["A"]}, geometry=[shapely.box(-9, -9, 999, 1390)])
    figure = evaluate(supplied, finds, searched, first, settings=LOCAL).overall.whole_map
    assert figure == whole(TWO_DISTRICTS)["overall"].whole_map


def test_a_district_typed_in_two_ways_is_one_stratum():
    supplied, finds, searched = records(TWO_DISTRICTS)
    supplied.loc[supplied.index % 2 == 0, "district"] = supplied.district.str.lower() + " "
    figure = evaluate(supplied, finds, searched, settings=LOCAL).overall.whole_map
    assert figure == whole(TWO_DISTRICTS)["overall"].whole_map


def test_order_of_rows_does_not_matter():
    supplied, finds, searched = records(TWO_DISTRICTS)
    plain = evaluate(supplied, finds, searched, settings=LOCAL).overall
    other = evaluate(
        supplied.sample(frac=1, random_state=1), finds[::-1], searched[::-1], settings=LOCAL
    ).overall
    assert other.whole_map == plain.whole_map
    assert other.selection == plain.selection


def test_sheets_are_strata_where_each_has_two_clusters():
    layout = [
        *[("A", "1", 10, confirmed, 10) for confirmed in (9, 8, 10, 9, 9)],
        *[("A", "2", 10, confirmed, 40) for confirmed in (0, 1, 2, 1, 1)],
    ]
    figure = whole(layout)["overall"].whole_map
    assert figure.strata == 2
    assert figure.value == pytest.approx((100 * 0.9 + 250 * 0.1) / 350, rel=1e-12)
    sheets = [[(x, 10) for x in (9, 8, 10, 9, 9)], [(x, 10) for x in (0, 1, 2, 1, 1)]]
    assert (figure.low, figure.high) == pytest.approx(by_hand(sheets, [100, 250])[2], abs=1e-9)
    # A third sheet on which nothing was searched: districts alone, and the points of each sheet
    # one cluster, so that there are too few for an interval.
    figure = whole([*layout, ("A", "3", 0, 0, 20)])["overall"].whole_map
    assert figure.strata == 1
    assert figure.value == pytest.approx(50 / 100)
    assert figure.low is None
    assert figure.reason == "too few records for an interval"
    # Or only one record of it.
    figure = whole([*layout, ("A", "3", 10, 4, 20)])["overall"].whole_map
    assert (figure.strata, figure.left_out_share) == (1, 0)
    assert figure.value == pytest.approx(54 / 110)


def test_without_searched_areas_the_bounds_say_nothing():
    supplied, finds, _ = records(TWO_DISTRICTS)
    figure = evaluate(supplied, finds, settings=LOCAL).overall.whole_map
    assert (figure.value, figure.low, figure.high, figure.strata) == (None, None, None, 0)
    assert figure.reason == "no searched areas given"
    assert (figure.bound_low, figure.bound_high, figure.verified_share) == (0, 1, 0)
    assert figure.released_bound is None


def test_with_all_ground_searched_nothing_is_estimated():
    supplied, finds, _ = records([(None, None, 10, x, 0) for x in (3, 0, 5, 5, 9, 1)])
    declared = Settings(crs="local", tolerance_m=2, assume_searched=True)
    group = evaluate(supplied, finds, settings=declared).overall
    figure = group.whole_map
    assert group.precision.low is not None
    assert (figure.bound_low, figure.value, figure.bound_high) == (23 / 60, 23 / 60, 23 / 60)
    # An interval without width is never given.
    assert (figure.low, figure.high) == (None, None)
    assert figure.reason == "every supplied point was judged, so nothing is estimated"
    assert figure.half_as_likely == figure.value


def test_nothing_verifiable():
    supplied, finds, _ = records([("A", None, 10, 2, 0)])
    elsewhere = gpd.GeoDataFrame(geometry=[shapely.box(5000, 5000, 5100, 5100)])
    group = evaluate(supplied, finds, elsewhere, settings=LOCAL).overall
    figure = group.whole_map
    assert figure.reason == "no verifiable supplied points"
    assert (figure.value, figure.bound_low, figure.bound_high) == (None, 0, 1)
    assert group.selection == ()


def test_below_a_fifth_verified_there_is_no_estimate():
    layout = [
        ("A", None, 10, x, hidden) for x, hidden in zip(range(6), (41, *[40] * 5), strict=True)
    ]
    figure = whole(layout)["overall"].whole_map
    assert figure.verified_share == 60 / 301
    assert figure.reason == "fewer than 20 % of the supplied points are verifiable"
    assert (figure.value, figure.half_as_likely, figure.left_out_share) == (None, None, None)
    assert figure.bound_low == 15 / 301
    layout[0] = ("A", None, 10, 0, 40)
    assert whole(layout)["overall"].whole_map.value == 0.25


def test_a_stratum_of_one_cluster_counts_but_has_no_interval():
    layout = [
        *[("A", None, 10, x, 5) for x in (1, 2, 3, 4, 0, 2)],
        ("B", None, 10, 10, 20),
    ]
    groups = whole(layout)
    figure = groups["overall"].whole_map
    assert (figure.strata, figure.left_out_share) == (2, 0)
    assert figure.value == pytest.approx((90 * 0.2 + 30) / 120)
    assert (figure.low, figure.high) == (None, None)
    assert figure.reason == "a stratum has too few separate records for an interval"
    assert figure.half_as_likely == pytest.approx((22 + (30 * 0.2 + 20) / 2) / 120)
    assert figure.bound_low == 22 / 120
    lone = groups["B"].whole_map
    assert (lone.value, lone.low, lone.strata, lone.left_out_share) == (1, None, 1, 0)


@pytest.mark.slow
def test_a_stratum_that_was_verified_to_the_last_point_is_known():
    # Ten of ten confirmed in each of ten records of A, none of the hundred of one record of B:
    # all was judged, and half is confirmed.
    layout = [*[("A", None, 10, 10, 0)] * 10, ("B", None, 100, 0, 0)]
    figure = whole(layout)["overall"].whole_map
    assert (figure.bound_low, figure.value, figure.bound_high) == (0.5, 0.5, 0.5)
    # Forty more, unsearched, in A: as those of A, all of them.
    layout[0] = ("A", None, 10, 10, 40)
    figure = whole(layout)["overall"].whole_map
    assert figure.value == pytest.approx(140 / 240)
    assert (figure.bound_low, figure.bound_high) == (100 / 240, 140 / 240)


def test_clusters_of_a_stratum_are_those_that_are_linked_most():
    # Both places of district B belong to one record, for all the 200 m between them.
    layout = [*[("A", None, 10, x, 5) for x in (1, 2, 3, 4, 0, 2)], *[("B", None, 5, 5, 5)] * 2]
    supplied, finds, searched = records(layout)
    figure = evaluate(supplied, finds, searched, settings=LOCAL).overall.whole_map
    assert figure.low is not None
    supplied.loc[supplied.district == "B", "record_id"] = "R6"
    linked = evaluate(supplied, finds, searched, settings=LOCAL).overall.whole_map
    assert (linked.strata, linked.value) == (2, figure.value)
    assert (linked.low, linked.left_out_share) == (None, 0)


def test_a_stratum_without_a_verifiable_point_is_told_and_taken_to_be_like_the_rest():
    layout = [*[("A", None, 10, x, 5) for x in (1, 2, 3, 4, 0, 2)], ("B", None, 0, 0, 30)]
    figure = whole(layout)["overall"].whole_map
    assert figure.strata == 1
    assert figure.left_out_share == pytest.approx(30 / 120)
    assert figure.value == pytest.approx(0.2)
    assert figure.half_as_likely == pytest.approx((12 + 60 * 0.2 / 2) / 120)
    assert (figure.bound_low, figure.bound_high) == (12 / 120, 72 / 120)
    # As for A alone, but within what holds without any assumption: 12 to 72 of 120.
    expected = by_hand([[(x, 10) for x in (1, 2, 3, 4, 0, 2)]], [90])[2]
    assert expected[0] < 0.1 < 0.6 < expected[1]
    assert (figure.low, figure.high) == (0.1, 0.6)


def test_an_estimate_must_speak_for_most_of_the_map():
    layout = [*[("A", None, 10, x, 0) for x in (1, 2, 3, 4, 0, 2)], ("B", None, 0, 0, 61)]
    figure = whole(layout)["overall"].whole_map
    assert (figure.value, figure.half_as_likely) == (None, None)
    assert figure.left_out_share == pytest.approx(61 / 121)
    assert figure.reason == "most supplied points are in strata without a verifiable point"
    layout[-1] = ("B", None, 0, 0, 60)
    assert whole(layout)["overall"].whole_map.value == pytest.approx(0.2)


def alone(layout):
    """The whole map overall, without the figures that nothing here asks for."""
    tables = dict(zip(("supplied", "finds", "searched"), records(layout), strict=True))
    # A find far away, so that a map without a confirmed point is no error.
    far = pd.DataFrame({"id": ["F9999"], "x": [0.0], "y": [9e4], "district": ["A"]})
    tables["finds"] = pd.concat([tables["finds"], far]) if len(tables["finds"]) else far
    if not len(tables["searched"]):
        tables["searched"] = gpd.GeoDataFrame(geometry=[shapely.box(0, 8e4, 1, 8.1e4)])
    layers = {
        role: intake.conform(intake.as_tables(table, role), role, LOCAL)
        for role, table in tables.items()
    }
    inputs = locate(layers, LOCAL)
    outcome, everything = compare(inputs, None, LOCAL), overall(inputs)
    evidence = SimpleNamespace(compared=outcome)
    (figure,) = whole_map.of_groups(evidence, everything, outcome.figures_of(everything))
    return figure


some_record = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        st.sampled_from("ABC"), st.none(), st.just(n), st.integers(0, n), st.integers(0, 12)
    )
)
hidden_record = st.tuples(
    st.sampled_from("ABCD"), st.none(), st.just(0), st.just(0), st.integers(1, 20)
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(some_record, min_size=1, max_size=14), st.lists(hidden_record, min_size=0, max_size=2)
)
@pytest.mark.slow
def test_the_estimate_never_leaves_the_bounds(judged, hidden):
    layout = judged + hidden
    figure = alone(layout)
    supplied = sum(n + more for *_, n, _, more in layout)
    confirmed = sum(x for *_, x, _ in layout)
    known = sum(n for *_, n, _, _ in layout)
    assert figure.bound_low == confirmed / supplied
    assert figure.bound_high == (confirmed + supplied - known) / supplied
    # The formula, stratum by stratum.
    cells = {
        name: np.array([row[2:] for row in layout if row[0] == name]).sum(axis=0)
        for name in {row[0] for row in layout}
    }
    judged_cells = [cell for cell in cells.values() if cell[0]]
    left_out = sum(cell[2] for cell in cells.values() if not cell[0])
    if known / supplied < 0.2 or left_out / supplied > 0.5:
        assert figure.value is None
        return
    estimate = sum(x + more * x / n for n, x, more in judged_cells) / (supplied - left_out)
    assert figure.value == pytest.approx(estimate, abs=1e-12)
    ends = [figure.bound_low, figure.fifth_as_likely, figure.half_as_likely, figure.value]
    assert ends == sorted(ends)
    assert figure.value <= figure.bound_high
    assert (figure.low is None) == (figure.high is None) == (figure.reason is not None)
    if figure.low is not None:
        assert figure.bound_low <= figure.low <= figure.value <= figure.high <= figure.bound_high
        assert figure.low < figure.high


def test_a_district_without_a_supplied_point():
    supplied, finds, searched = records([("A", None, 10, x, 0) for x in (1, 2, 3)])
    finds.loc[len(finds)] = {"id": "F9999", "x": 0.0, "y": 30_000.0, "district": "C"}
    figure = evaluate(supplied, finds, searched, settings=LOCAL).districts[1].whole_map
    assert figure.reason == "no supplied points"
    assert (figure.value, figure.bound_low, figure.verified_share) == (None, None, None)


def test_released_points_stand_beside_precision():
    supplied, finds, searched = records([("A", None, 10, x, 10) for x in (8, 9, 7, 6, 10)])
    cancelled = [shapely.box(47.5, y - 2.5, 97.5, y + 2.5) for y in (0, 200, 400)]
    areas = gpd.GeoDataFrame(
        {"status": ["cleared"] * 5 + ["cancelled"] * 3}, geometry=[*searched.geometry, *cancelled]
    )
    group = evaluate(supplied, finds, areas, settings=LOCAL).overall
    assert group.released_without_search == 30
    assert group.precision.value == 40 / 50
    assert group.whole_map.released_bound == 40 / 80


def test_selection_by_hand():
    layout = [("A", None, 10, 1, 10), ("A", None, 10, 0, 10)]
    supplied, finds, searched = records(layout)
    hidden = supplied.x > 47
    number = np.arange(40) % 20
    supplied["type"] = np.where(hidden & (number % 2 == 0), "TM-57", "PMN")
    supplied["accuracy_m"] = np.where(hidden, 10.0 + number % 2, 10.0 - number % 2)
    supplied["geometry_basis"] = np.where(hidden, "generated", "surveyed")
    supplied["date"] = np.where(hidden, "1993-05-01", np.where(number % 2, "1992-01-31", "spring"))
    found = {
        entry.attribute: entry
        for entry in evaluate(supplied, finds, searched, settings=LOCAL).overall.selection
    }
    assert list(found) == [
        "share claimed AP",
        "share claimed AT",
        "stated accuracy in metres",
        "spacing in metres",
        "share generated",
        "year of date",
    ]
    claimed = found["share claimed AP"]
    assert (claimed.searched, claimed.unsearched, claimed.flagged) == (1.0, 0.5, True)
    assert claimed.difference == pytest.approx(0.5 / np.sqrt((0 + 0.25) / 2))
    accuracy = found["stated accuracy in metres"]
    assert (accuracy.searched, accuracy.unsearched) == (9.5, 10.5)
    # Ten of 0 and ten of 1: a variance of 20/19 times a quarter on either side.
    assert accuracy.difference == pytest.approx(-1 / np.sqrt(5 / 19))
    spacing = found["spacing in metres"]
    assert (spacing.searched, spacing.unsearched) == (5.0, 5.0)
    assert (spacing.difference, spacing.flagged) == (None, False)
    generated = found["share generated"]
    assert (generated.searched, generated.unsearched) == (0.0, 1.0)
    assert (generated.difference, generated.flagged) == (None, True)
    year = found["year of date"]
    assert (year.searched, year.unsearched, year.flagged) == (1992.0, 1993.0, True)


def test_a_small_difference_is_not_flagged():
    layout = [("A", None, 50, 1, 50), ("A", None, 50, 0, 50)]
    supplied, finds, searched = records(layout)
    number = np.arange(200) % 100
    # 25 of 50 and 31 of 50: .12 over the root of (.25 + .2356) / 2 is .2435.
    at = (number < 25) | ((number >= 50) & (number < 81))
    supplied["type"] = np.where(at, "AT", "AP")
    entry = evaluate(supplied, finds, searched, settings=LOCAL).overall.selection[1]
    assert (entry.attribute, entry.searched, entry.unsearched) == ("share claimed AT", 0.5, 0.62)
    assert entry.difference == pytest.approx(-0.12 / np.sqrt((0.25 + 0.2356) / 2))
    assert not entry.flagged
    supplied["type"] = np.where(at | (number >= 98), "AT", "AP")  # 33 of 50
    assert evaluate(supplied, finds, searched, settings=LOCAL).overall.selection[1].flagged


def test_no_attribute_of_fewer_than_ten_points():
    layout = [("A", None, 10, 1, 10)]
    supplied, finds, searched = records(layout)
    supplied["type"] = ["AP"] * 9 + [""] + ["AT"] * 10
    supplied["date"] = "1992-01-31"
    result = evaluate(supplied, finds, searched, settings=LOCAL).overall
    assert [entry.attribute for entry in result.selection] == ["spacing in metres", "year of date"]
    fewer = evaluate(supplied[:19], finds, searched, settings=LOCAL).overall
    assert fewer.selection == ()


def test_centroids_and_rows_of_several_mines_are_in_no_comparison():
    layout = [("A", None, 12, 1, 12)]
    supplied, finds, searched = records(layout)
    supplied["count"] = [1] * 12 + [5] * 3 + [1] * 9
    group = evaluate(supplied, finds, searched, settings=LOCAL).overall
    assert group.selection == ()
    assert group.whole_map.verified_share == 12 / 21
