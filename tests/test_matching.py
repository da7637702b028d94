"""The matcher against brute force, published figures, and the solver it does not share."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from mapaccuracy.errors import SettingsError
from mapaccuracy.matching import (
    assign,
    candidates,
    match,
    match_metres,
    nearest_distance,
    neighbours,
    optimal,
    places,
    rules,
)
from mapaccuracy.schema import Candidates

RULES = ("optimal", "mutual", "greedy", "nearest")


# --- the naive twin: dense matrices, plain loops, nothing of ours ---------------------------


def distances(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2))


def brute_optimal(a, b, tolerance):
    """Number of pairs and sum of squares, from the dense assignment."""
    if not (len(a) and len(b)):
        return 0, 0.0
    d = distances(a, b)
    within = d <= tolerance
    # A pair that is not allowed costs more than all allowed ones together.
    dear = (min(d.shape) + 1) * (tolerance**2 + 1)
    i, j = linear_sum_assignment(np.where(within, d**2, dear))
    kept = within[i, j]
    return int(kept.sum()), float((d[i, j][kept] ** 2).sum())


def brute_greedy(a, b, tolerance):
    d = distances(a, b)
    order = sorted((d[i, j], i, j) for i, j in np.argwhere(d <= tolerance))
    used_a, used_b, pairs = set(), set(), []
    for _, i, j in order:
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append((int(i), int(j)))
    return sorted(pairs)


def brute_nearest(a, b, tolerance):
    d = distances(a, b)
    return [(i, int(d[i].argmin())) for i in range(len(a)) if len(b) and d[i].min() <= tolerance]


def brute_mutual(a, b, tolerance):
    back = {(i, j) for j, i in brute_nearest(b, a, tolerance)}
    return [pair for pair in brute_nearest(a, b, tolerance) if pair in back]


def brute_groups(a, b, tolerance):
    """Component of each supplied point by repeated merging; None where it has no candidate."""
    within = distances(a, b) <= tolerance
    label = list(range(len(a)))
    for column in within.T:
        near = [label[i] for i in np.flatnonzero(column)]
        label = [min(near) if x in near else x for x in label]
    shown: dict[int, int] = {}
    return [
        shown.setdefault(label[i], len(shown)) if within[i].any() else None for i in range(len(a))
    ]


def pairs_of(result):
    return list(zip(result.supplied.tolist(), result.find.tolist(), strict=True))


def count_and_sum(result):
    return len(result.supplied), float((result.distance_m**2).sum())


# --- inputs ---------------------------------------------------------------------------------


def table_points():
    """The generated points of the reference table."""
    i, j = np.arange(1, 31), np.arange(1, 41)
    a = np.c_[0.6180339887 * i % 1, 0.7548776662 * i % 1] * 100
    b = np.c_[(0.5698402910 * j + 0.1) % 1, (0.8191725134 * j + 0.3) % 1] * 100
    return a, b


def sides(coordinate, largest=14, width=2):
    row = st.tuples(*[coordinate] * width)
    side = st.lists(row, max_size=largest).map(
        lambda rows: np.array(rows, float).reshape(-1, width)
    )
    return st.tuples(side, side)


GRID = st.integers(0, 5)  # many ties, coincident points, distances equal to the tolerance
PLANE = st.floats(-50, 50, allow_subnormal=False)
TOLERANCES = st.sampled_from([1.0, np.sqrt(2), 2.0, 2.5, 5.0, 1e-3, 100.0])
ANY_SIDES = sides(GRID) | sides(PLANE) | sides(GRID, 10, 3)


# --- reference values -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tolerance", "pairs", "squares", "total", "greedy", "mutual", "a_any", "b_any"),
    [
        (5, 7, 60.787744329025394, 19.006682905747024, 7, 7, 7, 8),
        (10, 20, 991.6318340824575, 127.76532443689928, 19, 15, 27, 20),
        (15, 26, 2062.314577311906, 212.47541051230536, 23, 15, 30, 26),
    ],
)
def test_reference_table(tolerance, pairs, squares, total, greedy, mutual, a_any, b_any):
    a, b = table_points()
    best = match(a, b, tolerance)
    assert len(best.supplied) == pairs
    assert (best.distance_m**2).sum() == pytest.approx(squares, rel=1e-13)
    assert best.distance_m.sum() == pytest.approx(total, rel=1e-13)
    assert len(match(a, b, tolerance, rule="greedy").supplied) == greedy
    assert len(match(a, b, tolerance, rule="mutual").supplied) == mutual
    assert len(match(a, b, tolerance, rule="nearest").supplied) == a_any
    assert np.isfinite(nearest_distance(a, b, tolerance)).sum() == a_any
    assert np.isfinite(nearest_distance(b, a, tolerance)).sum() == b_any


def test_reference_nearest_neighbours():
    """First finds and distances as R spatstat gives them."""
    a, b = table_points()
    result = match(a, b, 20, rule="nearest")
    assert (result.find[:5] + 1).tolist() == [36, 32, 17, 18, 14]
    assert result.distance_m[:3] == pytest.approx([3.55348121, 9.88930337, 7.72154454], abs=5e-9)
    assert result.distance_m.mean() == pytest.approx(6.616458438215207, rel=1e-13)
    assert nearest_distance(a, b, 20).max() == pytest.approx(11.782422212747795, rel=1e-13)


def test_most_pairs_come_before_short_pairs():
    """The find between two points is left to the one that has no other."""
    result = match([[0, 0], [4, 0]], [[3, 0], [9, 0]], 5)
    assert pairs_of(result) == [(0, 0), (1, 1)]
    assert result.distance_m.tolist() == [3, 5]
    assert result.group.tolist() == [0, 0]


def test_squared_distance_is_blind_to_a_shift():
    """A row of mines 5 m apart, moved 15 m along itself: each keeps its own."""
    row = np.c_[np.arange(40) * 5.0, np.zeros(40)]
    assert pairs_of(match(row, row + np.array([15.0, 0]), 200)) == [(i, i) for i in range(40)]


# --- against brute force --------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_optimal_is_the_dense_optimum(points, tolerance):
    a, b = points
    result = match(a, b, tolerance)
    pairs, squares = brute_optimal(a, b, tolerance)
    assert len(result.supplied) == pairs
    assert (result.distance_m**2).sum() == pytest.approx(squares, rel=1e-9, abs=1e-9)
    assert len(set(result.supplied.tolist())) == len(set(result.find.tolist())) == pairs
    assert (np.diff(result.supplied) > 0).all()
    if pairs:
        between = distances(a, b)[result.supplied, result.find]
        assert (between <= tolerance).all()
        assert result.distance_m.tolist() == between.tolist()


@settings(max_examples=150, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_nearest_and_mutual_are_as_plain_loops_find_them(points, tolerance):
    a, b = points
    assert pairs_of(match(a, b, tolerance, rule="nearest")) == brute_nearest(a, b, tolerance)
    assert pairs_of(match(a, b, tolerance, rule="mutual")) == brute_mutual(a, b, tolerance)


@settings(max_examples=150, deadline=None)
@given(sides(GRID) | sides(PLANE), TOLERANCES, st.integers(0, 2))
def test_greedy_is_as_a_plain_loop_finds_it(points, tolerance, rounds):
    a, b = (np.unique(side, axis=0) for side in points)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_GREEDY_ROUNDS", rounds)
        assert pairs_of(match(a, b, tolerance, rule="greedy")) == brute_greedy(a, b, tolerance)


@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_greedy_takes_the_same_distances_with_coincident_points(points, tolerance):
    """Which of equal distances comes first is a matter of ties: the first distance is not."""
    a, b = points
    result = match(a, b, tolerance, rule="greedy")
    within = distances(a, b) <= tolerance
    assert len(set(result.supplied.tolist())) == len(set(result.find.tolist()))
    left = np.ones_like(within)
    for distance, i, j in sorted(zip(result.distance_m, result.supplied, result.find, strict=True)):
        assert distance == distances(a, b)[within & left].min()
        left[i] = left[:, j] = False
    assert not (within & left).any()


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_groups_are_connected_components_in_order_of_the_first_point(points, tolerance):
    a, b = points
    groups = brute_groups(a, b, tolerance)
    for rule in RULES:
        result = match(a, b, tolerance, rule=rule)
        assert result.group.tolist() == [groups[i] for i in result.supplied]
        assert set(result.group.tolist()) == {g for g in groups if g is not None}


@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_candidates_are_all_within_tolerance(points, tolerance):
    a, b = points
    found = candidates(a, b, tolerance)
    d = distances(a, b)
    expected = np.argwhere(d <= tolerance)
    assert np.c_[found.supplied, found.find].tolist() == expected.tolist()
    assert found.distance_m.tolist() == d[d <= tolerance].tolist()
    assert found.supplied.dtype == found.find.dtype == np.int64


@settings(max_examples=50, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_nearest_distance_is_the_least_of_all(points, tolerance):
    a, b = points
    if len(a) and len(b):
        least = distances(a, b).min(axis=1)
        expected = np.where(least <= tolerance, least, np.inf)
    else:
        expected = np.full(len(a), np.inf)
    assert nearest_distance(a, b, tolerance).tolist() == expected.tolist()


# --- every solver gives the same ------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(ANY_SIDES, TOLERANCES, st.sampled_from(["_LARGE_COMPONENT", "_EXPANDED_CANDIDATES"]))
@pytest.mark.slow
def test_flow_is_the_dense_optimum(points, tolerance, limit):
    a, b = points
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimal, limit, 0)
        pairs, squares = count_and_sum(match(a, b, tolerance))
    expected = brute_optimal(a, b, tolerance)
    assert pairs == expected[0]
    assert squares == pytest.approx(expected[1], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("spacings", [0.8, 1.5])
def test_batches_flow_and_dense_agree(monkeypatch, spacings):
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0, 30, (2, 900, 2))
    expected = brute_optimal(a, b, spacings)
    batches = count_and_sum(match(a, b, spacings))
    monkeypatch.setattr(optimal, "_LARGE_COMPONENT", 20)
    flow = count_and_sum(match(a, b, spacings))
    assert batches[0] == flow[0] == expected[0]
    assert batches[1] == pytest.approx(expected[1], rel=1e-12)
    assert flow[1] == pytest.approx(expected[1], rel=1e-11)


@pytest.mark.parametrize("batch", [1, 7, 10**9])
def test_the_size_of_batches_changes_nothing(monkeypatch, batch):
    rng = np.random.default_rng(4)
    a, b = rng.uniform(0, 100, (300, 2)), rng.uniform(0, 100, (500, 2))
    expected = match(a, b, 4)
    monkeypatch.setattr(optimal, "_BATCH_CANDIDATES", batch)
    assert pairs_of(match(a, b, 4)) == pairs_of(expected)


@pytest.mark.parametrize("large", [0, 10**9])
def test_distances_that_round_to_nothing(monkeypatch, large):
    monkeypatch.setattr(optimal, "_LARGE_COMPONENT", large)
    close = [[0.0, 0.0], [0.0, 2.2e-295]]
    assert len(match(close, close, 1.0).supplied) == 2


@pytest.mark.parametrize("chunk", [1, 50, 10**9])
def test_the_size_of_chunks_changes_nothing(monkeypatch, chunk):
    rng = np.random.default_rng(5)
    a, b = rng.uniform(0, 100, (300, 2)), rng.uniform(0, 100, (500, 2))
    monkeypatch.setattr(neighbours, "_CHUNK_CANDIDATES", chunk)
    found = candidates(a, b, 6.0)
    expected = np.argwhere(distances(a, b) <= 6)
    assert np.c_[found.supplied, found.find].tolist() == expected.tolist()


@pytest.mark.slow
def test_one_component_of_many_points():
    """100,000 x 100,000 uniform points, a component of nearly all of them.

    The figures are from scipy's sparse assignment with a dummy column for each row, on the
    whole graph at once, which takes minutes; the package uses a flow here.
    """
    rng = np.random.default_rng(100_000)
    side = np.sqrt(100_000)
    a, b = rng.uniform(0, side, (2, 100_000, 2))
    result = match(a, b, 1.5)
    assert len(result.supplied) == 94_136
    assert (result.distance_m**2).sum() == pytest.approx(66698.29685115033, rel=1e-11)


# --- properties -----------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES, st.randoms(use_true_random=False))
def test_row_order_changes_no_count_and_no_sum(points, tolerance, random):
    a, b = points
    first = list(range(len(a)))
    second = list(range(len(b)))
    random.shuffle(first)
    random.shuffle(second)
    for rule in ("optimal", "nearest"):
        expected = count_and_sum(match(a, b, tolerance, rule=rule))
        moved = count_and_sum(match(a[first], b[second], tolerance, rule=rule))
        assert moved[0] == expected[0]
        assert moved[1] == pytest.approx(expected[1], rel=1e-9, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES)
@pytest.mark.slow
def test_exchanging_the_sides_changes_no_count_and_no_sum(points, tolerance):
    a, b = points
    forth, back = count_and_sum(match(a, b, tolerance)), count_and_sum(match(b, a, tolerance))
    assert forth[0] == back[0]
    assert forth[1] == pytest.approx(back[1], rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 2 * np.pi), PLANE, PLANE)
@pytest.mark.slow
def test_a_rigid_motion_changes_nothing(seed, angle, east, north):
    """Points at random have no ties and none at the tolerance that rounding could push over."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 40, (2, 40, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    move = np.array([east, north]) * 1000
    for rule in RULES:
        expected = match(a, b, 5, rule=rule)
        moved = match(a @ turn.T + move, b @ turn.T + move, 5, rule=rule)
        assert pairs_of(moved) == pairs_of(expected)
        assert moved.group.tolist() == expected.group.tolist()


@settings(max_examples=100, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_order_of_the_rules(points, tolerance):
    a, b = points
    n = {rule: len(match(a, b, tolerance, rule=rule).supplied) for rule in RULES}
    assert n["mutual"] <= n["greedy"] <= n["optimal"] <= min(len(a), len(b))
    assert n["optimal"] <= n["nearest"]


@settings(max_examples=50, deadline=None)
@given(ANY_SIDES)
def test_more_tolerance_never_means_fewer_pairs(points):
    a, b = points
    counts = [len(match(a, b, t).supplied) for t in (0.5, 1, 1.5, 2, 3, 5, 8)]
    assert counts == sorted(counts)


@settings(max_examples=50, deadline=None)
@given(ANY_SIDES, TOLERANCES)
def test_a_side_matches_itself_in_full(points, tolerance):
    a, _ = points
    result = match(a, a, tolerance)
    assert result.supplied.tolist() == list(range(len(a)))
    assert not result.distance_m.any()


@settings(max_examples=60, deadline=None)
@given(ANY_SIDES, st.sampled_from([1.0, 2.0, 2.5]))
def test_candidates_may_be_listed_once_for_several_tolerances(points, tolerance):
    (a_at, a_places), (b_at, b_places) = (places(side) for side in points)
    found = candidates(a_at, b_at, 5.0)
    near = found.distance_m <= tolerance
    kept = Candidates(found.supplied[near], found.find[near], found.distance_m[near])
    expected = match_metres(*points, tolerance)
    assert pairs_of(assign(kept, a_places, b_places)) == pairs_of(expected)


# --- longitude and latitude -----------------------------------------------------------------


def around(lon, lat, n=60, seed=0):
    """Points within some 30 m of a position, in degrees."""
    rng = np.random.default_rng(seed)
    offset = rng.uniform(-1, 1, (2, n, 2)) * 30 / 111_000
    offset[..., 0] /= np.cos(np.radians(lat))
    return offset + np.array([lon, lat])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("lat", [0.0, 40.0, -67.0, 89.9])
def test_the_antimeridian_is_like_any_other(rule, lat):
    a, b = around(20.0, lat)
    here = match(a, b, 5, rule=rule, lonlat=True)
    a, b = (side + np.array([160.0, 0]) for side in (a, b))
    wrapped = [np.c_[(side[:, 0] + 180) % 360 - 180, side[:, 1]] for side in (a, b)]
    assert (wrapped[0][:, 0] < 0).any()
    assert (wrapped[0][:, 0] > 0).any()
    there = match(*wrapped, 5, rule=rule, lonlat=True)
    assert pairs_of(there) == pairs_of(here)
    assert there.distance_m == pytest.approx(here.distance_m, abs=1e-6)


def test_a_chord_is_as_long_as_the_geodesic():
    from pyproj import Geod

    a, b = around(47.0, 40.0)
    result = match(a, b, 10, lonlat=True)
    assert len(result.supplied) > 30
    _, _, along = Geod(ellps="WGS84").inv(*a[result.supplied].T, *b[result.find].T)
    assert result.distance_m == pytest.approx(along, abs=1e-6)


def test_the_pole_is_one_point():
    assert match([[0, 90]], [[135, 90]], 1e-3, lonlat=True).supplied.tolist() == [0]


def test_longitudes_and_latitudes_as_planar_metres():
    """The same points by hand in metres: 0.0001 degrees of latitude at the equator is 11.06 m."""
    result = match([[0, 0], [0, 0.0001]], [[0, 0.0002]], 12, lonlat=True)
    assert pairs_of(result) == [(1, 0)]
    assert result.distance_m == pytest.approx([11.0574], abs=1e-4)


# --- edges ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 3), (3, 0)])
@pytest.mark.parametrize("lonlat", [False, True])
def test_an_empty_side(rule, m, n, lonlat):
    result = match(np.zeros((m, 2)), np.zeros((n, 2)), 5, rule=rule, lonlat=lonlat)
    assert [len(x) for x in (result.supplied, result.find, result.distance_m, result.group)] == [
        0
    ] * 4
    assert result.supplied.dtype == result.find.dtype == result.group.dtype == np.int64


def test_empty_lists():
    assert len(match([], [[1, 2]], 5).supplied) == 0
    assert len(match([[1, 2, 3]], [], 5).supplied) == 0


def test_the_tolerance_is_inclusive():
    for rule in RULES:
        assert match([[0, 0]], [[3, 4]], 5, rule=rule).distance_m.tolist() == [5]
        assert len(match([[0, 0]], [[3, 4]], np.nextafter(5, 0), rule=rule).supplied) == 0
    at, other = np.array([[0.0, 0]]), np.array([[3.0, 4]])
    assert nearest_distance(at, other, 5).tolist() == [5]
    assert nearest_distance(at, other, np.nextafter(5, 0)).tolist() == [np.inf]


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_any_unit_will_do(scale):
    a, b = table_points()
    expected = pairs_of(match(a, b, 10))
    assert pairs_of(match(a * scale, b * scale, 10 * scale)) == expected


def test_points_far_from_the_origin_and_far_apart():
    a = np.array([[5e6, 4e6], [5e6 + 1, 4e6], [-9e9, 7e9]])
    b = np.array([[5e6 + 0.5, 4e6], [-9e9, 7e9 + 0.5], [9e9, 9e9]])
    assert pairs_of(match(a, b, 0.5)) == [(0, 0), (2, 1)]


def test_negative_zero_is_zero():
    _, at = places(np.array([[0.0, 1], [-0.0, 1], [0, -1]]))
    assert at.of_point.tolist() == [0, 0, 1]


@settings(max_examples=100, deadline=None)
@given(sides(GRID))
def test_places_are_the_distinct_positions_by_first_point(points):
    side, _ = points
    position, at = places(side)
    seen: list[list[float]] = []
    for row in side.tolist():
        if row not in seen:
            seen.append(row)
    assert position.tolist() == seen
    assert at.of_point.tolist() == [seen.index(row) for row in side.tolist()]
    for place in range(len(seen)):
        own = at.points[at.start[place] : at.start[place] + at.count[place]]
        assert own.tolist() == np.flatnonzero(at.of_point == place).tolist()


@pytest.mark.parametrize("expanded", [0, 10**9])
def test_coincident_points_share_a_place(monkeypatch, expanded):
    """By hand: 30 points at one corner, 20 at another, 25 and 20 finds around them.

    The middle find place (25 finds, 1 m from both) and the far one (20 finds, 1 m from the
    second corner) make 45 pairs of 50 points; every pair is 1 m long.
    """
    monkeypatch.setattr(optimal, "_EXPANDED_CANDIDATES", expanded)
    a = np.repeat([[0.0, 0], [2, 0]], [30, 20], axis=0)
    b = np.repeat([[1.0, 0], [3, 0]], [25, 20], axis=0)
    result = match(a, b, 1)
    assert count_and_sum(result) == (45, 45.0)
    assert result.find[result.supplied < 30].max() < 25
    assert sorted(result.find.tolist()) == list(range(45))


@pytest.mark.parametrize("rule", RULES)
def test_thousands_of_coincident_points_are_one_candidate(monkeypatch, rule):
    monkeypatch.setattr(neighbours, "MAX_CANDIDATES", 20)
    a, b = np.zeros((5000, 2)), np.zeros((5000, 2))
    result = match(a, b, 10, rule=rule)
    assert len(result.supplied) == {"mutual": 1}.get(rule, 5000)
    assert len(set(result.find.tolist())) == {"mutual": 1, "nearest": 1}.get(rule, 5000)
    around_them = np.concatenate([b, [[1.0, 0], [0, 2]]])
    bigger = match(np.concatenate([a, [[3.0, 0]]]), around_them, 2.5)
    # Only the find at 1 m is near the new point; all others pair at no distance.
    assert count_and_sum(bigger) == (5001, 4.0)


def test_coordinates_shared_by_one_axis_only_are_no_place():
    a = np.array([[1.0, 0], [1, 5], [2, 0], [2, 5]])
    position, at = places(a)
    assert position.tolist() == a.tolist()
    assert at.count.tolist() == [1, 1, 1, 1]


def test_the_same_input_gives_the_same_bytes():
    rng = np.random.default_rng(8)
    a, b = rng.integers(0, 60, (2, 3000, 2)).astype(float)
    first, second = match(a, b, 3), match(a.copy(), b.copy(), 3)
    for name in ("supplied", "find", "distance_m", "group"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tolerance", [0, -1, np.nan, np.inf, -np.inf, "10", None, True, 1e-200, 1e200]
)
def test_a_tolerance_that_is_no_length(tolerance):
    with pytest.raises(SettingsError, match=r"tolerance is .* metres above 0"):
        match([[0, 0]], [[0, 0]], tolerance)


def test_an_unknown_rule():
    with pytest.raises(SettingsError, match="did you mean 'greedy'"):
        match([[0, 0]], [[0, 0]], 1, rule="gredy")


@pytest.mark.parametrize(
    "points",
    [
        [1, 2],
        [[1], [2]],
        [[1, 2, 3, 4]],
        [[[1, 2]]],
        [["x", "y"]],
        [[1j, 2]],
        [[1, 2], [3]],
        5,
        None,
    ],
)
def test_an_array_of_no_use(points):
    with pytest.raises(SettingsError, match=r"^b (is not an array of numbers|has the shape)"):
        match([[0, 0]], points, 1)


def test_rows_that_are_not_finite_are_counted_and_not_shown():
    a = [[np.nan, 1], [123.25, np.inf], [3, 4]]
    with pytest.raises(SettingsError) as caught:
        match(a, [[None, 2.0]], -1, rule="best")
    text = str(caught.value)
    assert len(caught.value.messages) == 4
    assert "2 of 3 rows of a are empty or not finite" in text
    assert "1 of 1 rows of b are empty or not finite" in text
    assert "123" not in text


def test_masked_values_are_missing():
    a = np.ma.masked_array([[1.0, 2], [3, 4]], mask=[[False, False], [True, False]])
    with pytest.raises(SettingsError, match="1 of 2 rows of a"):
        match(a, [[1, 2]], 1)


def test_latitudes_and_longitudes_out_of_range():
    with pytest.raises(SettingsError) as caught:
        match([[47.5, 95.25], [47, 40]], [[500000, 40]], 1, lonlat=True)
    assert len(caught.value.messages) == 2
    assert "1 of 2 rows of a have a latitude outside -90 to 90 degrees" in str(caught.value)
    assert "1 of 1 rows of b have a longitude outside" in str(caught.value)
    assert "95.25" not in str(caught.value)


def test_longitude_and_latitude_have_no_third_column():
    with pytest.raises(SettingsError, match="longitude and latitude"):
        match([[1, 2, 3]], [[1, 2, 3]], 1, lonlat=True)


def test_sides_of_different_dimension():
    with pytest.raises(SettingsError, match="a has 2 columns and b has 3"):
        match([[1, 2]], [[1, 2, 3]], 1)


@pytest.mark.parametrize("sample", [10_000, 1])
def test_too_many_candidates_are_refused_before_they_fill_memory(monkeypatch, sample):
    monkeypatch.setattr(neighbours, "MAX_CANDIDATES", 1000)
    monkeypatch.setattr(neighbours, "_SAMPLE", sample)
    monkeypatch.setattr(neighbours, "_CHUNK_CANDIDATES", 300)
    rng = np.random.default_rng(6)
    a, b = rng.uniform(0, 1, (2, 40, 2))
    with pytest.raises(SettingsError, match=r"tolerance of 2 m is too large .* GB of memory"):
        match(a, b, 2)
    assert len(match(a[:30], b[:30], 2).supplied) == 30


def test_importing_the_matcher_is_light():
    script = (
        "import sys, mapaccuracy.matching\n"
        "heavy = {'pandas', 'geopandas', 'shapely', 'ortools', 'pyproj', 'sklearn', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
