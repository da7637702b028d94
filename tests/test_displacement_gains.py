"""What a move of the map gains, over clusters of its points."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from mapaccuracy.statistics.displacement import TOO_FEW, closer, gain
from tests import naive


def points(gained, lost, size):
    """Points of clusters of which so many gain and lose their pair; none had one, or all those."""
    before, after, cluster = [], [], []
    for k, (up, down, n) in enumerate(zip(gained, lost, size, strict=True)):
        before += [False] * up + [True] * down + [False] * (n - up - down)
        after += [True] * up + [False] * down + [False] * (n - up - down)
        cluster += [k] * n
    return np.array(before), np.array(after), np.array(cluster)


def told_of(gained, lost, size):
    before, after, cluster = points(gained, lost, size)
    return gain(before, after, np.ones(len(before), dtype=bool), [cluster])


def test_five_clusters_of_four_by_hand():
    told = told_of([1, 2, 3, 4, 0], [0] * 5, [4] * 5)
    # 10 of 20; residuals -1, 0, 1, 2, -2 with squares of 10: variance 5/4 * 10 / 400.
    # t(.975; 4) = 2.776445.
    reach = 2.776445 * np.sqrt(1 / 32)
    assert told.value == 0.5
    assert (told.low, told.high) == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-6)
    assert (told.clusters, told.effective_clusters, told.reason) == (5, 5.0, None)


def test_losses_are_gains_turned_round():
    up, down = (
        told_of([1, 2, 3, 4, 0], [0] * 5, [4] * 5),
        told_of([0] * 5, [1, 2, 3, 4, 0], [4] * 5),
    )
    assert (down.value, down.low, down.high) == pytest.approx((-up.value, -up.high, -up.low))


def test_a_pair_won_for_a_pair_lost_is_no_gain():
    told = told_of([2, 1, 3, 0, 1, 2], [1, 2, 3, 0, 2, 1], [8] * 6)
    assert told.value == 0
    assert told.low < 0 < told.high
    assert told.low == pytest.approx(-told.high)


@pytest.mark.parametrize(
    ("each", "of", "value", "low", "high"),
    [
        # Clopper-Pearson of 2.5, 5 and 0 of 5: quantiles of beta distributions.
        (2, 4, 0.5, stats.beta.ppf(0.025, 2.5, 3.5), stats.beta.ppf(0.975, 3.5, 2.5)),
        (4, 4, 1.0, 0.025 ** (1 / 5), 1.0),
        (0, 4, 0.0, -(1 - 0.025 ** (1 / 5)), 1 - 0.025 ** (1 / 5)),
        (-4, 4, -1.0, -1.0, -(0.025 ** (1 / 5))),
    ],
)
def test_clusters_that_gain_alike(each, of, value, low, high):
    told = told_of([max(each, 0)] * 5, [max(-each, 0)] * 5, [of] * 5)
    assert told.value == value
    assert (told.low, told.high) == pytest.approx((low, high), rel=1e-9)


def test_four_clusters_are_too_few():
    told = told_of([1, 2, 3, 4], [0] * 4, [4] * 4)
    assert (told.value, told.low, told.high, told.clusters) == (10 / 16, None, None, 4)
    assert told.reason == TOO_FEW
    # 30, and six of 1: 36**2 / (900 + 6) = 1.43 effective clusters.
    uneven = told_of([15, 1, 0, 1, 0, 1, 0], [0] * 7, [30, *[1] * 6])
    assert (uneven.clusters, uneven.reason) == (7, TOO_FEW)
    assert uneven.effective_clusters == pytest.approx(1296 / 906)


def test_the_widest_of_several_clusterings_counts():
    before, after, cluster = points([4, 0] * 6, [0] * 12, [4] * 12)
    every = np.ones(48, dtype=bool)
    # In pairs of one that gains and one that does not, all gain alike; in twos of a kind not.
    alike, of_a_kind = cluster // 2, np.array([0, 3, 0, 3, 1, 4, 1, 4, 2, 5, 2, 5])[cluster]
    alone = [gain(before, after, every, [labels]) for labels in (cluster, alike, of_a_kind)]
    width = [told.high - told.low for told in alone]
    together = gain(before, after, every, [cluster, alike, of_a_kind])
    assert together == alone[int(np.argmax(width))]
    assert len(set(width)) == 3
    # One without an interval is wider than all.
    assert gain(before, after, every, [cluster, cluster // 4]).reason == TOO_FEW
    assert gain(before, after, every, [cluster // 4, cluster]).low is None


def test_rows_that_do_not_count():
    before, after, cluster = points([1, 2, 3, 4, 0], [0] * 5, [4] * 5)
    more = (np.r_[values, np.full(30, fill)] for values, fill in ((before, False), (after, True)))
    counted = np.arange(50) < 20
    # Their numbers may be of clusters in use, or of others.
    labels = np.r_[cluster, np.arange(30) % 9]
    assert gain(*more, counted, [labels]) == told_of([1, 2, 3, 4, 0], [0] * 5, [4] * 5)


def test_no_points():
    nothing = np.zeros(6, dtype=bool)
    told = gain(nothing, nothing, nothing, [np.arange(6)])
    assert (told.value, told.low, told.high, told.clusters) == (None, None, None, 0)
    assert told.reason == "no single supplied points"


@given(st.integers(0, 100_000))
def test_gain_is_that_of_linearisation(seed):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 15, rng.integers(8, 30))
    cluster = np.repeat(rng.permutation(len(size)), size)
    before, after = (rng.random(len(cluster)) < rng.random() for _ in range(2))
    told = gain(before, after, np.ones(len(cluster), dtype=bool), [cluster])
    value, low, high = naive.share_gained(before, after, cluster)
    assert told.value == pytest.approx(value)
    effective = len(cluster) ** 2 / (size**2).sum()
    assert told.effective_clusters == pytest.approx(effective)
    if effective < 5:
        assert told.low is None
        return
    # Without spread the interval is another.
    assume(low < value < high)
    assert (told.low, told.high) == pytest.approx((low, high), abs=1e-9)
    assert -1 <= told.low <= told.value <= told.high <= 1


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "share"), [(8, 0.3), (15, 0.6), (30, 0.1)])
def test_the_interval_holds_the_gain(clusters, share):
    runs, held, above = 1500, 0, 0
    for run in range(runs):
        rng = np.random.default_rng([9, clusters, run])
        size = np.maximum(2, rng.lognormal(3, 0.5, clusters)).astype(int)
        cluster = np.repeat(np.arange(clusters), size)
        # Records share their outcome in part: a beta distribution of its own for each.
        right = rng.beta(3 * share, 3 * (1 - share), clusters)[cluster]
        before, after = rng.random(len(cluster)) < 0.05, rng.random(len(cluster)) < right
        told = gain(before, after, np.ones(len(cluster), dtype=bool), [cluster])
        if told.low is None:
            held += 1
            continue
        held += told.low <= share - 0.05 <= told.high
        above += told.low > share - 0.05
    assert held / runs >= 0.89
    # What matters is a gain that is claimed and is none: 2.5 % by its level.
    assert above / runs <= 0.06


# --- how close pairs are -------------------------------------------------------------------------


def closer_of(before, after, tolerance_m=10.0, counted=None, each=2):
    before, after = np.array(before, dtype=float), np.array(after, dtype=float)
    every = np.ones(len(before), dtype=bool) if counted is None else np.array(counted)
    return closer(before, after, tolerance_m, every, [np.arange(len(before)) // each])


def test_closer_by_hand():
    before = [4.0, 4.0, 2.0, 6.0, np.inf, 4.0, 3.0, 4.0, 4.0, 8.0]
    after = [1.0, 1.0, 1.0, 1.0, 2.0, 1.0, np.inf, 1.0, 1.0, 1.0]
    told = closer_of(before, after)
    # Medians are 4 and 1, so a find scores 0 at 2 m: before, none; after, 8 score 3/4.
    assert told.scale_m == 2.0
    assert told.value == pytest.approx(0.6, abs=1e-12)
    assert told.low < told.value < told.high


def test_the_scale_is_at_most_the_tolerance_and_never_0():
    wide = closer_of([8.0] * 10, [9.0] * 10)
    assert wide.scale_m == 10.0
    assert wide.value == pytest.approx(0.19 - 0.36, abs=1e-12)
    same = closer_of([3.0] * 10, [0.0] * 10)
    assert (same.scale_m, same.value) == (pytest.approx(0.1), 1.0)
    assert closer_of([np.inf] * 10, [np.inf] * 10).value == 0.0


def test_rows_that_do_not_count_have_no_part_in_closeness():
    counted = [True] * 10 + [False] * 4
    told = closer_of([4.0] * 10 + [0.1] * 4, [2.0] * 10 + [9.0] * 4, counted=counted)
    assert (told.scale_m, told.value) == (4.0, 0.75)


def test_closeness_turned_round():
    rng = np.random.default_rng(3)
    before, after = rng.uniform(0, 10, (2, 40))
    there, back = closer_of(before, after, each=4), closer_of(after, before, each=4)
    assert there.scale_m == back.scale_m
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


def test_a_few_chance_pairs_do_not_set_the_scale():
    before, after = np.full(200, np.inf), np.full(200, 3.0)
    before[7] = 0.1
    told = closer_of(before, after, each=10)
    assert told.scale_m == 6.0
    assert told.low > 0.7
