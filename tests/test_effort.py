"""Effort curve: reference values of spatstat and ptools, brute force, and properties."""

import dataclasses
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.stats import t as student
from scipy.stats.mstats import hdquantiles
from sklearn.metrics import roc_auc_score

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation import effort as of_effort
from mapaccuracy.statistics.effort import (
    area_interval,
    area_under_curve,
    pai,
    placements,
    sampling_error,
    share_of_ground,
    share_within,
)

N = np.arange(1, 41)
A = 100 * np.column_stack([0.6180339887 * N % 1, 0.7548776662 * N % 1])[:30]
B = 100 * np.column_stack([(0.5698402910 * N + 0.1) % 1, (0.8191725134 * N + 0.3) % 1])
NEAR_A = np.clip(A[:15] + 3 * np.column_stack([np.cos(N), np.sin(N)])[:15], 0, 100)
MIXED = np.concatenate([NEAR_A, B[:5]])
SQUARE = [(0, 0, 100, 100)]


def distances(asked, to):
    return np.sort(cKDTree(to).query(asked)[0])


@cache
def grid_distances():
    """From the middles of 600 x 600 cells of the square to A."""
    at = (np.arange(600) + 0.5) / 6
    return distances(np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2), A)


def table(xy, prefix, **columns):
    ids = [f"{prefix}{number:05d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def run(supplied, finds, boxes=SQUARE, seed=0, **columns):
    searched = None
    if boxes is not None:
        searched = gpd.GeoDataFrame(columns, geometry=[shapely.box(*box) for box in boxes])
    settings = Settings(crs="local", seed=seed, draws=19)
    return evaluate(table(supplied, "S"), table(finds, "F"), searched, settings=settings)


# --- reference values -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finds", "grid_2000", "buffers", "spatstat"),
    [
        (B, 0.4833284, 0.4833279, (0.4833214, 0.4817667, 0.4845921)),
        (MIXED, 0.7302058, 0.7302051, (0.7302308, 0.7276708, 0.7318498)),
    ],
)
def test_area_under_the_curve_of_the_reference_points(finds, grid_2000, buffers, spatstat):
    got = area_under_curve(grid_distances(), distances(finds, A))
    assert got == pytest.approx(grid_2000, abs=2e-5)
    assert got == pytest.approx(buffers, abs=2e-5)
    # R spatstat auc: without jitter, and the range of runs with it.
    assert np.abs(got - np.array(spatstat)).max() < 0.005


@pytest.mark.parametrize(
    ("radius", "x", "y", "index"),
    [(2, 0.03769600, 0, 0), (5, 0.1964611, 0.75, 3.8175505), (10, 0.4817164, 0.75, 1.5569328)],
)
def test_shares_within_a_radius_of_the_reference_points(radius, x, y, index):
    got_x = share_within(grid_distances(), np.array([radius]))[0]
    got_y = share_within(distances(MIXED, A), np.array([radius]))[0]
    assert got_x == pytest.approx(x, abs=1e-4)
    assert got_y == y
    assert pai(y, x) == pytest.approx(index, rel=1e-6, abs=1e-12)
    assert pai(got_y, got_x) == pytest.approx(index, rel=1e-3, abs=1e-12)


def test_predictive_accuracy_index_of_ptools():
    # Observed 6 7 3 2 1 0 and predicted 8 4 4 2 1 0 in cells of equal area. Cells come in the
    # order of what was predicted; of the two fours the worse comes first, which is the 3.
    want = [1.894736842, 1.421052632, 1.684210526, 1.421052632, 1.2, 1]
    assert [pai(y, (k + 1) / 6) for k, y in enumerate(np.cumsum([6, 3, 7, 2, 1, 0]) / 19)] == (
        pytest.approx(want, abs=1e-9)
    )
    assert pai(0.5, 0.0) is None


# --- brute force ------------------------------------------------------------------------

some_m = st.lists(
    st.one_of(st.integers(0, 6).map(float), st.just(np.inf)), min_size=1, max_size=12
).map(lambda values: np.sort(np.array(values)))


@given(some_m, some_m)
def test_area_under_the_curve_agrees_with_all_pairs(ground, finds):
    farther = (ground[None] > finds[:, None]) + 0.5 * (ground[None] == finds[:, None])
    assert area_under_curve(ground, finds) == pytest.approx(farther.mean(), abs=1e-12)
    placement = farther.mean(axis=0)
    if len(ground) > 1:
        spread = np.sqrt(((placement - placement.mean()) ** 2).sum() / (len(ground) - 1))
        assert sampling_error(ground, finds) == pytest.approx(
            spread / np.sqrt(len(ground)), abs=1e-12
        )
    else:
        assert sampling_error(ground, finds) is None


def test_area_under_the_curve_agrees_with_scikit_learn_on_all_rows():
    rng = np.random.default_rng(3)
    ground, finds = np.sort(rng.exponential(9, 4000)), np.sort(rng.exponential(5, 7000))
    truth = np.repeat([0, 1], [4000, 7000])
    want = roc_auc_score(truth, -np.concatenate([ground, finds]))
    assert area_under_curve(ground, finds) == pytest.approx(want, abs=1e-12)


@given(some_m, some_m)
def test_placements_average_to_the_area(ground, finds):
    farther = (ground[None] > finds[:, None]) + 0.5 * (ground[None] == finds[:, None])
    assert placements(ground, finds) == pytest.approx(farther.mean(axis=1), abs=1e-12)


@pytest.mark.parametrize("n", [20, 21, 58, 400])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_ground_to_search_is_smoothed_over_the_finds(n, share):
    rng = np.random.default_rng(n)
    ground, finds = np.sort(rng.exponential(50, 900)), np.sort(rng.exponential(20, n))
    each = [np.mean(ground <= find) for find in finds]
    with_map, without = share_of_ground(ground, finds, share)
    assert with_map == pytest.approx(float(hdquantiles(each, [share])[0]), abs=1e-9)
    ranks = np.arange(1, n + 1) / (n + 1)
    assert without == pytest.approx(float(hdquantiles(ranks, [share])[0]), abs=1e-9)
    assert without == pytest.approx(share, abs=1 / n)
    # The farthest find may lie anywhere beyond the ground: the figure stays within it.
    finds[-1] = np.inf
    assert share_of_ground(ground, finds, share)[0] <= 1


def interval_by_hand(values, clusters, error):
    """Student's interval of a mean over clusters, from the formula."""
    mean, n = np.mean(values), len(values)
    names = sorted(set(clusters))
    parts = [[v for v, c in zip(values, clusters, strict=True) if c == name] for name in names]
    k_eff = n**2 / sum(len(part) ** 2 for part in parts)
    k = len(parts)
    variance = k / (k - 1) * sum((sum(part) - mean * len(part)) ** 2 for part in parts) / n**2
    half = student.ppf(0.975, k_eff - 1) * np.sqrt(variance + error**2)
    return max(0.0, mean - half), min(1.0, mean + half), k_eff


def test_interval_of_the_area_by_hand():
    # Eight clusters of two: means .1 to .8, so .45; squares of twice the differences are
    # 4 (.35^2 + .25^2 + .15^2 + .05^2) 2 = 1.68; 8/7 1.68 / 256 = .0075; t(.975, 7) = 2.364624.
    values = np.repeat(np.arange(1, 9) / 10, 2) + np.tile([0.05, -0.05], 8)
    found = area_interval(values, [np.repeat(np.arange(8), 2)], 0.0)
    half = 2.364624252 * np.sqrt(0.0075)
    assert (found.low, found.high) == pytest.approx((0.45 - half, 0.45 + half), abs=1e-9)
    assert found.reason is None
    # With 0.05 from sampling: the root of .0075 + .0025.
    found = area_interval(values, [np.repeat(np.arange(8), 2)], 0.05)
    assert found.high == pytest.approx(0.45 + 0.2364624252, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 30)),
        min_size=2,
        max_size=40,
    ),
    st.floats(0, 0.02),
)
def test_interval_of_the_area_is_the_widest_of_the_clusterings(rows, error):
    values, coarse, fine = np.array(rows).T
    values, fine = values / 20, fine + 31 * coarse
    found = area_interval(values, [fine, coarse], error)
    widest = None
    for cluster in (fine, coarse):
        if len(set(cluster.tolist())) < 2:
            k_eff, ends = 1, None
        else:
            *ends, k_eff = interval_by_hand(values, cluster, error)
        if abs(k_eff - 5) < 1e-9:
            return
        if k_eff < 5:
            assert (found.low, found.high) == (None, None)
            assert found.reason == "too few separate groups of finds for an interval"
            return
        if widest is None or ends[1] - ends[0] > widest[1] - widest[0]:
            widest = ends
    by_cluster = {round(values[coarse == c].mean(), 9) for c in coarse} | {
        round(values[fine == c].mean(), 9) for c in fine
    }
    if len(by_cluster) == 1:
        assert found.low is None
        assert found.reason == "finds of every group lie equally near, so there is no interval"
    elif found.low is not None:
        assert (found.low, found.high) == pytest.approx(widest, abs=1e-9)
        assert 0 <= found.low <= values.mean() <= found.high <= 1


def test_no_interval_of_the_area_without_spread():
    cluster = np.repeat(np.arange(8), 3)
    found = area_interval(np.full(24, 0.7), [cluster], 0.01)
    assert (found.low, found.high) == (None, None)
    assert found.reason == "finds of every group lie equally near, so there is no interval"


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 20, 50])
@pytest.mark.parametrize("near", [1.0, 2.5])
def test_the_interval_of_the_area_holds_the_truth(clusters, near):
    # Placements of a cluster scatter about a level of its own; beta(near, 1) levels have the
    # mean near / (near + 1), which is .5 for a map without information.
    rng = np.random.default_rng(17)
    truth, held = near / (near + 1), []
    for _ in range(1500):
        sizes = np.maximum(1, np.rint(rng.lognormal(2, 0.7, clusters))).astype(int)
        cluster = np.repeat(np.arange(clusters), sizes)
        level = rng.beta(near, 1, clusters)[cluster]
        values = rng.beta(4 * level + 1e-9, 4 * (1 - level) + 1e-9)
        found = area_interval(values, [cluster], 0.0)
        if found.low is not None:
            held.append(found.low <= truth <= found.high)
    assert len(held) > 500
    assert np.mean(held) >= 0.91


@pytest.mark.slow
def test_intervals_of_unrelated_maps_hold_no_help():
    # Fields of finds and records of points, neither knowing of the other: the area is 0.5.
    rng = np.random.default_rng(23)
    areas, held = [], []
    for _ in range(400):
        fields = rng.uniform(0, 2000, (15, 2))
        cluster = np.repeat(np.arange(15), rng.integers(4, 25, 15))
        finds = (fields[cluster] + rng.normal(0, 20, (len(cluster), 2))) % 2000
        points = rng.uniform(0, 2000, (12, 1, 2)) + rng.normal(0, 30, (12, 10, 2))
        tree = cKDTree(points.reshape(-1, 2) % 2000, boxsize=2000)
        ground = np.sort(tree.query(rng.uniform(0, 2000, (2000, 2)))[0])
        values = placements(ground, tree.query(finds)[0])
        error = sampling_error(ground, np.sort(tree.query(finds)[0]))
        found = area_interval(values, [cluster], error)
        areas.append(values.mean())
        if found.low is not None:
            held.append(found.low <= 0.5 <= found.high)
    assert len(held) > 390
    assert np.mean(held) >= 0.91
    # The sampling of the ground is the least of it.
    assert np.std(areas) > 5 * error


def test_monte_carlo_error_is_the_spread_over_samples():
    rng = np.random.default_rng(11)
    finds = distances(MIXED, A)
    runs = []
    for _ in range(400):
        ground = distances(rng.uniform(0, 100, (600, 2)), A)
        runs.append((area_under_curve(ground, finds), sampling_error(ground, finds)))
    values, errors = np.array(runs).T
    # The spread of 400 values is known to 3.5 %.
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.14)
    assert values.mean() == pytest.approx(0.7302058, abs=4 * values.std() / 20)


# --- through the evaluation -------------------------------------------------------------


def test_effort_of_the_reference_points():
    figure = run(A, MIXED).overall.effort
    # A square of 100 m is one neighbourhood.
    assert (figure.finds, figure.auc_low, figure.auc_high) == (20, None, None)
    assert figure.reason == "too few separate groups of finds for an interval"
    assert figure.auc == pytest.approx(0.7302058, abs=4 * figure.mc_error)
    # Of the placements' standard deviation over the root of the positions; at most 1/2.
    assert 0.0005 < figure.mc_error < 0.5 / np.sqrt(figure.samples)
    at = {step.radius_m: step for step in figure.curve}
    assert list(at) == [1, 2, 5, 10, 20, 50, 100]
    error = 4 * 0.5 / np.sqrt(figure.samples)
    assert (at[2].find_share, at[5].find_share, at[10].find_share) == (0, 0.75, 0.75)
    assert at[2].area_share == pytest.approx(0.03769600, abs=error)
    assert at[5].area_share == pytest.approx(0.1964611, abs=error)
    assert at[10].area_share == pytest.approx(0.4817164, abs=error)
    assert (at[100].area_share, at[100].pai) == (1, 1)
    assert at[5].pai == pytest.approx(3.8175505, rel=0.05)
    each = [np.count_nonzero(grid_distances() <= find) / 360_000 for find in distances(MIXED, A)]
    ranks = np.arange(1, 21) / 21
    for name, share in {"50": 0.5, "80": 0.8, "95": 0.95}.items():
        hectares, without = (float(hdquantiles(of, [share])[0]) for of in (each, ranks))
        assert figure.hectares_for[name] == pytest.approx(hectares, abs=error)
        assert figure.hectares_saved[name] == pytest.approx(without - hectares, abs=error)
        per_find = hectares / (20 * share), without / (20 * share)
        assert figure.hectares_per_find_with_map[name] == pytest.approx(per_find[0], abs=error)
        assert figure.hectares_per_find_without_map[name] == pytest.approx(per_find[1], rel=0.005)


def test_hectares_have_three_digits_at_most():
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 4000, (60, 2))
    finds = np.concatenate([points[:30] + 9, rng.uniform(0, 4000, (40, 2))])
    figure = run(points, finds, [(0, 0, 4000, 4000)]).overall.effort
    told = [
        value
        for field in dataclasses.fields(figure)
        if field.name.startswith("hectares")
        for value in getattr(figure, field.name).values()
    ]
    assert len(told) == 12
    assert all(value == float(f"{value:.3g}") for value in told)
    assert max(told) > 1000


def test_the_interval_of_a_run_is_over_the_groups_of_finds():
    # Twelve fields of 5 finds, far apart; the map knows those of the first seven.
    rng = np.random.default_rng(5)
    fields = 300.0 * np.stack(np.meshgrid(np.arange(4), np.arange(3)), axis=-1).reshape(-1, 2)
    finds = (fields[:, None] + rng.uniform(0, 20, (12, 5, 2))).reshape(-1, 2)
    points = finds[:35] + rng.normal(0, 4, (35, 2))
    figure = run(points, finds, [(-100, -100, 1100, 800)]).overall.effort
    at = np.stack(
        np.meshgrid(-99 + 2.0 * np.arange(600), -99 + 2.0 * np.arange(450)), axis=-1
    ).reshape(-1, 2)
    ground = distances(at, points)
    each = [np.mean(ground > find) for find in cKDTree(points).query(finds)[0]]
    low, high, _ = interval_by_hand(each, np.repeat(np.arange(12), 5).tolist(), figure.mc_error)
    assert figure.auc == pytest.approx(np.mean(each), abs=4 * figure.mc_error)
    assert (figure.auc_low, figure.auc_high) == pytest.approx((low, high), abs=0.01)
    # Of the ground within 1 m too little is known, of the finds enough.
    assert figure.reason == of_effort.TOO_NEAR
    # Tasks that join two fields each: fewer and unlike clusters, a wider interval.
    searched = gpd.GeoDataFrame(geometry=[shapely.box(-100, -100, 1100, 800)])
    rows = table(points, "S"), table(finds, "F", task_id=np.repeat(np.arange(6), 10).astype(str))
    joined = evaluate(*rows, searched, settings=Settings(crs="local", draws=19)).overall.effort
    assert joined.auc == figure.auc
    assert joined.auc_high - joined.auc_low > figure.auc_high - figure.auc_low
    wide = interval_by_hand(each, np.repeat(np.arange(6), 10).tolist(), figure.mc_error)
    assert (joined.auc_low, joined.auc_high) == pytest.approx(wide[:2], abs=0.01)


def test_seeds_differ_by_the_monte_carlo_error_and_repeat_to_the_byte():
    figures = [run(A, B, seed=seed).overall.effort for seed in range(6)]
    values = np.array([figure.auc for figure in figures])
    assert len(set(values)) == 6
    assert np.abs(values - 0.4833284).max() < 4 * figures[0].mc_error
    assert run(A, B, seed=3).overall.effort == figures[3]


def test_moving_everything_or_shuffling_rows_changes_nothing():
    first = run(A, B).overall.effort
    rng = np.random.default_rng(2)
    rows = [table(A, "S").sample(frac=1, random_state=1), table(B, "F").iloc[::-1]]
    searched = gpd.GeoDataFrame(geometry=[shapely.box(*SQUARE[0])])
    shuffled = evaluate(*rows, searched, settings=Settings(crs="local", draws=19)).overall.effort
    assert shuffled == first
    shift = rng.uniform(-5000, 5000, 2)
    moved = run(A + shift, B + shift, [(*shift, *(shift + 100))]).overall.effort
    assert moved.auc == pytest.approx(first.auc, abs=1e-4)
    assert moved.hectares_for == pytest.approx(first.hectares_for, abs=1e-4)


def test_ground_that_is_no_square_counts_only_where_it_was_searched():
    # The left half alone: the right half of the points and finds is not asked.
    every = np.concatenate([MIXED, B[5:]])
    figure = run(A, every, [(0, 0, 50, 100)]).overall.effort
    inside = every[every[:, 0] <= 50]
    at = (np.arange(600) + 0.5) / 6
    ground = distances(np.stack(np.meshgrid(at[:300], at), axis=-1).reshape(-1, 2), A)
    finds = distances(inside, A)
    want = np.mean([np.mean(ground > d) for d in finds])
    assert figure.finds == len(inside)
    assert figure.auc == pytest.approx(want, abs=4 * figure.mc_error)


def test_a_map_without_information_says_nothing_and_saves_nothing():
    # Over many worlds of few finds: placements of a find in the ground are then even in [0, 1].
    rng = np.random.default_rng(4)
    values, saved = [], []
    for _ in range(300):
        points = rng.uniform(0, 100, (12, 2))
        ground, finds = (distances(rng.uniform(0, 100, (n, 2)), points) for n in (1500, 20))
        figure = of_effort._effort(ground, finds, [np.arange(20)], (5.0,), 1.0)
        values.append(figure.auc)
        saved.append([figure.hectares_saved[name] for name in ("50", "80", "95")])
    # A find's placement has variance 1/12, so the mean of 300 x 20 an error of 0.0037.
    assert np.mean(values) == pytest.approx(0.5, abs=4 * 0.0037)
    error = np.std(saved, axis=0) / np.sqrt(300)
    assert (np.abs(np.mean(saved, axis=0)) < 4 * error).all()
    assert error.max() < 0.01


def test_a_perfect_map_is_all_and_a_far_one_worse_than_nothing():
    rng = np.random.default_rng(8)
    cluster = rng.uniform(10, 20, (40, 2))
    good = run(cluster, cluster).overall.effort
    assert good.auc > 0.999
    # Nothing of 50,000 positions lies on a point itself: how little ground is not known.
    assert set(good.hectares_for.values()) == {None}
    assert good.reason == (
        "too few separate groups of finds for an interval; too little ground lies that near to "
        "supplied points for the number of positions drawn"
    )
    ranks = np.arange(1, 41) / 41
    assert good.hectares_saved == pytest.approx(
        {name: float(hdquantiles(ranks, [int(name) / 100])[0]) for name in ("50", "80", "95")},
        rel=0.005,
    )
    far = run(cluster + 70, cluster).overall.effort
    assert far.auc < 0.2
    assert all(hectares < 0 for hectares in far.hectares_saved.values())


def test_districts_share_the_positions_and_point_beyond_their_border():
    rng = np.random.default_rng(9)
    finds = rng.uniform(0, 100, (60, 2))
    points = rng.uniform(0, 100, (40, 2))
    frames = (
        table(points, "S", district=np.where(points[:, 0] < 50, "West", "East")),
        table(finds, "F", district=np.where(finds[:, 0] < 50, "West", "East")),
    )
    searched = gpd.GeoDataFrame(
        {"district": ["West", "East"]},
        geometry=[shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)],
    )
    result = evaluate(*frames, searched, settings=Settings(crs="local", draws=19))
    east, west = (group.effort for group in result.districts)
    assert east.samples + west.samples == result.overall.effort.samples
    # Halves of one searched square: binomial.
    assert abs(east.samples - west.samples) < 4 * np.sqrt(result.overall.effort.samples)
    at = (np.arange(400) + 0.5) / 4
    ground = distances(np.stack(np.meshgrid(at[:200], at), axis=-1).reshape(-1, 2), points)
    near = distances(finds[finds[:, 0] < 50], points)
    assert west.auc == pytest.approx(
        np.mean([np.mean(ground > d) for d in near]), abs=4 * west.mc_error
    )


# --- what is not known ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supplied", "finds", "boxes", "reason"),
    [
        (A, B, None, "no searched areas given"),
        (A, A[:19], SQUARE, "fewer than 20 finds in scope in searched ground"),
        (A, B + 500, SQUARE, "no finds in scope in searched ground"),
    ],
)
def test_no_curve_and_why(supplied, finds, boxes, reason):
    figure = run(supplied, finds, boxes).overall.effort
    assert figure.reason == reason
    assert (figure.auc, figure.auc_low, figure.auc_high) == (None, None, None)
    assert (figure.mc_error, figure.curve) == (None, ())
    for field in dataclasses.fields(figure):
        if field.name.startswith("hectares"):
            assert getattr(figure, field.name) == {"50": None, "80": None, "95": None}


def test_no_curve_where_all_ground_was_declared_searched():
    declared = Settings(crs="local", draws=19, assume_searched=True)
    figure = evaluate(table(A, "S"), table(B, "F"), settings=declared).overall.effort
    assert (figure.auc, figure.curve) == (None, ())
    assert figure.reason == (
        "all ground was declared searched, so there is no known ground to measure"
    )


def test_no_curve_without_single_points():
    searched = gpd.GeoDataFrame(geometry=[shapely.box(*SQUARE[0])])
    rows = table(A, "S", count=3)
    result = evaluate(rows, table(B, "F"), searched, settings=Settings(crs="local", draws=19))
    assert result.overall.effort.reason == "no single supplied points"


def test_no_curve_where_all_ground_was_released():
    figure = run(A, B, status=["cancelled"]).overall.effort
    assert figure.reason == "no searched ground"


def test_no_curve_where_searched_areas_name_no_district():
    rows = [table(A, "S", district="X"), table(B, "F", district="X")]
    searched = gpd.GeoDataFrame(geometry=[shapely.box(*SQUARE[0])])
    result = evaluate(*rows, searched, settings=Settings(crs="local", draws=19))
    assert result.overall.effort.auc is not None
    assert result.districts[0].effort.reason == "no searched area names this group"


def test_a_small_district_beside_a_large_one_has_too_few_positions():
    # 1 ha beside 400 ha: a district with 125 of the 50,000 positions.
    big = np.random.default_rng(1).uniform(200, 2200, (50, 2))
    name = np.repeat(["A", "B"], [30, 50])
    points = table(np.concatenate([A, big]), "S", district=name)
    finds = table(np.concatenate([A, big]), "F", district=name)
    searched = gpd.GeoDataFrame(
        {"district": ["A", "B"]},
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(200, 200, 2200, 2200)],
    )
    result = evaluate(points, finds, searched, settings=Settings(crs="local", draws=19))
    small, large = (group.effort for group in result.districts)
    assert small.reason == of_effort.TOO_FEW_POSITIONS
    assert (small.auc, small.finds) == (None, 30)
    assert large.auc > 0.99
