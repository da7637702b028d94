"""Where a common displacement lies, how sure that is, and who has to do with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mapaccuracy.statistics.displacement import (
    Apart,
    Grid,
    ellipse_of,
    fit,
    repeat_of,
    search,
    settle,
)
from tests import naive

# F(.95; 2, 3), F(.95; 2, 8): from printed tables.
F_2_3, F_2_8 = 9.5521, 4.4590


def over_background(rng, at_m, sigma_m, pairs, background, range_m=100.0, units=10):
    """Pairs that are normal about a place, and others anywhere within range."""
    peak = rng.normal(at_m, sigma_m, (pairs, 2))
    rest = rng.uniform(-range_m, range_m, (background, 2))
    unit = np.concatenate([np.arange(pairs) % units, rng.integers(0, units, background)])
    return Apart(unit, *np.vstack([peak, rest]).T, units)


def rows_apart(
    rng, at_m, sigma_m, records=12, mines=(8, 25), found=0.6, spacing_m=5.0, range_m=200.0
):
    """All pairs of parallel rows and the finds in them, every record by itself."""
    unit, east, north = [], [], []
    for record in range(records):
        rows = [np.arange(rng.integers(*mines)) * spacing_m for _ in range(3)]
        x = np.concatenate(rows)
        y = np.repeat([0.0, 20.0, 40.0], [len(row) for row in rows])
        kept = rng.random(len(x)) < found
        u, v = (
            values[kept] + by + rng.normal(0, sigma_m, kept.sum())
            for values, by in zip((x, y), at_m, strict=True)
        )
        e, n = (u[None, :] - x[:, None]).ravel(), (v[None, :] - y[:, None]).ravel()
        near = (np.abs(e) <= range_m) & (np.abs(n) <= range_m)
        unit += [record] * int(near.sum())
        east.append(e[near])
        north.append(n[near])
    return Apart(np.array(unit), np.concatenate(east), np.concatenate(north), records)


def fitted(apart, grid, draws=99, seed=0):
    rng = np.random.default_rng(seed)
    return fit(apart, grid, search(apart, grid, 1, rng), draws, rng)


def shares_of(fits):
    return np.bincount(fits.drawn_peak, minlength=len(fits.peak_m)) / len(fits.drawn_peak)


# --- settling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sigma_m", "mean_m"),
    # A mean of 200 has an error of sigma / sqrt(200) on each axis, 1.25 of that in length; half a
    # peak in a window and its background allow for two to three times as much.
    [(0.5, 0.12), (2.0, 0.5), (4.0, 1.2)],
)
def test_peaks_settle_where_they_were_made(sigma_m, mean_m):
    off, radius = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        at_m = rng.uniform(-60, 60, 2)
        apart = over_background(rng, at_m, sigma_m, 200, 2000)
        begin = at_m + rng.uniform(-1, 1, 2)
        told = settle(apart, tuple(begin), 2.3, 10.0, 50.0)
        off.append(np.hypot(*(told.at_m - at_m)))
        radius.append(told.radius_m)
        assert 1 <= told.stretch <= 4
    assert np.mean(off) < mean_m
    assert 2.3 <= np.median(radius) <= 10.0


def test_wider_errors_make_wider_peaks():
    radius = [
        settle(
            over_background(np.random.default_rng(1), (0, 0), sigma_m, 400, 2000),
            (0.0, 0.0),
            2.3,
            10.0,
            50.0,
        ).radius_m
        for sigma_m in (0.5, 2.0, 3.5)
    ]
    assert radius[0] < radius[1] < radius[2]


def test_pairs_of_a_peak_are_those_within_its_radius():
    apart = over_background(np.random.default_rng(1), (20, -7), 1.5, 200, 2000)
    told = settle(apart, (20.5, -7.5), 2.3, 10.0, 50.0)
    off = np.hypot(apart.east_m - told.at_m[0], apart.north_m - told.at_m[1])
    assert sorted(told.near) == np.flatnonzero(off <= told.radius_m).tolist()
    # At rest: the mean of its own pairs.
    mean = [apart.east_m[told.near].mean(), apart.north_m[told.near].mean()]
    assert told.at_m == pytest.approx(mean, abs=0.01)


def test_stretch_is_one_where_nothing_lies_at_the_edge():
    at = np.random.default_rng(1).normal((3, 4), 0.05, (100, 2))
    told = settle(Apart(np.zeros(100, dtype=int), *at.T, 1), (3.0, 4.0), 2.0, 8.0, 50.0)
    assert told.stretch == 1.0
    assert told.radius_m == 2.0
    assert told.at_m == pytest.approx(at.mean(axis=0), abs=1e-9)


def test_without_pairs_a_peak_stays():
    nothing = Apart(np.empty(0, dtype=int), np.empty(0), np.empty(0), 3)
    told = settle(nothing, (3.0, 4.0), 2.0, 8.0, 50.0)
    assert (told.at_m.tolist(), len(told.near)) == ([3.0, 4.0], 0)
    assert told.stretch == 1.0


@pytest.mark.parametrize("tolerance_m", [5.0, 10.0])
@pytest.mark.parametrize("sigma_m", [0.5, 1.0, 1.3])
def test_peaks_of_rows_5_m_apart_are_not_swallowed(tolerance_m, sigma_m):
    grid = Grid.of(tolerance_m, 200.0)
    for seed in range(3):
        apart = rows_apart(np.random.default_rng(seed), (44.0, 0.0), sigma_m)
        fits = fitted(apart, grid, 9)
        assert fits.peak_m[0] == pytest.approx([44, 0], abs=0.7)
        off = fits.peak_m[np.abs(fits.peak_m[:, 1]) < 1, 0] - 44
        for multiple in (-10, -5, 5, 10):
            assert np.abs(off - multiple).min() < 0.7
        assert fits.radius_m[0] < 4


# --- fits ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def uneven():
    """Ten units, the first without a pair at the peak, two of them off by a metre."""
    rng = np.random.default_rng(4)
    own = rng.normal(0, 0.4, (10, 2))
    own[8:] += 1.0
    unit = np.repeat(np.arange(1, 10), 12)
    peak = rng.normal((37.0, -22.0), 0.8, (len(unit), 2)) + own[unit]
    rest = rng.uniform(-100, 100, (900, 2))
    both = np.vstack([peak, rest])
    return Apart(np.r_[unit, rng.integers(0, 10, 900)], *both.T, 10)


def test_fits_without_a_unit_are_those_made_without_it(uneven):
    grid = Grid.of(10.0, 100.0)
    fits = fitted(uneven, grid)
    assert fits.without_m.shape == (10, 2)
    moved = 0
    for unit in range(10):
        rest = uneven.unit != unit
        again = fitted(
            Apart(
                np.unique(uneven.unit[rest], return_inverse=True)[1],
                uneven.east_m[rest],
                uneven.north_m[rest],
                9,
            ),
            grid,
        )
        assert fits.without_m[unit] == pytest.approx(again.peak_m[0], abs=0.15)
        moved += np.hypot(*(again.peak_m[0] - fits.peak_m[0])) > 0.05
    # Leaving units out does matter here.
    assert moved >= 3


def test_a_unit_that_alone_makes_a_peak_does_not_judge_itself():
    # One unit has 40 pairs at (60, 60); nine others 3 each at (-40, 10).
    rng = np.random.default_rng(2)
    at = np.vstack(
        [
            rng.normal((60, 60), 0.3, (40, 2)),
            rng.normal((-40, 10), 0.3, (27, 2)),
            rng.uniform(-100, 100, (150, 2)),
        ]
    )
    unit = np.r_[np.zeros(40, dtype=int), np.arange(1, 10).repeat(3), np.arange(150) % 10]
    fits = fitted(Apart(unit, *at.T, 10), Grid.of(10.0, 100.0))
    assert fits.peak_m[0] == pytest.approx([60, 60], abs=0.5)
    assert fits.without_m[0] == pytest.approx([-40, 10], abs=0.5)
    assert fits.without_m[1:] == pytest.approx(np.tile([60.0, 60.0], (9, 1)), abs=0.5)
    assert fits.contributes[0].tolist() == [True] + [False] * 9


def test_contributing_units_and_background_by_counting(uneven):
    grid = Grid.of(10.0, 100.0)
    fits = fitted(uneven, grid)
    around_m = grid.surroundings * grid.cell_m / 2
    for k in range(3):
        east, north = uneven.east_m - fits.peak_m[k, 0], uneven.north_m - fits.peak_m[k, 1]
        within = np.hypot(east, north) <= fits.radius_m[k]
        near = (np.abs(east) <= around_m) & (np.abs(north) <= around_m)
        # Of the square of the surroundings only what lies within range has pairs.
        sides = [min(at + around_m, 100.0) - max(at - around_m, -100.0) for at in fits.peak_m[k]]
        disk = np.pi * fits.radius_m[k] ** 2
        share = disk / (sides[0] * sides[1] - disk)
        inside = np.array([(within & (uneven.unit == u)).sum() for u in range(10)])
        beside = np.array([(near & ~within & (uneven.unit == u)).sum() for u in range(10)])
        assert fits.pairs[k] == inside.sum()
        assert fits.background[k] == pytest.approx(beside.sum() * share)
        for u in range(10):
            chance = 1 - sum(stats.poisson.pmf(j, beside[u] * share) for j in range(inside[u]))
            assert fits.contributes[k, u] == (inside[u] > 0 and chance < 0.05)
    assert fits.contributes[0].sum() >= 8


def test_peaks_are_ordered_by_score_and_apart(uneven):
    fits = fitted(uneven, Grid.of(10.0, 100.0))
    score = (fits.pairs - fits.background) / np.sqrt(fits.background + 1)
    assert (np.diff(score) <= 0).all()
    between = np.hypot(*(fits.peak_m[:, None] - fits.peak_m[None]).T)
    np.fill_diagonal(between, np.inf)
    assert (between.min(axis=1) > grid_box_m(Grid.of(10.0, 100.0))).all()
    assert len(fits.radius_m) == len(fits.pairs) == len(fits.contributes) == len(fits.peak_m)


def grid_box_m(grid):
    return grid.boxes[0] * grid.cell_m / 2


def test_a_peak_at_the_range_is_not_raised_by_what_was_not_listed():
    # Even pairs up to the range, a comb of equal peaks across it: those at the end must not lead.
    rng = np.random.default_rng(3)
    teeth = np.arange(-95.0, 96.0, 10.0)
    high = np.where(teeth == 25.0, 66, 60)
    comb = np.column_stack([teeth.repeat(high), np.zeros(high.sum())])
    comb += rng.normal(0, 0.4, comb.shape)
    at = np.vstack([comb, rng.uniform(-100, 100, (1000, 2)).clip(-100, 100)])
    fits = fitted(Apart(rng.permutation(len(at)) % 10, *at.T, 10), Grid.of(10.0, 100.0))
    assert fits.peak_m[0] == pytest.approx([25, 0], abs=0.3)


def test_bootstrap_draws_units_again(uneven):
    grid = Grid.of(10.0, 100.0)
    one, two, other = (fitted(uneven, grid, 400, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.drawn_m, two.drawn_m)
    assert not np.array_equal(one.drawn_m, other.drawn_m)
    assert np.array_equal(one.without_m, other.without_m)
    at_first = one.drawn_m[one.drawn_peak == 0]
    assert len(at_first) == 400
    # Units are off by sd s on each axis, so their mean by s / sqrt(9).
    means = np.array(
        [
            np.column_stack([uneven.east_m, uneven.north_m])[
                (uneven.unit == u) & (np.hypot(uneven.east_m - 37.3, uneven.north_m + 21.8) < 4)
            ].mean(axis=0)
            for u in range(1, 10)
        ]
    )
    expected = means.std(axis=0, ddof=1) / 3
    assert at_first.std(axis=0) == pytest.approx(expected, rel=0.35)
    assert at_first.mean(axis=0) == pytest.approx(one.peak_m[0], abs=0.1)


def test_without_draws_and_without_shared_peaks():
    lonely = Apart(np.arange(3), np.array([-50.0, 0, 50]), np.array([-50.0, 50, 0]), 5)
    fits = fitted(lonely, Grid.of(10.0, 100.0), draws=0)
    assert fits.drawn_m.shape == (0, 2)
    assert fits.without_m.shape == (5, 2)
    assert np.isfinite(fits.peak_m).all()
    assert fits.contributes.sum() >= 1


# --- rows that repeat ----------------------------------------------------------------------------


@pytest.mark.parametrize("tolerance_m", [5.0, 10.0])
def test_peaks_that_units_do_not_agree_on_are_all_chosen_at_times(tolerance_m):
    # A long row; at which of three mines a unit has most pairs is chance.
    rng = np.random.default_rng(2)
    teeth = np.arange(-6.0, 95.0, 5.0)
    near = np.abs(teeth - 44) < 6
    each = rng.poisson(np.where(near, 9.0, 6.0)[:, None], (len(teeth), 12))
    unit = np.concatenate([np.repeat(np.arange(12), n) for n in each])
    east = np.repeat(teeth, each.sum(axis=1))
    peak = np.column_stack([east, np.zeros(len(east))]) + rng.normal(0, 0.3, (len(east), 2))
    rest = rng.uniform(-200, 200, (1200, 2))
    apart = Apart(np.r_[unit, np.arange(1200) % 12], *np.vstack([peak, rest]).T, 12)
    fits = fitted(apart, Grid.of(tolerance_m, 200.0), 999)
    share = shares_of(fits)
    order = np.argsort(fits.peak_m[:3, 0])
    expected = np.array([[39.0, 0], [44, 0], [49, 0]])
    assert fits.peak_m[:3][order] == pytest.approx(expected, abs=0.2)
    assert share[:3].sum() == pytest.approx(1, abs=0.01)
    assert share[:3].min() > 0.01
    # By hand: drawn again, the mines have the sums of the pairs of units.
    weights = rng.multinomial(12, np.full(12, 1 / 12), 4000)
    leads = np.bincount((weights @ each[near].T).argmax(axis=1), minlength=3) / 4000
    assert share[:3][order] == pytest.approx(leads, abs=0.12)
    # As high as the first: no less often than highest of all; the first one always.
    assert (fits.as_high >= share - 1e-12).all()
    assert fits.as_high[0] == 1.0
    assert repeat_of(fits.peak_m[0], fits.peak_m[1:3], 5.0) == 5.0


def test_neighbours_that_never_win_but_tie_count_as_high():
    # Two mines a row apart by 5 m with the very same finds by unit: nobody can tell them apart.
    unit = np.tile(np.repeat(np.arange(8), 6), 2)
    east = np.repeat([40.0, 45.0], 48)
    apart = Apart(np.sort(unit), east[np.argsort(unit, kind="stable")], np.zeros(96), 8)
    fits = fitted(apart, Grid.of(5.0, 200.0), 99)
    assert sorted(fits.peak_m[:2, 0].tolist()) == pytest.approx([40.0, 45.0], abs=0.01)
    assert shares_of(fits)[1] == 0.0
    assert fits.as_high[:2].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("tolerance_m", [5.0, 10.0])
def test_rows_that_can_hardly_be_told_apart_are_alternatives_at_their_spacing(tolerance_m):
    # Long rows, few finds: the next mine in the row has nearly as many pairs.
    for seed in range(4):
        rng = np.random.default_rng(seed)
        apart = rows_apart(rng, (44.0, 0.0), 0.8, records=6, mines=(38, 42), found=0.15)
        fits = fitted(apart, Grid.of(tolerance_m, 200.0), 499)
        share = shares_of(fits)
        others = fits.peak_m[1:][share[1:] >= 0.01]
        off = others - fits.peak_m[0]
        assert np.abs(off[:, 1]).max() < 0.5
        assert np.abs(off[:, 0] - 5 * np.round(off[:, 0] / 5)).max() < 0.5
        assert np.abs(np.round(off[:, 0] / 5)).min() >= 1
        assert repeat_of(fits.peak_m[0], others, 5.0) == 5.0


@pytest.mark.parametrize("tolerance_m", [5.0, 10.0])
def test_mines_of_a_row_are_compared_within_one_radius(tolerance_m):
    grid = Grid.of(tolerance_m, 200.0)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        fits = fitted(rows_apart(rng, (44.0, 0.0), 1.2, found=0.3), grid, 9)
        assert len(set(fits.radius_m)) == 1
        assert fits.peak_m[0] == pytest.approx([44, 0], abs=0.7)


def test_repeats_by_hand():
    first = np.array([44.0, 0.0])
    # 3-4-5 triangles: 5 m and 10 m off.
    assert repeat_of(first, np.array([[47.0, 4.0], [38.0, -8.0]]), 5.0) == 5.0
    assert repeat_of(first, np.array([[47.0, 4.0], [36.0, 0.0]]), 5.0) is None
    # To a tenth of the spacing: up to 10.5 m for twice 5 m.
    assert repeat_of(first, np.array([[54.49, 0.0]]), 5.0) == 5.0
    assert repeat_of(first, np.array([[54.51, 0.0]]), 5.0) is None
    assert repeat_of(first, np.array([[44.2, 0.0]]), 5.0) is None
    assert repeat_of(first, np.empty((0, 2)), 5.0) is None
    assert repeat_of(first, np.array([[49.0, 0.0]]), float("nan")) is None
    assert repeat_of(first, np.array([[49.0, 0.0]]), 0.0) is None


# --- the ellipse ---------------------------------------------------------------------------------


def cross(east_m, north_m, turn_deg=0.0, times=5):
    """Fits at the ends of a cross, so many times each; turned clockwise."""
    at = np.array([[east_m, 0], [-east_m, 0], [0, north_m], [0, -north_m]] * times, dtype=float)
    angle = np.radians(turn_deg)
    c, s = np.cos(angle), np.sin(angle)
    return at @ np.array([[c, -s], [s, c]]) + (100.0, -30.0)


def test_ellipse_by_hand():
    told = ellipse_of(cross(3.0, 1.0), 5)
    # Variances 2 * 5 * 9 / 19 and 2 * 5 / 19, times 5/4; reach 2 * 4/3 * F(.95; 2, 3).
    reach = 2 * 4 / 3 * F_2_3
    assert told.semi_major_m == pytest.approx(np.sqrt(90 / 19 * 1.25 * reach), rel=1e-4)
    assert told.semi_minor_m == pytest.approx(np.sqrt(10 / 19 * 1.25 * reach), rel=1e-4)
    assert told.bearing_deg == pytest.approx(90)
    ten = ellipse_of(cross(3.0, 1.0), 10)
    assert ten.semi_major_m == pytest.approx(
        np.sqrt(90 / 19 * 10 / 9 * 2 * 9 / 8 * F_2_8), rel=1e-4
    )


@pytest.mark.parametrize(("turn_deg", "bearing_deg"), [(0, 90), (30, 120), (-60, 30), (85, 175)])
def test_bearing_of_the_ellipse_is_clockwise_from_north(turn_deg, bearing_deg):
    assert ellipse_of(cross(3.0, 1.0, turn_deg), 9).bearing_deg == pytest.approx(bearing_deg)


def test_bearing_north_is_nought():
    told = ellipse_of(cross(1.0, 3.0), 9)
    assert min(told.bearing_deg, 180 - told.bearing_deg) == pytest.approx(0, abs=1e-6)
    assert 0 <= told.bearing_deg < 180


@given(st.floats(0.1, 50), st.floats(1.05, 20), st.floats(-90, 89), st.integers(3, 400))
def test_ellipse_is_the_region_by_looking_all_round(minor_m, ratio, turn_deg, contributing):
    drawn = cross(minor_m * ratio, minor_m, turn_deg)
    told = ellipse_of(drawn, contributing)
    level = stats.f.ppf(0.95, 2, contributing - 2)
    major_m, minor_m, bearing = naive.region_of_mean(drawn, level, contributing)
    assert (told.semi_major_m, told.semi_minor_m) == pytest.approx((major_m, minor_m), rel=1e-5)
    assert np.sin(np.radians(told.bearing_deg - bearing)) == pytest.approx(0, abs=0.002)


def test_no_ellipse_of_too_little():
    assert ellipse_of(cross(3.0, 1.0), 2) is None
    assert ellipse_of(cross(3.0, 1.0)[:9], 20) is None
    assert ellipse_of(cross(3.0, 1.0)[:10], 3) is not None
    # Copies say nothing of errors; nor do they where they vary along one line.
    assert ellipse_of(np.tile([5.0, 5.0], (20, 1)), 20) is None
    assert ellipse_of(np.column_stack([np.arange(20.0), np.zeros(20)]), 20) is None


@pytest.mark.slow
@pytest.mark.parametrize(("units", "sigma_m"), [(8, 1.0), (16, 2.5)])
def test_the_ellipse_holds_the_truth(units, sigma_m):
    grid, runs, held = Grid.of(10.0, 100.0), 200, 0
    for run in range(runs):
        rng = np.random.default_rng([6, units, run])
        truth = rng.uniform(-60, 60, 2)
        own = rng.normal(0, 0.5, (units, 2))
        unit = np.repeat(np.arange(units), rng.integers(6, 25, units))
        peak = truth + own[unit] + rng.normal(0, sigma_m, (len(unit), 2))
        rest = rng.uniform(-100, 100, (60 * units, 2))
        apart = Apart(np.r_[unit, np.arange(60 * units) % units], *np.vstack([peak, rest]).T, units)
        fits = fitted(apart, grid, 299, run)
        told = ellipse_of(fits.drawn_m[fits.drawn_peak == 0], int(fits.contributes[0].sum()))
        east, north = truth - fits.peak_m[0]
        bearing = np.radians(told.bearing_deg)
        along = (east * np.sin(bearing) + north * np.cos(bearing)) / told.semi_major_m
        across = (east * np.cos(bearing) - north * np.sin(bearing)) / told.semi_minor_m
        held += along**2 + across**2 <= 1
    # Of 200 at 95 %; a bootstrap of few units falls short of its level.
    assert held / runs >= 0.88
