"""Positions spread evenly over ground, against exact areas of GEOS and PROJ."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.stats import chisquare
from shapely.affinity import rotate, translate

from mapaccuracy.geography import Frame, dissolve, sample_positions, sampling

LOCAL, DEGREES = Frame(local=True), Frame(local=False)
GEOD = Geod(ellps="WGS84")

# 2 m by 200 m, at 30 degrees: 1 % of its box.
STRIP = rotate(shapely.box(0, 0, 200, 2), 30)
ELL = shapely.box(0, 0, 100, 100).difference(shapely.box(20, 20, 100, 100))
RING = shapely.Point(50, 50).buffer(50, quad_segs=64).difference(shapely.Point(50, 50).buffer(49))
HOLED = shapely.box(0, 0, 60, 90).difference(shapely.box(10, 20, 30, 70))
SHAPES = {"strip": STRIP, "L": ELL, "ring": RING, "hole": HOLED}


def sample(polygons, n, frame=LOCAL, seed=5):
    return sample_positions(np.array(polygons, dtype=object), n, frame, np.random.default_rng(seed))


def p_of_evenness(polygon, x, y, cells=6):
    """Chi-square of the positions in the cells of a grid against the exact areas in them."""
    west, south, east, north = polygon.bounds
    columns, rows = np.linspace(west, east, cells + 1), np.linspace(south, north, cells + 1)
    got = np.histogram2d(x, y, [columns, rows])[0].ravel()
    boxes = [
        shapely.box(columns[i], rows[j], columns[i + 1], rows[j + 1])
        for i in range(cells)
        for j in range(cells)
    ]
    area = shapely.area(shapely.intersection(polygon, np.array(boxes)))
    large = area > 0.002 * polygon.area
    got = np.append(got[large], got[~large].sum())
    want = np.append(area[large], area[~large].sum()) / polygon.area * len(x)
    held = want > 0
    assert got[~held].sum() == 0
    return chisquare(got[held], want[held]).pvalue


@pytest.mark.parametrize("rounds", [40, 1, 0])
@pytest.mark.parametrize("shape", SHAPES)
def test_positions_are_even_over_hard_shapes(shape, rounds, monkeypatch):
    # After few rounds or none, what is left is placed by way of triangles.
    monkeypatch.setattr(sampling, "_ROUNDS", rounds)
    polygon = SHAPES[shape]
    x, y = sample([polygon], 20_000)
    assert shapely.distance(polygon, shapely.points(x, y)).max() < 1e-9
    assert p_of_evenness(polygon, x, y) > 1e-4


def test_the_check_of_evenness_can_fail():
    # All positions of an L drawn in the box and pushed into it do not pass.
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 20, 20_000), rng.uniform(0, 100, 20_000)
    assert p_of_evenness(ELL, x, y) < 1e-6


def test_polygons_get_their_share():
    polygons = [translate(SHAPES[name], 1000 * i, 0) for i, name in enumerate(SHAPES)]
    x, _ = sample(polygons, 3000)
    got = np.bincount(((x + 500) // 1000).astype(int), minlength=4)
    area = shapely.area(polygons)
    assert np.abs(got - 3000 * area / area.sum()).max() < 2


def test_small_polygons_are_drawn_in_proportion():
    # 300 squares of 1 m2 and one of 300 m2, ten positions: five on average on the small ones.
    small = [shapely.box(2 * i, 0, 2 * i + 1, 1) for i in range(300)]
    polygons = [*small, shapely.box(0, 50, 30, 60)]
    on_small = [(sample(polygons, 10, seed=seed)[1] < 10).sum() for seed in range(60)]
    assert set(on_small) == {5}
    hit = np.concatenate([sample(polygons, 10, seed=seed)[0][:5] // 2 for seed in range(240)])
    assert chisquare(np.histogram(hit, 10, (0, 300))[0]).pvalue > 1e-4


@pytest.mark.parametrize("rounds", [40, 0])
@pytest.mark.parametrize(("south", "north"), [(50, 70), (-40, 20), (-80, -60)])
def test_positions_in_degrees_are_even_on_the_ellipsoid(south, north, rounds, monkeypatch):
    monkeypatch.setattr(sampling, "_ROUNDS", rounds)
    cuts = np.linspace(south, north, 9)
    _, y = sample([shapely.box(10, south, 10.2, north)], 20_000, DEGREES)
    want = np.array(
        [
            abs(GEOD.polygon_area_perimeter([10, 10.2, 10.2, 10], [a, a, b, b])[0])
            for a, b in pairwise(cuts)
        ]
    )
    got = np.histogram(y, cuts)[0]
    assert chisquare(got, want / want.sum() * 20_000).pvalue > 1e-4
    # Even over degrees they would not be.
    assert chisquare(got).pvalue < 1e-6


def test_same_seed_same_positions_and_moving_the_ground_moves_them():
    ground = dissolve(np.array([ELL, translate(STRIP, 300, 40)], dtype=object))
    first, again = sample(ground, 500), sample(ground, 500)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, sample(ground, 500, seed=6))
    moved = sample([translate(polygon, 4096, -1024) for polygon in ground], 500)
    for got, axis, step in zip(moved, first, (4096, -1024), strict=True):
        assert got == pytest.approx(axis + step)


@pytest.mark.parametrize("polygons", [[], [shapely.Polygon()]])
def test_no_ground_no_positions(polygons):
    assert [len(axis) for axis in sample(polygons, 10)] == [0, 0]


def test_no_positions_wanted():
    assert [len(axis) for axis in sample([ELL], 0)] == [0, 0]
