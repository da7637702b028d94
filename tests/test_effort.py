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
from sklearn.metrics import roc_auc_score

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation import effort as of_effort
from mapaccuracy.statistics.effort import (
    area_under_curve,
    finds_reached,
    pai,
    sampling_error,
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


@pytest.mark.parametrize(
    ("n", "per_cent", "finds"), [(20, 95, 19), (10, 95, 10), (40, 50, 20), (7, 80, 6), (1, 50, 1)]
)
def test_finds_reached_by_hand(n, per_cent, finds):
    assert finds_reached(n, per_cent) == finds


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
    assert (figure.finds, figure.reason) == (20, None)
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
    finds = distances(MIXED, A)
    for name, k in {"50": 10, "80": 16, "95": 19}.items():
        hectares = np.count_nonzero(grid_distances() <= finds[k - 1]) / 360_000
        assert figure.hectares_for[name] == pytest.approx(hectares, abs=error)
        assert figure.hectares_saved[name] == pytest.approx(k / 21 - hectares, abs=error)
        assert figure.hectares_per_find_with_map[name] == pytest.approx(hectares / k, abs=error)
        assert figure.hectares_per_find_without_map[name] == pytest.approx(1 / 21)
        with_map, without = (
            figure.hectares_per_find_with_map[name],
            figure.hectares_per_find_without_map[name],
        )
        assert figure.hectares_saved[name] == pytest.approx(k * (without - with_map))


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
    figure = run(A, MIXED, [(0, 0, 50, 100)]).overall.effort
    inside = MIXED[MIXED[:, 0] <= 50]
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
        ground, finds = (distances(rng.uniform(0, 100, (n, 2)), points) for n in (1500, 12))
        figure = of_effort._effort(ground, finds, (5.0,), 1.0)
        values.append(figure.auc)
        saved.append([figure.hectares_saved[name] for name in ("50", "80", "95")])
    # A find's placement has variance 1/12, so the mean of 300 x 12 an error of 0.0048.
    assert np.mean(values) == pytest.approx(0.5, abs=4 * 0.0048)
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
    assert good.reason == of_effort.TOO_NEAR
    assert good.hectares_saved == pytest.approx({"50": 20 / 41, "80": 32 / 41, "95": 38 / 41})
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
        (A, A[:9], SQUARE, "fewer than 10 finds in scope in searched ground"),
        (A, B + 500, SQUARE, "no finds in scope in searched ground"),
    ],
)
def test_no_curve_and_why(supplied, finds, boxes, reason):
    figure = run(supplied, finds, boxes).overall.effort
    assert figure.reason == reason
    assert (figure.auc, figure.mc_error, figure.curve) == (None, None, ())
    for field in dataclasses.fields(figure):
        if field.name.startswith("hectares"):
            assert getattr(figure, field.name) == {"50": None, "80": None, "95": None}


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
    assert result.overall.effort.reason is None
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
