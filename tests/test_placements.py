"""Moves of records: rigid, verifiable, inside their ground, and spread evenly."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy import stats

from mapaccuracy.geography import (
    Frame,
    Placements,
    Shifts,
    Verifiable,
    draw_moves,
    outline,
)

LOCAL = Frame(local=True)
WGS84 = Frame(False, 45.0)
GEOD = Geod(ellps="WGS84")
ORIGIN = {True: np.array([500.0, -200.0]), False: np.array([45.2, 40.1])}
TOLERANCE_M = 10.0

# Corners in metres; each has room for a record of 60 x 15 m.
SHAPES = {
    "square": shapely.box(0, 0, 300, 300),
    "strip": shapely.box(0, 0, 800, 60),
    "L": shapely.Polygon([(0, 0), (400, 0), (400, 120), (120, 120), (120, 400), (0, 400)]),
    "ring": shapely.box(0, 0, 320, 320) - shapely.box(110, 110, 210, 210),
}


def in_plane(xy_m, frame):
    """Metres around the origin as coordinates of the frame, at the scale of the origin."""
    origin = ORIGIN[frame.local]
    return origin + np.asarray(xy_m) / np.column_stack(frame.scale(origin[1:]))


def rotated(xy, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(xy) @ np.array([[c, s], [-s, c]])


def polygon_of(shape, degrees, frame):
    return shapely.transform(SHAPES[shape], lambda xy: in_plane(rotated(xy, degrees), frame))


def moves_of(xy, part, frame, others=(), least_share=0.95):
    ground = np.array([part, *others])
    verifiable = Verifiable(ground, TOLERANCE_M, least_share, frame)
    made = outline(xy[:, 0], xy[:, 1], np.array([len(xy)]), frame)
    return Placements(made, np.array([0]), np.array([part]), verifiable)


def placed(moves, proposal):
    """Points of each placement of the first record, (w, n, 2)."""
    x, y = moves.positions(np.zeros(len(proposal), dtype=np.int64), proposal)
    return np.stack([x, y], axis=-1).reshape(len(proposal), -1, 2)


def disk_share(centre, part, frame):
    """Share of a fine polygon of the disk's own area that GEOS finds on the part."""
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    reach = TOLERANCE_M * np.sqrt(2 * np.pi / 360 / np.sin(2 * np.pi / 360))
    scale = np.column_stack(frame.scale(centre[1:]))[0]
    disk = shapely.Polygon(centre + reach * np.column_stack([np.cos(angle), np.sin(angle)]) / scale)
    return shapely.area(shapely.intersection(disk, part)) / disk.area


def distances_m(xy, frame):
    """Distances from the first point to the others, without our own geometry."""
    if frame.local:
        return np.hypot(*(xy[1:] - xy[0]).T)
    first = np.repeat(xy[:1], len(xy) - 1, axis=0)
    return np.array(GEOD.inv(*first.T, *xy[1:].T)[2])


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.integers(0, 179),
    st.integers(0, 2**32 - 1),
    st.sampled_from([LOCAL, WGS84]),
)
def test_every_placement_is_rigid_verifiable_and_inside(shape, degrees, seed, frame):
    rng = np.random.default_rng(seed)
    part = polygon_of(shape, degrees, frame)
    # A record along the first arm, anywhere inside a box of 60 x 15 m.
    record_m = rotated([20, 20] + rng.uniform(0, 1, (7, 2)) * [60, 15], degrees)
    xy = in_plane(record_m, frame)
    moves = moves_of(xy, part, frame)
    proposal, found = draw_moves(moves, np.array([0]), 12, rng)
    assert found.all()
    for points in placed(moves, proposal[0]):
        assert shapely.intersects_xy(part, points[:, 0], points[:, 1]).all()
        assert min(disk_share(point, part, frame) for point in points) > 0.95 - 2e-3
        # Lengths are kept (to the curvature of the ellipsoid), and so are directions.
        assert distances_m(points, frame) == pytest.approx(distances_m(xy, frame), abs=2e-3)
        offsets = (points - points[0]) * np.column_stack(frame.scale(points[:1, 1]))
        as_it_was = (xy - xy[0]) * np.column_stack(frame.scale(xy[:1, 1]))
        assert offsets == pytest.approx(as_it_was, abs=1e-6)


def test_points_stay_out_of_another_part_close_by():
    # Half a metre between two parts takes 3 % of a disk at most: positions are verifiable as far
    # as the border, and beyond it; but a record stays in its part.
    part, other = shapely.box(0, 0, 60, 200), shapely.box(60.5, 0, 200, 200)
    moves = moves_of(np.array([[10.0, 20.0], [50.0, 20.0]]), part, LOCAL, [other])
    proposal, found = draw_moves(moves, np.array([0]), 200, np.random.default_rng(1))
    assert found.all()
    points = placed(moves, proposal[0])
    assert 59 < points[..., 0].max() <= 60
    assert points[..., 0].min() > 7


@pytest.mark.parametrize("shape", ["square", "L", "ring"])
@pytest.mark.parametrize("degrees", [0, 30])
def test_placements_of_a_point_are_spread_evenly(shape, degrees):
    part = polygon_of(shape, degrees, LOCAL)
    start = in_plane(rotated([[30, 30]], degrees), LOCAL)
    moves = moves_of(start, part, LOCAL)
    proposal, found = draw_moves(moves, np.array([0]), 6000, np.random.default_rng(2))
    assert found.all()
    back_m = rotated(proposal[0] - ORIGIN[True], -degrees)
    # Squares of 50 m, deep enough inside that every position of them is verifiable.
    deep = SHAPES[shape].buffer(-TOLERANCE_M)
    low = np.stack(np.meshgrid(np.arange(10, 400, 50), np.arange(10, 400, 50)), -1).reshape(-1, 2)
    cells = [corner for corner in low if deep.covers(shapely.box(*corner, *(corner + 50)))]
    assert len(cells) >= 10
    counts = [((back_m >= cell) & (back_m < cell + 50)).all(axis=1).sum() for cell in cells]
    assert stats.chisquare(counts).pvalue > 0.001
    # And the share outside them is that of the ground outside them, up to the rim.
    inside = sum(counts) / 6000
    assert len(cells) * 2500 / SHAPES[shape].area < inside < len(cells) * 2500 / deep.area


def test_thin_strips_at_an_angle_are_used_from_end_to_end():
    part = polygon_of("strip", 35, WGS84)
    record = in_plane(rotated([[300, 25], [360, 25], [330, 35]], 35), WGS84)
    moves = moves_of(record, part, WGS84)
    proposal, found = draw_moves(moves, np.array([0]), 2000, np.random.default_rng(3))
    assert found.all()
    scale = np.column_stack(WGS84.scale(ORIGIN[False][1:]))
    along_m = rotated((proposal[0] - ORIGIN[False]) * scale, -35)[:, 0]
    # The anchor is the first point; 60 m behind it lies the last.
    inner = along_m[(along_m > 10) & (along_m < 730)]
    assert len(inner) > 1900
    assert stats.kstest((inner - 10) / 720, "uniform").pvalue > 0.001


def test_room_of_one_in_a_hundred_is_found():
    # A cross of two lanes 25 m wide; a row of 900 m fits into one of them only:
    # about 84 x 9 of 49,375 square metres.
    part = shapely.box(0, 500, 1000, 525) | shapely.box(500, 0, 525, 1000)
    row = np.column_stack([np.linspace(50, 950, 40), np.full(40, 512.0)])
    moves = moves_of(row, part, LOCAL)
    for seed in range(3):
        proposal, found = draw_moves(moves, np.array([0]), 199, np.random.default_rng(seed))
        assert found.all()
        assert moves.span_m(np.array([0]), proposal)[0] == pytest.approx(84.5, abs=3)


def test_a_record_without_room_is_given_up():
    part = shapely.box(0, 0, 100, 100)
    wide = np.array([[8.0, 50.0], [108.0, 50.0]])
    proposal, found = draw_moves(
        moves_of(wide, part, LOCAL), np.array([0]), 19, np.random.default_rng(0)
    )
    assert not found.any()
    assert np.isnan(proposal).all()


def test_many_records_get_their_own_placements():
    # Four squares side by side, with a record of one to four points each.
    parts = np.array([shapely.box(500 * k, 0, 500 * k + 200, 200) for k in range(4)])
    size = np.array([1, 2, 3, 4])
    x = np.repeat(500 * np.arange(4), size) + 50 + 10.0 * np.concatenate(list(map(np.arange, size)))
    made = outline(x, np.full(10, 50.0), size, LOCAL)
    moves = Placements(made, np.arange(4), parts, Verifiable(parts, TOLERANCE_M, 0.95, LOCAL))
    asked = np.array([3, 0, 2])
    proposal, found = draw_moves(moves, asked, 25, np.random.default_rng(5))
    assert found.all()
    for record, proposals in zip(asked, proposal, strict=True):
        px, py = moves.positions(np.full(25, record), proposals)
        assert len(px) == 25 * size[record]
        assert shapely.intersects_xy(parts[record], px, py).all()
        assert len(np.unique(proposals[:, 0])) == 25


def test_the_same_seed_gives_the_same_placements():
    part = polygon_of("L", 20, WGS84)
    moves = moves_of(in_plane(rotated([[30, 30], [60, 35]], 20), WGS84), part, WGS84)
    one, two = (draw_moves(moves, np.array([0]), 50, np.random.default_rng(9))[0] for _ in "ab")
    assert one.tobytes() == two.tobytes()


def test_span_does_not_depend_on_the_heading():
    # The farthest placements of a point on a strip lie at its ends, whatever its heading.
    spans = []
    for degrees in (0, 27, 45, 90):
        moves = moves_of(
            in_plane(rotated([[400, 30]], degrees), LOCAL),
            polygon_of("strip", degrees, LOCAL),
            LOCAL,
        )
        proposal, _ = draw_moves(moves, np.array([0]), 500, np.random.default_rng(4))
        spans.append(moves.span_m(np.array([0]), proposal)[0])
    assert spans == pytest.approx([783] * 4, abs=12)


# --- shifts ------------------------------------------------------------------------------------

WIDE = np.array([shapely.box(-1000, -1000, 1000, 1000)])


def shifts_of(xy, spacing_m, least_m, ground=WIDE):
    xy = np.asarray(xy, dtype=float)
    made = outline(xy[:, 0], xy[:, 1], np.array([len(xy)]), LOCAL)
    verifiable = Verifiable(ground, 2.0, 0.95, LOCAL)
    return Shifts(made, np.array([float(spacing_m)]), least_m, verifiable)


def test_shift_by_hand():
    # A row from 0 to 30 m and one point beside it; the period is 40 m, from -5 to 35.
    shifts = shifts_of([[0, 0], [10, 0], [20, 0], [30, 0], [15, 4]], 10, 6)
    assert shifts.period_m == pytest.approx([40])
    x, y = shifts.positions(np.array([0, 0]), np.array([[12.0], [27.0]]))
    # The main axis runs along the row but for the one point, which stands in its middle.
    assert x == pytest.approx([12, 22, 32, 2, 27, 27, -3, 7, 17, 2])
    assert y == pytest.approx([0, 0, 0, 0, 4] * 2)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 179))
def test_shifts_keep_the_distance_from_the_axis_and_regular_rows(seed, degrees):
    rng = np.random.default_rng(seed)
    row_m = np.column_stack([np.arange(12) * 8.0, np.zeros(12)])
    shifts = shifts_of(rotated(row_m, degrees), 8, 6)
    assert shifts.period_m == pytest.approx([96])
    proposal, found = draw_moves(shifts, np.array([0]), 20, rng)
    assert found.all()
    assert ((proposal >= 6) & (proposal <= 90)).all()
    for (shift,), points in zip(proposal[0], placed(shifts, proposal[0]), strict=True):
        along, across = rotated(points, -degrees).T
        assert across == pytest.approx(np.zeros(12), abs=1e-9)
        gaps = np.diff(np.sort(along))
        assert gaps == pytest.approx(np.full(11, 8.0))
        # One way round or the other: the direction of an axis is nobody's.
        phase = (along[0] + 4) % 8 - 4
        assert min(abs(phase - s) for s in ((shift + 4) % 8 - 4, (-shift + 4) % 8 - 4)) < 1e-6


def test_shifts_are_spread_evenly_and_stay_in_searched_ground():
    row = [[10.0 * k, 0.0] for k in range(10)]
    shifts = shifts_of(row, 10, 6)
    proposal, _ = draw_moves(shifts, np.array([0]), 3000, np.random.default_rng(1))
    assert stats.kstest((proposal[0, :, 0] - 6) / 88, "uniform").pvalue > 0.001
    # Ground that ends 3.4 m beyond the last point: shifts by more than that past it are not kept.
    tight = shifts_of(row, 10, 6, np.array([shapely.box(-50, -50, 95, 50)]))
    proposal, found = draw_moves(tight, np.array([0]), 500, np.random.default_rng(1))
    assert found.all()
    assert placed(tight, proposal[0])[..., 0].max() < 94
    assert placed(shifts, proposal[0]).max() < 94


def test_a_record_too_short_for_a_shift():
    assert not shifts_of([[0, 0], [10, 0]], 10, 10).possible.any()
    assert shifts_of([[0, 0], [10, 0], [20, 0]], 10, 10).possible.all()
