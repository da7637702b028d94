"""The search for a common displacement, and what it finds by chance."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage, stats

from mapaccuracy.errors import SettingsError
from mapaccuracy.statistics.displacement import (
    Apart,
    Grid,
    box_sums,
    coarse_histogram,
    fixed,
    p_of_fixed,
    scores,
    search,
    standing,
)
from tests import naive

SMALL = Grid(8.0, 16, (1, 3), 7)
MIDDLE_SIZED = Grid(32.0, 64, (3, 7), 21)


def scattered(rng, grid, units, most_pairs=12):
    """Pairs of units that share nothing: clumps and rows, each about a place of its own."""
    unit, at = [], []
    for k in range(units):
        n = rng.integers(1, most_pairs + 1)
        way = rng.uniform(0, np.pi)
        row = np.outer(rng.integers(-4, 5, n) * grid.cell_m * 2, [np.cos(way), np.sin(way)])
        at.append(rng.uniform(-grid.range_m, grid.range_m, 2) + row)
        unit += [k] * n
    wrapped = (np.concatenate(at) + grid.range_m) % (2 * grid.range_m) - grid.range_m
    return Apart(np.array(unit), *wrapped.T, units)


def planted(rng, grid, units, at_m, sigma_m=0.3, each=8, spread=8):
    """Pairs of which some lie at a displacement that all units share."""
    peak = rng.normal(at_m, sigma_m, (units * each, 2))
    rest = rng.uniform(-grid.range_m, grid.range_m, (units * spread, 2))
    unit = np.concatenate([np.arange(units).repeat(each), np.arange(units).repeat(spread)])
    return Apart(unit, *np.vstack([peak, rest]).T, units)


# --- cells ---------------------------------------------------------------------------------------


def test_no_displacement_is_the_middle_of_a_cell():
    grid = Grid.of(10.0, 200.0)
    half = grid.cell_m / 2
    east = np.array([0.0, -half, half * 0.999, half, -half * 1.001])
    column, row = grid.cells(east, np.zeros(5))
    assert column.tolist() == [128, 128, 128, 129, 127]
    assert row.tolist() == [128] * 5
    assert grid.middle_m(128, 128) == (0.0, 0.0)
    assert grid.middle_m(0, 129) == (-200.0, 1.5625)


def test_displacements_wrap_at_the_range():
    grid = Grid.of(10.0, 200.0)
    column, row = grid.cells(np.array([-200.0, 200.0, 199.3, 199.0]), np.array([200.0] * 4))
    assert column.tolist() == [0, 0, 0, 255]
    assert row.tolist() == [0] * 4


def test_counts_have_rows_from_south_to_north():
    column, row = SMALL.cells(np.array([2.0, 2.0, -3.0]), np.array([5.0, 5.0, 0.0]))
    counts = SMALL.counts(column, row)
    assert counts.sum() == 3
    # Cells of a metre, the one of no displacement is the eighth.
    assert (counts[8 + 5, 8 + 2], counts[8, 8 - 3]) == (2, 1)


@given(
    st.floats(0.1, 1000),
    st.floats(2, 256),
)
def test_every_range_allowed_has_fine_cells(tolerance_m, times):
    # Not the limits themselves: those are below, where they are exact.
    grid = Grid.of(tolerance_m, tolerance_m * min(max(times, 2.001), 255.999))
    assert grid.side in (64, 128, 256, 512, 1024)
    assert grid.cell_m * grid.side == pytest.approx(2 * grid.range_m)
    # The larger box is at least about a tolerance wide.
    assert grid.cell_m <= tolerance_m / 2 * 1.0001
    sides = [*grid.boxes, grid.surroundings]
    assert sides == sorted(set(sides))
    assert all(side % 2 == 1 for side in sides)
    assert grid.surroundings < grid.side
    wide = grid.boxes[-1] * grid.cell_m
    assert wide == pytest.approx(tolerance_m, abs=1.0001 * grid.cell_m)


@pytest.mark.parametrize("range_m", [19.999, 2560.001])
def test_a_range_that_does_not_go_with_the_tolerance(range_m):
    with pytest.raises(SettingsError, match="give a range from 20 to 2560 m"):
        Grid.of(10.0, range_m)
    assert Grid.of(10.0, 20.0).side == 64
    assert Grid.of(10.0, 2560.0).side == 1024


# --- sums and scores -----------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, 3, 7, 15])
def test_box_sums_are_those_of_a_convolution(side):
    counts = np.random.default_rng(side).integers(0, 9, (3, 16, 16))
    kernel = np.ones((side, side), dtype=np.int64)
    expected = [ndimage.convolve(one, kernel, mode="wrap") for one in counts]
    assert np.array_equal(box_sums(counts, side), expected)
    assert np.array_equal(box_sums(counts[1], side), expected[1])


def test_box_sums_leave_the_counts_alone():
    counts = np.arange(64).reshape(8, 8)
    before = counts.copy()
    assert np.array_equal(box_sums(counts, 1), before)
    box_sums(counts, 5)
    assert np.array_equal(counts, before)


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_loops(seed):
    counts = np.random.default_rng(seed).poisson(0.7, (16, 16))
    expected = naive.peak_scores(counts, SMALL.boxes, SMALL.surroundings)
    assert scores(counts, SMALL) == pytest.approx(expected, abs=1e-12)


def test_score_by_hand():
    counts = np.zeros((16, 16), dtype=np.int64)
    counts[8, 8], counts[8, 10], counts[6, 7] = 12, 3, 1
    found = scores(counts, SMALL)
    # In the cell 12; round it, in 7 by 7 cells less one, 4: a background of 4/48.
    assert found[0, 8, 8] == pytest.approx((12 - 4 / 48) / np.sqrt(4 / 48 + 1))
    # In 3 by 3 cells 12; in the other 40 cells 4: a background of 9 * 4/40.
    assert found[1, 8, 8] == pytest.approx((12 - 0.9) / np.sqrt(1.9))


# --- the search ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_search_is_that_of_loops(seed):
    rng = np.random.default_rng(seed)
    apart = scattered(rng, SMALL, 5) if seed else planted(rng, SMALL, 5, (3.0, -2.0), each=3)
    draws = 9
    found = search(apart, SMALL, draws, np.random.default_rng([seed, 1]))
    # The same vectors, in the order in which they are drawn: columns, then rows, of every unit.
    random = np.random.default_rng([seed, 1])
    cells = [
        naive.torus_cell(e, n, 8.0, 16) for e, n in zip(apart.east_m, apart.north_m, strict=True)
    ]
    column, row = zip(*cells, strict=True)
    by = [np.zeros((2, 5), dtype=int)] + [random.integers(0, 16, (2, 5)) for _ in range(draws)]
    counts = [naive.torus_counts(apart.unit, column, row, one, 16) for one in by]
    every = [naive.peak_scores(one, SMALL.boxes, SMALL.surroundings) for one in counts]
    best = np.array([[one.max() for one in of] for of in every])
    told = (best - best.mean(axis=0)) / best.std(axis=0)
    top = told.max(axis=1)
    assert found.p == (1 + sum(top[1:] >= top[0])) / (draws + 1)
    box = 0 if best[0, 0] >= 0.6 * best[0].max() else 1
    assert found.box == box
    assert found.score == pytest.approx(every[0][box], abs=1e-12)
    excess = []
    for one, of in zip(counts, every, strict=True):
        # Of cells as high the first counts, along rows from the south.
        r, c = divmod(int(np.round(of[box], 9).argmax()), 16)
        inside = naive.torus_sum(one, r, c, SMALL.boxes[box])
        ring = naive.torus_sum(one, r, c, 7) - inside
        share = SMALL.boxes[box] ** 2 / (49 - SMALL.boxes[box] ** 2)
        excess.append(inside - ring * share)
    assert found.highest == pytest.approx(excess[0])
    # 95 % of 9 draws: the highest of them.
    assert found.highest_by_chance == pytest.approx(max(excess[1:]))
    assert found.draws == draws


@pytest.mark.parametrize("at_m", [(11.0, -20.0), (0.0, 0.0), (-31.8, 31.8)])
def test_p_is_least_where_a_displacement_is_shared(at_m):
    rng = np.random.default_rng(5)
    found = search(planted(rng, MIDDLE_SIZED, 8, at_m), MIDDLE_SIZED, 99, rng)
    assert found.p == 0.01
    row, column = np.unravel_index(found.score.argmax(), found.score.shape)
    off = np.subtract(MIDDLE_SIZED.middle_m(column, row), at_m)
    # At the range the peak may stand on the other side.
    assert np.abs((off + 32) % 64 - 32).max() <= 1.0
    assert found.highest > found.highest_by_chance


def test_a_wide_error_is_found_with_the_wider_box():
    grid = Grid.of(10.0, 100.0)
    boxes = []
    for sigma_m in (0.5, 4.0):
        rng = np.random.default_rng(2)
        boxes.append(search(planted(rng, grid, 10, (40, 20), sigma_m, 20), grid, 19, rng).box)
    assert boxes == [0, 1]


def test_same_seed_same_answer_whatever_the_order_of_pairs():
    apart = planted(np.random.default_rng(3), MIDDLE_SIZED, 6, (5, 5), each=4)
    order = np.random.default_rng(4).permutation(len(apart))
    mixed = Apart(apart.unit[order], apart.east_m[order], apart.north_m[order], 6)
    one, two = (
        search(pairs, MIDDLE_SIZED, 39, np.random.default_rng(9)) for pairs in (apart, mixed)
    )
    other = search(apart, MIDDLE_SIZED, 39, np.random.default_rng(10))
    assert (one.p, one.box, one.highest_by_chance) == (two.p, two.box, two.highest_by_chance)
    assert np.array_equal(one.score, two.score)
    assert np.array_equal(one.score, other.score)
    assert one.highest_by_chance != other.highest_by_chance


@given(st.integers(0, 63), st.integers(0, 63), st.integers(0, 50))
def test_a_common_move_of_everything_moves_the_peak_and_nothing_else(columns, rows, seed):
    grid = MIDDLE_SIZED
    apart = scattered(np.random.default_rng(seed), grid, 6)
    moved = Apart(
        apart.unit,
        *(
            (values + by * grid.cell_m + 32) % 64 - 32
            for values, by in ((apart.east_m, columns), (apart.north_m, rows))
        ),
        6,
    )
    one, two = (search(pairs, grid, 5, np.random.default_rng(seed)) for pairs in (apart, moved))
    # Rounding may take a displacement on the edge of a cell to the next.
    edge = np.abs((np.r_[apart.east_m, apart.north_m] / grid.cell_m + 0.5) % 1) < 1e-6
    assume(not edge.any())
    assert np.array_equal(np.roll(one.score, (rows, columns), axis=(0, 1)), two.score)
    assert (one.p, one.highest_by_chance) == (two.p, two.highest_by_chance)


@pytest.mark.slow
def test_p_is_even_where_units_share_nothing():
    runs, draws = 200, 19
    p = np.empty(runs)
    for run in range(runs):
        rng = np.random.default_rng([7, run])
        apart = scattered(rng, MIDDLE_SIZED, int(rng.integers(5, 15)))
        p[run] = search(apart, MIDDLE_SIZED, draws, rng).p
    # Every twentieth is as likely: p at most .05 in 1 of 20.
    low, high = stats.binom.ppf([0.001, 0.999], runs, 1 / 20)
    assert low <= (p <= 0.05).sum() <= high
    counted = np.bincount(np.round(p * 20).astype(int) - 1, minlength=20).reshape(5, 4).sum(axis=1)
    assert stats.chisquare(counted).pvalue > 0.001


def test_no_pairs_no_search():
    nothing = Apart(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0), 7)
    assert search(nothing, SMALL, 19, np.random.default_rng(1)) is None


def test_units_without_pairs_change_nothing_but_the_draws():
    apart = planted(np.random.default_rng(1), MIDDLE_SIZED, 6, (5, 5))
    more = Apart(apart.unit, apart.east_m, apart.north_m, 60)
    found = search(more, MIDDLE_SIZED, 19, np.random.default_rng(1))
    assert found.p == 0.05
    assert np.array_equal(
        found.score, search(apart, MIDDLE_SIZED, 1, np.random.default_rng(1)).score
    )


# --- at no displacement --------------------------------------------------------------------------


def standing_by_loops(apart, grid, draws, rng):
    held = sorted(set(apart.unit.tolist()))
    side, boxes = grid.side, grid.boxes
    where = rng.integers(0, side**2, (len(held), draws))
    inside = np.zeros((len(boxes), draws + 1))
    for index, of in enumerate(held):
        own = apart.unit == of
        cells = [
            naive.torus_cell(e, n, grid.range_m, side)
            for e, n in zip(apart.east_m[own], apart.north_m[own], strict=True)
        ]
        counts = naive.torus_counts([0] * len(cells), *zip(*cells, strict=True), [[0], [0]], side)
        for k, box in enumerate(boxes):
            inside[k, 0] += naive.torus_sum(counts, side // 2, side // 2, box)
            for draw in range(draws):
                row, column = divmod(int(where[index, draw]), side)
                inside[k, draw + 1] += naive.torus_sum(counts, row, column, box)
    expected = np.array([len(apart) * box**2 / side**2 for box in boxes])[:, None]
    score = ((inside - expected) / np.sqrt(expected + 1)).max(axis=0)
    return score[0], score[1:]


@pytest.mark.parametrize("seed", range(3))
def test_standing_is_that_of_loops(seed):
    rng = np.random.default_rng(seed)
    apart = planted(rng, SMALL, 6, (0.3, -0.2), each=2 * seed)
    apart = Apart(apart.unit, apart.east_m, apart.north_m, 9)
    observed, drawn = standing(apart, SMALL, 15, np.random.default_rng(seed))
    expected = standing_by_loops(apart, SMALL, 15, np.random.default_rng(seed))
    assert observed == pytest.approx(expected[0], abs=1e-12)
    assert drawn == pytest.approx(expected[1], abs=1e-12)


def test_standing_does_not_depend_on_how_much_is_held_at_one_time(monkeypatch):
    apart = planted(np.random.default_rng(1), SMALL, 12, (0.0, 0.0))
    all_at_once = standing(apart, SMALL, 25, np.random.default_rng(3))
    monkeypatch.setattr(fixed, "_CELLS_AT_ONCE", 5 * 256)
    in_steps = standing(apart, SMALL, 25, np.random.default_rng(3))
    assert all_at_once[0] == in_steps[0]
    assert np.array_equal(all_at_once[1], in_steps[1])


def test_standing_without_pairs():
    nothing = Apart(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0), 7)
    observed, drawn = standing(nothing, SMALL, 19, np.random.default_rng(1))
    assert (observed, drawn.tolist()) == (0.0, [0.0] * 19)


def test_p_of_standing_is_even_where_units_share_nothing():
    runs = 200
    p = np.empty(runs)
    for run in range(runs):
        rng = np.random.default_rng([8, run])
        observed, drawn = standing(scattered(rng, MIDDLE_SIZED, 12), MIDDLE_SIZED, 19, rng)
        p[run] = (1 + (drawn >= observed).sum()) / 20
    # Scores tie, and ties count against the map: so never more often than 1 in 20.
    assert (p <= 0.05).sum() <= stats.binom.ppf(0.999, runs, 1 / 20)
    assert (p <= 0.3).sum() >= stats.binom.ppf(0.001, runs, 0.15)


def test_p_of_several_is_by_the_highest_of_each_draw():
    drawn = np.array([[1.0, 4, 2, 0, 1, 0, 2, 3, 0], [3.0, 1, 5, 0, 1, 2, 0, 0, 3]])
    # The highest are 3 4 5 0 1 2 2 3 3; at least 6: none, 5: 1, 4: 2, 3: 5, 0.5: 8.
    observed = [6.0, 5.0, 4.0, 3.0, 0.5]
    for score, b in zip(observed, (0, 1, 2, 5, 8), strict=True):
        assert p_of_fixed(np.array([score, -1.0]), drawn).tolist() == [(b + 1) / 10, 1.0]


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 10_000))
def test_p_of_several_by_counting(k, draws, seed):
    rng = np.random.default_rng(seed)
    observed, drawn = rng.integers(0, 9, k).astype(float), rng.integers(0, 9, (k, draws))
    expected = [
        (1 + sum(max(drawn[:, j]) >= score for j in range(draws))) / (draws + 1)
        for score in observed
    ]
    assert p_of_fixed(observed, drawn.astype(float)).tolist() == expected


# --- the histogram that is shown -----------------------------------------------------------------


def test_coarse_cells_are_counted_and_withheld():
    rng = np.random.default_rng(1)
    n = 3000
    apart = Apart(rng.integers(0, 12, n), *rng.normal(0, 50, (2, n)), 12)
    told = coarse_histogram(apart, 10.0, 200.0)
    assert (told.cell_m, told.range_m, told.least, told.reason) == (10.0, 200.0, 5, None)
    column, row = (
        np.floor((values + 200) / 10).astype(int) for values in (apart.east_m, apart.north_m)
    )
    withheld = shown = 0
    for j in range(40):
        for i in range(40):
            own = (row == j) & (column == i)
            of_units = len(set(apart.unit[own].tolist()))
            expected = int(own.sum()) if of_units >= 5 else None
            assert told.counts[j][i] == expected
            withheld += expected is None and own.any()
            shown += expected is not None
    assert min(withheld, shown) > 50


def test_many_pairs_of_few_records_are_withheld():
    unit = np.r_[np.repeat(np.arange(4), 50), np.arange(5)]
    at = np.r_[np.full(200, 15.0), np.full(5, -15.0)]
    told = coarse_histogram(Apart(unit, at, at, 5), 10.0, 20.0)
    assert told.counts == ((5, None, None, None), *[(None,) * 4] * 3)


@pytest.mark.parametrize(
    ("units", "reason"), [(0, "no pairs within range"), (4, "fewer than 5 records have a find")]
)
def test_no_histogram_of_few_records(units, reason):
    unit = np.arange(units).repeat(30)
    told = coarse_histogram(Apart(unit, np.zeros(30 * units), np.zeros(30 * units), 9), 10.0, 200.0)
    assert (told.cell_m, told.counts) == (None, ())
    assert told.reason.startswith(reason)


@given(st.floats(0.5, 50), st.floats(2.01, 250), st.integers(0, 100))
def test_coarse_cells_are_no_narrower_than_the_tolerance(tolerance_m, times, seed):
    range_m = tolerance_m * times
    rng = np.random.default_rng(seed)
    at = rng.uniform(-range_m, range_m, (2, 60))
    at[:, :4] = [[range_m, -range_m, 0.0, 0.0], [-range_m, range_m, 0.0, range_m]]
    told = coarse_histogram(Apart(np.arange(60) % 6, *at, 6), tolerance_m, range_m)
    side = len(told.counts)
    assert told.cell_m >= tolerance_m * (1 - 1e-12)
    assert {len(row) for row in told.counts} == {side}
    assert side <= 40
    assert side * told.cell_m == pytest.approx(2 * range_m)
    assert sum(c or 0 for row in told.counts for c in row) <= 60
    json.dumps(told.counts)
