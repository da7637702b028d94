"""The oracle against published numbers, closed forms and figures worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tests import naive

UNIT = [np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)]


def square(x, y, side):
    return [np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]], float)]


def reference_points():
    i, j = np.arange(1, 31), np.arange(1, 41)
    a = 100 * np.column_stack([0.6180339887 * i % 1, 0.7548776662 * i % 1])
    b = 100 * np.column_stack([(0.5698402910 * j + 0.1) % 1, (0.8191725134 * j + 0.3) % 1])
    return a, b


@pytest.mark.parametrize(
    ("tolerance_m", "pairs", "squares", "total", "greedy", "mutual", "any_a", "any_b"),
    [
        (5, 7, 60.787744329025394, 19.006682905747024, 7, 7, 7, 8),
        (10, 20, 991.6318340824575, 127.76532443689928, 19, 15, 27, 20),
        (15, 26, 2062.314577311906, 212.47541051230536, 23, 15, 30, 26),
    ],
)
def test_matching_agrees_with_the_reference_values(
    tolerance_m, pairs, squares, total, greedy, mutual, any_a, any_b
):
    distance = cdist(*reference_points())
    found = naive.match(distance, tolerance_m)
    lengths = np.array([distance[ij] for ij in found])
    assert len(found) == pairs
    assert (lengths**2).sum() == pytest.approx(squares, rel=1e-12)
    assert lengths.sum() == pytest.approx(total, rel=1e-12)
    assert len(naive.match(distance, tolerance_m, "greedy")) == greedy
    assert len(naive.match(distance, tolerance_m, "mutual")) == mutual
    near = distance <= tolerance_m
    assert (near.any(axis=1).sum(), near.any(axis=0).sum()) == (any_a, any_b)
    assert len(naive.match(distance, tolerance_m, "nearest")) == any_a


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (18, 20, 0.6830172859809176, 0.9876514728297052),
        (4, 200, 0.00547556587955644, 0.0504136090898963),
        (0, 10, 0.0, 0.3084971078),
        (0, 30, 0.0, 0.1157033082220278),
        (1, 30, 0.000843570926630, 0.172169455633413),
    ],
)
def test_clopper_pearson_agrees_with_published_values(x, n, low, high):
    assert naive.clopper_pearson(x, n) == pytest.approx((low, high), rel=1e-8)


def test_interval_agrees_with_the_reference_data():
    n = (12, 30, 5, 44, 8, 20, 17, 60, 9, 25)
    x = (0, 21, 1, 30, 0, 2, 1, 9, 0, 3)
    found = naive.interval(n, x)
    assert found["value"] == pytest.approx(0.2913043478, rel=1e-9)
    assert found["effective_clusters"] == pytest.approx(6.560019841, rel=1e-9)
    assert found["design_effect"] == pytest.approx(13.824562614, rel=1e-9)
    assert found["low"] == pytest.approx(0.0652089263, rel=1e-8)
    assert found["high"] == pytest.approx(0.6377343424, rel=1e-9)


@pytest.mark.parametrize(("hits", "high"), [(0, 0.3085), (1, 0.3117), (2, 0.3148)])
def test_upper_limit_grows_with_the_first_confirmed_points(hits, high):
    assert naive.interval([50] * 10, [hits, *[0] * 9])["high"] == pytest.approx(high, abs=5e-5)


def test_no_interval_below_five_effective_clusters():
    found = naive.interval([10, 10, 10, 10], [1, 2, 5, 0])
    assert (found["low"], found["high"]) == (None, None)
    assert (found["cluster_low"], found["cluster_high"]) == (0.0, 0.5)


def test_widest_clustering_wins_and_ties_go_to_the_coarsest():
    success = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0], dtype=bool)
    fine, coarse = np.arange(12) // 2, np.zeros(12, dtype=int)
    assert naive.rate(success, [fine, coarse], "", "few")["clusters"] == 1
    assert naive.rate(success, [coarse, fine], "", "few")["clusters"] == 1
    assert naive.rate(success, [fine, fine], "", "few")["reason"] is None


@pytest.mark.parametrize("depth", [0.0, 0.25, 0.5, 0.75, 0.9])
def test_searched_share_is_that_of_a_circular_segment(depth):
    # A point `depth` radii inside the straight edge of a large searched square.
    gone = (math.acos(depth) - depth * math.sqrt(1 - depth**2)) / math.pi
    share = naive.searched_share(
        np.array([[10 * depth, 500.0]]), [square(0, 0, 1000)], 10.0, local=True
    )
    assert share[0] == pytest.approx(1 - gone, abs=2e-3)


def test_points_on_the_border_and_in_holes():
    rings = [
        *UNIT,
        np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75], [0.25, 0.25]]),
    ]
    xy = np.array([[0, 0.5], [1, 1], [0.1, 0.1], [0.5, 0.5], [0.25, 0.5], [1.0001, 0.5]])
    assert naive.in_rings(xy, rings).tolist() == [True, True, True, False, True, False]


def test_area_of_a_union_and_of_its_part():
    two = [square(0, 0, 2), square(1, 1, 2)]
    assert naive.area_m2(two, local=True) == pytest.approx(7)
    assert naive.area_m2(two, [square(0, 0, 1)], local=True) == pytest.approx(1)
    diamond = [np.array([[0, -1], [1, 0], [0, 1], [-1, 0], [0, -1]], dtype=float)]
    assert naive.area_m2([diamond, square(-0.5, -0.5, 1)], local=True) == pytest.approx(2)


def test_area_of_a_cell_on_the_ellipsoid():
    # One degree by one degree at the equator covers 12,308.8 km2 on WGS 84.
    cells = [
        [np.array([[0, y], [1, y], [1, y + 0.05], [0, y + 0.05], [0, y]])]
        for y in np.arange(20) / 20
    ]
    assert naive.area_m2(cells) / 1e6 == pytest.approx(12308.8, rel=1e-4)


def test_a_degree_at_the_equator_has_its_length():
    here = naive.metres_of(np.array([[0.0, 0.0], [0.001, 0.0], [0.0, 0.001]]), local=False)
    lengths = np.linalg.norm(here[1:] - here[0], axis=1)
    assert lengths == pytest.approx([111.319491, 110.574276], rel=1e-7)


def test_clusters_chain_through_distance_and_labels():
    metres = np.array([[0, 0], [50, 0], [100, 0], [151, 0], [1000, 0], [2000, 0]], dtype=float)
    labels = ["", "", "", "a", "a", ""]
    assert len(set(naive.clusters(metres, 50.0).tolist())) == 4
    assert len(set(naive.clusters(metres, 50.0, labels).tolist())) == 3
