"""Changes of a share on common blocks: against literature, brute force, and simulated truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mapaccuracy.statistics import differences
from mapaccuracy.statistics.differences import BlockCounts, share_difference
from mapaccuracy.statistics.intervals import cluster_spread

# statistics.md 3.4, D1: ten records.
SIZES = np.array([12, 30, 5, 44, 8, 20, 17, 60, 9, 25.0])
SUCCESSES = np.array([0, 21, 1, 30, 0, 2, 1, 9, 0, 3.0])
# D2: Davison and Hinkley's city populations; a ratio, not a share, but of the same form.
CITY_1920 = np.array([138, 93, 61, 179, 48, 37, 29, 23, 30, 2.0])
CITY_1930 = np.array([143, 104, 69, 260, 75, 63, 50, 48, 111, 50.0])


def against_nothing(successes, sizes):
    """The share of one map; that of the other is 0 everywhere."""
    return BlockCounts(np.zeros_like(sizes), sizes, successes, sizes)


def brute_variance(counts):
    """The formula, block by block."""
    x0, n0, x1, n1 = (
        counts.old_successes,
        counts.old_sizes,
        counts.new_successes,
        counts.new_sizes,
    )
    p0, p1, k = sum(x0) / sum(n0), sum(x1) / sum(n1), len(n0)
    total = 0.0
    for b in range(k):
        e = (x1[b] - p1 * n1[b]) / sum(n1) - (x0[b] - p0 * n0[b]) / sum(n0)
        total += e * e
    return k / (k - 1) * total


@st.composite
def pairs_of_maps(draw):
    n = draw(st.integers(2, 20))
    sizes = st.lists(st.integers(0, 30), min_size=n, max_size=n)
    old, new = np.array(draw(sizes), float), np.array(draw(sizes), float)
    old[0] += 1
    new[-1] += 1
    share = st.lists(st.floats(0, 1), min_size=n, max_size=n)
    return BlockCounts(
        np.round(old * np.array(draw(share))), old, np.round(new * np.array(draw(share))), new
    )


def test_blocks_that_are_records_give_the_variance_of_clusters():
    variance = differences.difference_variance(against_nothing(SUCCESSES, SIZES))
    assert variance == cluster_spread(SUCCESSES, SIZES).variance
    # R survey: deff 13.824562614 at p = 67/230.
    p, n = 67 / 230, 230
    assert variance == pytest.approx(13.824562614 * p * (1 - p) / n, rel=1e-9)
    assert math.sqrt(variance) == pytest.approx(0.11139485934, rel=1e-9)


def test_variance_of_a_published_ratio():
    variance = differences.difference_variance(against_nothing(CITY_1930, CITY_1920))
    assert math.sqrt(variance) == pytest.approx(0.1899934, abs=5e-8)
    assert math.sqrt(variance * 9 / 10) == pytest.approx(0.1802435, abs=5e-8)


def test_bootstrap_against_that_of_r():
    city = differences.resampled_changes(against_nothing(CITY_1930, CITY_1920), 9999, [5])
    # R boot, 9999 draws.
    assert city.mean() - 1.5203125 == pytest.approx(0.0400, abs=0.01)
    assert city.std() == pytest.approx(0.2266, abs=0.02)
    assert np.quantile(city, [0.025, 0.975]) == pytest.approx([1.248, 2.123], abs=0.04)
    records = differences.resampled_changes(against_nothing(SUCCESSES, SIZES), 9999, [5])
    assert np.quantile(records, [0.025, 0.975]) == pytest.approx([0.0818, 0.5000], abs=0.02)
    assert records.std() == pytest.approx(0.1075, abs=0.005)


@given(pairs_of_maps())
def test_variance_is_the_formula(counts):
    expected = brute_variance(counts)
    got = differences.difference_variance(counts)
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-20)


@given(pairs_of_maps())
def test_changing_the_maps_round_changes_the_sign(counts):
    swapped = BlockCounts(
        counts.new_successes, counts.new_sizes, counts.old_successes, counts.old_sizes
    )
    one, other = (share_difference(each, 99, [1]) for each in (counts, swapped))
    assert (one is None) == (other is None)
    if one is not None:
        assert other.change == pytest.approx(-one.change)
        assert other.low == pytest.approx(-one.high, abs=1e-9)
        assert other.high == pytest.approx(-one.low, abs=1e-9)


@given(pairs_of_maps())
def test_interval_holds_the_change_and_has_a_width(counts):
    found = share_difference(counts, 99, [1])
    if found is not None:
        assert -1 <= found.low <= found.change <= found.high <= 1
        assert found.high > found.low


@given(pairs_of_maps())
def test_a_map_against_itself_has_not_changed(counts):
    same = BlockCounts(
        counts.old_successes, counts.old_sizes, counts.old_successes, counts.old_sizes
    )
    found = share_difference(same, 99, [1])
    if found is not None:
        assert found.change == 0
        assert found.low < 0 < found.high


def test_linear_interval_by_hand():
    # Ten blocks of 10, old 1 each; new 5, 7, 5, 7 ...: d = .5, e = +-.01, v = 10/9 * .001.
    old, size = np.ones(10), np.full(10, 10.0)
    new = np.array([5.0, 7] * 5)
    found = share_difference(BlockCounts(old, size, new, size), 999, [0])
    reach = stats.t.ppf(0.975, 9) * math.sqrt(10 / 9 * 10 * 0.01**2)
    assert found.change == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 0.5 + reach))
    assert (found.blocks, found.effective_blocks) == (10, 10)


def test_few_changes_are_not_taken_for_a_trend():
    # 4 of 10 blocks gain all, none loses: t alone says 0.4 +- 0.369; a sign test says p = 1/8.
    size = np.full(10, 5.0)
    new = np.where(np.arange(10) < 4, 5.0, 0.0)
    counts = against_nothing(new, size)
    reach = stats.t.ppf(0.975, 9) * math.sqrt(differences.difference_variance(counts))
    assert 0.4 - reach > 0
    found = share_difference(counts, 999, [0])
    assert found.low < 0
    # By hand: Clopper-Pearson of 0/10 and 4/10.
    low = stats.binomtest(4, 10).proportion_ci().low
    high = stats.binomtest(0, 10).proportion_ci().high
    assert found.low == pytest.approx(0.4 - math.hypot(0.4 - low, high))


def test_no_variation_gives_the_interval_of_two_separate_shares():
    size = np.full(10, 4.0)
    found = share_difference(against_nothing(size, size), 99, [0])
    low = stats.binomtest(10, 10).proportion_ci().low
    assert found.change == 1
    assert (found.low, found.high) == pytest.approx((1 - math.hypot(1 - low, 1 - low), 1))


def test_too_few_blocks_give_no_interval():
    size = np.array([100.0, 1, 1, 1, 1, 1, 1])
    assert share_difference(against_nothing(size / 2, size), 99, [0]) is None
    # What counts is the map with fewer of them.
    few = BlockCounts(0 * size, np.ones(7), size / 2, size)
    assert differences.effective_blocks(few) == pytest.approx(106**2 / (100**2 + 6))
    assert share_difference(few, 99, [0]) is None


@given(st.integers(0, 2**32), st.floats(10, 1000))
def test_counts_on_blocks_by_brute_force(seed, side):
    rng = np.random.default_rng(seed)
    maps = []
    for n in rng.integers(0, 60, 2):
        x, y = rng.uniform(-900, 900, (2, n))
        maps.append((x, y, rng.integers(-1, 3, n), rng.random(n) < 0.4))
    x_all, y_all = (np.concatenate([m[i] for m in maps]) for i in (0, 1))
    old_block, new_block = np.split(
        differences.square_blocks(x_all, y_all, side), [len(maps[0][0])]
    )
    got = differences.counts_on_blocks(
        (maps[0][2], old_block, maps[0][3]), (maps[1][2], new_block, maps[1][3]), 3
    )
    for group in range(3):
        tally = {}
        for which, (x, y, of, success) in enumerate(maps):
            for i in np.flatnonzero(of == group):
                cell = (math.floor(y[i] / side), math.floor(x[i] / side))
                entry = tally.setdefault(cell, [0, 0, 0, 0])
                entry[2 * which] += bool(success[i])
                entry[2 * which + 1] += 1
        rows = np.array([tally[cell] for cell in sorted(tally)], float).reshape(-1, 4)
        assert np.array_equal(np.column_stack([*vars(got[group]).values()]), rows)


def test_diameters_by_brute_force():
    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 50, (2, 400))
    record = rng.integers(-1, 30, 400)
    got = differences.diameters_m(x, y, record)
    for k in range(30):
        own = record == k
        exact = np.hypot(x[own][:, None] - x[own], y[own][:, None] - y[own]).max()
        assert 0.98 * exact <= got[k] <= exact * (1 + 1e-12)
    assert len(got) == 30
    assert len(differences.diameters_m(x[:0], y[:0], record[:0])) == 0


def test_side_of_blocks():
    assert differences.block_side_m(np.array([100.0, 120.0, 4000.0]), 50) == 300
    assert differences.block_side_m(np.array([1.0]), 50) == 50
    assert differences.block_side_m(np.array([100.5]), 50) == 260


def test_shares_on_common_ground():
    none = np.zeros(4)
    counts = BlockCounts(none, np.array([6.0, 2, 0, 0]), none, np.array([0.0, 1, 1, 2]))
    assert differences.common_shares(counts) == (0.25, 0.25)


def test_many_blocks_are_not_drawn(monkeypatch):
    size = np.full(differences._MOST_BLOCKS_DRAWN + 1, 2.0)
    new = np.arange(len(size)) % 3.0
    monkeypatch.setattr(differences, "resampled_changes", None)
    assert share_difference(against_nothing(new, size), 999, [0]) is not None


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(("k", "p", "icc"), [(10, 0.25, 0.1), (20, 0.25, 0.3), (50, 0.25, 0.6)])
def test_chance_is_called_real_about_once_in_twenty(shared, k, p, icc):
    # Beta-binomial blocks of lognormal size; both maps have the same true share.
    rng = np.random.default_rng(20)
    a, b = p * (1 / icc - 1), (1 - p) * (1 / icc - 1)
    real = judged = 0
    while judged < 1500:
        sizes = np.maximum(1, np.round(rng.lognormal(2.5, 1, k)))
        others = np.maximum(1, np.round(sizes * rng.uniform(0.7, 1.3, k)))
        q = rng.beta(a, b, k)
        r = q if shared else rng.beta(a, b, k)
        counts = BlockCounts(
            rng.binomial(sizes.astype(int), q).astype(float),
            sizes,
            rng.binomial(others.astype(int), r).astype(float),
            others,
        )
        found = share_difference(counts, 199, [judged])
        if found is not None:
            judged += 1
            real += found.low > 0 or found.high < 0
    assert 0.01 <= real / judged <= 0.08
