"""Districts, searched share, neighbourhoods and areas against GEOS, PROJ and brute force."""

import tracemalloc

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from mapaccuracy.coordinates import geocentric, metres_per_degree
from mapaccuracy.geography import (
    Frame,
    areas,
    dissolve,
    first_polygon,
    frame_for,
    hectares,
    hectares_by_polygon,
    neighbourhoods,
    overlaps,
    searched_share,
    share,
    spacing_m,
    without_overlaps,
)

LOCAL = Frame(local=True)
GEOD = Geod(ellps="WGS84")


def test_geocentric_agrees_with_proj():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)
    proj = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    expected = np.column_stack(proj.transform(lon, lat, np.zeros(500)))
    assert np.abs(geocentric(lon, lat) - expected).max() < 1e-8


def test_degree_lengths_agree_with_geodesics():
    lat = np.array([-60.0, -30.0, 0.0, 40.0, 75.0])
    east, north = metres_per_degree(lat)
    step = 1e-4
    _, _, east_m = GEOD.inv(np.zeros(5), lat, np.full(5, step), lat)
    _, _, north_m = GEOD.inv(np.zeros(5), lat - step / 2, np.zeros(5), lat + step / 2)
    assert east * step == pytest.approx(east_m, rel=1e-6)
    assert north * step == pytest.approx(north_m, rel=1e-6)


def disk_share(x, y, ground, radius, frame):
    """Share of a 720-gon of the disk's own area that GEOS finds on the ground."""
    angle = np.linspace(0, 2 * np.pi, 721)[:-1]
    reach = radius * np.sqrt(2 * np.pi / 720 / np.sin(2 * np.pi / 720))
    east, north = frame.scale(np.array([y]))
    disk = shapely.Polygon(
        np.column_stack([x + reach * np.cos(angle) / east, y + reach * np.sin(angle) / north])
    )
    return shapely.area(shapely.intersection(disk, shapely.union_all(ground))) / disk.area


coordinate = st.floats(-30, 130, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=8))
def test_searched_share_agrees_with_geos_on_ragged_ground(seed, centres):
    rng = np.random.default_rng(seed)
    hulls = shapely.convex_hull(shapely.multipoints(rng.uniform(0, 100, (3, 6, 2))))
    ground = dissolve(np.append(hulls[:2], shapely.difference(hulls[0], hulls[2])))
    x, y = np.array(centres, dtype=float).T
    got = searched_share(x, y, ground, 15.0, LOCAL)
    want = [disk_share(*centre, ground, 15.0, LOCAL) for centre in zip(x, y, strict=True)]
    assert got == pytest.approx(want, abs=1e-5)


def test_searched_share_in_degrees_agrees_with_geos():
    frame = frame_for(np.array([-25.0]))
    hole = shapely.Polygon(
        shapely.box(-25, -30, -24.99, -29.99).exterior.coords,
        [shapely.box(-24.996, -29.996, -24.994, -29.994).exterior.coords],
    )
    ground = dissolve(np.array([hole, shapely.box(-24.991, -30, -24.98, -29.995)]))
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-25.001, -24.979, 300), rng.uniform(-30.001, -29.989, 300)
    got = searched_share(x, y, ground, 60.0, frame)
    want = [disk_share(a, b, ground, 60.0, frame) for a, b in zip(x, y, strict=True)]
    assert got == pytest.approx(want, abs=1e-5)
    assert 0 < np.count_nonzero((got > 0) & (got < 1)) < 300


@pytest.mark.parametrize(
    ("x", "y", "share"),
    [
        (50, 50, 1),
        (0, 50, 1 / 2),
        (0, 0, 1 / 4),
        (100, 100, 1 / 4),
        (-10, 50, 0),
        (10, 50, 1),
        # Half a radius outside: the segment beyond is acos(1/2) - (1/2) sqrt(3/4), over pi.
        (-5, 50, (np.pi / 3 - np.sqrt(3) / 4) / np.pi),
    ],
)
def test_searched_share_by_hand(x, y, share):
    ground = np.array([shapely.box(0, 0, 100, 100)])
    got = searched_share(np.array([float(x)]), np.array([float(y)]), ground, 10.0, LOCAL)
    assert got[0] == pytest.approx(share, abs=2e-4)


def ragged_ring(radius, vertices, noise, rng):
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = radius + rng.uniform(-noise, noise, vertices)
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


@pytest.mark.parametrize("noise", [0.0, 0.004, 0.2])
def test_searched_share_near_a_boundary_of_short_edges(noise):
    # Points within the tolerance of the simplification must not fall on the wrong side.
    rng = np.random.default_rng(7)
    ground = np.array([shapely.Polygon(ragged_ring(100.0, 6_000, noise, rng))])
    angle = rng.uniform(0, 2 * np.pi, 80)
    reach = 100.0 + np.concatenate([rng.normal(0, 0.01, 40), rng.uniform(-12, 12, 40)])
    x, y = reach * np.cos(angle), reach * np.sin(angle)
    got = searched_share(x, y, ground, 10.0, LOCAL)
    want = [disk_share(*centre, ground, 10.0, LOCAL) for centre in zip(x, y, strict=True)]
    assert got == pytest.approx(want, abs=1e-3)


@pytest.mark.slow
def test_searched_share_of_ground_in_small_spots():
    # Spots much smaller than the radius keep their area when the boundary is simplified.
    spots = shapely.buffer(
        shapely.points(np.stack(np.meshgrid(np.arange(-60, 60, 3), np.arange(-60, 60, 3)), -1)),
        1.0,
        quad_segs=32,
    ).ravel()
    x, y = np.array([0.0, 1.5, 0.9]), np.array([0.0, 1.5, 0.0])
    got = searched_share(x, y, spots, 50.0, LOCAL)
    want = [disk_share(*centre, spots, 50.0, LOCAL) for centre in zip(x, y, strict=True)]
    assert got == pytest.approx(want, abs=1e-3)


def test_searched_share_in_cracks_and_on_hairs():
    big = shapely.box(-100, -100, 100, 100)
    for width in (1e-7, 1e-5, 1e-3):
        crack = np.array([shapely.difference(big, shapely.box(-width, -50, width, 50))])
        got = searched_share(np.zeros(1), np.zeros(1), crack, 10.0, LOCAL)
        assert got[0] == pytest.approx(1.0, abs=1e-3)
        hair = np.array([shapely.box(-width, -50, width, 50)])
        got = searched_share(np.zeros(1), np.zeros(1), hair, 10.0, LOCAL)
        assert got[0] == pytest.approx(0.0, abs=1e-3)


def test_edges_too_short_to_be_seen_from_afar_count_nothing():
    # Two vertices differ by less than what is left of them when the centre is taken off.
    ring = [(0, 0), (1e-20, 0), (50, 0), (50, 50), (0, 50)]
    ground = np.array([shapely.Polygon(ring)])
    x, y = np.array([5.0, 1.0]), np.array([5.0, 25.0])
    got = share._signed_area(*np.zeros((2, 1, 2)) + 5.0, 10.0)
    assert got.tolist() == [0.0]
    want = searched_share(x, y, np.array([shapely.box(0, 0, 50, 50)]), 10.0, LOCAL)
    assert searched_share(x, y, ground, 10.0, LOCAL) == pytest.approx(want, abs=1e-12)


@pytest.mark.slow
def test_searched_share_keeps_its_memory_where_edges_are_many():
    rng = np.random.default_rng(8)
    ground = np.array([shapely.Polygon(ragged_ring(100.0, 12_000, 0.5, rng))])
    angle = rng.uniform(0, 2 * np.pi, 2_000)
    tracemalloc.start()
    got = searched_share(100 * np.cos(angle), 100 * np.sin(angle), ground, 50.0, LOCAL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 350e6
    # Two circles of radii 100 and 50 whose centres are 100 apart.
    assert np.abs(got - 0.44661).max() < 0.01


def test_searched_share_does_not_depend_on_the_chunks(monkeypatch):
    rng = np.random.default_rng(9)
    ground = dissolve(shapely.buffer(shapely.points(rng.uniform(0, 200, (30, 2))), 15.0))
    x, y = rng.uniform(0, 200, (2, 500))
    want = searched_share(x, y, ground, 10.0, LOCAL)
    monkeypatch.setattr(share, "_MAX_PAIRS", 7)
    assert searched_share(x, y, ground, 10.0, LOCAL).tolist() == want.tolist()


def test_adjoining_polygons_leave_no_seam():
    ground = dissolve(np.array([shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)]))
    assert searched_share(np.array([50.0]), np.array([50.0]), ground, 10.0, LOCAL)[0] == 1.0


def test_no_ground_no_share():
    nothing = np.empty(0, dtype=object)
    assert searched_share(np.zeros(2), np.zeros(2), nothing, 10.0, LOCAL).tolist() == [0, 0]


def test_border_belongs_to_the_first_polygon():
    squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    x = np.array([0.0, 1.0, 1.5, 2.0, 2.0000001])
    assert first_polygon(x, np.full(5, 0.5), squares).tolist() == [0, 0, 1, 1, -1]
    assert first_polygon(x, np.full(5, 0.5), squares[::-1]).tolist() == [1, 0, 0, 0, -1]


@pytest.mark.parametrize("seed", range(5))
def test_first_polygon_agrees_with_asking_each(seed):
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 20, (40, 2))
    size = rng.integers(1, 12, (40, 2)) * np.array([[1, 0.2], [0.2, 1]])[rng.integers(0, 2, 40)]
    polygons = shapely.box(*low.T, *(low + size).T)
    x, y = rng.integers(-2, 35, (2, 600)).astype(float)
    holds = shapely.intersects_xy(polygons[:, None], x, y)
    want = np.where(holds.any(axis=0), holds.argmax(axis=0), -1)
    assert first_polygon(x, y, polygons).tolist() == want.tolist()


@pytest.mark.parametrize("across", [False, True])
def test_first_polygon_asks_few_points_of_each_polygon(across, monkeypatch):
    # Strips side by side: whichever way they lie, the work must not be points times polygons.
    m = 400
    x, y = np.random.default_rng(0).uniform(0, 1, (2, 20_000)) * np.array([[50.0], [m]])
    strips = shapely.box(0, np.arange(m), 50, np.arange(m) + 0.6)
    if across:
        x, y = y, x
        strips = shapely.transform(strips, lambda xy: xy[:, ::-1])
    looked_at = []
    plain = areas._in_slab
    monkeypatch.setattr(
        areas,
        "_in_slab",
        lambda rows, *args: looked_at.append(len(rows)) or plain(rows, *args),
    )
    first_polygon(x, y, strips)
    assert sum(looked_at) <= 20_000


@pytest.mark.parametrize("offset", [0.0, 180.0, 179.995, -180.0])
@pytest.mark.parametrize("cut", [False, True])
def test_the_antimeridian_is_a_place_like_any_other(offset, cut):
    def wrap(lon):
        return (np.asarray(lon) + 180) % 360 - 180

    lon = np.array([-0.008, -0.002, 0.002, 0.008, 0.03])
    square = shapely.box(-0.01, 0.0, 0.01, 0.01)
    moved = wrap(lon + offset)
    if cut and offset == 180.0:
        polygon = shapely.MultiPolygon(
            [shapely.box(179.99, 0, 180, 0.01), shapely.box(-180, 0, -179.99, 0.01)]
        )
    else:
        ring = shapely.get_coordinates(square)
        polygon = shapely.Polygon(np.column_stack([wrap(ring[:, 0] + offset), ring[:, 1]]))
    frame = frame_for(moved)
    x, y = frame.points(moved, np.full(5, 0.005))
    ground = dissolve(frame.polygons(np.array([polygon])))
    assert (first_polygon(x, y, ground) >= 0).tolist() == [True, True, True, True, False]
    still = Frame(local=False)
    want = searched_share(lon, np.full(5, 0.005), np.array([square]), 400.0, still)
    assert searched_share(x, y, ground, 400.0, frame) == pytest.approx(want, abs=1e-6)
    assert hectares(ground, frame) == pytest.approx(hectares(np.array([square]), still), rel=1e-7)


def test_hectares_on_the_ellipsoid():
    # One degree square at the equator, area by Karney's geodesic polygon of GeographicLib.
    square = np.array([shapely.box(0, 0, 0.01, 0.01)])
    east, north = metres_per_degree(0.005)
    planar = 0.01 * east * 0.01 * north / 10_000
    assert hectares(square, Frame(local=False)) == pytest.approx(planar, rel=1e-6)
    with_hole = np.array([shapely.difference(square[0], shapely.box(0.002, 0.002, 0.004, 0.004))])
    assert hectares(with_hole, Frame(local=False)) == pytest.approx(planar * 0.96, rel=1e-6)


def test_hectares_agree_with_geodesics():
    rng = np.random.default_rng(4)
    for lon, lat in ((45.0, 40.0), (-170.0, -62.0), (10.0, 0.0), (25.0, 85.0)):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 30))
        reach = rng.uniform(0.5, 1.0, 30)
        shape = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
        # Geodesics between near points are as straight as the edges; larger edges are split.
        for size, step in ((2e-4, 1.0), (0.5, 1e-3)):
            polygon = shapely.Polygon([lon, lat] + size * shape)
            area, _ = GEOD.geometry_area_perimeter(shapely.segmentize(polygon, step))
            got = hectares(np.array([polygon]), Frame(local=False))
            assert got == pytest.approx(abs(area) / 10_000, rel=1e-6)


@pytest.mark.parametrize("lat", [-70.0, 0.0, 40.0])
@pytest.mark.parametrize("size", [0.01, 0.1, 3.0])
def test_parts_of_a_cut_polygon_add_up(lat, size):
    frame = frame_for(np.array([46.0]))
    triangle = np.array([[46.0, lat], [46.0 + size, lat], [46.0 + size / 2, lat - size / 3]])
    field = np.array([shapely.Polygon(triangle)])
    west, south, east, north = field[0].bounds
    whole = hectares(field, frame)
    for cut in (west + 0.5 * (east - west), west + 0.123 * (east - west)):
        # The border leans, so that it meets every edge at a new place.
        top, bottom = cut + size / 20, cut - size / 20
        halves = np.array(
            [
                shapely.Polygon(
                    [(west - 1, south), (bottom, south), (top, north), (west - 1, north)]
                ),
                shapely.Polygon(
                    [(bottom, south), (east + 1, south), (east + 1, north), (top, north)]
                ),
            ]
        )
        parts = hectares_by_polygon(field, halves, frame)
        assert parts.min() > 0
        assert parts.sum() == pytest.approx(whole, rel=1e-9)


def test_ground_given_twice_counts_once():
    parts = dissolve(np.array([shapely.box(0, 0, 100, 100), shapely.box(50, 0, 150, 100)]))
    assert hectares(parts, LOCAL) == 1.5
    squares = np.array([shapely.box(0, -10, 75, 200), shapely.box(75, -10, 120, 200)])
    assert hectares_by_polygon(parts, squares, LOCAL).tolist() == [0.75, 0.45]


def test_hectares_by_polygon_agrees_with_one_at_a_time():
    rng = np.random.default_rng(5)
    frame = frame_for(np.array([-25.0]))
    centres = np.column_stack([rng.uniform(-25, -24, 200), rng.uniform(-30, -29, 200)])
    parts = dissolve(shapely.buffer(shapely.points(centres), 0.02))
    districts = np.array(
        [
            shapely.box(-25 + i * 0.3, -30 + j * 0.3, -24.7 + i * 0.3, -29.7 + j * 0.3)
            for i in range(4)
            for j in range(4)
        ]
        + [shapely.box(0, 0, 1, 1)]
    )
    ground = shapely.union_all(parts)
    want = [hectares(np.array([shapely.intersection(ground, d)]), frame) for d in districts]
    assert hectares_by_polygon(parts, districts, frame) == pytest.approx(want, rel=1e-9)
    assert hectares_by_polygon(parts[:0], districts, frame).tolist() == [0.0] * 17


def test_overlapping_districts_are_listed_and_cut():
    squares = np.array(
        [shapely.box(0, 0, 10, 10), shapely.box(8, 0, 20, 10), shapely.box(20, 0, 30, 10)]
    )
    shared = overlaps(squares, LOCAL)
    assert [(a, b) for a, b, _ in shared] == [(0, 1)]
    assert shared[0][2] == pytest.approx(20.0)
    alone = without_overlaps(squares, shared)
    assert shapely.area(alone).tolist() == [100.0, 100.0, 100.0]


def naive_neighbourhoods(points, distance):
    label = list(range(len(points)))
    for i in range(len(points)):
        for j in range(i):
            if np.linalg.norm(points[i] - points[j]) <= distance:
                old, new = label[i], label[j]
                label = [new if value == old else value for value in label]
    return label


def partition(labels):
    return {frozenset(np.flatnonzero(labels == value).tolist()) for value in np.unique(labels)}


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 120),
    st.sampled_from([2, 3]),
    st.sampled_from([60.0, 200.0, 600.0]),
)
def test_neighbourhoods_agree_with_brute_force(seed, n, dimensions, extent):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, extent, (n, dimensions))
    points[rng.random(n) < 0.2] = points[0]
    got = neighbourhoods(points, 50.0)
    assert partition(got) == partition(np.array(naive_neighbourhoods(points, 50.0)))


def test_neighbourhoods_include_the_distance_itself():
    line = np.column_stack([np.arange(0.0, 500.0, 50.0), np.zeros(10)])
    assert neighbourhoods(line, 50.0).max() == 0
    assert neighbourhoods(line, 49.999).max() == 9


def test_neighbourhoods_of_dense_cells_stay_apart():
    # Two clumps in neighbouring cells whose nearest points are 50.5 m apart.
    rng = np.random.default_rng(0)
    clump = rng.uniform(0, 20, (3000, 2))
    far = clump + np.array([np.ptp(clump[:, 0]) + 50.5, 0.0])
    label = neighbourhoods(np.concatenate([clump, far]), 50.0)
    assert label.max() == 1
    assert len(set(label[:3000])) == len(set(label[3000:])) == 1


@pytest.mark.parametrize("extent", [1e12, 1e30, 1e100])
@pytest.mark.parametrize("distance", [0.2, 50.0])
def test_neighbourhoods_over_any_extent(extent, distance):
    points = np.array([[0.0, 0.0], [0.1, 0.1], [extent, extent], [0.0, extent], [extent, 0.0]])
    assert partition(neighbourhoods(points, distance)) == partition(np.array([0, 0, 1, 2, 3]))


def test_neighbourhoods_over_the_world():
    lon, lat = np.array([0.0, 180, 90, -90, -90]), np.array([0.0, 0, 89, -89, -89.000001])
    assert (
        neighbourhoods(geocentric(lon, lat), 1.0).tolist()[3:]
        == [neighbourhoods(geocentric(lon, lat), 1.0)[3]] * 2
    )
    assert neighbourhoods(geocentric(lon, lat), 1.0).max() == 3


@pytest.mark.parametrize("gap", [49.5, 50.5])
def test_neighbourhoods_of_very_dense_cells_need_little_memory(gap):
    # Disks along the diagonal: the boxes around them are within the distance either way.
    rng = np.random.default_rng(0)
    angle, reach = rng.uniform(0, 2 * np.pi, 6_000), 4 * np.sqrt(rng.random(6_000))
    clump = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    clump[:2] = np.array([[1, 1], [-1, -1]]) * 4 / np.sqrt(2)
    tracemalloc.start()
    label = neighbourhoods(np.concatenate([clump, clump + (8.0 + gap) / np.sqrt(2)]), 50.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert label.max() == (gap > 50)
    assert peak < 300e6


def test_spacing_is_the_distance_to_the_nearest_neighbour():
    x = np.array([0.0, 1.0, 3.0, 6.0, 10.0])
    row, one = np.column_stack([x, np.zeros(5)]), np.zeros(5, dtype=int)
    assert spacing_m(row, one).tolist() == [1.0, 1.0, 2.0, 3.0, 4.0]
    assert np.isnan(spacing_m(np.zeros((1, 2)), one[:1])).all()
    assert len(spacing_m(np.empty((0, 2)), one[:0])) == 0


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(1, 5), st.integers(0, 70))
def test_spacing_is_looked_up_for_a_sample_of_every_group(groups, least, most):
    group = np.array(groups)
    points = np.random.default_rng(len(groups)).uniform(0, 100, (len(groups), 2))
    spacing = spacing_m(points, group, least, most)
    looked_up = np.bincount(group[~np.isnan(spacing)], minlength=5)
    for n, size in zip(looked_up.tolist(), np.bincount(group, minlength=5).tolist(), strict=True):
        share = size * min(1.0, most / len(points))
        assert min(size, max(least, share)) <= n <= min(size, max(least, share + 1))
    gaps = np.hypot(*(points[:, None] - points).T)
    np.fill_diagonal(gaps, np.inf)
    known = ~np.isnan(spacing)
    np.testing.assert_allclose(spacing[known], gaps.min(axis=0)[known])
