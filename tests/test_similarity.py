"""Displacement with rotation and scale: algebra, brute force, known truth, chance."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mapaccuracy.statistics import similarity
from mapaccuracy.statistics.displacement.apart import Apart, Grid
from mapaccuracy.statistics.similarity import (
    NO_PAIRS,
    NOT_BEYOND_CHANCE,
    ONE_PLACE,
    Turn,
    _errors,
    _Lattice,
    _Part,
    _refine,
    _Search,
    fit_similarity,
    held_out_fits,
)

RANGE_M, TOLERANCE_M = 40.0, 10.0
START = Turn(0.0, 0.0, 0.0, 0.0)


def turn_of(degrees, ppm, east=0.0, north=0.0):
    """The move of a clockwise rotation and a growth, by complex numbers."""
    factor = (1 + ppm * 1e-6) * cmath.exp(-1j * math.radians(degrees)) - 1
    return Turn(east, north, factor.real, -factor.imag)


def world(seed, asked, *, units=14, side=4000.0, true=1.0, noise=1.0, spurious=20):
    """Records of 20 points in two rows, each with its find where asked and finds anywhere."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), 20)
    row = np.column_stack([np.tile(np.arange(10) * 5.0, 2), np.repeat([0.0, 15.0], 10)])
    heading = rng.uniform(0, math.pi, units)
    off = np.array(
        [row @ [[math.cos(h), math.sin(h)], [-math.sin(h), math.cos(h)]] for h in heading]
    )
    x, y = (rng.uniform(-side / 2, side / 2, (units, 1, 2)) + off).reshape(-1, 2).T
    east, north = asked.moves(x, y) + rng.normal(0, noise, (2, len(unit)))
    wrong = rng.random(units)[unit] >= true
    own = rng.uniform(-RANGE_M, RANGE_M, (units, 2))[unit].T
    east, north = np.where(wrong, own, [east, north])
    extra = np.repeat(np.arange(units), spurious)
    at = rng.integers(0, 20, len(extra)) + 20 * extra
    more = rng.uniform(-RANGE_M, RANGE_M, (2, len(extra)))
    unit, x, y = np.append(unit, extra), np.append(x, x[at]), np.append(y, y[at])
    east, north = np.append(east, more[0]), np.append(north, more[1])
    near = (abs(east) <= RANGE_M) & (abs(north) <= RANGE_M)
    return Apart(unit[near], east[near], north[near], units), x[near], y[near]


def fitted(parts, draws=19, seed=0):
    return fit_similarity(*parts, TOLERANCE_M, RANGE_M, draws, np.random.default_rng(seed))


@given(
    st.floats(-179, 179),
    st.floats(-5e5, 5e5),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
)
def test_a_turn_moves_points_as_complex_numbers_do(degrees, ppm, x, y):
    asked = turn_of(degrees, ppm, 3.0, -2.0)
    east, north = asked.moves(np.array([x]), np.array([y]))
    point = complex(x, y)
    to = point * (1 + ppm * 1e-6) * cmath.exp(-1j * math.radians(degrees)) + 3 - 2j
    assert abs(complex(x + east[0], y + north[0]) - to) < 1e-6
    assert asked.rotation_deg == pytest.approx(degrees, abs=1e-9)
    assert asked.scale_ppm == pytest.approx(ppm, abs=1e-3)


def test_the_closed_form_is_that_of_least_squares():
    rng = np.random.default_rng(1)
    x, y, east, north = rng.normal(0, 100, (4, 30))
    weights = rng.integers(0, 3, (5, 30)).astype(float)
    # So wide that all pairs weigh the same.
    told = _Part(x, y, east, north).fitted(weights, START, 1e9, 1)
    one, none = np.ones(30), np.zeros(30)
    design = np.concatenate(
        [np.column_stack([one, none, x, y]), np.column_stack([none, one, y, -x])]
    )
    for row, weight in zip(told, weights, strict=True):
        root = np.sqrt(np.tile(weight, 2))
        wanted, *_ = np.linalg.lstsq(design * root[:, None], np.append(east, north) * root)
        assert row == pytest.approx(wanted, rel=1e-8, abs=1e-8)


def test_a_fit_stays_where_nothing_pulls_it():
    part = _Part(np.array([5.0]), np.array([5.0]), np.array([90.0]), np.array([90.0]))
    start = Turn(1.0, 2.0, 0.01, 0.02)
    assert part.fitted(np.ones((1, 1)), start, 10.0, 3)[0].tolist() == [1.0, 2.0, 0.01, 0.02]
    # One place tells the move, but neither rotation nor scale.
    one = _Part(np.full(3, 5.0), np.full(3, 5.0), np.full(3, 1.5), np.full(3, 2.5))
    east, north, s, q = one.fitted(np.ones((1, 3)), start, 10.0, 3)[0]
    assert (s, q) == (0.01, 0.02)
    assert (east + 5 * s + 5 * q, north + 5 * s - 5 * q) == pytest.approx((1.5, 2.5))


def test_the_search_is_that_of_loops_over_nodes_cells_and_boxes():
    rng = np.random.default_rng(6)
    n, units = 60, 5
    apart = Apart(rng.integers(0, units, n), *rng.uniform(-20, 20, (2, n)), units)
    x, y = rng.uniform(-500, 500, (2, n))
    cells = Grid(20.0, 16, (1, 3), 7)
    lattice = _Lattice(np.array([0.0, 0.02]), np.array([0.0, -0.01]), 5.0, 0.04, cells)
    search = _Search(apart, x, y, np.arange(n), lattice)
    by = rng.integers(0, 16, (2, units))
    for moved in (None, by):
        best, node, cell = search.highest(moved)
        wanted = np.full((2, 2, 16, 16), -np.inf)
        for index, (q, s) in enumerate(zip(lattice.turns, lattice.stretches, strict=True)):
            counts = np.zeros((16, 16), dtype=int)
            for k in range(n):
                east = apart.east_m[k] - (s * x[k] + q * y[k])
                north = apart.north_m[k] - (s * y[k] - q * x[k])
                column, row = (math.floor((v + 20) / 2.5 + 0.5) for v in (east, north))
                if moved is not None:
                    column, row = column + by[0, apart.unit[k]], row + by[1, apart.unit[k]]
                counts[row % 16, column % 16] += 1
            for box, side in enumerate((1, 3)):
                for row in range(16):
                    for column in range(16):
                        inside, around = (
                            sum(
                                counts[(row + i) % 16, (column + j) % 16]
                                for i in range(-(w // 2), w // 2 + 1)
                                for j in range(-(w // 2), w // 2 + 1)
                            )
                            for w in (side, 7)
                        )
                        base = (around - inside) * side**2 / (49 - side**2)
                        score = (inside - base) / math.sqrt(base + 1)
                        wanted[box, index, row, column] = score
        assert best == pytest.approx(wanted.max(axis=(1, 2, 3)))
        for box in range(2):
            at = np.unravel_index(int(cell[box]), (16, 16))
            assert wanted[box, node[box], *at] == pytest.approx(best[box])


def test_nodes_are_within_range_and_close_enough():
    lattice = _Lattice.of(10.0, 200.0, 5000.0)
    far = np.hypot(lattice.turns, lattice.stretches) * 5000
    assert far[0] == 0
    assert far.max() == pytest.approx(200)
    assert (np.diff(far) >= -1e-9).all()
    # A square grid of 10 m steps, filled: any node in range has a neighbour as near as that.
    assert len(far) == sum(i * i + j * j <= 400 for i in range(-20, 21) for j in range(-20, 21))
    # Wide ranges and small tolerances keep the number of nodes.
    assert len(_Lattice.of(1.0, 500.0, 5000.0).turns) == len(far)
    # A range of one tolerance leaves next to nothing to turn.
    assert len(_Lattice.of(10.0, 10.0, 5000.0).turns) == 5


@pytest.mark.parametrize(
    ("degrees", "ppm"), [(0.4, 0.0), (-0.3, 0.0), (0.0, 6000.0), (0.25, -3000.0)]
)
def test_a_turned_map_is_recovered_within_the_stated_errors(degrees, ppm):
    asked = turn_of(degrees, ppm, 9.0, -6.0)
    told = fitted(world(12, asked))
    assert told.reason is None
    assert (told.p, told.draws) == (0.05, 19)
    assert (told.units, told.units_drawn) == (14, 14)
    assert told.contributing >= 12
    # Four of the stated errors, which are small: 1 m of noise over 280 points and 4 km.
    assert told.fit.east_m == pytest.approx(9.0, abs=4 * told.east_error_m)
    assert told.fit.north_m == pytest.approx(-6.0, abs=4 * told.north_error_m)
    assert told.fit.rotation_deg == pytest.approx(degrees, abs=4 * told.rotation_error_deg)
    assert told.fit.scale_ppm == pytest.approx(ppm, abs=4 * told.scale_error_ppm)
    assert told.east_error_m < 0.2
    assert told.rotation_error_deg < 0.01
    assert told.scale_error_ppm < 200
    assert told.p_of_shift < 1e-6


def test_a_mere_shift_is_found():
    told = fitted(world(4, Turn(12.0, 7.0, 0.0, 0.0)))
    assert told.p == 0.05
    assert (told.fit.east_m, told.fit.north_m) == pytest.approx((12.0, 7.0), abs=0.5)
    assert abs(told.fit.rotation_deg) < 4 * told.rotation_error_deg


def test_an_exact_shift_has_no_errors():
    told = fitted(world(4, Turn(12.0, 7.0, 0.0, 0.0), noise=0.0, spurious=0))
    assert (told.fit.east_m, told.fit.north_m) == pytest.approx((12.0, 7.0), abs=1e-6)
    assert told.p_of_shift == pytest.approx(1.0, abs=0.01)
    assert told.rotation_error_deg < 1e-6
    told = fitted(world(4, turn_of(0.3, 0.0), noise=0.0, spurious=0))
    assert told.fit.rotation_deg == pytest.approx(0.3, abs=1e-6)
    assert told.p_of_shift < 1e-6


def test_some_records_suffice():
    asked = turn_of(0.35, 0.0, 5.0, 5.0)
    told = fitted(world(5, asked, units=30, true=0.6))
    assert told.fit.rotation_deg == pytest.approx(0.35, abs=4 * told.rotation_error_deg)
    assert 14 <= told.contributing < 30


@pytest.mark.parametrize(("by_east", "by_north"), [(7.5, 0.0), (-4.0, 6.1)])
def test_moving_all_finds_moves_the_fit(by_east, by_north):
    apart, x, y = world(9, turn_of(0.2, 2000.0))
    near = (abs(apart.east_m) <= 30) & (abs(apart.north_m) <= 30)
    unit, east, north = apart.unit[near], apart.east_m[near], apart.north_m[near]
    before = fitted((Apart(unit, east, north, 14), x[near], y[near]))
    after = fitted((Apart(unit, east + by_east, north + by_north, 14), x[near], y[near]))
    assert after.fit.east_m - before.fit.east_m == pytest.approx(by_east, abs=0.02)
    assert after.fit.north_m - before.fit.north_m == pytest.approx(by_north, abs=0.02)
    assert after.fit.rotation_deg == pytest.approx(before.fit.rotation_deg, abs=1e-3)
    assert after.fit.scale_ppm == pytest.approx(before.fit.scale_ppm, abs=20)


def test_the_order_of_pairs_changes_nothing_and_a_seed_repeats():
    apart, x, y = world(2, turn_of(0.2, 0.0))
    order = np.random.default_rng(3).permutation(len(apart))
    other = Apart(apart.unit[order], apart.east_m[order], apart.north_m[order], 14)
    first, again, told = (
        fitted((apart, x, y)),
        fitted((apart, x, y)),
        fitted((other, x[order], y[order])),
    )
    assert first == again
    assert told.p == first.p
    assert told.fit.rotation_deg == pytest.approx(first.fit.rotation_deg, rel=1e-9)
    assert told.rotation_error_deg == pytest.approx(first.rotation_error_deg, rel=1e-6)


@pytest.mark.parametrize("runs", [20, pytest.param(150, marks=pytest.mark.slow)])
@pytest.mark.parametrize("turned", [True, False])
def test_errors_are_what_fits_scatter_by(turned, runs):
    degrees, ppm = (0.3, 1000.0) if turned else (0.0, 0.0)
    asked = turn_of(degrees, ppm, 8.0, 3.0)
    score, p_of_shift = [], []
    for seed in range(runs):
        # Records share an error of their own, so that points are no independent items.
        apart, x, y = world(seed, asked, units=20, spurious=0, noise=0.3)
        rng = np.random.default_rng(seed)
        own = rng.normal(0, 0.7, (20, 2))[apart.unit].T
        apart = Apart(apart.unit, apart.east_m + own[0], apart.north_m + own[1], 20)
        fit = _refine(apart, x, y, asked, 10.0, TOLERANCE_M)
        near = np.bincount(apart.unit, minlength=20) > 0
        errors, p = _errors(apart, x, y, fit, near, TOLERANCE_M, rng)
        off = (fit.east_m - 8, fit.north_m - 3, fit.rotation_deg - degrees, fit.scale_ppm - ppm)
        score.append(np.array(off) / errors)
        p_of_shift.append(p)
    # Four scores a run: with Student's t of 16 degrees their mean square is 1.14, and its
    # standard error 1.14 * sqrt(2.5 / (4 runs)); four of these.
    square = float((np.array(score) ** 2).mean())
    assert abs(square - 1.14) < 4 * 1.14 * math.sqrt(2.5 / (4 * runs))
    by_chance = np.count_nonzero(np.array(p_of_shift) <= 0.05)
    if turned:
        assert by_chance == runs
    else:
        # At most the 99.9 % point of a binomial count at 5 %.
        assert by_chance <= stats.binom.ppf(0.999, runs, 0.05)


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_p_is_even_where_records_share_nothing(runs):
    # With 9 draws each of the ten values of p should come up one time in ten.
    rank = []
    for seed in range(runs):
        parts = world(seed, START, units=6, true=0.0, spurious=5)
        told = fit_similarity(*parts, 20.0, RANGE_M, 9, np.random.default_rng(seed))
        rank.append(round(10 * told.p))
    count = np.bincount(rank, minlength=11)[1:]
    assert count.sum() == runs
    assert stats.chisquare(count).pvalue > 1e-3


def test_unrelated_records_have_no_fit():
    told = fitted(world(1, START, true=0.0))
    assert told.p > 0.05
    assert (told.fit, told.reason) == (None, NOT_BEYOND_CHANCE)
    assert (told.rotation_error_deg, told.p_of_shift, told.contributing) == (None, None, 0)


def test_fewer_than_ten_records_have_no_fit():
    told = fitted(world(3, turn_of(0.3, 0.0), units=9))
    assert told.p == 0.05
    assert told.fit is None
    assert told.contributing <= 9
    assert told.reason.startswith(f"{told.contributing} of 9 records")
    assert told.reason.endswith("need 10")


def test_no_pairs_and_one_place_are_said():
    none = np.empty(0)
    empty = Apart(none.astype(np.int64), none, none, 12)
    assert fitted((empty, none, none)).reason == NO_PAIRS
    apart = Apart(np.arange(12), np.ones(12), np.ones(12), 12)
    told = fitted((apart, np.zeros(12), np.zeros(12)))
    assert (told.reason, told.p, told.units) == (ONE_PLACE, None, 12)
    assert (
        held_out_fits(
            apart, np.zeros(12), np.zeros(12), 10.0, 40.0, np.random.default_rng(0)
        ).tolist()
        == [[0.0] * 4] * 12
    )


def test_of_many_pairs_some_units_are_drawn(monkeypatch):
    monkeypatch.setattr(similarity, "_MOST_PAIRS", 500)
    monkeypatch.setattr(similarity, "_FEWEST_UNITS", 5)
    parts = world(8, turn_of(0.3, 0.0), units=60)
    told = fitted(parts)
    assert 12 <= told.units_drawn < 20
    # The fit itself is that of all pairs.
    assert told.fit.rotation_deg == pytest.approx(0.3, abs=4 * told.rotation_error_deg)
    assert told.contributing > 50
    # Large units are thinned rather than left alone.
    monkeypatch.setattr(similarity, "_FEWEST_UNITS", 40)
    told = fitted(parts)
    assert told.units_drawn == 40
    assert told.fit.rotation_deg == pytest.approx(0.3, abs=4 * told.rotation_error_deg)


def test_a_unit_is_moved_as_the_others_ask():
    asked = turn_of(0.3, 0.0, 6.0, 2.0)
    apart, x, y = world(7, asked, units=12)
    before = held_out_fits(apart, x, y, TOLERANCE_M, RANGE_M, np.random.default_rng(1))
    assert before.shape == (12, 4)
    assert before[:, :2] == pytest.approx(np.tile([6.0, 2.0], (12, 1)), abs=0.6)
    assert before[:, 3] == pytest.approx(np.full(12, asked.turn), abs=6e-4)
    # Whatever the finds of one unit say, its own fit stays, and those of the others change.
    east = np.where(apart.unit == 5, np.clip(apart.east_m + 3, -40, 40), apart.east_m)
    other = Apart(apart.unit, east, apart.north_m, 12)
    after = held_out_fits(other, x, y, TOLERANCE_M, RANGE_M, np.random.default_rng(1))
    assert (after[5] == before[5]).all()
    assert (after[np.arange(12) != 5] != before[np.arange(12) != 5]).any(axis=1).all()
